"""Blocks come through Markdown as they are; what Markdown cannot say stays readable."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collab.content.blocks import (
    Block,
    Cell,
    Code,
    Heading,
    Item,
    Items,
    Media,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from collab.content.markdown import write_markdown
from tests.content.commonmark import seen, wanted

WORDS = st.lists(
    st.builds(
        Span, st.sampled_from(["", "word", "1. one", "- x", "a\nb", "#", "    deep", "[ ] x", "a|b", "---", "```"])
    ),
    max_size=2,
)
ITEM_STARTS = st.sampled_from([None, None, 1, 3, 999_999_999])
LEAVES = st.one_of(
    st.builds(Paragraph, WORDS),
    st.builds(Heading, st.integers(1, 6), WORDS),
    st.builds(
        Code, st.sampled_from(["", "x = 1", "```\n    y", "\n\n", "````"]), st.sampled_from(["", "python", "c++"])
    ),
    st.just(Rule()),
)


def nested(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(blocks, max_size=3)
    items = st.lists(st.builds(Item, several), min_size=1, max_size=3)
    return st.one_of(st.builds(Quote, several), st.builds(Items, items, ITEM_STARTS))


@settings(max_examples=250)
@given(st.lists(st.recursive(LEAVES, nested, max_leaves=8), max_size=4))
def test_a_reader_sees_the_blocks(blocks: list[Block]) -> None:
    assert seen(write_markdown(blocks)) == wanted(blocks)


def paragraph(text: str) -> Paragraph:
    return Paragraph([Span(text)])


def test_lists() -> None:
    inner = Items([Item([paragraph("one a")]), Item([paragraph("one b")])])
    outer = Items([Item([paragraph("one"), inner], None), Item([paragraph("two")])], 1)
    tasks = Items([Item([paragraph("done")], True), Item([paragraph("to do")], False)])
    assert write_markdown([outer, tasks, Items([Item([paragraph("other"), paragraph("more")])])]) == (
        "1. one\n   - one a\n   - one b\n2. two\n\n- [x] done\n- [ ] to do\n\n* other\n\n  more\n"
    )


def test_a_task_without_words_keeps_what_is_below_it() -> None:
    below = Items([Item([paragraph("below")])])
    assert write_markdown([Items([Item([Paragraph([]), below], True)])]) == "- [x]\n\n  - below\n"
    assert write_markdown([Items([Item([], False)])]) == "- [ ]\n"


def test_a_table_has_a_head_and_as_many_columns_as_its_widest_row() -> None:
    table = Table([[Cell([Span("a|b")], header=True), Cell([Span("two\nlines")], header=True)], [Cell([Span("c")])]])
    markdown = write_markdown([table])
    assert markdown == "| a\\|b | two<br>lines |\n| --- | --- |\n| c |  |\n"
    plain: frozenset[object] = frozenset()
    ((_, rows),) = seen(markdown)
    assert [[[word[0] for word in cell] for cell in row] for row in rows] == [
        [["a", "|", "b"], [*"two", "\n", *"lines"]],
        [["c"], []],
    ]
    assert rows[1][0] == [("c", plain, None)]
    assert write_markdown([Table([[Cell([Span("x")])]])]) == "|  |\n| --- |\n| x |\n"
    assert write_markdown([Table([])]) == ""


def test_a_cell_covers_columns_and_rows() -> None:
    wide = Cell([Span("wide")], header=True, columns=2)
    tall = Cell([Span("tall")], rows=2)
    table = Table([[wide], [tall, Cell([Span("x")])], [Cell([Span("y")])]])
    assert write_markdown([table]) == "| wide |  |\n| --- | --- |\n| tall | x |\n|  | y |\n"


def test_code_in_a_quote_keeps_its_spaces() -> None:
    assert write_markdown([Quote([Code("a  \n\nb")])]) == "> ```\n> a  \n>\n> b\n> ```\n"


def test_media() -> None:
    url = "https://example.org/cat.png"
    assert write_markdown([Media("image", url, "cat.png", "A cat")]) == f"![A cat]({url})\n"
    assert write_markdown([Media("file", url, "cat.png")]) == f"[cat.png]({url})\n"
    assert write_markdown([Media("video", url)]) == f"[{url}]({url})\n"
    assert write_markdown([Media("image", None, "# a cat")]) == "\\# a cat\n"
    assert write_markdown([Media("image", None)]) == ""


def test_nothing_is_nothing() -> None:
    assert write_markdown([]) == write_markdown([Paragraph([]), Quote([])]) == ""
