"""Care of live documents: what is done beside editing, now and then, for one room after the other.

Long logs are folded, what is served is renewed, what people are called is written down; sittings that have ended get a
version, and old history is thinned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from collab.config import HistoryLimits
from collab.errors import CollabError, DocumentDeleted, DocumentUnreadable, StorageUnavailable
from collab.rooms.fold import fold, fold_whole
from collab.rooms.room import Room
from collab.rooms.thinning import Rounds
from collab.rooms.windows import PAUSE
from collab.storage.archive import Archive, Version, new_version_id
from collab.storage.journal import Clock

logger = logging.getLogger(__name__)

FOLD_BYTES = 64 * 1024
"""A log this long beyond its checkpoint is folded, or a quarter of the document where that is more."""

_FOLD_AGAIN = 60.0
"""Seconds after which a fold that failed is tried again."""

FOLD_ON_LEAVING = 4 * 1024
"""When the last one leaves, a shorter log is folded too: nobody is waiting, and the next one opens faster."""

_THIN_FIRST = 600.0
"""Seconds after the start when old history is thinned for the first time."""

_THIN_EVERY = 86_400.0

_KNOWN = 10_000
"""People whose names are remembered, so that they are not written again."""


class Care:
    """Looks after rooms. ``clock`` is monotonic, in seconds; ``now`` the time of day."""

    def __init__(self, store: Archive, settings: HistoryLimits, *, clock: Callable[[], float], now: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._now = now
        self._known: dict[str, str] = {}  # what people are called, as it is written down
        self._sittings: dict[str, float] = {}  # under way, by document: when the last edit was
        self._thinning = Rounds(store, settings)
        self._thin_at = clock() + _THIN_FIRST
        self.folds = 0
        """How many logs were folded into a checkpoint."""
        self.fold_failures = 0
        """How many could not be, for now."""

    async def tend(self, room: Room) -> None:
        """Do what is due in a room that somebody may be in."""
        if room.is_freed:
            await room.try_all_held()
        if room.served.is_long:
            await room.served.renew()
        if room.unfolded > max(FOLD_BYTES, room.size // 4):
            await self._fold(room)
        self.note_sitting(room)
        await self.remember(room)

    async def settle(self, room: Room) -> None:
        """Do what is due in a room that nobody is in any more."""
        self.note_sitting(room)
        await room.journal.flush()
        if room.unfolded > FOLD_ON_LEAVING:
            await self._fold(room, is_left=True)

    async def tend_history(self) -> None:
        """Do what is due of the past, whether or not anybody is in a room."""
        now = self._clock()
        for name, last in list(self._sittings.items()):
            if now - last > PAUSE / 1000:
                del self._sittings[name]
                await self._name_end(name, last)
        if now >= self._thin_at:
            self._thin_at = now + _THIN_EVERY
            self._thinning.begin(self._now())
        if self._thinning.is_under_way:
            gone = await self._thinning.go_on()
            if gone:
                logger.info("history was thinned: %d moments were let go", gone)

    async def end_sittings(self) -> None:
        """The server stops: all sittings end here."""
        while self._sittings:
            name, last = self._sittings.popitem()
            await self._name_end(name, last)

    def note_sitting(self, room: Room) -> None:
        """Note what is to be done when a sitting in this room has ended, whether or not the room is there then."""
        who = room.contributors
        if self._settings.automatic_versions and who.last > who.counted:
            self._sittings[room.name] = who.counted = who.last

    async def _name_end(self, name: str, last: float) -> None:
        """Make a version of the end of a sitting, in which the last edit was at ``last``."""
        now = self._now()
        try:
            record = await self._store.document(name)
            if record is None or record.deleted is not None or not record.head:
                return
            time = now - round((self._clock() - last) * 1000)
            version = Version(new_version_id(), "", record.head, time, now, None, automatic=True)
            await self._store.add_version(name, version)
        except CollabError as error:
            logger.warning("document %r: no version was made at the end of a sitting: %s", name, error)

    async def _fold(self, room: Room, *, is_left: bool = False) -> None:
        """Fold the room's document. What fails stays in the log as it is, and is tried again later."""
        if self._clock() < room.fold_not_before:
            return
        unfolded, size = room.unfolded, room.size
        try:
            await room.journal.flush()  # what is counted as folded has to be on disk
            folding = fold_whole if is_left else fold
            checkpoint = await folding(self._store, room.name, self._settings.history_window)
        except DocumentDeleted:  # in this very moment; its room is about to be closed
            return
        except CollabError as error:
            cure = "; only `collab doctor --repair` can help" if isinstance(error, DocumentUnreadable) else ""
            logger.error("document %r could not be folded: %s%s", room.name, error, cure)
            self.fold_failures += 1
            room.fold_not_before = self._clock() + _FOLD_AGAIN
            return
        room.unfolded -= unfolded
        if checkpoint is not None:
            self.folds += 1
            room.size += len(checkpoint.squashed) - size

    async def remember(self, room: Room) -> None:
        """Write down what those who have edited are called, where that is new."""
        called = room.contributors.take()
        new = {subject: name for subject, name in called.items() if self._known.get(subject) != name}
        if not new:
            return
        try:
            await self._store.remember(new, seen=self._now())
        except StorageUnavailable as error:  # they will be heard of again
            logger.warning("what people are called could not be written down: %s", error)
            return
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known |= new
