"""A formatted text as Quill keeps it: words carry their marks, line breaks what their line is."""

from __future__ import annotations

from typing import Any

from collab.content.blocks import Block, Code, Heading, Image, Item, Items, Mark, Paragraph, Quote, Span
from collab.content.quill import blocks
from collab.content.tree import Run, Text

URL = "https://example.org/a.png"


def lines(*runs: tuple[Any, dict[str, Any]]) -> list[Block]:
    return blocks(Text([Run(insert, attributes) for insert, attributes in runs]))


def line(words: str, **look: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(words, {}), ("\n", look)]


def paragraph(words: str) -> Paragraph:
    return Paragraph([Span(words)])


def item(words: str, *below: Block, checked: bool | None = None) -> Item:
    return Item([paragraph(words), *below], checked)


def test_lines_and_marks() -> None:
    assert lines(("a ", {}), ("b", {"bold": True, "link": URL}), ("\n\nc", {})) == [
        Paragraph([Span("a "), Span("b", frozenset((Mark.BOLD,)), URL)]),
        Paragraph([]),
        paragraph("c"),
    ]


def test_what_a_line_is() -> None:
    assert lines(
        *line("Title", header=2),
        *line("far", header=9),
        *line("a", blockquote=True),
        *line("b", blockquote=True),
        *line("x = 1", **{"code-block": True}),
        *line("  y", **{"code-block": "plain"}),
        *line("end"),
    ) == [
        Heading(2, [Span("Title")]),
        Heading(6, [Span("far")]),
        Quote([paragraph("a"), paragraph("b")]),
        Code("x = 1\n  y"),
        paragraph("end"),
    ]


def test_lists_inside_lists() -> None:
    assert lines(
        *line("a", list="bullet"),
        *line("a 1", list="ordered", indent=1),
        *line("a 2", list="ordered", indent=1),
        *line("b", list="bullet"),
        *line("1", list="ordered"),
        *line("done", list="checked"),
        *line("to do", list="unchecked"),
        *line("deep", list="bullet", indent=5),
        *line("p"),
        *line("c", list="bullet"),
    ) == [
        Items([item("a", Items([item("a 1"), item("a 2")], 1)), item("b")]),
        Items([item("1")], 1),
        Items([item("done", checked=True), item("to do", Items([item("deep")]), checked=False)]),
        paragraph("p"),
        Items([item("c")]),
    ]


def test_embeds() -> None:
    assert lines(({"image": URL}, {"alt": "A cat"}), ({"video": URL}, {}), ({"formula": "x^2"}, {}), ("!", {})) == [
        Paragraph([Image(URL, "A cat"), Span(URL, link=URL), Span("x^2!")])
    ]
    assert lines(({"image": "javascript:alert(1)"}, {}), ({"unknown": 1}, {}), (7, {})) == []
