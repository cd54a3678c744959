"""A real paper, typed through a server's rooms on a clock of ten keystrokes a second, somebody else each minute."""

from __future__ import annotations

from pathlib import Path

from collab.auth.roles import Role
from collab.config import Settings
from collab.protocol.messages import Update
from collab.rooms import Peer, Rooms
from collab.rooms.peer import Nowhere
from collab.storage.log import Log
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON

NAME = "paper"
KEYSTROKE = 100
"""Milliseconds."""
MINUTE = 60_000
TENDED = 5000
"""Keystrokes between two looks at whether the log is long: about as often as one is folded then."""
PEOPLE = ("alice", "bob", "carol")


async def type_out(folder: Path, keystrokes: list[bytes]) -> None:
    """Leave ``collab.db`` in ``folder``, as a server does that is stopped in the end."""
    now = NOON
    settings = Settings.load(data_dir=folder)
    store = await SqlStore.open(f"sqlite:///{folder / 'collab.db'}")
    log = Log(store, gather=0.001, journal_bytes=settings.log_queue_bytes, clock=lambda: now)
    rooms = Rooms(
        store,
        log,
        connection_limits=settings,
        document_limits=settings,
        clock=lambda: now / 1000,
        now=lambda: now,
        tick=1e9,
    )
    await log.start()
    room = await rooms.open(NAME, create=True)
    peer = None
    for number, update in enumerate(keystrokes):
        if number * KEYSTROKE % MINUTE == 0:
            if peer is not None:
                room.leave(peer)
            who = PEOPLE[number * KEYSTROKE // MINUTE % len(PEOPLE)]
            peer = Peer(
                actor=who,
                role=Role.EDITOR,
                address=Nowhere(),
                send=lambda _: None,
                expel=_fail,
                called=who.title(),
            )
            room.join(peer)
        assert peer is not None
        await room.handle(peer, Update(update))
        now += KEYSTROKE
        if number % 500 == 499:
            await room.journal.flush()
        if number % TENDED == TENDED - 1:
            await rooms._tend_all()
    assert peer is not None
    room.leave(peer)
    now += 10 * MINUTE
    for _ in range(2):
        await rooms._tend_all()
    assert len(rooms) == 0
    await rooms.close(10.0)
    await log.close(10.0)
    await store.close()


def _fail(error: Exception) -> None:
    raise error
