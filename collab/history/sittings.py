"""Sittings: what was done, in the portions in which people did it. A pause of five minutes ends one.

Clean-up that nobody did (``collab.rooms.room``) belongs to no sitting, though it is in the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collab.crdt import Steps
from collab.history.past import Act, Past
from collab.rooms.windows import PAUSE

_STRIDE = 256
"""Acts between two yields."""


class Share(NamedTuple):
    """How much somebody did, in clocks: of text, characters."""

    subject: str
    inserted: int
    deleted: int


class Restored(NamedTuple):
    """A moment that was brought back."""

    moment: int
    """The state after that."""
    of: int
    by: str | None
    time: int


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
        """What was brought back in it."""
        steps = [act.step for act in self.acts]
        return [Restored(one.moment, one.restored, one.actor, one.ended) for one in steps if one.restored is not None]


def sitting(acts: Iterable[Act]) -> Steps[list[Sitting]]:
    """The sittings of a document, the oldest first."""
    found: list[Sitting] = []
    for number, act in enumerate(acts):
        step = act.step
        if number % _STRIDE == _STRIDE - 1:
            yield
        if step.actor is None:
            continue
        if not found or step.began - found[-1].ended > PAUSE:
            found.append(Sitting(step.before, step.moment, step.began, step.ended))
        last = found[-1]
        last.acts.append(act)
        last.moment = step.moment
        last.ended = max(last.ended, step.ended)
    return found


def shares(past: Past, acts: Sequence[Act]) -> list[Share]:
    """Who did how much, the most active first. What somebody brought along of others' counts for those."""
    inserted: dict[str, int] = {}
    deleted: dict[str, int] = {}
    for step, deeds in acts:
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
