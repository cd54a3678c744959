"""Our first word over Hocuspocus: when it comes, and what is told apart by it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from collab.errors import DocumentUnreadable, StorageUnavailable
from collab.protocol.messages import Close, Denied
from tests.attacks.clients import Client
from tests.attacks.wire import RawSocket
from tests.rooms.house import Writer
from tests.transports.doors import Doors


class Listener(Client):
    """Keeps the frames in the order they came."""

    def __init__(self, socket: RawSocket) -> None:
        super().__init__(socket)
        self.frames: list[bytes] = []

    def _hear(self, frame: bytes) -> None:
        self.frames.append(frame)
        super()._hear(frame)


async def test_who_is_closed_for_a_passing_failure_hears_nothing_before(tmp_path: Path) -> None:
    """At the first message a provider takes its attempt for a good one, and comes back as fast as the first time."""
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    async with Doors(tmp_path, max_connections_per_subject=1) as doors:
        doors.house.disk.read_error = StorageUnavailable("the database is away")
        async with await Listener.open(doors) as alice:
            alice.authenticate("notes", doors.token("alice"))
            assert (await alice.ended()).code == 1013
            assert alice.frames == []
        doors.house.disk.read_error = None
        async with await Client.open(doors, elsewhere) as first, await Listener.open(doors, elsewhere) as second:
            await first.enter("notes", doors.token("alice"))
            second.authenticate("notes", doors.token("alice"))
            assert (await second.ended()).code == 1013
            assert second.frames == []


async def test_a_ping_is_our_first_word(doors: Doors) -> None:
    """Its answer tells when the client has sent what it had queued, which it does at our first word."""
    doors.house.disk.read_error = DocumentUnreadable("change 7 is damaged")
    for token, kind in ((doors.token("alice"), Close), ("nonsense", Denied)):
        async with await Listener.open(doors) as alice:
            alice.authenticate("notes", token)
            await alice.until(lambda alice=alice, kind=kind: bool(alice.all_of("notes", kind)))  # type: ignore[misc]
            assert (alice.frames[0], alice.pings) == (b"\x09", 1)
    doors.house.disk.read_error = None
    async with await Listener.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"))
        assert (alice.frames[0], alice.pings) == (b"\x09", 1)


async def test_what_was_typed_before_our_first_word_has_its_receipt(doors: Doors) -> None:
    """Also a deletion: it cannot have been queued, because the queue waits for that word."""
    hers = Writer(1)
    async with await Client.open(doors) as alice:
        deletion = hers.type("ab"), hers.erase(0, 1)
        doors.house.disk.reads.clear()
        alice.authenticate("notes", doors.token("alice"))
        alice.edit("notes", *deletion)
        await alice.ping()
        doors.house.disk.reads.set()
        await alice.until(lambda: alice.acks("notes") == 2, timeout=3)


async def test_what_is_queued_is_told_apart_while_a_document_loads(doors: Doors) -> None:
    """The ping that keeps a client from taking its socket for dead is a word: at it, the queue is sent."""
    hers = Writer(1)
    queued = hers.type("offline")
    async with await Client.open(doors) as alice:
        doors.house.disk.reads.clear()
        alice.authenticate("notes", doors.token("alice"), hers)
        await alice.ping()
        await asyncio.sleep(0.1)
        doors.ahead += 13
        await alice.until(lambda: alice.pings == 1)
        alice.edit("notes", queued)
        alice.socket.send(b"\x0a")
        alice.edit("notes", hers.type("now"))
        await alice.ping()
        doors.house.disk.reads.set()
        await alice.until(lambda: alice.acks("notes") == 1)
        await asyncio.sleep(0.2)
        assert (alice.acks("notes"), alice.pings) == (1, 1)
