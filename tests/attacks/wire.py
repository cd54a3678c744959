"""A WebSocket client that can do everything wrong: it writes each frame by hand, and reads only when it is told to."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

PATIENCE = 15.0
"""Seconds after which an answer counts as never coming."""

_MASKED = 1000
"""Bytes of a payload above which its mask is all zeros: as good as any, and it costs nothing."""


class Refused(Exception):
    """The server did not upgrade: ``status``, the ``head`` it answered with and the body say why."""

    def __init__(self, status: int, head: str, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.head = head
        self.body = body


class Frame(NamedTuple):
    """A frame as it came."""

    opcode: int
    payload: bytes
    fin: bool


class Closed(NamedTuple):
    """How the server ended a socket; code 1006: without a word."""

    code: int
    reason: str


def masked(opcode: int, payload: bytes, *, fin: bool = True, mask: bool = True, rsv: int = 0) -> bytes:
    """One frame as a client sends it (RFC 6455 §5.2)."""
    head = bytes([(fin << 7) | (rsv << 4) | opcode])
    flag = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head += bytes([flag | size])
    elif size < 65536:
        head += bytes([flag | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([flag | 127]) + size.to_bytes(8, "big")
    if not mask:
        return head + payload
    if size > _MASKED:
        return head + bytes(4) + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def request(path: str, port: int, headers: Mapping[str, str | None] = {}) -> bytes:
    """The HTTP request of an upgrade; a header that is None is left out."""
    every: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **headers,
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode()


class RawSocket:
    """A socket to the server. Use it as ``async with await RawSocket.open(…)``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.headers = ""
        """The head of the answer to the upgrade."""

    @classmethod
    async def connect(cls, port: int, *, buffer: int = 2**24) -> Self:
        """A TCP connection on which nothing has been said. ``buffer``: bytes that may wait unread on our side."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=buffer)
        return cls(reader, writer)

    @classmethod
    async def open(
        cls, port: int, path: str = "/collab", headers: Mapping[str, str | None] = {}, *, buffer: int = 2**24
    ) -> Self:
        """A WebSocket. Errors: ``Refused``."""
        socket = await cls.connect(port, buffer=buffer)
        socket.writer.write(request(path, port, headers))
        await socket.upgraded()
        return socket

    async def upgraded(self) -> None:
        """Read the answer to the upgrade. Errors: ``Refused``."""
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        if status != 101:
            body = await asyncio.wait_for(self._reader.read(4096), PATIENCE)
            self.writer.close()
            raise Refused(status, head, body.decode(errors="replace"))
        self.headers = head

    def send(self, payload: bytes, *, opcode: int = BINARY, fin: bool = True, mask: bool = True, rsv: int = 0) -> None:
        """Write one frame; it does not wait."""
        self.writer.write(masked(opcode, payload, fin=fin, mask=mask, rsv=rsv))

    async def receive(self) -> Frame:
        """The next frame. Errors: ``asyncio.IncompleteReadError`` where the connection has ended."""
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        assert not second & 0x80, "a server does not mask"
        if size > 125:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        return Frame(first & 0x0F, await self._reader.readexactly(size), bool(first & 0x80))

    async def ended(self) -> Closed:
        """Read on to the server's close, and answer it; or to an end without one."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    frame = await self.receive()
                    if frame.opcode == CLOSE:
                        self.send(frame.payload[:2], opcode=CLOSE)
                        return Closed(int.from_bytes(frame.payload[:2], "big"), frame.payload[2:].decode())
        except (asyncio.IncompleteReadError, ConnectionError):
            return Closed(1006, "")

    async def hang_up(self) -> None:
        """Close the TCP connection without a word."""
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
