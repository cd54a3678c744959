"""What can be asked for, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """What a document is written as."""

    JSON = "json"
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """The Content-Type, without its charset, which is UTF-8."""
        return {"json": "application/json", "text": "text/plain", "markdown": "text/markdown", "html": "text/html"}[
            self
        ]


class Schema(StrEnum):
    """What a document is: how its editor uses the types of Yjs."""

    BLOCKNOTE = "blocknote"
    PROSEMIRROR = "prosemirror"
    TEXT = "text"
    ARRAY = "array"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Question:
    """What to make of a document. ``root`` and ``schema`` are found out where they are None."""

    format: Format
    root: str | None = None
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A document written out. ``root`` and ``schema`` are what it was taken for: None where nothing is in it."""

    format: Format
    text: str
    root: str | None
    schema: Schema | None
