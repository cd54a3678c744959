"""Clients that speak the protocols by hand, so that they can also speak them wrongly.

async with await Client.open(server) as alice:
await alice.enter("notes", server.token("alice"))
alice.edit("notes", update)
await alice.until(lambda: alice.acks("notes") == 1)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self, TypeVar
from urllib.parse import quote

from collab.protocol.messages import (
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Denied,
    Message,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    SyncStatus,
    TokenWanted,
    Update,
)
from tests.attacks.wire import BINARY, CLOSE, PATIENCE, PING, PONG, Closed, RawSocket
from tests.protocol.frames import spelled, vb
from tests.rooms.house import EMPTY, NOTHING, Writer, shown

M = TypeVar("M")


class Door(Protocol):
    """A server, wherever it runs."""

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        ...

    def token(self, subject: str, *grants: str) -> str:
        """A token for ``subject``, with grants such as ``"notes/**:editor"``; none means editor of every document."""
        ...


class _Reader:
    """lib0 once more, for what the server says."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def vu(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def vb(self) -> bytes:
        size = self.vu()
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size : self.at]

    def message(self) -> Message:
        """What follows the address."""
        kind = self.vu()
        if kind in (0, 4):
            sync = self.vu()
            payload = self.vb()
            return Step1(payload) if sync == 0 else Step2(payload) if sync == 1 else Update(payload)
        if kind == 2:
            match self.vu():
                case 0:
                    return TokenWanted()
                case 1:
                    return Denied(self.vb().decode())
                case _:
                    return Authenticated(self.vb() == b"readonly")
        if kind == 1:
            return Awareness(self.vb())
        if kind == 3:
            return QueryAwareness()
        if kind == 5:
            return Stateless(self.vb())
        if kind == 7:
            return Close(self.vb().decode())
        assert kind == 8, kind
        return SyncStatus(self.vu() == 1)


class Client:
    """A Hocuspocus client. It reads all the time, and keeps what it was told for each address."""

    def __init__(self, socket: RawSocket) -> None:
        self.socket = socket
        self.heard: dict[str, list[Message]] = {}
        self.pings = 0
        self.pongs = 0
        self.closed: Closed | None = None
        """How the socket ended."""
        self._told = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, server: Door, headers: Mapping[str, str | None] = {}) -> Self:
        """Connect, and say nothing."""
        return cls(await RawSocket.open(server.port, headers=headers))

    @classmethod
    async def inside(cls, server: Door, document: str, subject: str, role: str = "editor") -> Self:
        """Connect and open a document with a token for it."""
        client = await cls.open(server)
        try:
            await client.enter(document, server.token(subject, f"**:{role}"))
        except BaseException:
            await client.leave()
            raise
        return client

    # --- saying

    def say(self, address: str, *messages: Message) -> None:
        """Write messages, one frame each."""
        for message in messages:
            said = b"\7" if isinstance(message, Close) else spelled(message)
            self.socket.send(vb(address) + said)

    def edit(self, address: str, *updates: bytes) -> None:
        """Write edits."""
        self.say(address, *map(Update, updates))

    def authenticate(self, address: str, token: str, writer: Writer | None = None) -> None:
        """What the provider writes at once when its socket opens."""
        self.say(address, Authenticate(token, "4.8.0"), Step1(NOTHING if writer is None else writer.vector))

    async def enter(self, address: str, token: str, writer: Writer | None = None) -> None:
        """Open a document and sync it: what ``writer`` has is brought, what it lacks is taken in."""
        denials = len(self.all_of(address, Denied))
        self.authenticate(address, token, writer)
        await self.until(lambda: bool(self.all_of(address, Step2)) or len(self.all_of(address, Denied)) > denials)
        assert len(self.all_of(address, Denied)) == denials, self.all_of(address, Denied)
        asked = self.all_of(address, Step1)[-1].state_vector
        self.say(address, Step2(EMPTY if writer is None else writer.update(asked)))
        if writer is not None:
            writer.hear(*self.updates(address))

    async def ping(self) -> float:
        """The seconds a ping takes there and back."""
        began, pongs = time.monotonic(), self.pongs
        self.socket.send(b"\x09")
        await self.until(lambda: self.pongs > pongs)
        return time.monotonic() - began

    # --- hearing

    def all_of(self, address: str, kind: type[M]) -> list[M]:
        """The messages of one kind for an address, in the order they came."""
        return [message for message in self.heard.get(address, []) if isinstance(message, kind)]

    def updates(self, address: str) -> list[bytes]:
        """Every document byte, in the order it came."""
        return [message.update for message in self.heard.get(address, []) if isinstance(message, Update | Step2)]

    def sees(self, address: str) -> str:
        """What an editor shows that knew nothing before."""
        return shown(*self.updates(address))

    def acks(self, address: str) -> int:
        """How many frames are saved."""
        return sum(status.saved for status in self.all_of(address, SyncStatus))

    def refusals(self, address: str) -> int:
        """How many frames are not, and will not be."""
        return sum(not status.saved for status in self.all_of(address, SyncStatus))

    async def until(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until something holds. Errors: ``TimeoutError``; ``ConnectionError`` when the socket ends before."""
        async with asyncio.timeout(timeout):
            while not condition():
                if self.closed is not None:
                    raise ConnectionError(f"the socket was closed: {self.closed}")
                self._told.clear()
                await self._told.wait()

    async def ended(self, timeout: float = PATIENCE) -> Closed:
        """Wait for the socket's end, and say how it came."""
        async with asyncio.timeout(timeout):
            await asyncio.wait({self._reading})
        self._reading.result()
        assert self.closed is not None
        return self.closed

    async def settled(self) -> None:
        """Wait until the server has answered all that was said so far in documents that are open: it does so in order."""
        await self.ping()

    async def _read(self) -> None:
        closed = Closed(1006, "")
        try:
            while True:
                frame = await self.socket.receive()
                if frame.opcode == CLOSE:
                    closed = Closed(int.from_bytes(frame.payload[:2], "big"), frame.payload[2:].decode())
                    self.socket.send(frame.payload[:2], opcode=CLOSE)
                elif frame.opcode == PING:
                    self.socket.send(frame.payload, opcode=PONG)
                elif frame.opcode == BINARY:
                    self._hear(frame.payload)
                self._told.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed = closed
        finally:
            self._told.set()

    def _hear(self, frame: bytes) -> None:
        if frame in (b"\x09", b"\x0a"):
            self.pings += frame == b"\x09"
            self.pongs += frame == b"\x0a"
            return
        reader = _Reader(frame)
        address = reader.vb().decode(errors="backslashreplace")
        self.heard.setdefault(address, []).append(reader.message())
        assert reader.at == len(frame), "nothing stands behind a message"

    async def leave(self) -> None:
        """Close the connection without a word."""
        await self.socket.hang_up()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()


class YClient(Client):
    """A y-websocket client; it has one document, whose address is always ``""``."""

    @classmethod
    async def join(cls, server: Door, path: str, token: str, headers: Mapping[str, str | None] = {}) -> Self:
        """Connect to ``/yjs/<path>``, written as it stands."""
        return cls(await RawSocket.open(server.port, f"/yjs/{path}?token={quote(token)}", headers))

    def say(self, address: str, *messages: Message) -> None:
        """Write messages, one frame each."""
        for message in messages:
            self.socket.send(spelled(message))

    def _hear(self, frame: bytes) -> None:
        reader = _Reader(frame)
        if frame[:2] == b"\2\0":  # where Hocuspocus wants a token, this dialect denies
            self.heard.setdefault("", []).append(Denied(_Reader(frame[2:]).vb().decode()))
        else:
            self.heard.setdefault("", []).append(reader.message())
