"""A log played again from a basis, over whatever is missing in it.

What is sound and depends on nothing that was lost is let in, also behind a gap. What depends on the lost waits, and is
let in after all where the log brings that another time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collab.crdt import EMPTY, NO_LIMITS, DocumentState, Extension, Span, run, squash
from collab.doctor.evidence import Basis
from collab.errors import BadInput, LimitExceeded
from collab.storage.patient import FoundChange

Deeds = tuple[list[Span], list[Span]]
"""What a change did: the clocks it brought, and those it deleted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What cannot be let in yet, of the change it came with."""

    sequence: int
    rest: bytes
    missing: Mapping[int, int]


@dataclass(slots=True)
class Recovery:
    """What could be had."""

    basis: Basis
    state: DocumentState
    parts: list[bytes]
    """The document, as updates in order."""
    deeds: dict[int, Deeds] = field(default_factory=dict)
    """What each change behind the basis did."""
    lost: dict[int, str] = field(default_factory=dict)
    """Changes of which nothing could be had, and why."""
    waiting: list[Waiting] = field(default_factory=list)
    """What depends on what was lost."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.lost and not self.waiting

    @property
    def content(self) -> bytes:
        """The document as one update."""
        return squash(self.parts, self.state.entries) if self.parts else EMPTY

    def up_to(self, sequence: int) -> Basis:
        """It as a basis for what comes after ``sequence``."""
        return Basis(sequence, self.content, self.state, place=0)

    def completed(self, whole: Basis) -> Basis:
        """It with all that only ``whole``, another account of the same moment, has: a basis."""
        extension = run(self.state.examine(whole.content, NO_LIMITS))
        self.state.apply(extension)
        self.state.entries.update(whole.state.entries)
        if extension.news is not None:
            self.parts.append(extension.news)
        return self.up_to(whole.sequence)


def recover(basis: Basis, changes: Mapping[int, FoundChange], end: int) -> Recovery:
    """Play the changes behind ``basis`` up to ``end`` on top of it."""
    state = DocumentState(basis.state.state_vector.copy(), basis.state.deletes.copy(), basis.state.entries.copy())
    recovery = Recovery(basis, state, [basis.content] if basis.content != EMPTY else [])
    for sequence in range(basis.sequence + 1, end + 1):
        recovery.deeds[sequence] = [], []
        change = changes.get(sequence)
        if change is None:
            recovery.lost[sequence] = "not there"
        elif change.updates is None:
            recovery.lost[sequence] = change.damage or "let go"
        else:
            for update in change.updates:
                _let_in(recovery, sequence, update)
    return recovery


def _let_in(recovery: Recovery, sequence: int, update: bytes) -> None:
    state = recovery.state
    try:
        extension = state.glance(update) or run(state.examine(update, NO_LIMITS))
    except (BadInput, LimitExceeded) as error:
        recovery.lost[sequence] = f"it cannot be read: {error}"
        return
    _take(recovery, sequence, sequence, extension)
    if extension.news is not None and recovery.waiting:
        _wake(recovery, sequence)


def _take(recovery: Recovery, sequence: int, origin: int, extension: Extension) -> None:
    """Let in with the change ``sequence`` what fits of one that came with ``origin``."""
    recovery.state.apply(extension)
    if extension.news is not None:
        recovery.parts.append(extension.news)
        inserted, deleted = recovery.deeds[sequence]
        inserted += extension.inserted
        deleted += extension.deleted
    if extension.rest is not None:
        recovery.waiting.append(Waiting(origin, extension.rest, extension.missing))


def _wake(recovery: Recovery, sequence: int) -> None:
    """Try again what waited for what has come with ``sequence``; it counts as brought with that."""
    known = recovery.state.state_vector
    progress = True
    while progress:
        progress = False
        for one in list(recovery.waiting):
            if any(known.get(client, 0) >= clock for client, clock in one.missing.items()):
                recovery.waiting.remove(one)
                before = len(recovery.parts)
                try:
                    extension = run(recovery.state.examine(one.rest, NO_LIMITS))
                except (BadInput, LimitExceeded) as error:
                    recovery.lost[one.sequence] = f"it cannot be read: {error}"
                    continue
                _take(recovery, sequence, one.sequence, extension)
                progress = progress or len(recovery.parts) > before
