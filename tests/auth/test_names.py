"""Names are opaque keys with one spelling each (FAULTS §4 row 39)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.auth import MAX_NAME_BYTES, name_in_path, parse_encoded_name, parse_name
from collab.errors import InvalidName

GOOD = [
    "a", "a/b", "/", "//", "..", "../../etc/passwd", ".", " a ", "a b", "100%", "%2e%2e", "a?b#c", "<script>", "Ünïcödé", "é",
    "日本語", "😀", "a" * 255, "é" * 127, "\u200b", "\u202e", "*", "**", "'; drop table documents; --", "COM1", "~",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_name_is_itself(name: str) -> None:
    assert parse_name(name) == name


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "blank"),
        (" ", "blank"),
        ("\u00a0\u2003", "blank"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("\x7f", "control"),
        ("a\x85", "control"),
        ("e\u0301", "normal form"),
        ("\u212b", "normal form"),  # the angstrom sign is Å
        ("a" * 256, "255 bytes"),
        ("é" * 128, "255 bytes"),
        ("😀" * 64, "255 bytes"),
        ("a" * 2**20, "255 bytes"),
        ("\ud800", "well-formed"),
    ],
)
def test_what_is_no_name(raw: str, says: str) -> None:
    with pytest.raises(InvalidName, match=says) as caught:
        parse_name(raw)
    assert raw.strip() == "" or len(raw) < 3 or raw not in str(caught.value)


@given(st.text(max_size=300))
def test_a_name_is_kept_as_it_is_or_refused(raw: str) -> None:
    try:
        name = parse_name(raw)
    except InvalidName:
        return
    assert name == raw
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert unicodedata.normalize("NFC", name) == name
    assert not any(unicodedata.category(character) == "Cc" for character in name)
    assert name.strip()


@given(st.text(max_size=100))
def test_two_spellings_of_one_text_are_never_two_documents(text: str) -> None:
    accepted = set()
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spelled = unicodedata.normalize(form, text)
        if unicodedata.normalize("NFC", spelled) == unicodedata.normalize("NFC", text):
            try:
                accepted.add(parse_name(spelled))
            except InvalidName:
                continue
    assert len(accepted) <= 1


@given(st.text(min_size=1, max_size=85))
def test_a_quoted_name_comes_back(text: str) -> None:
    try:
        name = parse_name(text)
    except InvalidName:
        return
    for safe in ("", "/", "/ ?#[]@!$&'()*+,;="):
        assert parse_encoded_name(quote(name, safe=safe)) == name
    assert name_in_path(f"/yjs/{quote(name)}?token=secret", "/yjs/") == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("%61", "a"),
        ("%2561", "%61"),  # decoded once, never twice
        ("%252e%252e", "%2e%2e"),
        ("%2e%2e", ".."),
        ("a%2Fb", "a/b"),
        ("a%2fb", "a/b"),
        ("a/b", "a/b"),
        ("100%", "100%"),  # y-websocket does not encode
        ("100%zz", "100%zz"),
        ("a+b", "a+b"),
        ("é", "é"),
        ("%C3%A9", "é"),
    ],
)
def test_percent_decoding(raw: str, name: str) -> None:
    assert parse_encoded_name(raw) == name


@pytest.mark.parametrize(
    "raw", ["", "%00", "a%0ab", "%20", "%ff", "%c0%ae", "%ed%a0%80", "e%CC%81", "%61" * 256, "a" * 2**20, "\udcff"]
)
def test_what_encodes_no_name(raw: str) -> None:
    with pytest.raises(InvalidName):
        parse_encoded_name(raw)


def test_a_long_name_may_be_escaped_all_through() -> None:
    assert parse_encoded_name("%61" * 255) == "a" * 255


def test_a_path_with_another_prefix_has_no_name() -> None:
    with pytest.raises(InvalidName, match="/yjs/"):
        name_in_path("/documents/a", "/yjs/")
