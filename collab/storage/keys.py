"""Keys that stand in a document's row beside what they are made of, so that lists are sorted and searched quickly."""

from __future__ import annotations

import unicodedata

HOUR = 3_600_000
"""Milliseconds."""


def hour_of(modified: int) -> int:
    """The hour of a time in milliseconds, counted since the epoch."""
    return modified // HOUR


def folded(text: str) -> str:
    """A text as it is searched: without case, spelt in one of the ways that Unicode takes for the same, in one line."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", plain).replace("\n", " ")


def searchable(name: str, title: str) -> str:
    """What is searched of a document. Nothing is found that would begin in its name and end in its title."""
    return f"{folded(name)}\n{folded(title)}"
