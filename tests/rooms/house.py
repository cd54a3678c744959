"""A house to try rooms in: a real log over a disk that does as it is told, guests without sockets, editors on pycrdt."""

from __future__ import annotations

import asyncio
import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import pycrdt

from collab.auth.roles import Role
from collab.config import Settings
from collab.crdt import AwarenessEntry, decode_awareness, encode_awareness
from collab.errors import CollabError
from collab.protocol.messages import Awareness, Message, Step1, Step2, SyncStatus, Update
from collab.rooms import Peer, Room, Rooms
from collab.rooms.audience import GATHER
from collab.storage.base import Batch, StoredDocument
from collab.storage.log import Log
from collab.storage.memory import MemoryStore

M = TypeVar("M")

NOTHING = b"\0"
"""The state vector of one who has nothing."""

EMPTY = b"\0\0"
"""The update that says nothing."""

PATIENCE = 10.0
"""Seconds after which what a test waits for counts as never coming."""


class Writer:
    """An editor: a real Yjs document of one client. Each edit returns the update that says so. Plain ASCII only."""

    def __init__(self, client: int) -> None:
        self.client = client
        self._doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=client)
        self._text = self._doc.get("text", type=pycrdt.Text)
        self._said: list[bytes] = []
        self._doc.observe(lambda event: self._said.append(event.update))

    def type(self, text: str, at: int | None = None) -> bytes:
        """Insert at a place, or at the end."""
        self._text.insert(len(self._text) if at is None else at, text)
        return self._said.pop()

    def erase(self, at: int, count: int = 1) -> bytes:
        """Delete."""
        del self._text[at : at + count]
        return self._said.pop()

    def hear(self, *updates: bytes) -> Self:
        """Take in what others wrote."""
        for update in updates:
            self._doc.apply_update(update)
        self._said.clear()
        return self

    @property
    def text(self) -> str:
        """What is written."""
        return str(self._text)

    @property
    def vector(self) -> bytes:
        """The state vector."""
        return self._doc.get_state()

    def update(self, since: bytes = NOTHING) -> bytes:
        """All that someone lacks who has ``since``."""
        return self._doc.get_update(since)


def shown(*updates: bytes) -> str:
    """What a new editor shows that is sent these updates."""
    return Writer(999).hear(*updates).text


class Talk(NamedTuple):
    """An address whose frames can be read back; guests with equal ones are sent the same bytes."""

    key: str = ""

    def frame(self, message: Message) -> bytes:
        """The message, pickled."""
        return pickle.dumps(message)

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:
        """So many times SyncStatus, as Hocuspocus has it."""
        return due * self.frame(SyncStatus(saved=True))


class Guest:
    """A client in a room. It says what a test tells it to, and remembers what it heard."""

    def __init__(self, room: Room, actor: str, role: Role, key: str) -> None:
        self.room = room
        self.heard: list[Message] = []
        self.ended: list[CollabError] = []
        """Why its place ended; at most one."""
        self._told = asyncio.Event()
        self.peer = Peer(
            actor=actor,
            role=role,
            address=Talk(key),
            send=self._take,
            expel=self.ended.append,
        )
        room.join(self.peer)

    def _take(self, frames: bytes) -> None:
        reader = io.BytesIO(frames)
        while reader.tell() < len(frames):
            self.heard.append(pickle.load(reader))
        self._told.set()

    async def say(self, *messages: Message) -> None:
        """Say something, as a transport does: an error ends the place."""
        for message in messages:
            try:
                await self.room.handle(self.peer, message)
            except CollabError as error:
                self.peer.expel(error)

    async def edit(self, *updates: bytes) -> None:
        """Send edits."""
        await self.say(*map(Update, updates))

    async def open(self, writer: Writer | None = None) -> Self:
        """The handshake of a client that has what ``writer`` has: its Step1, and its answer to ours."""
        await self.say(Step1(NOTHING if writer is None else writer.vector))
        await self.answer(writer)
        return self

    async def answer(self, writer: Writer | None = None) -> None:
        """Answer the last Step1 that was heard."""
        asked = self.questions[-1]
        await self.say(Step2(EMPTY if writer is None else writer.update(asked)))

    def leave(self) -> None:
        """Leave the room."""
        self.room.leave(self.peer)

    def all_of(self, kind: type[M]) -> list[M]:
        """The messages of one kind, in the order they came."""
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def acks(self) -> int:
        """How many frames it was told are saved."""
        return sum(status.saved for status in self.all_of(SyncStatus))

    @property
    def refusals(self) -> int:
        """How many frames it was told are not."""
        return sum(not status.saved for status in self.all_of(SyncStatus))

    @property
    def updates(self) -> list[bytes]:
        """Every document byte it was sent, as a client applies them."""
        return [message.update for message in self.heard if isinstance(message, Update | Step2)]

    @property
    def sees(self) -> str:
        """What an editor shows that knew nothing before."""
        return shown(*self.updates)

    @property
    def questions(self) -> list[bytes]:
        """The state vectors it was asked with."""
        return [message.state_vector for message in self.all_of(Step1)]

    @property
    def presences(self) -> list[AwarenessEntry]:
        """Every entry of presence it was shown, in the order they came."""
        return [
            entry for message in self.all_of(Awareness) for entry in decode_awareness(message.payload, max_state=10**6)
        ]

    async def until(self, acks: int) -> None:
        """Wait for so many receipts."""
        async with asyncio.timeout(PATIENCE):
            while self.acks < acks:
                self._told.clear()
                await self._told.wait()


def presence(client: int, clock: int, state: bytes = b'{"user":{}}') -> Awareness:
    """A presence message of one entry."""
    return Awareness(encode_awareness([AwarenessEntry(client, clock, state)]))


class Disk(MemoryStore):
    """A store that does as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = asyncio.Event()
        """Cleared: commits take for ever."""
        self.writes.set()
        self.reads = asyncio.Event()
        """Cleared: loading takes for ever."""
        self.reads.set()
        self.write_error: CollabError | None = None
        self.read_error: CollabError | None = None
        self.loads = 0
        """How often a document was read."""

    async def append(self, batches: Sequence[Batch], *, retried: bool = False) -> dict[str, int]:
        """When it may, and unless it must not."""
        await self.writes.wait()
        if self.write_error is not None:
            raise self.write_error
        return await super().append(batches, retried=retried)

    async def load(self, name: str) -> StoredDocument | None:
        """When it may, and unless it must not."""
        self.loads += 1
        await self.reads.wait()
        if self.read_error is not None:
            raise self.read_error
        return await super().load(name)

    async def text(self, name: str) -> str:
        """What is written in a document, going by what is stored of it alone."""
        stored = await MemoryStore.load(self, name)
        if stored is None:
            return ""
        folded = [] if stored.checkpoint is None else [stored.checkpoint.squashed]
        return shown(*folded, *(update for change in stored.tail for update in change.updates))


class House:
    """Rooms over a log over a disk. Use it as ``async with House(…)``; limits are settings by name."""

    def __init__(self, folder: Path, *, tick: float = 3600.0, give_up: float = 30.0, **limits: object) -> None:
        """``tick``: by default rooms are looked after only when a test does it."""
        self.settings = Settings.load(data_dir=folder, **limits)
        self.disk = Disk()
        self.now = 1000.0
        self.log = Log(self.disk, gather=0.001, give_up=give_up, journal_bytes=self.settings.log_queue_bytes)
        self._tick = tick
        self.rooms = self.fresh_rooms()

    def fresh_rooms(self) -> Rooms:
        """Rooms over the same disk, with nothing in memory; for when those before are closed."""
        return Rooms(
            self.disk,
            self.log,
            connection_limits=self.settings,
            document_limits=self.settings,
            history=self.settings,
            clock=lambda: self.now,
            tick=self._tick,
        )

    async def room(self, name: str = "notes") -> Room:
        """A room that is open."""
        return await self.rooms.open(name, create=True)

    async def enter(
        self, actor: str = "alice", role: Role = Role.EDITOR, *, name: str = "notes", key: str = ""
    ) -> Guest:
        """Somebody who has come in, and not said anything yet."""
        return Guest(await self.room(name), actor, role, key)

    async def writer(self, client: int, actor: str = "alice", *, name: str = "notes") -> tuple[Guest, Writer]:
        """Somebody who has come in with an empty editor and has synced it."""
        writer = Writer(client)
        guest = await (await self.enter(actor, name=name)).open(writer)
        return guest, writer.hear(*guest.updates)

    async def submit(
        self, update: bytes, *, actor: str = "robot", role: Role = Role.EDITOR, name: str = "notes"
    ) -> bool:
        """Let an edit in without a connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.rooms.submit(name, update, actor=actor, role=role)

    async def newcomer(self, name: str = "notes") -> Guest:
        """A reader who has come in, and has been sent the document."""
        return await (await self.enter("newcomer", Role.VIEWER, name=name)).open()

    async def told(self) -> None:
        """Wait until everybody has been told what was gathered for them."""
        await asyncio.sleep(2 * GATHER)

    async def saved(self, name: str = "notes") -> None:
        """Wait until everything that was accepted is on disk."""
        async with asyncio.timeout(PATIENCE):
            await (await self.room(name)).journal.flush()

    async def __aenter__(self) -> Self:
        await self.log.start()
        self.rooms.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disk.write_error = None
        self.disk.writes.set()
        self.disk.reads.set()
        await self.rooms.close(1.0)
        await self.log.close(1.0)
