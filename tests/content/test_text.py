"""What can be read, and nothing around it."""

from __future__ import annotations

from collab.content.blocks import Block, Cell, Code, Heading, Item, Items, Media, Paragraph, Quote, Rule, Span, Table
from collab.content.text import write_text


def test_a_line_for_each_block() -> None:
    a = Paragraph([Span("a")])
    blocks: list[Block] = [
        *(Heading(1, [Span("Title")]), Rule(), Quote([a]), Items([Item([a, Items([Item([a])], 1)]), Item([a], True)])),
        *(Code("x\n y"), Table([[Cell([Span("b")]), Cell([Span("c")])]]), Media("image", None, "cat.png", "A cat")),
        *(Media("file", None, "f.pdf"), Paragraph([])),
    ]
    assert write_text(blocks) == "Title\na\na\na\na\nx\n y\nb\tc\nA cat\nf.pdf\n\n"
    assert write_text([]) == ""
