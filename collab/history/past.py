"""The past of one document: everything that was done to it, and the document at any moment that can be read.

A moment is a state vector and a delete set: what all acts up to then brought and deleted. The document as it was is the
structs below that state vector, with that delete set. So nothing is integrated, and nothing of it is stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
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


class Past:
    """A document with all that was done to it, as it was when it was read.

    ``checkpoint`` holds the changes up to its sequence, ``news`` are the updates behind it with the numbers of their
    changes, ``entries`` are the clocks that are values in maps, ``lost`` what is in the checkpoint and in none of ``acts``.
    """

    def __init__(
        self,
        name: str,
        lineage: str,
        acts: Sequence[Act],
        checkpoint: Checkpoint | None,
        news: Sequence[tuple[int, bytes]],
        entries: DeleteSet,
        lost: Lost | None = None,
    ) -> None:
        self.name = name
        self.lineage = lineage
        self.acts = acts
        """In the order of their last changes."""
        self._checkpoint = checkpoint
        self._news = news
        self._entries = entries
        self._lost = lost
        self._sequences = [act.step.sequence for act in acts]
        self.moments = _moments(acts, lost)
        """Those that can be read, in order; the first is the empty document."""
        self._numbers = [moment.number for moment in self.moments]
        self._owners: dict[int, tuple[int, str | None]] | None = None

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
        if self._owners is None:
            self._owners = {}
            for act in self.acts:
                for span in act.deeds.inserted:
                    known = self._owners.get(span[0])
                    if known is None or span[1] < known[0]:
                        self._owners[span[0]] = span[1], act.step.actor
        return self._owners.get(client, (0, None))[1]


def _moments(acts: Sequence[Act], lost: Lost | None) -> list[Moment]:
    """The ends of the windows, without those of which it is not known what was done up to then."""
    moments = [Moment(0, acts[0].step.began if acts else 0)]
    ended = 0
    for index, act in enumerate(acts):
        step = act.step
        ended = max(ended, step.ended)
        if index + 1 == len(acts) or acts[index + 1].step.moment != step.moment:
            if lost is None or not lost.after < step.moment < lost.until:
                moments.append(Moment(step.moment, ended))
            ended = 0
    return moments
