"""Steps put together: all that an actor did in a window of time becomes one, and keeps what it did.

What has to stay readable ends a window: the moments that somebody named, and what was restored, with the moment before it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from collab.crdt import Steps, joining_deeds
from collab.storage.archive import Step, windows

Window = list[Step]
Together = Callable[[Sequence[Window], Window], bool]
"""Whether windows that become one take in the one behind them."""

_STRIDE = 64
"""Windows between two yields."""

PAUSE = 5 * 60 * 1000
"""Milliseconds without an edit that end a sitting."""


def joining(steps: Iterable[Step], named: Container[int], together: Together) -> Steps[list[Window]]:
    """Join windows that follow on from each other; ``named`` are the moments that stay.

    Errors: ``MalformedUpdate`` where what a step did cannot be read.
    """
    joined: list[Window] = []
    group: list[Window] = []
    for number, window in enumerate(windows(steps)):
        if number % _STRIDE == _STRIDE - 1:
            yield
        last = group[-1] if group else None
        if last is not None and not (
            last[0].moment == window[0].before
            and last[0].moment not in named
            and not _is_restore(last)
            and not _is_restore(window)
            and together(group, window)
        ):
            joined.append((yield from _joined(group)))
            group = []
        group.append(window)
    if group:
        joined.append((yield from _joined(group)))
    return joined


def within(milliseconds: int) -> Together:
    """Those of one span on the clock: of the same ten seconds, the same day."""

    def together(group: Sequence[Window], window: Window) -> bool:
        return _began(group[0]) // milliseconds == _began(window) // milliseconds

    return together


def of_a_sitting(group: Sequence[Window], window: Window) -> bool:
    """Those between which there was no long pause."""
    return _began(window) - max(step.ended for step in group[-1]) <= PAUSE


def _began(window: Window) -> int:
    return min(step.began for step in window)


def _is_restore(window: Window) -> bool:
    return any(step.restored is not None for step in window)


def _joined(group: Sequence[Window]) -> Steps[Window]:
    """One window: a step for each actor."""
    if len(group) == 1:
        return group[0]
    before, moment = group[0][0].before, group[-1][0].moment
    by_actor: dict[str | None, list[Step]] = {}
    for window in group:
        for step in window:
            by_actor.setdefault(step.actor, []).append(step)
    made = []
    for actor, steps in by_actor.items():
        ranges = yield from joining_deeds(step.ranges for step in steps)
        began, ended = min(step.began for step in steps), max(step.ended for step in steps)
        made.append(Step(steps[-1].sequence, before, moment, began, ended, actor, ranges))
        yield
    return sorted(made, key=lambda step: step.sequence)
