"""Addresses are checked, and pieces that look alike are one."""

from __future__ import annotations

import pytest

from collab.content.blocks import Image, Inline, Mark, Span, address, joined, words

BOLD = frozenset((Mark.BOLD,))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://example.org", "HTTP://example.org"),
        (" mailto:a@example.org ", "mailto:a@example.org"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a\tb\n", "https://example.org/ab"),
        ("https://example.org/é", "https://example.org/é"),
    ],
)
def test_an_address_that_may_be_followed(given: str, kept: str) -> None:
    assert address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "\x01javascript:alert(1)",
            "vbscript:x",
        ),
        *("data:text/html,x", "file:///etc/passwd", "blob:https://a/b", "//example.org", "/documents/a", "#here", "a"),
        *("", "https:", "https\u200b:x", None, 5, {"href": "https://example.org"}),
    ],
)
def test_no_address(given: object) -> None:
    assert address(given) is None


def test_joins_what_looks_alike_and_drops_what_says_nothing() -> None:
    image = Image("https://example.org/a.png")
    pieces: list[Inline] = [
        Span("a"),
        Span(""),
        Span("b"),
        Span("c", BOLD),
        Image(None),
        Span("d", BOLD),
        image,
        Span("e"),
        Span("f"),
    ]
    assert joined(pieces) == [Span("ab"), Span("cd", BOLD), image, Span("ef")]


def test_words_are_what_can_be_read() -> None:
    assert words([Span("a ", BOLD), Image(None, "cat"), Span("!")]) == "a cat!"
