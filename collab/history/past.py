"""The past of one document: everything that was done to it, and the document at any moment that can be read.

A moment is a state vector and a delete set: what all acts up to then brought and deleted. The document as it was is the
structs below that state vector, with that delete set. So nothing is integrated, and nothing of it is stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collab.crdt import (
    EMPTY,
    Deeds,
    DeleteSet,
    Span,
    StateVector,
    Steps,
    recalling,
    squashing,
    tombstoning,
)
from collab.history.moments import Moment
from collab.storage.archive import Step
from collab.storage.base import Checkpoint

_STRIDE = 64
"""Acts between two yields."""


class Act(NamedTuple):
    """A step, and what was done in it."""

    step: Step
    deeds: Deeds


class Lost(NamedTuple):
    """What was done in the changes behind ``after``, up to ``until``, and by nobody knows whom: see ``lost``."""

    after: int
    until: int
    inserted: tuple[Span, ...]
    deleted: tuple[Span, ...]


class Index:
    """Acts in the order of their last changes, with what is asked of them again and again."""

    def __init__(self, lost: Lost | None = None) -> None:
        self.acts: list[Act] = []
        self.sequences: list[int] = []
        self.moments = [Moment(0, 0)]
        """Those that can be read, in order; the first is the empty document."""
        self.numbers = [0]
        self.owners: dict[int, tuple[int, str | None]] = {}
        """Of each client: the first clock that is known of it, and who brought that."""
        self.lost = lost

    def adding(self, acts: Iterable[Act]) -> Steps[None]:
        """Add what was done later."""
        for number, act in enumerate(acts):
            self._add(act)
            if number % _STRIDE == _STRIDE - 1:
                yield

    def copy(self) -> Index:
        """One that more can be added to."""
        twin = Index(self.lost)
        twin.acts, twin.sequences = self.acts.copy(), self.sequences.copy()
        twin.moments, twin.numbers, twin.owners = self.moments.copy(), self.numbers.copy(), self.owners.copy()
        return twin

    def _add(self, act: Act) -> None:
        step = act.step
        if not self.acts:
            self.moments[0] = Moment(0, step.began)
        self.acts.append(act)
        self.sequences.append(step.sequence)
        if self.numbers[-1] == step.moment:
            self.moments[-1] = Moment(step.moment, max(self.moments[-1].time, step.ended))
        elif self.lost is None or not self.lost.after < step.moment < self.lost.until:
            self.moments.append(Moment(step.moment, step.ended))
            self.numbers.append(step.moment)
        for client, start, _ in act.deeds.inserted:
            known = self.owners.get(client)
            if known is None or start < known[0]:
                self.owners[client] = start, step.actor


class Past:
    """A document with all that was done to it, as it was when it was read.

    ``checkpoint`` holds the changes up to its sequence, ``news`` are the updates behind it with the numbers of their
    changes, ``entries`` are the clocks that are values in maps; ``index.lost`` is in the checkpoint and in no act.
    """

    def __init__(
        self,
        name: str,
        lineage: str,
        index: Index,
        checkpoint: Checkpoint | None,
        news: Sequence[tuple[int, bytes]],
        entries: DeleteSet,
    ) -> None:
        self.name = name
        self.lineage = lineage
        self.acts: Sequence[Act] = index.acts
        """In the order of their last changes."""
        self._checkpoint = checkpoint
        self._news = news
        self._entries = entries
        self._lost = index.lost
        self._sequences = index.sequences
        self.moments: Sequence[Moment] = index.moments
        """Those that can be read, in order; the first is the empty document."""
        self._numbers = index.numbers
        self._owners = index.owners

    # --- moments

    @property
    def now(self) -> Moment:
        """The newest moment."""
        return self.moments[-1]

    def at_number(self, number: int) -> Moment:
        """The last moment that can be read, up to a number."""
        return self.moments[bisect_right(self._numbers, number) - 1]

    def at_time(self, time: int) -> Moment:
        """The last moment that can be read, up to a time. Where a clock was set back, what came first counts."""
        found = self.moments[0]
        for moment in self.moments[1:]:
            if moment.time > time:
                break
            found = moment
        return found

    def between(self, after: Moment, until: Moment) -> Sequence[Act]:
        """What was done from one moment to another."""
        return self.acts[bisect_right(self._sequences, after.number) : bisect_right(self._sequences, until.number)]

    # --- the document at a moment

    def knowing(self, moment: Moment) -> Steps[tuple[StateVector, DeleteSet]]:
        """What existed at a moment, and what was deleted."""
        vector: StateVector = {}
        deleted: list[Span] = []
        for index in range(bisect_right(self._sequences, moment.number)):
            deeds = self.acts[index].deeds
            for client, _, end in deeds.inserted:
                if end > vector.get(client, 0):
                    vector[client] = end
            deleted += deeds.deleted
            if index % _STRIDE == _STRIDE - 1:
                yield
        if self._lost is not None and moment.number >= self._lost.until:
            for client, _, end in self._lost.inserted:
                vector[client] = max(end, vector.get(client, 0))
            deleted += self._lost.deleted
        deletes = DeleteSet()
        yield from deletes.updating(deleted)
        return vector, deletes

    def whole(self) -> Steps[bytes]:
        """The document now as one update, with all that was ever deleted from it."""
        squashed = EMPTY if self._checkpoint is None else self._checkpoint.squashed
        news = [update for _, update in self._news]
        return (yield from squashing([squashed, *news], self._entries)) if news else squashed

    def state(self, moment: Moment) -> Steps[bytes]:
        """The document at a moment as one update: what was deleted later is in it, what was deleted by then is not."""
        checkpoint = self._checkpoint
        if checkpoint is not None and moment.number == checkpoint.sequence and checkpoint.served is not None:
            return checkpoint.served
        whole = EMPTY if checkpoint is None else checkpoint.squashed
        if checkpoint is not None and moment.number < checkpoint.sequence:
            vector, deletes = yield from self.knowing(moment)
            whole = yield from recalling(whole, vector, deletes)
        else:
            news = [update for sequence, update in self._news if sequence <= moment.number]
            whole = (yield from squashing([whole, *news], self._entries)) if news else whole
        return (yield from tombstoning(whole, self._entries))

    # --- who

    def owner(self, client: int) -> str | None:
        """Whose editor a client is: of who used it first. Others may bring along what they know of it."""
        return self._owners.get(client, (0, None))[1]
