"""Who brought what, where the bytes have gone: what is kept of it, held against what there is.

What all changes up to a checkpoint did must add up to it. What nobody is known to have brought is the deed of a change
of which nothing is known: of the one, where there is one; otherwise of nobody for sure, and it is said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collab.crdt import NO_LIMITS, DeleteSet, DocumentState, Span, decode_deeds, parsing, run
from collab.doctor.recovery import Deeds
from collab.errors import BadInput, LimitExceeded
from collab.storage.archive import Step, windows
from collab.storage.patient import FoundChange


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each change did, and of which that is a guess."""

    deeds: dict[int, Deeds]
    guessed: set[int]


def attribute(
    changes: Mapping[int, FoundChange], state: DocumentState, end: int, steps: Sequence[Step] = ()
) -> Attribution:
    """Divide ``state``, which the changes from 1 to ``end`` have made, among them, and the ``steps`` made of some."""
    parts = [[(step.sequence, _deeds(step.ranges)) for step in window] for window in windows(steps)]
    covered = {sequence for step in steps for sequence in range(step.before + 1, step.moment + 1)}
    parts += [[(one, _claim(changes.get(one)))] for one in range(1, end + 1) if one not in covered]
    parts.sort(key=lambda part: part[0][0])
    ledger = _Ledger({sequence: claim for part in parts for sequence, claim in part}, state)
    for part in parts:
        # Of one window it is not known who did what first, so what follows on from each other is put in order.
        brought = [(span, sequence) for sequence, claim in part if claim is not None for span in claim[0]]
        for sequence, claim in part:
            if claim is None:
                ledger.silent = sequence
        for span, sequence in sorted(brought):
            ledger.bring(sequence, span)
        for sequence, claim in part:
            for span in () if claim is None else claim[1]:
                ledger.delete(sequence, span)
    ledger.close(parts[-1][-1][0] if parts else end)
    return Attribution(ledger.deeds, ledger.guessed)


class _Ledger:
    """What has been brought and deleted so far, and by whom; never more than there is."""

    def __init__(self, claims: Mapping[int, Deeds | None], state: DocumentState) -> None:
        self.deeds: dict[int, Deeds] = {sequence: ([], []) for sequence in claims}
        self.guessed: set[int] = set()
        self.silent = 0
        """The last change so far of which nothing is known."""
        self._unknown = [sequence for sequence, claim in claims.items() if claim is None]
        self._state = state
        self._brought: dict[int, tuple[int, int]] = {}  # of each client: up to which clock, and by which change
        self._deleted = DeleteSet()

    def bring(self, sequence: int, span: Span) -> None:
        """A change claims to have brought this."""
        client, start, end = span
        limit = self._state.state_vector.get(client, 0)
        self._guess(sequence, client, min(start, limit))
        self._enter(sequence, client, min(end, limit))

    def delete(self, sequence: int, span: Span) -> None:
        """A change claims to have deleted this."""
        for there in self._state.deletes.overlaps(*span):
            new = list(self._deleted.missing(*there))
            self.deeds[sequence][1].extend(new)
            self._deleted.update(new)

    def close(self, end: int) -> None:
        """Give what nobody has claimed to somebody."""
        for client, limit in self._state.state_vector.items():
            self._guess(end, client, limit)
        for span in self._state.deletes:
            for left in self._deleted.missing(*span):
                self.deeds[self.silent or end][1].append(left)
                self._doubt(self.silent or end)
        for inserted, _ in self.deeds.values():
            inserted[:] = _joined(inserted)

    def _guess(self, at: int, client: int, end: int) -> None:
        """Somebody has brought all up to ``end``, before or at the change ``at``: the silent one where it can have."""
        known, by = self._brought.get(client, (0, 0))
        if known < end:
            sequence = self.silent if self.silent and self.silent >= by else at
            self._enter(sequence, client, end)
            self._doubt(sequence)

    def _enter(self, sequence: int, client: int, end: int) -> None:
        known, _ = self._brought.get(client, (0, 0))
        if known < end:
            self.deeds[sequence][0].append((client, known, end))
            self._brought[client] = end, sequence

    def _doubt(self, sequence: int) -> None:
        if self._unknown != [sequence]:
            self.guessed.add(sequence)


def _claim(change: FoundChange | None) -> Deeds | None:
    """What a change is known to have done, its own bytes before what is said of it; None: nothing."""
    if change is None:
        return None
    try:
        if change.updates is not None:
            deeds: Deeds = ([], [])
            for update in change.updates:
                parsed = run(parsing(update, limits=NO_LIMITS))
                deeds[0].extend(
                    (client, structs[0].clock, structs[-1].end) for client, structs in parsed.sections.items()
                )
                deeds[1].extend(parsed.spans)
            return deeds
        return None if change.ranges is None else _deeds(change.ranges)
    except (BadInput, LimitExceeded):
        return None


def _deeds(ranges: bytes) -> Deeds | None:
    try:
        inserted, deleted = decode_deeds(ranges)
    except BadInput:
        return None
    return list(inserted), list(deleted)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbours made one: a change brings each client's clocks in one run."""
    joined: list[Span] = []
    for client, start, end in sorted(spans):
        if joined and joined[-1][0] == client and joined[-1][2] == start:
            joined[-1] = client, joined[-1][1], end
        else:
            joined.append((client, start, end))
    return joined
