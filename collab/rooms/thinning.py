"""Thinning: what was done long ago is kept in larger pieces, sittings first and days later.

What each did stays, and with it who wrote what; only the moments in between cannot be read any more.
"""

from __future__ import annotations

import logging

from collab.config import HistoryLimits
from collab.errors import CollabError
from collab.rooms.breathe import breathe
from collab.rooms.windows import Window, joining, of_a_sitting, within
from collab.storage.archive import Archive, windows

logger = logging.getLogger(__name__)

_DAY = 86_400_000
_PAGE = 20
"""Documents that are looked at before something else has its turn."""


class Rounds:
    """Goes round all documents, some at a time. The first round is about everything that is old; later ones are about
    what became old since the one before, so that a document that was thinned is not read again each day.
    """

    def __init__(self, store: Archive, settings: HistoryLimits) -> None:
        self._store = store
        self._settings = settings
        self._done = 0  # when the last round that came to its end began
        self._began: int | None = None  # the round under way
        self._after = ""  # the name of the last document in it

    @property
    def is_under_way(self) -> bool:
        """Whether a round has begun and not come to its end."""
        return self._began is not None

    def begin(self, now: int) -> None:
        """Begin a round. ``now`` in milliseconds since the epoch."""
        self._began, self._after = now, ""

    async def go_on(self) -> int:
        """Thin the next documents of the round; how many moments were let go."""
        if self._began is None:
            return 0
        spans = [
            (self._done - round(kept * 1000), self._began - round(kept * 1000))
            for kept in (self._settings.keep_steps, self._settings.keep_sittings)
        ]
        names = await self._store.aging(spans, self._after, _PAGE)
        gone = 0
        for name in names:
            try:
                gone += await thin(self._store, name, self._settings, self._began)
            except CollabError as error:  # deleted just now, or damaged: the others need not wait for that
                logger.warning("the history of document %r was not thinned: %s", name, error)
        if len(names) < _PAGE:
            self._done, self._began = self._began, None
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


async def thin(store: Archive, name: str, settings: HistoryLimits, now: int) -> int:
    """Thin one document. Errors: those of ``Archive.recall`` and ``Archive.condense``."""
    recollection = await store.recall(name)
    if recollection is None:
        return 0
    named = (await store.foldable(name, 0)).named
    old = now - round(settings.keep_steps * 1000)
    very_old = now - round(settings.keep_sittings * 1000)
    ancient: list[Window] = []
    aged: list[Window] = []
    for window in windows(recollection.steps or ()):
        ended = max(step.ended for step in window)
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
            if (before, moment) not in drawn and await store.condense(name, window):
                gone += sum(before < end < moment for _, end in drawn)
    return gone
