"""Plain text: what can be read, a line for each block, a tab between cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collab.content.blocks import Block, Code, Heading, Items, Media, Paragraph, Quote, Rule, Table, words


def write_text(blocks: Iterable[Block]) -> str:
    """The text of blocks, with a line break at the end where there is any."""
    lines = list(_lines(blocks))
    return "\n".join([*lines, ""]) if lines else ""


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield words(block.inlines)
            case Code():
                yield block.text
            case Quote():
                yield from _lines(block.blocks)
            case Items():
                for item in block.items:
                    yield from _lines(item.blocks)
            case Table():
                for row in block.rows:
                    yield "\t".join(words(cell.inlines) for cell in row)
            case Media():
                yield block.caption or block.name
            case Rule():
                pass
