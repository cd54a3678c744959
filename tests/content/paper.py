"""A real paper, typed key by key by seven people, as the worker is handed it."""

from __future__ import annotations

from typing import NamedTuple

from collab.content.attribution import Share
from collab.content.items import Moment
from collab.crdt import DeleteSet, DocumentState, squash
from tests.content.past import NOTHING
from tests.crdt.recorded import updates

MINUTE = 600
"""Keystrokes, at ten a second; then the next person goes on."""


class Paper(NamedTuple):
    """All of it, five moments on its way, and who did what."""

    whole: bytes
    moments: list[Moment]
    now: Moment
    written: list[Share]
    deleted: list[Share]


def typed_by_seven() -> Paper:
    """What one person did in ten seconds is one share for each run of clocks, as the history keeps them."""
    keystrokes = updates("automerge-paper")
    state = DocumentState()
    moments = [NOTHING]
    written: list[Share] = []
    deleted: list[Share] = []
    for number, update in enumerate(keystrokes):
        extension = state.extend(update)
        person, when = f"person {number // MINUTE % 7}", number * 100
        written += [Share(*span, person, when) for span in extension.inserted]
        deleted += [Share(*span, person, when) for span in extension.deleted]
        if number % (len(keystrokes) // 4) == 0:
            moments.append(Moment(dict(state.state_vector), state.deletes.copy()))
    now = Moment(dict(state.state_vector), state.deletes.copy())
    return Paper(squash(keystrokes), moments, now, _by_window(written), _by_window(deleted))


def _by_window(shares: list[Share]) -> list[Share]:
    found: dict[tuple[str | None, int], DeleteSet] = {}
    for share in shares:
        found.setdefault((share.subject, share.time // 10_000), DeleteSet()).add(*share[:3])
    return [
        Share(*span, subject, 10_000 * (window + 1)) for (subject, window), spans in found.items() for span in spans
    ]
