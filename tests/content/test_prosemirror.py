"""BlockNote's, Tiptap's and ProseMirror's names become the same blocks; what nobody knows becomes its text."""

from __future__ import annotations

from typing import Any

from collab.content.blocks import (
    Block,
    Cell,
    Code,
    Heading,
    Image,
    Item,
    Items,
    Mark,
    Media,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from collab.content.prosemirror import blocks, is_blocknote, looks
from collab.content.reading import read
from collab.content.roots import Kind
from collab.content.tree import Element, Fragment, Node, Run, Text
from tests.content.conftest import Recorded

BOLD = frozenset((Mark.BOLD,))
URL = "https://example.org/cat.png"


def text(words: str, **marks: Any) -> Text:
    return Text([Run(words, marks)])


def node(tag: str, *children: Node | str, **attributes: Any) -> Element:
    return Element(tag, attributes, [text(child) if isinstance(child, str) else child for child in children])


def container(content: Element, *below: Element) -> Element:
    group = [node("blockGroup", *below)] if below else []
    return node("blockContainer", content, *group, id="x")


def read_blocks(*children: Node) -> list[Block]:
    return blocks(Fragment(list(children)))


def paragraph(words: str) -> Paragraph:
    return Paragraph([Span(words)])


def item(words: str, *below: Block, checked: bool | None = None) -> Item:
    return Item([paragraph(words), *below], checked)


def test_a_document_of_blocknote_itself(blocknote: Recorded) -> None:
    fragment = read(blocknote.update, "document-store", Kind.XML)
    assert is_blocknote(fragment)
    link = "https://example.org/a?b=c"
    assert blocks(fragment) == [
        Heading(1, [Span("Minutes")]),
        Paragraph(
            [
                *(Span("Plain, "), Span("bold", BOLD), Span(", "), Span("italic", frozenset((Mark.ITALIC,)))),
                *(Span(", "), Span("both", frozenset((Mark.BOLD, Mark.ITALIC))), Span(", ")),
                *(Span("struck", frozenset((Mark.STRIKE,))), Span(", "), Span("under", frozenset((Mark.UNDERLINE,)))),
                *(Span(", "), Span("code()", frozenset((Mark.CODE,))), Span(", red and a ")),
                *(Span("link ", link=link), Span("bold", BOLD, link), Span(".")),
            ]
        ),
        paragraph("Two\nlines, 1 * 2 < 3 & [not a link](x)"),
        Items([item("one", Items([item("one a")]), Items([item("one 1")], 1)), item("two")]),
        Items([item("three"), item("four")], 3),
        Items([item("done", checked=True), item("to do", checked=False), item("toggle", paragraph("inside"))]),
        Quote([paragraph("said")]),
        Code('if x < 1:\n    print("```")', "python"),
        Table(
            [
                [Cell([Span("a")], header=True), Cell([Span("b | c")], header=True)],
                [Cell([Span("x", BOLD)]), Cell([Span("y")])],
            ]
        ),
        Media("image", URL, "cat.png", "A cat"),
        Media("video", "https://example.org/v.mp4", "v.mp4"),
        Media("audio", "https://example.org/a.mp3", "a.mp3", "Listen"),
        Media("file", "https://example.org/f.pdf", "f.pdf"),
        Rule(),
        paragraph("parent"),
        paragraph("child"),
        Heading(3, [Span("grandchild")]),
        Paragraph([]),
    ]


def test_a_document_of_tiptap() -> None:
    inner = node("listItem", node("paragraph", "one"), node("bulletList", node("listItem", node("paragraph", "in"))))
    assert read_blocks(
        node("heading", "Title", level=2),
        node("orderedList", inner, node("listItem", node("paragraph", "two")), start=4),
        node("taskList", node("taskItem", node("paragraph", "do"), checked=True), node("taskItem", checked=False)),
        node("blockquote", node("paragraph", "a"), node("paragraph", "b")),
        node("codeBlock", "x", language="c++"),
        node("horizontalRule"),
        node("image", src=URL, alt="A cat"),
        node(
            "paragraph", "a", node("hardBreak"), "b", node("mention", id="7", label="Ann"), node("emoji", name="tada")
        ),
        node("details", node("detailsSummary", "more"), node("detailsContent", node("paragraph", "inside"))),
    ) == [
        Heading(2, [Span("Title")]),
        Items([item("one", Items([item("in")])), item("two")], 4),
        Items([item("do", checked=True), Item([], checked=False)]),
        Quote([paragraph("a"), paragraph("b")]),
        Code("x", "c++"),
        Rule(),
        Media("image", URL, "A cat"),
        paragraph("a\nb@Ann:tada:"),
        paragraph("more"),
        paragraph("inside"),
    ]


def test_names_with_underscores() -> None:
    assert read_blocks(
        node("bullet_list", node("list_item", node("paragraph", "a"))),
        node("code_block", "x", params="python"),
        node("horizontal_rule"),
        node("paragraph", "a", node("hard_break"), "b"),
    ) == [Items([item("a")]), Code("x", "python"), Rule(), paragraph("a\nb")]


def test_a_table_of_tiptap_holds_paragraphs() -> None:
    cell = node(
        "tableCell", node("paragraph", "a"), node("paragraph", "b"), node("image", src=URL), colspan="2", rowspan=0
    )
    assert read_blocks(node("table", node("tableRow", cell))) == [
        Table([[Cell([Span("a\nb\n"), Image(URL)], columns=2, rows=1)]])
    ]


def test_what_nobody_knows_is_its_text() -> None:
    assert read_blocks(
        node("alert", "Careful"), node("columns", node("column", node("paragraph", "a"))), node("void")
    ) == [
        paragraph("Careful"),
        paragraph("a"),
    ]
    assert read_blocks(node("paragraph", "a", node("footnote", "b"), node("tag", color="red"))) == [paragraph("ab")]
    assert read_blocks(text("loose"), Fragment([node("paragraph", "a")]), text("end")) == [
        *(paragraph("loose"), paragraph("a"), paragraph("end"))
    ]


def test_an_embed_is_its_text() -> None:
    embedded = Text([Run("a", {}), Run({"image": URL}, {}), Run(node("b", "inside"), {}), Run(None, {})])
    assert read_blocks(node("paragraph", embedded)) == [paragraph("ainside")]


def test_items_of_a_kind_are_one_list_until_something_else_comes() -> None:
    bullet, number = node("bulletListItem", "x"), node("numberedListItem", "x")
    again = node("numberedListItem", "x", start=1)
    assert read_blocks(
        node(
            "blockGroup",
            *(container(bullet), container(bullet), container(number), container(number), container(again)),
            *(container(node("paragraph", "p"), container(bullet)), container(bullet)),
        )
    ) == [
        Items([item("x"), item("x")]),
        Items([item("x"), item("x")], 1),
        Items([item("x")], 1),
        paragraph("p"),
        Items([item("x"), item("x")]),
    ]
    assert read_blocks(bullet) == [Items([item("x")])]


def test_wrong_attributes_are_the_usual_ones() -> None:
    for level, read_as in ((0, 1), (9, 6), ("3", 3), (None, 1), ("x", 1), (float("inf"), 1), ([], 1)):
        assert read_blocks(node("heading", "x", level=level)) == [Heading(read_as, [Span("x")])]
    assert read_blocks(node("codeBlock", "x", language='"><script>')) == [Code("x")]
    assert read_blocks(node("image", url="javascript:alert(1)", name=5)) == [Media("image", None)]


def test_what_marks_mean() -> None:
    assert looks({"strong": {}, "comment--4+bYWQ5c": {"id": 1}, "italic": False, "code": None}) == (BOLD, None)
    assert looks({"link": {"href": URL}}) == looks({"link": URL}) == (frozenset(), URL)
    assert looks({"link": {"href": "javascript:alert(1)"}}) == looks({"link": None}) == (frozenset(), None)


def test_only_blocknote_has_a_group_at_the_top() -> None:
    assert not is_blocknote(Fragment([]))
    assert not is_blocknote(Fragment([node("paragraph", "a")]))
    assert is_blocknote(Fragment([node("blockGroup")]))
