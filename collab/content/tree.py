"""A document as a tree of values: what pycrdt's types held, copied out.

An array is a list, a map is a dict, bytes are bytes; what remains are the types below, at any depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a text, all of it with the same marks. ``insert`` is a string, or the value of an embed."""

    insert: Any
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Text:
    """A text; neighbouring runs of strings differ in their marks."""

    runs: list[Run]

    @property
    def string(self) -> str:
        """Its characters, without embeds and marks."""
        return "".join(run.insert for run in self.runs if isinstance(run.insert, str))

    @property
    def is_plain(self) -> bool:
        """Whether it is characters and nothing else."""
        return all(isinstance(run.insert, str) and not run.attributes for run in self.runs)


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element."""

    tag: str
    attributes: Attributes
    children: list[Node]


@dataclass(frozen=True, slots=True)
class Fragment:
    """An XML fragment: what an editor calls the document."""

    children: list[Node]


@dataclass(frozen=True, slots=True)
class Subdocument:
    """A document inside a document: only its identifier is here."""

    guid: str


Node = Element | Text | Fragment
"""What stands in XML."""

Value = Any
"""Anything: a node, a ``Subdocument``, a list, a dict, or a plain value."""
