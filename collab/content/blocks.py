"""What a document says, whatever editor wrote it: blocks and inline pieces, as CommonMark and HTML know them.

The editors' own vocabularies are read into these in ``prosemirror`` and ``quill``, and written out again in
``markdown``, ``html`` and ``text``. Addresses are checked here once: what is no link that a reader may follow is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

SCHEMES = ("http", "https", "mailto")
"""Where links may lead."""

_UNWANTED = re.compile(r"[\x00-\x20\x7f\u2028\u2029]+")
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):[^\s]+", re.IGNORECASE)


class Mark(IntEnum):
    """How a piece of text looks, in the order in which marks are written around each other, the outermost first."""

    BOLD = 0
    ITALIC = 1
    STRIKE = 2
    UNDERLINE = 3
    HIGHLIGHT = 4
    SUBSCRIPT = 5
    SUPERSCRIPT = 6
    CODE = 7


@dataclass(frozen=True, slots=True)
class Span:
    """Words, with how they look and where they lead. A line break inside is a break."""

    text: str
    marks: frozenset[Mark] = frozenset()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image among words; without an address only its description is left."""

    url: str | None
    description: str = ""


Inline = Span | Image


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words."""

    inlines: list[Inline]


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` is 1 to 6."""

    level: int
    inlines: list[Inline]


@dataclass(frozen=True, slots=True)
class Code:
    """``language`` is a word, or nothing."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody else said."""

    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Item:
    """``checked`` is None where it is no task."""

    blocks: list[Block]
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list. ``start`` is the number of the first item, None where the items have none."""

    items: list[Item]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, which covers so many columns and rows."""

    inlines: list[Inline]
    header: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, not all of one length where a cell covers more than its own place."""

    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Media:
    """Something that is elsewhere; without an address only what is said of it is left."""

    kind: Literal["image", "video", "audio", "file"]
    url: str | None
    name: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Paragraph | Heading | Code | Quote | Items | Table | Media | Rule


def address(url: object) -> str | None:
    """``url`` if a reader may follow it, else None: an absolute one of ``SCHEMES``, as a browser would read it."""
    if not isinstance(url, str):
        return None
    url = _UNWANTED.sub(lambda found: "%20" * found[0].count(" "), url.strip())
    return url if _ADDRESS.fullmatch(url) else None


def joined(inlines: Iterable[Inline]) -> list[Inline]:
    """The same without what says nothing, and neighbours that look and lead the same as one."""
    result: list[Inline] = []
    for inline in inlines:
        last = result[-1] if result else None
        if isinstance(inline, Image):
            if inline.url or inline.description:
                result.append(inline)
        elif not inline.text:
            continue
        elif isinstance(last, Span) and (last.marks, last.link) == (inline.marks, inline.link):
            result[-1] = replace(last, text=last.text + inline.text)
        else:
            result.append(inline)
    return result


def words(inlines: Iterable[Inline]) -> str:
    """What can be read of inline pieces, marks aside."""
    return "".join(inline.text if isinstance(inline, Span) else inline.description for inline in inlines)
