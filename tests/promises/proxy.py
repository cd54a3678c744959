"""A way to the server that can be long, deaf, or cut at a chosen WebSocket frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self


class Way(Enum):
    """Where a frame goes."""

    UP = "to the server"
    DOWN = "to the client"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a connection breaks: its frame ``number`` that goes ``way`` is lost. Both numbers count from 1."""

    way: Way
    number: int
    connection: int = 1


class Proxy:
    """Carries WebSocket connections to ``port``. Use it as ``async with Proxy(…)``; ``port`` is where it listens.

    All of ``delay``, ``deaf``, ``closed`` and ``cuts`` may be changed at any moment.
    """

    def __init__(self, port: int, *, delay: float = 0.0) -> None:
        self._target = port
        self.delay = delay
        """Seconds that every frame takes, each way."""
        self.deaf = False
        """What the server sends is lost."""
        self.closed = False
        """New connections are refused."""
        self.cuts: set[Cut] = set()
        """Where connections break, each once."""
        self.frames: list[dict[Way, int]] = []
        """For each connection so far, how many frames went each way."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """Break all connections now, without a word."""
        for writer in self._writers:
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()
        await asyncio.gather(*self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            if not self.closed:
                await self._connect(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except ConnectionRefusedError:  # the server is down: so are we
            return
        self._writers.add(up_writer)
        self.frames.append(dict.fromkeys(Way, 0))
        number = len(self.frames)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(Way.UP, number, reader, up_writer))
                pumps.create_task(self._pump(Way.DOWN, number, up_reader, writer))
        finally:
            self._writers.discard(up_writer)
            up_writer.transport.abort()

    async def _pump(self, way: Way, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one direction until it ends, then end the other side of it, once all that is on its way is there."""
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        now = asyncio.get_running_loop().time
        delivering = asyncio.create_task(_deliver(on_its_way, writer))
        head = True
        async for piece in _pieces(reader):
            if not head:
                self.frames[number - 1][way] += 1
                cut = Cut(way, self.frames[number - 1][way], number)
                if cut in self.cuts:
                    self.cuts.discard(cut)
                    self.cut()
                    break
            head = False
            if not (self.deaf and way is Way.DOWN):
                on_its_way.put_nowait((now() + self.delay, piece))
        on_its_way.put_nowait((now() + self.delay, b""))
        await delivering


async def _deliver(on_its_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    now = asyncio.get_running_loop().time
    while True:
        due, piece = await on_its_way.get()
        if due > now():
            await asyncio.sleep(due - now())
        if not piece or writer.transport.is_closing():
            writer.close()
            return
        writer.write(piece)


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The HTTP head, then frame by frame as they stand on the wire, until the connection ends."""
    try:
        yield await reader.readuntil(b"\r\n\r\n")
        while True:
            yield await _frame(reader)
    except (asyncio.IncompleteReadError, ConnectionError):  # it has ended, politely or not
        return


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """One WebSocket frame, header and all (RFC 6455 §5.2)."""
    frame = await reader.readexactly(2)
    size = frame[1] & 0x7F
    if size >= 126:
        extended = await reader.readexactly(2 if size == 126 else 8)
        frame, size = frame + extended, int.from_bytes(extended, "big")
    masked = 4 if frame[1] & 0x80 else 0
    return frame + await reader.readexactly(masked + size)
