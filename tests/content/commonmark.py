"""Markdown as a CommonMark reader sees it, and blocks as it ought to see them, both in one simple form.

A document is a list of tuples, each with its kind first; words are a list of ``(character, marks, link)``, in which any
space is one space without marks, and what is at the ends of a line is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from collab.content.blocks import (
    Block,
    Code,
    Heading,
    Image,
    Inline,
    Items,
    Mark,
    Media,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)

Word = tuple[str, frozenset[Mark], str | None]
Seen = tuple[Any, ...]

_SHOWN = frozenset((Mark.BOLD, Mark.ITALIC, Mark.STRIKE, Mark.CODE))
_MARKS = {"strong": Mark.BOLD, "em": Mark.ITALIC, "s": Mark.STRIKE}
_TAGS = {"strong": Mark.BOLD, "em": Mark.ITALIC, "del": Mark.STRIKE}

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def seen(markdown: str) -> list[Seen]:
    """What a reader of CommonMark, with GitHub's tables, makes of it."""
    return [_node(node) for node in SyntaxTreeNode(_READER.parse(markdown)).children]


def _node(node: SyntaxTreeNode) -> Seen:
    match node.type:
        case "paragraph":
            return ("paragraph", _tidy(_words(node.children[0].children)))
        case "heading":
            return ("heading", int(node.tag[1]), _tidy(_words(node.children[0].children)))
        case "fence":
            return ("code", node.info, node.content.removesuffix("\n"))
        case "blockquote":
            return ("quote", [_node(child) for child in node.children])
        case "bullet_list" | "ordered_list":
            start = None if node.type == "bullet_list" else int(node.attrs.get("start", 1))
            return ("items", start, [[_node(child) for child in item.children] for item in node.children])
        case "table":
            rows = [row for part in node.children for row in part.children]
            return ("table", [[_tidy(_words(cell.children[0].children)) for cell in row.children] for row in rows])
        case "hr":
            return ("rule",)
        case _:
            raise AssertionError(f"a {node.type} that nobody wrote: {node.content!r}")


def _words(
    nodes: Iterable[SyntaxTreeNode], marks: frozenset[Mark] = frozenset(), link: str | None = None
) -> Iterator[Word]:
    open_tags: list[Mark] = []
    for node in nodes:
        around = marks | set(open_tags)
        match node.type:
            case "text":
                yield from ((character, around, link) for character in node.content)
            case "code_inline":
                yield from ((character, around | {Mark.CODE}, link) for character in node.content)
            case "hardbreak":
                yield ("\n", frozenset(), link)
            case "softbreak":
                yield (" ", frozenset(), link)
            case "html_inline" if node.content == "<br>":
                yield ("\n", frozenset(), link)
            case "html_inline":
                tag = node.content.strip("</>")
                if node.content.startswith("</"):
                    assert open_tags.pop() is _TAGS[tag]
                else:
                    open_tags.append(_TAGS[tag])
            case "link":
                yield from _words(node.children, around, str(node.attrs["href"]))
            case "image":
                yield (f"image {node.attrs['src']} {node.content}", around, link)
            case _:
                yield from _words(node.children, around | {_MARKS[node.type]}, link)


# ---- what ought to be seen ------------------------------------------------------------------------------------------


def wanted(blocks: Iterable[Block]) -> list[Seen]:
    """What a reader ought to see of blocks: empty paragraphs are nothing, and tasks are words."""
    found = [_wanted(block) for block in blocks]
    return [each for each in found if each not in (("paragraph", []), ("quote", []), ("table", []))]


def _wanted(block: Block) -> Seen:
    match block:
        case Paragraph():
            return ("paragraph", _tidy(_expected(block.inlines)))
        case Heading():
            flat = [(" " if word[0] == "\n" else word[0], *word[1:]) for word in _tidy(_expected(block.inlines))]
            return ("heading", block.level, _tidy(flat))
        case Code():
            return ("code", block.language, block.text)
        case Quote():
            return ("quote", wanted(block.blocks))
        case Items():
            return ("items", block.start, [wanted(item.blocks) for item in block.items])
        case Table():
            return ("table", [[_tidy(_expected(cell.inlines)) for cell in row] for row in block.rows])
        case Rule():
            return ("rule",)
        case Media():
            raise AssertionError("said in words of its own")


def _expected(inlines: Iterable[Inline]) -> Iterator[Word]:
    for inline in inlines:
        if isinstance(inline, Image):
            if inline.url:
                yield (f"image {inline.url} {' '.join(inline.description.split())}", frozenset(), None)
            else:
                yield from ((character, frozenset(), None) for character in inline.description)
        elif isinstance(inline, Span):
            marks = inline.marks & _SHOWN
            text = inline.text.replace("\n", " ") if Mark.CODE in marks else inline.text
            yield from ((character, marks, inline.link) for character in text)


def _tidy(words: Iterable[Word]) -> list[Word]:
    """Any run of spaces as one, or as the line breaks in it; no spaces and no breaks at the ends; code as it is."""
    tidy: list[Word] = []
    for character, marks, link in words:
        if Mark.CODE in marks or not character.isspace():
            tidy.append((character, marks, link))
        elif character == "\n":
            while tidy and _is_plain_space(tidy[-1]):
                tidy.pop()
            tidy.append(("\n", frozenset(), None))
        elif not (tidy and (_is_plain_space(tidy[-1]) or _is_break(tidy[-1]))):
            tidy.append((" ", frozenset(), None))
    start = next((at for at, word in enumerate(tidy) if not (_is_plain_space(word) or _is_break(word))), len(tidy))
    while tidy and (_is_plain_space(tidy[-1]) or _is_break(tidy[-1])):
        tidy.pop()
    return tidy[start:]


def _is_plain_space(word: Word) -> bool:
    return word[0] == " " and Mark.CODE not in word[1]


def _is_break(word: Word) -> bool:
    return word[0] == "\n"
