"""Words come through Markdown with just the marks they have, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.content.blocks import Image, Inline, Mark, Paragraph, Span
from collab.content.emphasis import BREAK, CELL_BREAK, NO_BREAK, link, write_inlines
from tests.content.commonmark import seen, wanted

BOLD, ITALIC, STRIKE, CODE = (frozenset((mark,)) for mark in (Mark.BOLD, Mark.ITALIC, Mark.STRIKE, Mark.CODE))
LINK = "https://example.org/?a=b"

NASTY = [
    *" *_`~[]()<>!&|#-+=.1)\\:\"'aé😀“\n\t",
    "ab",
    "**",
    "__",
    "&amp;",
    "<b>",
    "1. ",
    "- ",
    "> ",
    "---",
    "```",
    "](x)",
]


def spans() -> st.SearchStrategy[Span]:
    return st.builds(
        Span,
        st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
        st.frozensets(st.sampled_from(Mark), max_size=3),
        st.sampled_from([None, None, None, LINK]),
    )


@settings(max_examples=400)
@given(st.lists(spans(), max_size=6))
def test_a_reader_sees_the_words_and_their_marks(inlines: list[Inline]) -> None:
    assert seen(write_inlines(inlines, BREAK)) == wanted([Paragraph(inlines)])


@pytest.mark.parametrize(
    ("inlines", "markdown"),
    [
        ([Span("plain, 1 * 2 < 3 & snake_case")], "plain, 1 * 2 < 3 & snake_case"),
        ([Span("a "), Span("bold", BOLD), Span(" word")], "a **bold** word"),
        ([Span("a"), Span(" bold ", BOLD), Span("word")], "a **bold** word"),
        ([Span("both", BOLD | ITALIC)], "**_both_**"),
        ([Span("un", ITALIC), Span("believable")], "*un*believable"),
        ([Span("gone", STRIKE)], "~~gone~~"),
        ([Span("a"), Span('"b"', BOLD), Span("c")], 'a<strong>"b"</strong>c'),
        ([Span("under", frozenset((Mark.UNDERLINE,)))], "under"),
        ([Span("a`b", CODE)], "``a`b``"),
        ([Span("`", CODE)], "`` ` ``"),
        ([Span("go", link=LINK)], f"[go]({LINK})"),
        ([Span("wow!"), Span("go", link=LINK)], f"wow\\![go]({LINK})"),
        ([Image(LINK, "a\ncat]")], f"![a cat\\]]({LINK})"),
        ([Image(None, "a cat")], "a cat"),
        ([Image(None, ""), Span("", BOLD)], ""),
        ([Span("1. one")], "1\\. one"),
        ([Span("*\n1", ITALIC)], "*\\*\\\n1*"),
        ([Span("--- -")], "\\--- -"),
        ([Span("a *\n*", BOLD)], "**a \\*\\\n\\***"),
        ([Span("one\n# two\n- three")], "one\\\n\\# two\\\n\\- three"),
        ([Span("<script>alert(1)</script>")], "\\<script>alert(1)\\</script>"),
        ([Span("a\0b")], "a\ufffdb"),
    ],
)
def test_looks_as_people_write_it(inlines: list[Inline], markdown: str) -> None:
    assert write_inlines(inlines) == markdown


def test_a_heading_and_a_cell_have_one_line() -> None:
    words: list[Inline] = [Span("one\ntwo #"), Span("a|b\nc", CODE)]
    assert write_inlines(words, NO_BREAK) == "one two #`a|b c`"
    assert write_inlines(words, CELL_BREAK) == "one<br>two #`a\\|b c`"
    assert write_inlines([Span("sharp #")], NO_BREAK) == "sharp \\#"


def test_an_address_stays_inside_its_link() -> None:
    assert link("x", "https://a.example/(b) <c>&copy;\\") == "[x](https://a.example/%28b%29%20%3Cc%3E&copy%3B%5C)"
