"""The log of a document, walked once from its first change to its last.

Two things are carried along, and each is laid beside every checkpoint that is passed. The *chain* is the document
itself: what each update brings, on top of all before it. It breaks at a change whose bytes are gone, and a checkpoint
mends it. The *tally* adds up what the changes are said to have done, which stays when their bytes have gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from collab.crdt import (
    EMPTY,
    NO_LIMITS,
    DeleteSet,
    DocumentState,
    Span,
    StateVector,
    decode_deeds,
    parsing,
    run,
    squash,
)
from collab.doctor.checkpoints import FROM_SERVED, REPORT, RESTORE, Footing, Generation
from collab.doctor.findings import Findings, Harm, Part
from collab.doctor.forms import is_same
from collab.errors import BadInput, LimitExceeded
from collab.storage.base import Damage, KeptChange, KeptStep

_HISTORY = "The text is safe in the checkpoints; who wrote what there is not known for sure any more"

Deeds = tuple[list[Span], list[Span]]
"""What a change did: the clocks it brought, and those it deleted."""


@dataclass(slots=True)
class _Chain:
    """The document up to the change ``at``: ``base`` and then ``news``, as updates."""

    at: int
    state: DocumentState
    base: bytes
    news: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """What the changes up to ``at`` have brought and deleted, all in all."""

    at: int = 0
    brought: StateVector = field(default_factory=dict)
    deletes: DeleteSet = field(default_factory=DeleteSet)

    def add(self, before: int, moment: int, deeds: Deeds) -> bool:
        """Add the changes behind ``before`` up to ``moment``; False where they do not follow on."""
        inserted, deleted = deeds
        if before != self.at:
            return False
        for client, start, end in inserted:
            if start != self.brought.get(client, 0):
                return False
            self.brought[client] = end
        self.deletes.update(deleted)
        self.at = moment
        return True


class LogWalk:
    """One walk along a log. ``size`` and ``count`` say what has been passed."""

    def __init__(self, head: int | None, footing: Footing, sound: Sequence[Generation], findings: Findings) -> None:
        """``head``: the last change there should be, where that is known for sure. ``sound``: the newest first."""
        self.size = 0
        self.count = 0
        self._head = head
        self._footing = footing
        self._findings = findings
        self._ahead = list(sound)
        self._last = 0
        self._chain: _Chain | None = _Chain(0, DocumentState(), EMPTY)
        self._tally: _Tally | None = _Tally()

    def walk(self, changes: Iterable[KeptChange], steps: Iterable[KeptStep] = ()) -> None:
        """Go all the way: what has become steps, and the changes behind and between them."""
        windows = deque(list(window) for _, window in groupby(steps, key=lambda step: (step.before, step.moment)))
        for change in changes:
            while windows and windows[0][0].before < change.sequence:
                self._pass_window(windows.popleft())
            if change.sequence < 1:
                self._note(
                    change.sequence, Harm.BROKEN, "it stands before the beginning: its number is damaged", REPORT
                )
                continue
            if self._head is not None and change.sequence > self._head:
                self._note(change.sequence, Harm.BROKEN, f"it lies behind the head, {self._head}", REPORT)
                continue
            self._expect(change.sequence)
            self._examine(change)
            self._last = change.sequence
            self._pass_generations(change.sequence)
        while windows:
            self._pass_window(windows.popleft())
        self._expect(self._last + 1 if self._head is None else self._head + 1)

    def _pass_window(self, window: Sequence[KeptStep]) -> None:
        """The steps of one window: what is left of the changes in it."""
        before, moment = window[0].before, window[0].moment
        if not (self._last <= before < moment) or any(not before < step.sequence <= moment for step in window):
            self._note(before + 1, Harm.MARRED, "a step that does not follow on from what is before it", REPORT, moment)
            self._tally = None
            return
        if self._head is not None and moment > self._head:
            self._note(before + 1, Harm.MARRED, f"a step behind the head, {self._head}", REPORT, moment)
            return
        self._expect(before + 1)
        self._chain = None
        self.count += moment - before
        self._examine_absence(before + 1, moment)
        self._count_in(before, moment, self._read_steps(window))
        self._last = moment
        self._pass_generations(moment)

    def _read_steps(self, window: Sequence[KeptStep]) -> Deeds | None:
        """What was done in a window, by all together."""
        inserted, deleted = DeleteSet(), DeleteSet()
        is_whole = True
        for step in window:
            what = f"what is kept of its actor's part of changes {step.before + 1} to {step.moment}"
            if isinstance(step.ranges, Damage):
                self._note(step.sequence, Harm.MARRED, f"{what} is damaged: {step.ranges.reason}", _HISTORY)
                is_whole = False
                continue
            self.size += len(step.ranges)
            try:
                deeds = decode_deeds(step.ranges)
            except BadInput as error:
                self._note(step.sequence, Harm.MARRED, f"{what} cannot be read: {error}", REPORT)
                is_whole = False
                continue
            inserted.update(deeds.inserted)
            deleted.update(deeds.deleted)
        return (list(inserted), list(deleted)) if is_whole else None

    def _expect(self, sequence: int) -> None:
        """``sequence`` is the next one: say what is missing before it."""
        missing = self._last + 1
        while missing < sequence:
            # What a gap means changes where a checkpoint stands.
            last = next((edge for edge in self._edges() if edge >= missing), sequence - 1)
            last = min(last, sequence - 1)
            self._note(missing, self._footing.harm(missing), "not there", self._footing.advice(missing), last)
            self._pass_generations(last)
            missing = last + 1
        self._last = sequence - 1

    def _edges(self) -> list[int]:
        return sorted({self._footing.spare_from, self._footing.reads_from, self._footing.opens_from})

    def _examine(self, change: KeptChange) -> None:
        self.count += 1
        if self._chain is not None and self._chain.at != change.sequence - 1:
            self._chain = None
        deeds = None
        if isinstance(change.updates, tuple):
            self.size += sum(map(len, change.updates))
            deeds = self._replay(change.sequence, change.updates)
        else:
            self._chain = None
            if isinstance(change.updates, Damage):
                harm, advice = self._footing.harm(change.sequence), self._footing.advice(change.sequence)
                self._note(change.sequence, harm, f"damaged: {change.updates.reason}", advice)
            else:
                self._examine_absence(change.sequence, change.sequence)
        told = self._read_ranges(change)
        if deeds and told and not _agree(deeds, told):
            self._note(change.sequence, Harm.MARRED, "what is kept of what it did is not what it does", REPORT)
        self._count_in(change.sequence - 1, change.sequence, deeds or told)

    def _replay(self, sequence: int, updates: Sequence[bytes]) -> Deeds | None:
        """What a change does; None where something before it is not there, and only its form can be looked at."""
        chain = self._chain
        inserted: list[Span] = []
        deleted: list[Span] = []
        for update in updates:
            try:
                if chain is None:
                    run(parsing(update, limits=NO_LIMITS))
                    continue
                extension = chain.state.glance(update) or run(chain.state.examine(update, NO_LIMITS))
            except (BadInput, LimitExceeded) as error:
                self._break(sequence, f"it cannot be read: {error}")
                return None
            if extension.rest is not None:
                missing = ", ".join(
                    f"clock {clock - 1} of client {client}" for client, clock in extension.missing.items()
                )
                self._break(sequence, f"it depends on what is not there: {missing}")
                return None
            chain.state.apply(extension)
            if extension.news and self._ahead:
                chain.news.append(extension.news)
            inserted += extension.inserted
            deleted += extension.deleted
        if chain is None:
            return None
        chain.at = sequence
        return inserted, deleted

    def _break(self, sequence: int, why: str) -> None:
        """The document cannot be followed through this change."""
        self._note(sequence, self._footing.harm(sequence), why, REPORT)
        self._chain = None

    def _examine_absence(self, first: int, last: int) -> None:
        """These changes' bytes were let go: may they have been?"""
        if last > self._footing.opens_from:
            self._note(first, Harm.BROKEN, "let go, and no sound checkpoint holds it", RESTORE, last)
        elif last > self._footing.reads_from:
            self._note(first, Harm.EXPOSED, "let go, and only what readers open holds it", FROM_SERVED, last)
        elif last > self._footing.folded_to:
            self._note(first, Harm.EXPOSED, "let go too early: only one checkpoint holds it", REPORT, last)

    def _read_ranges(self, change: KeptChange) -> Deeds | None:
        """What is kept of what a change did."""
        if change.ranges is None:
            if change.updates is None:
                self._note(change.sequence, Harm.MARRED, "let go, and nothing is kept of what it did", _HISTORY)
            return None
        if isinstance(change.ranges, Damage):
            what = f"what is kept of what it did is damaged: {change.ranges.reason}"
            self._note(change.sequence, Harm.MARRED, what, _HISTORY)
            return None
        self.size += len(change.ranges)
        try:
            inserted, deleted = decode_deeds(change.ranges)
            return list(inserted), list(deleted)
        except BadInput as error:
            what = f"what is kept of what it did cannot be read: {error}"
            self._note(change.sequence, Harm.MARRED, what, REPORT)
            return None

    def _count_in(self, before: int, moment: int, deeds: Deeds | None) -> None:
        if self._tally is None:
            return
        if deeds is None or before != self._tally.at:
            self._tally = None  # that has been said already
        elif not self._tally.add(before, moment, deeds):
            self._note(moment, Harm.MARRED, "what it is said to have done does not follow on", REPORT)
            self._tally = None

    def _pass_generations(self, sequence: int) -> None:
        """The walk has come to the change at ``sequence``: lay what it carries beside the checkpoints up to there."""
        while self._ahead and self._ahead[-1].sequence <= sequence:
            generation = self._ahead.pop()
            at, state = generation.sequence, generation.state
            tally, chain = self._tally, self._chain
            if (
                tally is not None
                and tally.at == at
                and (tally.brought, tally.deletes)
                != (
                    state.state_vector,
                    state.deletes,
                )
            ):
                what = "what the changes up to it are said to have done does not add up to it"
                self._findings.note(Part.CHECKPOINT, at, Harm.MARRED, what, REPORT)
                self._tally = None
            if chain is not None and chain.at == at and not _holds(generation, chain):
                harm = Harm.BROKEN if at == self._footing.opens_from else Harm.EXPOSED
                what = "it is not what the log before it comes to"
                self._findings.note(Part.CHECKPOINT, at, harm, what, REPORT)
            own = DocumentState(state.state_vector.copy(), state.deletes.copy())
            self._chain = _Chain(at, own, generation.checkpoint.squashed)

    def _note(self, sequence: int, harm: Harm, what: str, advice: str, last: int | None = None) -> None:
        self._findings.note(Part.CHANGE, sequence, harm, what, advice, last)


def _agree(one: Deeds, other: Deeds) -> bool:
    return all(DeleteSet(mine) == DeleteSet(yours) for mine, yours in zip(one, other, strict=True))


def _holds(generation: Generation, chain: _Chain) -> bool:
    """Whether a checkpoint holds what the log has come to."""
    mine, theirs = generation.state, chain.state
    if mine.state_vector != theirs.state_vector or mine.deletes != theirs.deletes:
        return False
    return is_same(generation.checkpoint.squashed, squash([chain.base, *chain.news]))
