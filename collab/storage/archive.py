"""The port to the past: what was done and by whom, which moments have names, and what people are called.

A *step* is what one actor did in a window of changes. Right after an edit that is one change; once two generations hold
its bytes, all changes of a window become one step per actor. A *moment* is the state after a change, and those at the
ends of windows can be read. What a step did is opaque here: whoever joins steps says what they did together.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, Protocol, TypeVar

from collab.storage.base import Store, StoredDocument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What one actor did in a window. The window is the changes behind ``before`` up to ``moment``."""

    sequence: int
    """Of the actor's last change in the window; no two steps of a document have the same."""
    before: int
    moment: int
    began: int
    """The times of the actor's first and last change in the window."""
    ended: int
    actor: str | None
    ranges: bytes
    """What was done: as ``Store.add_checkpoint`` was told."""
    restored: int | None = None
    """The moment that was brought back, or ``undone_behind`` one. Such a change has a window of its own."""


Window = tuple[int, int]
"""``before`` and ``moment`` of a step."""

Signature = tuple[int, int, int]
"""Tells whether what was done up to a checkpoint still lies there as it did: its sequence, and how many rows there are."""


class Recollection(NamedTuple):
    """A document with its past, of one moment of the database."""

    document: StoredDocument
    steps: tuple[Step, ...] | None
    """What was done up to the checkpoint, in the order of ``sequence``; what is damaged of it is left out. ``None``: it is
    as whoever asks knows it."""
    signature: Signature
    damaged: tuple[Window, ...] = ()
    """Where what is left out lies, if that can be believed: it is damaged."""


class Foldable(NamedTuple):
    """The next changes of which a step may be made."""

    steps: tuple[Step, ...]
    """Each change as a step of its own, in order."""
    named: frozenset[int]
    """Moments that have to stay: those of versions that somebody named."""
    last: int
    """The last change that two generations hold."""


@dataclass(frozen=True, slots=True)
class Version:
    """A moment with a name. Times in milliseconds since the epoch."""

    id: str
    name: str
    moment: int
    time: int
    """Of the moment."""
    created: int
    subject: str | None
    """Who made it; ``None``: nobody, it came by itself."""
    automatic: bool


def undone_behind(moment: int) -> int:
    """How it is written down that what somebody did behind a moment was undone: below zero, where no moment is."""
    return -1 - moment


def new_version_id() -> str:
    """An id that no version has, and that nobody guesses."""
    return "v-" + b32encode(secrets.token_bytes(10)).decode().lower()


class VersionPlace(NamedTuple):
    """A place in the list of versions: behind this one."""

    moment: int
    id: str


class Archive(Store, Protocol):
    """A store that keeps the past. Errors as in ``Store``."""

    async def recall(self, name: str, known: Signature | None = None) -> Recollection | None:
        """A document and what was done to it; ``None``: there is none of this name. Raises as ``load`` does.

        Steps that whoever asks knows already, by the signature that came with them, are not read again.
        """
        ...

    async def foldable(self, name: str, at_most: int) -> Foldable:
        """The first changes whose bytes two generations hold, and of which it is known what they did.

        Raises ``NotFound``, ``DocumentDeleted``.
        """
        ...

    async def condense(self, name: str, new: Sequence[Step]) -> bool:
        """Put these steps in the place of everything between their first ``before`` and their last ``moment``.

        One transaction. Automatic versions inside of a window go with their moments. False: nothing was done, since
        somebody has named a moment inside of a window, another node has drawn other windows, two generations do not hold
        all of it, or a version is damaged, which may have been named. Raises ``NotFound``, ``DocumentDeleted``.
        """
        ...

    async def tidy(self) -> None:
        """Give some of the space that was let go back to the system."""
        ...

    async def aging(self, spans: Sequence[tuple[int, int]], after: str, limit: int) -> list[str]:
        """Names of documents, rising from ``after`` on, with steps that ended in one of ``spans``; deleted ones not.

        A span of time is from its start up to, not including, its end.
        """
        ...

    async def add_version(self, name: str, version: Version) -> bool:
        """Name a moment. An automatic version is not made where the moment has one of any kind already: False.

        Raises ``NotFound``, ``DocumentDeleted``, and ``NotFound`` for a moment that cannot be read any more.
        """
        ...

    async def versions(self, name: str, *, after: VersionPlace | None = None, limit: int = 100) -> list[Version]:
        """Versions, those of the newest moment first. Raises ``NotFound``, ``DocumentDeleted``."""
        ...

    async def version(self, name: str, id_: str) -> Version:
        """One version. Raises ``NotFound``, ``DocumentDeleted``."""
        ...

    async def rename_version(self, name: str, id_: str, title: str) -> Version:
        """Give a version another name; it is no automatic one any more. Raises as ``version`` does."""
        ...

    async def remove_version(self, name: str, id_: str) -> None:
        """Forget a version; its moment stays for as long as others do. Raises as ``version`` does."""
        ...

    async def remember(self, called: Mapping[str, str], *, seen: int) -> None:
        """What these subjects are called; the last word counts."""
        ...

    async def people(self, subjects: Collection[str]) -> dict[str, str]:
        """What they are called, as far as that was ever said."""
        ...


def windows(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Steps by their windows."""
    return windows_of(steps, lambda step: step.moment)


def windows_of(things: Iterable[T], moment: Callable[[T], int]) -> Iterator[list[T]]:
    """Whatever follows each other and has the same moment, together."""
    return (list(window) for _, window in groupby(things, key=moment))
