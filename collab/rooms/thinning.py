"""Thinning: what was done long ago is kept in larger pieces, sittings first and days later.

What each did stays, and with it who wrote what; only the moments in between cannot be read any more.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from collab.config import HistoryLimits
from collab.errors import CollabError
from collab.rooms.breathe import breathe
from collab.rooms.windows import Window, joining, of_a_sitting, within
from collab.storage.archive import Archive, windows

logger = logging.getLogger(__name__)

_DAY = 86_400_000
_PAGE = 20
"""Documents that are looked at before something else has its turn."""


_WHOLE_EVERY = 7 * _DAY
"""Milliseconds between two rounds about everything: what was folded late, or was deleted and came back, is old already."""


class Thinned(NamedTuple):
    """What became of a document."""

    gone: int
    """Moments that were let go."""
    is_done: bool
    """False: what is there did not allow all of it."""


class Rounds:
    """Goes round all documents, some at a time. The first round is about everything that is old, and one a week; the
    others are about what became old since the one before that left nothing undone, so that a document that was thinned is
    not read again each day.
    """

    def __init__(self, store: Archive, settings: HistoryLimits) -> None:
        self._store = store
        self._settings = settings
        self._done = 0  # when the last round that left nothing undone began
        self._whole = 0  # when the last such round about everything began
        self._since = 0  # the round under way is about what became old since then
        self._failed = False  # it left something undone
        self._began: int | None = None  # the round under way
        self._after = ""  # the name of the last document in it

    @property
    def is_under_way(self) -> bool:
        """Whether a round has begun and not come to its end."""
        return self._began is not None

    def begin(self, now: int) -> None:
        """Begin a round. ``now`` in milliseconds since the epoch."""
        self._began, self._after, self._failed = now, "", False
        self._since = self._done if now - self._whole < _WHOLE_EVERY else 0

    async def go_on(self) -> int:
        """Thin the next documents of the round; how many moments were let go."""
        if self._began is None:
            return 0
        spans = [
            (self._since - round(kept * 1000), self._began - round(kept * 1000))
            for kept in (self._settings.keep_steps, self._settings.keep_sittings)
        ]
        names = await self._store.aging(spans, self._after, _PAGE)
        gone = 0
        for name in names:
            try:
                thinned = await thin(self._store, name, self._settings, self._began)
            except CollabError as error:  # deleted just now, or damaged: the others need not wait for that
                logger.warning("the history of document %r was not thinned: %s", name, error)
                self._failed = True
            else:
                gone += thinned.gone
                self._failed |= not thinned.is_done
        if len(names) < _PAGE:
            if not self._failed:
                self._done = self._began
                self._whole = self._whole if self._since else self._began
            self._began = None
        else:
            self._after = names[-1]
        return gone


async def thin_all(store: Archive, settings: HistoryLimits, now: int) -> int:
    """Thin every document that has old steps; how many moments were let go. ``now`` in milliseconds since the epoch."""
    rounds, gone = Rounds(store, settings), 0
    rounds.begin(now)
    while rounds.is_under_way:
        gone += await rounds.go_on()
    return gone


async def thin(store: Archive, name: str, settings: HistoryLimits, now: int) -> Thinned:
    """Thin one document, up to where it is not what was read any more. Errors: those of ``Archive.recall`` and ``Archive.condense``."""
    recollection = await store.recall(name)
    if recollection is None:
        return Thinned(0, is_done=True)
    _, named, last = await store.foldable(name, 0)
    old = now - round(settings.keep_steps * 1000)
    very_old = now - round(settings.keep_sittings * 1000)
    ancient: list[Window] = []
    aged: list[Window] = []
    for window in windows(recollection.steps or ()):
        ended = max(step.ended for step in window)
        if window[0].moment > last:
            break
        if ended < very_old and not aged:
            ancient.append(window)
        elif ended < old:
            aged.append(window)
        else:
            break
    gone = 0
    for found, together in ((ancient, within(_DAY)), (aged, of_a_sitting)):
        drawn = {(window[0].before, window[0].moment) for window in found}
        for window in await breathe(joining((step for one in found for step in one), named, together)):
            before, moment = window[0].before, window[0].moment
            if (before, moment) in drawn:
                continue
            if not await store.condense(name, window):
                return Thinned(gone, is_done=False)
            gone += sum(before < end < moment for _, end in drawn)
    return Thinned(gone, is_done=True)
