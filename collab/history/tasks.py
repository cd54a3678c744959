"""What the workers are asked to do with a document's past: to compare two moments, to go back to one, to undo.

Words belong to whose editor wrote them (``Past.owner``), deletions to who brought them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from collab.content.attribution import Share
from collab.content.formats import Format, Schema
from collab.content.items import Moment as Extent
from collab.content.jobs import Comparison, Restoring, Undoing
from collab.crdt import DeleteSet, Span, Steps
from collab.history.moments import Moment
from collab.history.past import Act, Past

_STRIDE = 64
"""Acts between two yields."""


class Wish(NamedTuple):
    """How a difference is to be told: as JSON or as text, of which root; found out where None."""

    format: Format
    root: str | None = None
    schema: Schema | None = None


def comparing(past: Past, before: Moment, after: Moment, wish: Wish, names: tuple[str, str]) -> Steps[Comparison]:
    """The question what became of a document between two moments, and by whom; ``names`` as in ``Comparison``."""
    acts = past.between(before, after)
    written: list[Share] = []
    deleted: list[Share] = []
    for number, (step, deeds) in enumerate(acts):
        written += [Share(*span, past.owner(span[0]), step.ended) for span in deeds.inserted]
        deleted += [Share(*span, step.actor, step.ended) for span in deeds.deleted]
        if number % _STRIDE == _STRIDE - 1:
            yield
    earlier = Extent(*(yield from past.knowing(before)))
    later = Extent(*(yield from past.knowing(after)))
    return Comparison(earlier, later, written, deleted, *wish, names)


def restoring(past: Past, moment: Moment, client: int) -> Steps[Restoring]:
    """The question which edit of ``client`` brings a moment back."""
    return Restoring(Extent(*(yield from past.knowing(moment))), client)


def undoing(past: Past, subject: str, acts: Sequence[Act], client: int) -> Steps[Undoing]:
    """The question which edit of ``client`` undoes what somebody did in ``acts``."""
    written: list[Span] = []
    deleted: list[Span] = []
    for number, (step, deeds) in enumerate(acts):
        written += [span for span in deeds.inserted if past.owner(span[0]) == subject]
        if step.actor == subject:
            deleted += deeds.deleted
        if number % _STRIDE == _STRIDE - 1:
            yield
    return Undoing(DeleteSet(written), DeleteSet(deleted), client)
