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
_PAGE = 100
"""Documents that are found at a time."""


async def thin_all(store: Archive, settings: HistoryLimits, now: int) -> int:
    """Thin every document that has old steps; how many moments were let go. ``now`` in milliseconds since the epoch."""
    after, gone = "", 0
    while names := await store.aging(now - round(settings.keep_steps * 1000), after, _PAGE):
        after = names[-1]
        for name in names:
            try:
                gone += await thin(store, name, settings, now)
            except CollabError as error:  # deleted just now, or damaged: the others need not wait for that
                logger.warning("the history of document %r was not thinned: %s", name, error)
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
