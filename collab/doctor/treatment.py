"""What a damaged document is to become: all that can be had of it, written anew in the one form that is always right.

Found → done:

row             one flipped bit is found and flipped back; else the head is where the log ends, what else it says stays
checkpoint      proven by its checksum, or left out: the other generation and the log stand in; for what they lack, what
                readers open of it, which has a checksum of its own and lacks only the text that had been deleted
change          one flipped bit is found and flipped back; else, where a checkpoint holds it, only its bytes are missing;
                else it is lost, and so is for now whatever depends on it; all that is independent of it stays
what it did     taken from its bytes; without them, from what the checkpoint holds and nobody else has brought
together        where a sound log comes to something else than a checkpoint, the log is right: a checkpoint is made of it

In the end the whole document stands twice, in two generations, which all changes have been folded into. The second one
holds a change more, an empty one by nobody: the repair has its place and its time in the history.

The lineage stays where something was lost: an editor that still has it brings it back as soon as it reconnects, and
with it all that waited. Only where content has changed under the clocks that editors know, or nobody vouches for it,
does the document get a new lineage, so that no offline copy of the old one is merged into it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collab.crdt import EMPTY, DeleteSet, encode_state_vector, tombstone
from collab.crdt import DocumentState as State
from collab.doctor.deeds import attribute
from collab.doctor.evidence import Basis, believe, contradicts, prove, prove_served
from collab.doctor.forms import is_same
from collab.doctor.recovery import Deeds, Recovery, recover
from collab.storage.archive import Step, windows
from collab.storage.base import Checkpoint, DocumentRecord
from collab.storage.patient import FoundChange, Patient
from collab.storage.repair import NewChange, Treatment


@dataclass(frozen=True, slots=True)
class Loss:
    """Neighbouring changes that could not be had, of one actor, for one reason."""

    first: int
    last: int
    actor: str | None
    since: int | None
    """The time of the first one, and of the last: ``until``; ``None``: the rows are not there."""
    until: int | None
    size: int
    """Bytes of their payloads that are set aside."""
    what: str

    def __str__(self) -> str:
        changes = f"change {self.first}" if self.first == self.last else f"changes {self.first} to {self.last}"
        by = f" by {self.actor!r}" if self.actor is not None else ""
        times = [_moment(time) for time in (self.since, self.until) if time]
        when = f", {' to '.join(dict.fromkeys(times))}" if times else ""
        size = f", {self.size} bytes" if self.size else ""
        return f"{changes}{by}{when}{size}: {self.what}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A treatment, with what is to be said about it."""

    treatment: Treatment
    done: tuple[str, ...]
    losses: tuple[Loss, ...]
    """Content, in the order of the changes."""
    uncertain: tuple[str, ...]
    """What is there, and nobody can vouch for."""


def plan(patient: Patient, *, only_row: bool, time: int) -> Plan:
    """Decide. ``only_row``: nothing was found but in the document's row; ``time`` in milliseconds since the epoch."""
    return _Planning(patient, time).plan(only_row=only_row)


class _Planning:
    def __init__(self, patient: Patient, time: int) -> None:
        self._patient = patient
        self._time = time
        self._done: list[str] = []
        self._uncertain: list[str] = []
        self._aside: dict[tuple[str, int], str] = {}
        self._textless: Loss | None = None
        self._is_other = False  # content has changed, or may have, under clocks that editors know

    def plan(self, *, only_row: bool) -> Plan:
        record, end = self._record(), self._end()
        if not self._patient.is_sound:
            self._aside["documents", 0] = "its checksum does not hold"
        patient = self._patient
        is_empty = not (end or patient.changes or patient.strays or patient.checkpoints or patient.steps)
        if (only_row and end == self._patient.record.head) or is_empty:
            return self._made(replace(record, head=end), None, (), (), ())
        recovery = recover(self._basis(end), self._patient.changes, end)
        changes, steps = self._history(recovery, end)
        losses = self._losses(recovery)
        self._set_rows_aside(recovery, end)
        if self._is_other:
            record = replace(record, lineage=secrets.token_hex(16))
            self._done.append(
                "the document has a new lineage, so that no offline copy of the old one is merged into it"
            )
        changes.append(NewChange(end + 1, self._time, None, (EMPTY,), None, secrets.token_bytes(16)))
        record = replace(record, head=end + 1, modified=max(record.modified, self._time))
        self._done.append(f"written anew up to change {end}, in two generations")
        return self._made(record, changes, steps, _generations(recovery, end), losses)

    def _made(
        self,
        record: DocumentRecord,
        changes: Sequence[NewChange] | None,
        steps: Sequence[Step],
        checkpoints: Sequence[Checkpoint],
        losses: Sequence[Loss],
    ) -> Plan:
        treatment = Treatment(record, self._time, changes, checkpoints, self._aside, steps)
        return Plan(treatment, tuple(self._done), tuple(losses), tuple(self._uncertain))

    def _record(self) -> DocumentRecord:
        """The document's row, whatever its columns have become."""
        patient = self._patient
        if patient.is_proven:
            if not patient.is_sound:
                self._done.append("a flipped bit in its row was set right")
            return patient.record
        lies: Any = patient.record
        times = sorted(change.time for change in patient.changes.values() if change.damage is None)
        created = lies.created if isinstance(lies.created, int) and lies.created > 0 else [*times, self._time][0]
        modified = max([*times, created])
        deleted = lies.deleted
        if deleted is not None and not (isinstance(deleted, int) and deleted > 0):
            deleted = self._time  # it does not come back to life by itself
        self._done.append("its row was made anew from what it says and from its log")
        self._uncertain.append("its row is damaged beyond one bit: name, lineage and times are as they stand there")
        return DocumentRecord(str(lies.name), str(lies.title), str(lies.lineage), 0, created, modified, deleted)

    def _end(self) -> int:
        """The last change there is, or was."""
        patient = self._patient
        places = [*patient.changes, *(one.place for one in patient.checkpoints if one.is_vouched)]
        places += [one.step.moment for one in patient.steps if one.step is not None]
        last = max(places, default=0)
        head = patient.record.head if patient.is_proven else last
        end = head
        if last > head:  # committed, and not counted: taken in as far as there is no gap
            while (change := patient.changes.get(end + 1)) is not None and change.updates is not None:
                end += 1
            if end > head:
                self._done.append(f"changes {head + 1} to {end}, which lay behind its head, were taken in")
        return end

    # --- what to begin from

    def _basis(self, end: int) -> Basis:
        """The newest account of the document that can be relied on."""
        found = [(one, prove(one)) for one in self._patient.checkpoints]
        for one, basis in found:
            if basis is None:
                self._aside["checkpoints", one.place] = "it is damaged, or was written wrong"
        beginning = Basis(0, EMPTY, State(), place=0)
        proven = sorted((basis for _, basis in found if basis is not None), key=lambda basis: -basis.sequence)
        bases = [*(basis for basis in proven if 0 < basis.sequence <= end), beginning]
        while len(bases) > 1 and self._is_refuted(*bases[:2]):
            bases.pop(0)
        lost = recover(bases[0], self._patient.changes, end).lost
        for one, _ in found:
            served = prove_served(one)
            if served is not None and served.sequence <= end and any(at <= served.sequence for at in lost):
                bases.insert(0, self._completed(bases[0], served))
                lost = {at: why for at, why in lost.items() if at > served.sequence}
        if any(bases[0] is beginning or self._was_let_go(sequence) for sequence in lost):
            for one, basis in found:
                candidate = believe(one) if basis is None else None
                if candidate is not None and bases[0].sequence < candidate.sequence <= end:
                    self._is_other = True
                    self._uncertain.append(
                        f"it begins from the checkpoint at {candidate.sequence}, whose checksum does not hold: single "
                        "letters may be wrong"
                    )
                    return candidate
        return bases[0]

    def _completed(self, basis: Basis, served: Basis) -> Basis:
        """What there is from ``basis`` on, and all that is missing in it from what readers open."""
        first, last = basis.sequence + 1, served.sequence
        self._done.append(f"what readers open of the checkpoint at {last}, which is sound, stands in for its content")
        what = "text of theirs that had been deleted again, which only history shows; all the rest is there"
        self._textless = Loss(first, last, None, None, None, 0, what)
        recovery = recover(basis, self._patient.changes, last)
        for one in recovery.waiting:  # it is in what readers open, but for that text
            self._put_aside(self._patient.changes.get(one.sequence), "it builds on what was lost")
        return recovery.completed(served)

    def _was_let_go(self, sequence: int) -> bool:
        """Whether a change's bytes stood in a checkpoint alone, so that only that could bring them back."""
        change = self._patient.changes.get(sequence)
        return change is not None and change.size == 0

    def _is_refuted(self, newer: Basis, older: Basis) -> bool:
        """Whether the log from the older one on, without a gap, comes to something else than the newer one."""
        recovery = recover(older, self._patient.changes, newer.sequence)
        if not recovery.is_complete:
            return False
        comes_to = recovery.up_to(newer.sequence)
        if _are_same(newer, comes_to):
            return False
        self._aside["checkpoints", newer.place] = "it is not what the log before it comes to"
        if contradicts(newer, comes_to):
            self._is_other = True
        return True

    # --- what becomes of the log

    def _history(self, recovery: Recovery, end: int) -> tuple[list[NewChange], list[Step]]:
        """Every change without its bytes: who, when, and what it did; and what had become steps, as that."""
        basis = recovery.basis
        steps = self._steps(basis.sequence)
        told = attribute(self._patient.changes, basis.state, basis.sequence, steps)
        if told.guessed:
            self._uncertain.append(f"who wrote what is not known for sure any more in {_named(sorted(told.guessed))}")
        kept = [
            replace(
                step,
                ranges=_encoded(told.deeds[step.sequence]),
                actor=None if step.sequence in told.guessed else step.actor,
            )
            for step in steps
        ]
        covered = {sequence for step in steps for sequence in range(step.before + 1, step.moment + 1)}
        written = []
        time = self._patient.record.created
        for sequence in range(1, end + 1):
            if sequence in covered:
                continue
            deeds = recovery.deeds[sequence] if sequence > basis.sequence else told.deeds[sequence]
            change = self._patient.changes.get(sequence)
            is_known = change is not None and sequence not in told.guessed
            time = change.time if change is not None and change.time > 0 else time
            actor = change.actor if change is not None and is_known else None
            restored = None if change is None else change.restored
            written.append(NewChange(sequence, time, actor, None, _encoded(deeds), restored=restored))
        return written, kept

    def _steps(self, end: int) -> list[Step]:
        """The steps up to ``end`` that can be kept, their windows whole; what is wrong with the others is set aside."""
        found = [one for one in self._patient.steps if one.step is not None]
        mine = {one.place: one.step for one in found if one.document == self._patient.row and one.step is not None}
        steps: list[Step] = []
        last = 0
        for window in windows(sorted(mine.values(), key=lambda step: step.sequence)):
            before, moment = window[0].before, window[0].moment
            is_drawn = all(step.before == before and before < step.sequence <= moment for step in window)
            if is_drawn and last <= before and moment <= end and window[-1].sequence == moment:
                steps += window
                last = moment
        kept = set(steps)
        for one in self._patient.steps:
            if one.damage is not None or one.step not in kept:
                self._aside["steps", one.place] = one.damage or "it does not fit with the others"
        mended = sum(one.damage is not None and one.step in kept for one in found)
        if mended:
            self._done.append(f"a flipped bit was set right in {mended} step{'s' * (mended != 1)}")
        return steps

    def _losses(self, recovery: Recovery) -> list[Loss]:
        reasons = {one.sequence: "it builds on what was lost" for one in recovery.waiting} | recovery.lost
        losses = [] if self._textless is None else [self._textless]
        for sequence in sorted(reasons):
            loss = self._loss(sequence, reasons[sequence])
            before = losses[-1] if losses else loss
            if (before.last, before.actor, before.what) == (sequence - 1, loss.actor, loss.what):
                losses[-1] = replace(before, last=sequence, until=loss.until, size=before.size + loss.size)
            else:
                losses.append(loss)
        return losses

    def _loss(self, sequence: int, what: str) -> Loss:
        change = self._patient.changes.get(sequence)
        if change is None:
            return Loss(sequence, sequence, None, None, None, 0, what)
        return Loss(sequence, sequence, change.actor, change.time, change.time, change.size, what)

    def _set_rows_aside(self, recovery: Recovery, end: int) -> None:
        """Whatever of the log is not in the document as it lies there."""
        for stray in self._patient.strays:
            self._aside["changes", stray.place] = "in the wrong place"
        mended = 0
        for change in self._patient.changes.values():
            if change.damage is not None:
                self._aside["changes", change.place] = change.damage
                mended += change.updates is not None or (change.size == 0 and change.ranges is not None)
            elif change.sequence > end:
                self._aside["changes", change.place] = "behind the end of the log"
        if mended:
            self._done.append(f"a flipped bit was set right in {mended} change{'s' * (mended != 1)}")
        for sequence, why in recovery.lost.items():
            self._put_aside(self._patient.changes.get(sequence), why)
        for one in recovery.waiting:
            self._put_aside(self._patient.changes.get(one.sequence), "it builds on what was lost")

    def _put_aside(self, change: FoundChange | None, why: str) -> None:
        if change is not None:
            self._aside.setdefault(("changes", change.place), why)


def _generations(recovery: Recovery, end: int) -> list[Checkpoint]:
    """The document as its two generations, the older one first."""
    state = recovery.state
    content = recovery.content
    older = Checkpoint(
        end,
        encode_state_vector(state.state_vector),
        state.deletes.encode(),
        content,
        served=None,
        entries=state.entries.encode(),
    )
    newer = replace(older, sequence=end + 1, served=tombstone(content, state.entries))
    return [older, newer] if end else [newer]


def _moment(time: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return "at no time that could be"


def _encoded(deeds: Deeds) -> bytes:
    return b"".join(DeleteSet(spans).encode() for spans in deeds)


def _are_same(one: Basis, other: Basis) -> bool:
    if one.state.state_vector != other.state.state_vector or one.state.deletes != other.state.deletes:
        return False
    return is_same(one.content, other.content)


def _named(sequences: Sequence[int]) -> str:
    shown = ", ".join(map(str, sequences[:5]))
    more = f" and {len(sequences) - 5} more" if len(sequences) > 5 else ""
    return f"change{'s' * (len(sequences) != 1)} {shown}{more}"
