"""Sittings: what was done, in the portions in which people did it. A pause of five minutes ends one.

Clean-up that nobody did (``collab.rooms.room``) belongs to no sitting, though it is in the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collab.crdt import Steps, run
from collab.history.past import Act, Past
from collab.rooms.windows import PAUSE
from collab.storage.archive import undone_behind, windows_of

_STRIDE = 256
"""Windows or acts between two yields."""


class Share(NamedTuple):
    """How much somebody did, in clocks: of text, characters."""

    subject: str
    inserted: int
    deleted: int


class Restored(NamedTuple):
    """A moment that was brought back, or what somebody did that was undone."""

    moment: int
    """The state after that."""
    of: int
    """The moment that was brought back, or behind which something was undone."""
    by: str | None
    time: int
    undone: bool = False
    """Whether something was undone."""


@dataclass(slots=True)
class Sitting:
    """Acts that follow each other without a long pause. Times in milliseconds since the epoch."""

    before: int
    """The moment before the first of them."""
    moment: int
    """The moment after the last of them."""
    began: int
    ended: int
    acts: list[Act] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many moments in it can be read."""
        return len({act.step.moment for act in self.acts})

    @property
    def restored(self) -> list[Restored]:
        """What was brought back or undone in it."""
        return [
            Restored(
                step.moment,
                step.restored if step.restored >= 0 else undone_behind(step.restored),
                step.actor,
                step.ended,
                step.restored < 0,
            )
            for step, _ in self.acts
            if step.restored is not None
        ]


def sitting(acts: Iterable[Act]) -> Steps[list[Sitting]]:
    """The sittings of a document, the oldest first. A window, however many were at work in it, is in one as a whole."""
    found: list[Sitting] = []
    for number, window in enumerate(windows_of(acts, lambda act: act.step.moment)):
        if number % _STRIDE == _STRIDE - 1:
            yield
        done = [act for act in window if act.step.actor is not None]
        if not done:
            continue
        step = done[0].step
        began, ended = min(act.step.began for act in done), max(act.step.ended for act in done)
        if not found or began - found[-1].ended > PAUSE:
            found.append(Sitting(step.before, step.moment, began, ended))
        last = found[-1]
        last.acts += done
        last.moment = step.moment
        last.ended = max(last.ended, ended)
    return found


def shares(past: Past, acts: Sequence[Act]) -> list[Share]:
    """Who did how much, the most active first. What somebody brought along of others' counts for those."""
    return run(sharing(past, acts))


def sharing(past: Past, acts: Sequence[Act]) -> Steps[list[Share]]:
    """``shares`` in steps."""
    inserted: dict[str, int] = {}
    deleted: dict[str, int] = {}
    for number, (step, deeds) in enumerate(acts):
        if number % _STRIDE == _STRIDE - 1:
            yield
        if step.actor is None:
            continue
        deleted.setdefault(step.actor, 0)
        deleted[step.actor] += sum(end - start for _, start, end in deeds.deleted)
        for client, start, end in deeds.inserted:
            owner = past.owner(client) or step.actor
            inserted[owner] = inserted.get(owner, 0) + end - start
    found = [
        Share(subject, inserted.get(subject, 0), deleted.get(subject, 0))
        for subject in sorted(inserted.keys() | deleted.keys())
    ]
    return sorted(found, key=lambda share: -share.inserted - share.deleted)
