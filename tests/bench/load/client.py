"""One client: it opens a document, sends what it is told to, and counts what comes.

It keeps no document. What it must know of one (which edit stands in a frame, when that was sent) it reads where it stands.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from time import perf_counter
from typing import cast

from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint
from tests.bench.load import wire


class Tally:
    """What all clients count together, in seconds and frames. It begins anew with each deed."""

    def __init__(self) -> None:
        self.edits = array("d")
        """For each edit that came to somebody else, how long after it was sent."""
        self.cursors = array("d")
        """The same for cursors, of those who look at them."""
        self.receipts = array("d")
        """For each edit its sender was told of, how long after it was sent."""
        self.frames = 0
        """Frames received, of any kind."""
        self.bytes = 0
        self.synced = 0
        """Clients that have the document."""
        self.lost = 0
        """Connections that ended without our doing."""


class Editor:
    """Somebody who writes: the times at which each edit and each cursor was sent."""

    __slots__ = ("clock", "cursors", "edits", "first", "id", "key", "received")

    def __init__(self, number: int) -> None:
        self.id = wire.editor_id(number)
        self.key = write_uint(self.id)
        self.clock = 0
        self.first = 0
        """The clock at which the deed under way began."""
        self.edits = array("d")
        self.cursors = array("d")
        self.received = 0
        """Of its edits, how many the server has acknowledged."""

    def begin(self) -> None:
        """A new deed: what is measured begins anew."""
        self.first, self.received = self.clock, 0
        self.edits = array("d")


class Room:
    """A document as its clients share it."""

    __slots__ = ("clocks", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.clocks: dict[int, int] = {}
        """The text: a run for each editor, up to this clock."""


class World:
    """What every client knows: the dialect, the tally, who writes."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.tally = Tally()
        self.editors: dict[bytes, Editor] = {}
        self.changed: Callable[[], None] = lambda: None
        """Called when somebody is in sync, and when a connection is lost."""


class Client(asyncio.Protocol):
    """A connection to one document. ``watches``: it looks at others' cursors, too, which takes time."""

    def __init__(self, world: World, room: Room, number: int, token: str, *, watches: bool = True) -> None:
        self.world = world
        self.room = room
        self.editor = Editor(number)
        self.watches = watches
        self.is_synced = False
        self.is_leaving = False
        self.seen: dict[bytes, int] = {}
        """Of each other editor, the number of the last cursor."""
        self._hocuspocus = world.dialect == "hocuspocus"
        self._token = token
        self._address = write_bytes(room.name.encode()) if self._hocuspocus else b""
        self._skip = len(self._address)
        self._left = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        world.editors[self.editor.key] = self.editor

    # --- the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)  # uvloop's is one by its deeds only
        self._left, self._is_open, self.is_synced = b"", False, False
        path = "/collab" if self._hocuspocus else f"{self._token}{self.room.name}"
        transport.write(wire.UPGRADE.format(path=path).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self.is_synced:
            self.world.tally.synced -= 1
        self.is_synced = False
        if not self.is_leaving:
            self.world.tally.lost += 1
            self.world.changed()

    def leave(self) -> None:
        """Close the connection."""
        self.is_leaving = True
        if self._transport is not None:
            self._transport.abort()

    def send(self, payload: bytes) -> None:
        """Send a message of the dialect."""
        if self._transport is not None:
            self._transport.write(wire.frame(self._address + payload))

    # --- what it says

    def opened(self) -> None:
        """As the providers do: token, question and presence at once."""
        if self._hocuspocus:
            self.send(bytes((wire.AUTH, 0)) + write_bytes(self._token.encode()) + write_bytes(b"4.8.0"))
        clocks = self.room.clocks
        vector = write_uint(len(clocks)) + b"".join(write_uint(n) for pair in clocks.items() for n in pair)
        self.send(bytes((wire.SYNC, wire.STEP1)) + write_bytes(vector))
        presence = b"\x01" + self.editor.key + write_uint(len(self.editor.cursors)) + write_bytes(b"{}")
        self.send(bytes((wire.AWARENESS,)) + write_bytes(presence))

    def type(self, now: float, text: bytes = b"x") -> None:
        """One edit."""
        editor = self.editor
        self.send(bytes((wire.SYNC, wire.UPDATE)) + write_bytes(wire.typing(editor.id, editor.clock, text)))
        editor.edits.append(now)
        editor.clock += len(text)
        self.room.clocks[editor.id] = editor.clock

    def give(self, update: bytes) -> None:
        """An edit that was made elsewhere."""
        self.editor.edits.append(perf_counter())
        self.send(bytes((wire.SYNC, wire.UPDATE)) + write_bytes(update))

    def move(self, now: float) -> None:
        """Move the cursor."""
        editor = self.editor
        self.send(bytes((wire.AWARENESS,)) + write_bytes(wire.cursor(editor.id, len(editor.cursors))))
        editor.cursors.append(now)

    # --- what it hears

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        if self._left:
            data = self._left + data
            self._left = b""
        pos = 0
        if not self._is_open:
            pos = data.find(b"\r\n\r\n") + 4
            if pos < 4:
                self._left = data
                return
            head = data[:pos].lower()
            if b" 101 " not in head or b"permessage-deflate" in head:
                raise ConnectionError(f"no WebSocket, or a compressed one: {head!r}")
            self._is_open = True
            self.opened()
        tally = self.world.tally
        end = len(data)
        while end - pos >= 2:
            start = pos + 2
            size = data[pos + 1]
            if size == 126:
                start = pos + 4
                size = int.from_bytes(data[pos + 2 : start], "big")
            elif size == 127:
                start = pos + 10
                size = int.from_bytes(data[pos + 2 : start], "big")
            if start + size > end:
                break
            tally.frames += 1
            self._heard(now, data, data[pos], start, start + size)
            pos = start + size
        tally.bytes += pos
        self._left = data[pos:]

    def _heard(self, now: float, data: bytes, kind: int, start: int, end: int) -> None:
        if kind != 0x82:
            if kind == 0x89 and self._transport is not None:
                self._transport.write(wire.frame(data[start:end], opcode=10))
            return
        pos = start + self._skip
        if pos >= end:  # bare: a ping of the whole socket
            if data[start] == wire.PING and self._transport is not None:
                self._transport.write(wire.frame(bytes((wire.PONG,))))
            return
        what = data[pos]
        if what == wire.SYNC or what == 4:
            kind = data[pos + 1]
            if kind == wire.UPDATE:
                self._updated(now, data, pos + 2)
            elif kind == wire.STEP1:
                vector, _ = read_bytes(data, pos + 2)
                answer = wire.missing(vector, self.room.clocks)
                self.send(bytes((wire.SYNC, wire.STEP2)) + write_bytes(answer))
            elif not self.is_synced:
                self.is_synced = True
                self.world.tally.synced += 1
                self.world.changed()
        elif what == wire.AWARENESS:
            if self.watches:
                self._shown(now, data, pos + 1)
        elif what == wire.SYNC_STATUS and self.is_synced:
            self._receipt(now)

    def _updated(self, now: float, data: bytes, pos: int) -> None:
        """Keystrokes, one or, where a server puts them together, several, of one or several editors."""
        _, pos = read_uint(data, pos)
        if data[pos : pos + 2] == b"\x01\x01":  # nearly always
            key = data[pos + 2 : pos + 2 + wire.KEY]
            clock, _ = read_uint(data, pos + 2 + wire.KEY)
            self._typed(now, key, clock, 1)
            return
        sections, pos = read_uint(data, pos)
        for _ in range(sections):
            structs, pos = read_uint(data, pos)
            key = data[pos : pos + wire.KEY]
            if key not in self.world.editors:  # a document that was given, say
                return
            clock, pos = read_uint(data, pos + wire.KEY)
            end = clock
            for _ in range(structs):
                length, pos = wire.skip_typed(data, pos)
                end += length
            self._typed(now, key, clock, end - clock)

    def _typed(self, now: float, key: bytes, clock: int, length: int) -> None:
        editor = self.world.editors.get(key)
        if editor is None:
            return
        if editor is self.editor:  # y-websocket's servers send everybody everything: that is its receipt
            if not self._hocuspocus:
                for _ in range(length):
                    self._receipt(now)
        elif clock >= editor.first:
            for place in range(clock - editor.first, clock - editor.first + length):
                self.world.tally.edits.append(now - editor.edits[place])

    def _receipt(self, now: float) -> None:
        editor = self.editor
        if editor.received < len(editor.edits):
            self.world.tally.receipts.append(now - editor.edits[editor.received])
            editor.received += 1

    def _shown(self, now: float, data: bytes, pos: int) -> None:
        _, pos = read_uint(data, pos)
        count, pos = read_uint(data, pos)
        for _ in range(count):
            key = data[pos : pos + wire.KEY]
            _, pos = read_uint(data, pos + wire.KEY)
            size, pos = read_uint(data, pos)
            pos += size
            if size < 30:
                continue
            editor = self.world.editors.get(key)
            if editor is None or editor is self.editor:
                continue
            number = int(data[pos - 2 - wire.NUMBER : pos - 2])
            if number > self.seen.get(key, -1):
                self.seen[key] = number
                self.world.tally.cursors.append(now - editor.cursors[number])
