"""What no step tells any more, because the row of one is damaged: told by the checkpoint, which has all of it.

It is not known who did it, only between which two moments. So nobody is named for it, the moments in between cannot be
read, and at all later ones it is done: what was deleted does not come back because a row is damaged.
"""

from __future__ import annotations

from collections.abc import Sequence

from collab.crdt import DeleteSet, DocumentState, Steps
from collab.history.past import Act, Lost
from collab.storage.archive import Window

_STRIDE = 64
"""Acts between two yields."""


def finding_lost(acts: Sequence[Act], damaged: Sequence[Window], state: DocumentState, last: int) -> Steps[Lost | None]:
    """What is in ``state``, the one after the change ``last``, and in none of ``acts``; ``None``: nothing.

    ``damaged`` are the windows of damaged steps as they lie there, so they may be anything.
    """
    places = yield from _places(acts, damaged, last)
    if not places:
        return None
    inserted, deleted = DeleteSet(), DeleteSet()
    for number, (_, deeds) in enumerate(acts):
        inserted.update(deeds.inserted)
        deleted.update(deeds.deleted)
        if number % _STRIDE == _STRIDE - 1:
            yield
    untold = tuple(span for client, end in state.state_vector.items() for span in inserted.missing(client, 0, end))
    undone = tuple(gap for span in state.deletes for gap in deleted.missing(*span))
    if not untold and not undone:
        return None
    return Lost(min(after for after, _ in places), max(until for _, until in places), untold, undone)


def _places(acts: Sequence[Act], damaged: Sequence[Window], last: int) -> Steps[list[Window]]:
    """Where something may be missing: in gaps between windows, and in windows that have a damaged step."""
    found: list[Window] = []
    drawn: set[Window] = set()
    end = 0
    for number, (step, _) in enumerate(acts):
        if step.before > end:
            found.append((end, step.before))
        end = step.moment
        if damaged:
            drawn.add((step.before, end))
        if number % _STRIDE == _STRIDE - 1:
            yield
    if end < last:
        found.append((end, last))
    for window in damaged:
        if window in drawn:
            found.append(window)
        elif not any(after <= window[0] < window[1] <= until for after, until in found):
            found.append((0, last))  # it lies nowhere, so it may be about anything
    return found
