"""What Quill says with a text, as blocks. How a line looks stands on the line break at its end.

Other editors that hold a formatted text (the plain bindings, Lexical's leaves) mark words only, and come out as
paragraphs, a line each.
"""

from __future__ import annotations

from collections.abc import Iterator

from collab.content.blocks import (
    Block,
    Code,
    Heading,
    Image,
    Inline,
    Item,
    Items,
    Paragraph,
    Quote,
    Span,
    address,
    joined,
    words,
)
from collab.content.prosemirror import looks
from collab.content.tree import Attributes, Run, Text

_DEEPEST = 8
"""Quill indents no further."""


def blocks(text: Text) -> list[Block]:
    """The blocks of a text."""
    found: list[Block] = []
    open_lists: list[Items] = []  # one inside the other; the first stands in ``found``
    for inlines, look in _lines(text):
        if "list" in look:
            _add_item(found, open_lists, inlines, look)
            continue
        open_lists = []
        last = found[-1] if found else None
        if look.get("code-block"):
            line = words(inlines)
            if isinstance(last, Code):
                found[-1] = Code(f"{last.text}\n{line}", last.language)
            else:
                found.append(Code(line))
        elif look.get("blockquote"):
            if isinstance(last, Quote):
                last.blocks.append(Paragraph(inlines))
            else:
                found.append(Quote([Paragraph(inlines)]))
        elif isinstance(level := look.get("header"), int | float):
            found.append(Heading(min(max(int(level), 1), 6), inlines))
        else:
            found.append(Paragraph(inlines))
    return found


def _lines(text: Text) -> Iterator[tuple[list[Inline], Attributes]]:
    """Each line, with the attributes of its end; what follows on the last line break is one if it says anything."""
    line: list[Inline] = []
    for run in text.runs:
        if not isinstance(run.insert, str):
            line += _embed(run)
            continue
        marks, link = looks(run.attributes)
        *ended, rest = run.insert.split("\n")
        for part in ended:
            yield joined([*line, Span(part, marks, link)]), run.attributes
            line = []
        line.append(Span(rest, marks, link))
    if inlines := joined(line):
        yield inlines, {}


def _embed(run: Run) -> list[Inline]:
    """An image, or what can be said of another embed in words."""
    embed = run.insert if isinstance(run.insert, dict) else {}
    if "image" in embed:
        return [Image(address(embed["image"]), str(run.attributes.get("alt") or ""))]
    if url := address(embed.get("video")):
        return [Span(url, link=url)]
    return [Span(embed["formula"])] if isinstance(embed.get("formula"), str) else []


def _add_item(found: list[Block], open_lists: list[Items], inlines: list[Inline], look: Attributes) -> None:
    """Add an item to the list that is open at its indentation, or open one there."""
    kind, indent = look["list"], look.get("indent")
    depth = min(max(int(indent), 0), _DEEPEST) if isinstance(indent, int | float) else 0
    start = 1 if kind == "ordered" else None
    item = Item([Paragraph(inlines)], kind == "checked" if kind in ("checked", "unchecked") else None)
    del open_lists[depth + 1 :]
    if len(open_lists) > depth and (
        (open_lists[depth].start is None) != (start is None)
        or (open_lists[depth].items[0].checked is None) != (item.checked is None)
    ):
        del open_lists[depth:]  # another kind of list
    if len(open_lists) > depth:
        open_lists[depth].items.append(item)
        return
    # A list that begins further in than the one around it has is as deep as it can be.
    made = Items([item], start)
    (open_lists[-1].items[-1].blocks if open_lists else found).append(made)
    open_lists.append(made)
