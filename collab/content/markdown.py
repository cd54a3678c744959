"""Markdown: CommonMark, with GitHub's tables and task lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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
from collab.content.emphasis import BREAK, CELL_BREAK, NO_BREAK, escaped, link, write_inlines

_LAST_NUMBER = 999_999_999
_BACKTICKS = re.compile(r"`{3,}")


def write_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown; nothing for nothing."""
    lines = _lines(blocks)
    return "\n".join([*lines, ""]) if lines else ""


def _lines(blocks: Iterable[Block], *, tight: bool = False, after_marker: str = "") -> list[str]:
    """The lines of blocks, with an empty line between two unless they are ``tight``.

    ``after_marker`` is what the first line will stand behind: ``- - -`` would be a line across.
    """
    lines: list[str] = []
    before: Block | None = None
    other_marker = False
    for block in blocks:
        if isinstance(block, Items):
            # Two lists of a kind would become one, unless their markers differ.
            if isinstance(before, Items) and (block.start is None) == (before.start is None):
                other_marker = not other_marker
            else:
                other_marker = before is None and after_marker == "- "
            written = _items(block, other_marker=other_marker)
        else:
            written = _block(block)
        if not written:
            continue
        if lines and not tight:
            lines.append("")
        lines += written
        before = block
    return lines


def _block(block: Paragraph | Heading | Code | Quote | Table | Media | Rule) -> list[str]:
    match block:
        case Paragraph():
            words = write_inlines(block.inlines, BREAK)
            return words.split("\n") if words else []
        case Heading():
            return [f"{'#' * block.level} {write_inlines(block.inlines, NO_BREAK)}".rstrip()]
        case Code():
            fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(block.text)), default=0))
            text = block.text.replace("\r\n", "\n").replace("\r", "\n")
            return [fence + block.language, *text.split("\n"), fence]
        case Quote():
            return [f"> {line}" if line else ">" for line in _lines(block.blocks)]
        case Table():
            return _table(block)
        case Media():
            return _media(block)
        case Rule():
            return ["___"]  # hyphens and asterisks could be the markers of a list around it


def _items(items: Items, *, other_marker: bool) -> list[str]:
    tight = all(_is_tight(item) for item in items.items)
    lines: list[str] = []
    for place, item in enumerate(items.items):
        if items.start is None:
            marker = "* " if other_marker else "- "
        else:
            marker = f"{min(items.start + place, _LAST_NUMBER)}{')' if other_marker else '.'} "
        first, *rest = _item(item, marker, tight=tight)
        if lines and not tight:
            lines.append("")
        lines.append(marker + first if first else marker.rstrip())
        lines += [" " * len(marker) + line if line else "" for line in rest]
    return lines


def _item(item: Item, marker: str, *, tight: bool) -> list[str]:
    """The lines of an item, at least one."""
    lines = _lines(item.blocks, tight=tight, after_marker=marker if item.checked is None else "") or [""]
    if item.checked is None:
        return lines
    box = "[x]" if item.checked else "[ ]"
    if item.blocks and isinstance(item.blocks[0], Paragraph) and _block(item.blocks[0]):
        return [f"{box} {lines[0]}", *lines[1:]]
    return [box, "", *lines] if lines != [""] else [box]


def _is_tight(item: Item) -> bool:
    """Whether it is a paragraph, if anything, and then lists that can stand right below one."""
    below = item.blocks[1:] if item.blocks and isinstance(item.blocks[0], Paragraph) else item.blocks
    return all(isinstance(block, Items) and _can_interrupt(block) for block in below)


def _can_interrupt(items: Items) -> bool:
    """Whether a list may follow a paragraph without an empty line: it begins with one, and with words."""
    if items.start not in (None, 1) or not items.items:
        return False
    blocks = items.items[0].blocks
    return bool(blocks) and isinstance(blocks[0], Paragraph) and bool(write_inlines(blocks[0].inlines))


def _table(table: Table) -> list[str]:
    rows = _grid(table)
    width = max(map(len, rows), default=0)
    if not width:
        return []
    if not all(cell.header for cell in table.rows[0]):
        rows.insert(0, [])  # a table of Markdown has a head
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    return lines


def _grid(table: Table) -> list[list[str]]:
    """The words of each cell where it stands, with nothing beside and below it where it covers more."""
    grid: list[list[str]] = []
    covered: dict[int, int] = {}  # column → how many more rows a cell above covers it
    for row in table.rows:
        line: list[str] = []
        for cell in row:
            _skip_covered(line, covered)
            _place(line, covered, cell)
        _skip_covered(line, covered)
        grid.append(line)
    return grid


def _skip_covered(line: list[str], covered: dict[int, int]) -> None:
    while covered.get(len(line), 0) > 0:
        covered[len(line)] -= 1
        line.append("")


def _place(line: list[str], covered: dict[int, int], cell: Cell) -> None:
    words: Sequence[str] = [write_inlines(cell.inlines, CELL_BREAK), *[""] * (cell.columns - 1)]
    for word in words:
        covered[len(line)] = cell.rows - 1
        line.append(word)


def _media(media: Media) -> list[str]:
    said = " ".join((media.caption or media.name).split())
    if media.url is None:
        words = write_inlines([Span(said)])
        return [words] if words else []
    if media.kind == "image":
        return ["!" + link(escaped(said), media.url)]
    return [link(escaped(said or media.url), media.url)]
