"""Attribution: who wrote what is there, and when.

The author of a clock is the one whose editor its client is (``Past.owner``), its time that of the act that brought it.
"""

from __future__ import annotations

from typing import NamedTuple

from collab.crdt import Steps
from collab.history.moments import Moment
from collab.history.past import Past

_STRIDE = 64
"""Acts between two yields."""


class Authored(NamedTuple):
    """Clocks that are there, from ``start`` up to, not including, ``end``, and by whom."""

    client: int
    start: int
    end: int
    subject: str | None
    """``None``: it is not known any more."""
    time: int
    """When it was written, in milliseconds since the epoch."""
    moment: int
    """The first that can be read with it."""


def attributing(past: Past, moment: Moment) -> Steps[list[Authored]]:
    """All that is there at a moment, in the order in which it came."""
    _, deletes = yield from past.knowing(moment)
    found: list[Authored] = []
    for index, (step, deeds) in enumerate(past.between(past.moments[0], moment)):
        for span in deeds.inserted:
            owner = past.owner(span[0])
            for client, start, end in deletes.missing(*span):
                found.append(Authored(client, start, end, owner, step.ended, step.moment))
        if index % _STRIDE == _STRIDE - 1:
            yield
    return found
