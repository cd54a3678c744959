"""What became of a document's parts between two moments, as the API says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from collab.content.attribution import UNKNOWN, Deed
from collab.content.plain import mark_name, plain
from collab.content.tree import Attributes

BEFORE, AFTER = 1, 2
"""The two moments, as bits."""
BOTH = BEFORE | AFTER


class Change(StrEnum):
    """What became of something between two moments."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"

    @classmethod
    def of(cls, bits: int) -> Change:
        """What became of what was there in these moments."""
        return {BOTH: cls.SAME, AFTER: cls.ADDED, BEFORE: cls.REMOVED}[bits]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text. ``before`` are its marks, and ``embed_before`` what it was, where these changed.

    ``text`` is nothing where an ``embed`` stands among the letters; ``deed`` says who added, removed or changed it.
    """

    text: str
    change: Change
    marks: Attributes
    before: Attributes | None = None
    embed: Any = None
    embed_before: Any = None
    deed: Deed = UNKNOWN

    def to_json(self) -> dict[str, Any]:
        """As the API says it."""
        said: dict[str, Any] = {"text": self.text, "change": self.change}
        if self.embed is not None:
            said["embed"] = self.embed
        if self.embed_before is not None:
            said["embedBefore"] = self.embed_before
        said["marks"] = _named(self.marks)
        if self.before is not None:
            said["before"] = _named(self.before)
        said["subject"], said["time"] = self.deed.subject, self.deed.moment
        return said


def _named(marks: Attributes) -> dict[str, Any]:
    return {mark_name(name): plain(value) for name, value in marks.items()}


@dataclass(frozen=True, slots=True)
class Form:
    """What a block was in one moment, besides its text.

    ``around``: the elements that it stands in, with their attributes, the outermost first; BlockNote's own are left out.
    """

    type: str
    depth: int
    props: Attributes
    around: tuple[tuple[str, Attributes], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the API says it."""
        said: dict[str, Any] = {"type": self.type, "depth": self.depth, "props": plain(self.props)}
        if self.around:
            said["in"] = [{"type": type_, "props": plain(props)} for type_, props in self.around]
        return said


@dataclass(frozen=True, slots=True)
class Block:
    """A block: an element with the words in it, or a whole text. It was there in the moments it has a form of."""

    before: Form | None
    after: Form | None
    id: str | None = None
    pieces: list[Piece] = field(default_factory=list)

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.before is None:
            return Change.ADDED
        if self.after is None:
            return Change.REMOVED
        is_same = self.before == self.after and all(piece.change is Change.SAME for piece in self.pieces)
        return Change.SAME if is_same else Change.CHANGED

    def to_json(self) -> dict[str, Any]:
        """As the API says it."""
        form = self.after or self.before
        said: dict[str, Any] = {"change": self.change, "id": self.id}
        if form is not None:
            said |= form.to_json()
        if self.before is not None and self.after is not None and self.before != self.after:
            said["before"] = self.before.to_json()
        said["runs"] = [piece.to_json() for piece in self.pieces]
        return said


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a value in a map or an array. ``before`` and ``after`` are what JSON knows, None where there was none."""

    path: list[str | int]
    change: Change
    before: Any
    after: Any
    deed: Deed = UNKNOWN

    def to_json(self) -> dict[str, Any]:
        """As the API says it."""
        return {
            "path": self.path,
            "change": self.change,
            "before": self.before,
            "after": self.after,
            "subject": self.deed.subject,
            "time": self.deed.moment,
        }
