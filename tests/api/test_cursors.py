"""A cursor is a place that only the server can make, and that nobody else can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.api import Cursors
from collab.api.checks import decode_base64url, encode_base64url
from collab.errors import InvalidRequest

SECRET = "the secret of these tests, and long enough to be one"
LIST = ("documents", "name", False, "plan")
PLACES = st.lists(st.integers(0, 2**60) | st.text(st.characters(exclude_categories=["Cs"])), max_size=3)


@given(PLACES)
def test_a_place_there_and_back(place: list[int | str]) -> None:
    cursor = Cursors(SECRET).write(place, LIST)
    assert Cursors(SECRET).read(cursor, LIST) == place, "over restarts, too"
    assert len(cursor) <= 4096 or len(str(place)) > 2000


def test_the_name_in_it_cannot_be_read() -> None:
    cursor = Cursors(SECRET).write([1, "payroll/2026"], LIST)
    assert b"payroll" not in decode_base64url(cursor)
    other = Cursors(SECRET).write([1, "payroll/2027"], LIST)
    assert sum(one == two for one, two in zip(cursor, other, strict=True)) < len(cursor) // 2


def test_every_bit_counts() -> None:
    cursors = Cursors(SECRET)
    sealed = decode_base64url(cursors.write([1, "a/b"], LIST))
    for place in range(len(sealed) * 8):
        forged = bytearray(sealed)
        forged[place // 8] ^= 1 << place % 8
        with pytest.raises(InvalidRequest):
            cursors.read(encode_base64url(bytes(forged)), LIST)


@pytest.mark.parametrize("text", ["", "A", "!", "AAAA", "a" * 22, "a" * 4000])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="begin again") as raised:
        Cursors(SECRET).read(text, LIST)
    assert raised.value.where == "/query/cursor"


@pytest.mark.parametrize(
    "other", [("documents", "modified", False, "plan"), ("documents", "name", True, "plan"), ("documents", "name", False, "")]
)  # fmt: skip
def test_it_is_good_for_its_own_list_only(other: tuple[object, ...]) -> None:
    cursor = Cursors(SECRET).write([1, "a"], LIST)
    with pytest.raises(InvalidRequest):
        Cursors(SECRET).read(cursor, other)
    with pytest.raises(InvalidRequest):
        Cursors("another server's secret, just as long as ours").read(cursor, LIST)
