"""A WebSocket of a server: frames in, frames out (RFC 6455). It waits for nothing but what comes, and knows no dialect.

aiohttp reads the HTTP request that begins it, and then has its place taken: a socket lives long and mostly says nothing, so
it should not keep a request, its headers and a parser for HTTP in memory. What has come is kept as it is and taken apart
when somebody asks for the next message; while more waits than is looked at, nothing is read, so it waits at the client.

A text is taken apart like the rest, though nothing here speaks it: who sends one is told so.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha1
from typing import Any, NamedTuple, cast

from aiohttp import web

from collab.transports.mask import unmask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PROTOCOL_ERROR, NOT_UTF8 = 1002, 1007

_GIVEN_CODES = frozenset((*range(1000, 1004), *range(1007, 1015)))
"""Close codes below 3000 that mean something in a frame (RFC 6455 §7.4, and the registry since)."""

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

_MOST_UNREAD = 64 * 1024
"""Bytes beyond the message under way that are read and not looked at."""

_MOST_PARTS = 10_000
"""Frames that a message may come in."""

FRAMES_OF_A_LOT = 64
"""Frames that were no whole message (pings, pongs, pieces) after which somebody else has a turn: 0.05 ms of work."""

_MOST_UNHEARD = 1000
"""Messages, or lots, that are taken apart after our close, in search of the client's; then nobody listens any more."""

_LAST_WORD = 1.0
"""Seconds in which a client may read why it is let go, after something that made no sense."""

_FIN = 0x80
_MASKED = 0x80
_MASK_BYTES = 4


class Message(NamedTuple):
    """A whole message: ``BINARY`` or ``TEXT`` with what it says, or ``CLOSE`` when there will be no more; or ``LOT``."""

    kind: int
    data: bytes = b""


LOT = Message(-1)
"""``FRAMES_OF_A_LOT`` have come that were no whole message. They cost work like messages, so whoever reads counts them."""

_OVER = Message(CLOSE)


class _Broken(Exception):
    """What came is no WebSocket frame. ``code`` is what the socket is closed with."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class TooBig(Exception):
    """A message has more bytes than are taken."""


class TooManyParts(Exception):
    """A message comes in more frames than are taken, whatever the limit."""


class Upgraded(web.Response):
    """The answer to a request that became a WebSocket: everything has been said already."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is written."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is written."""


class WebSocket(asyncio.Protocol):
    """One connection, from its upgrade on. ``limit`` is in bytes of a message, and may be set anew at any time."""

    __slots__ = (
        "_buffer",
        "_close_sent",
        "_heard",
        "_is_deaf",
        "_kind",
        "_odd",
        "_parts",
        "_size",
        "_transport",
        "_waiter",
        "_wanted",
        "limit",
    )

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._wanted = 2  # bytes of the frame that stands in front, as far as that is known
        self._kind = CONTINUATION  # of the message whose first parts have come
        self._parts: list[bytes] = []
        self._size = 0  # of those, in bytes
        self._odd = 0  # frames since the last lot that were no whole message
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._heard = True  # since it was last looked at
        self._close_sent = False
        self._is_deaf = False  # what came made no sense, so nothing that follows does

    def upgrade(self, request: web.Request) -> asyncio.Transport | None:
        """Answer the request that asks for it, and take the connection over from aiohttp; None: it has gone already.

        Errors: aiohttp's, for a request that asks for something else.
        """
        key = _key(request)
        http = request.protocol
        transport = request.transport
        if transport is None or transport.is_closing():
            return None
        accept = b64encode(sha1(key.encode() + _ACCEPT, usedforsecurity=False).digest())
        transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Server: collab\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._transport = transport
        http.set_parser(cast(Any, self))  # which hands over what came behind the request
        transport.set_protocol(self)
        http.transport = None  # it would close it
        http.connection_lost(None)  # as far as HTTP is concerned: its request and its timers are let go
        if not transport.is_reading():
            transport.resume_reading()
        return transport

    # --- what aiohttp and the transport call

    def feed_data(self, data: bytes) -> None:
        """aiohttp: this came together with the request."""
        self._buffer += data

    def feed_eof(self) -> None:
        """aiohttp: it has nothing more."""

    def data_received(self, data: bytes) -> None:
        """The transport: this has come."""
        self._heard = True
        if self._is_deaf:
            return
        buffer = self._buffer
        buffer += data
        if len(buffer) >= self._wanted:
            self._wake()
            if len(buffer) > self._wanted + _MOST_UNREAD and self._transport is not None:
                self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason helps nobody
        """The transport: it is over."""
        self._transport = None
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # --- what a connection calls

    async def receive(self) -> Message:
        """The next message, or ``LOT``. A client's close is answered, a broken frame closes with its code: both are ``CLOSE``.

        Errors: ``TooBig``; the message waits where it is until the limit is raised, or nobody listens any more.
        ``TooManyParts``; there is nothing to wait for.
        """
        while True:
            try:
                message = self._next()
            except _Broken as broken:
                self._say_close(broken.code.to_bytes(2, "big"))
                await self._hang_up()
                return _OVER
            if message is not None:
                return message
            if self._transport is None:  # what had come before it went has been handed out
                return _OVER
            await self._more()

    async def close(self, code: int, reason: bytes) -> None:
        """Send a close and read on until the client has answered it, or is gone; a reason that is not read is lost."""
        self._say_close(code.to_bytes(2, "big") + reason)
        if self._is_deaf:
            await self._hang_up()
            return
        unheard = 0
        try:
            while self._transport is not None and (message := self._next()) is not _OVER:
                if message is None:
                    await self._more()
                    continue
                unheard += 1
                if unheard == _MOST_UNHEARD:
                    await self._hang_up()
                    return
                await asyncio.sleep(0)
        except (_Broken, TooBig, TooManyParts):
            await self._hang_up()

    async def gone(self) -> None:
        """Wait until the connection is over: what is still to be sent may wait for a client that reads nothing."""
        while self._transport is not None:
            await self._more()

    async def _hang_up(self) -> None:
        """Let what was said last arrive, whatever still comes, and go."""
        self.stop_listening()
        try:
            async with asyncio.timeout(_LAST_WORD):
                while self._transport is not None:
                    await self._more()
        except TimeoutError:
            if self._transport is not None:
                self._transport.close()

    def stop_listening(self) -> None:
        """From here on what comes is read and thrown away, so that what is said arrives."""
        self._is_deaf = True
        self._buffer.clear()
        self._wanted = 2

    def beat(self) -> bool:
        """Whether the client was heard of since the last beat; if not, it is asked, with a ping."""
        heard, self._heard = self._heard, False
        if not heard and self._transport is not None:
            self._transport.write(bytes((_FIN | PING, 0)))
        return heard

    # ---

    async def _more(self) -> None:
        """Wait until more has come than was looked at."""
        transport = self._transport
        if transport is None:
            return
        if not transport.is_reading() and not transport.is_closing():
            transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _next(self) -> Message | None:
        """Take frames off the buffer until a message is whole, or a lot; None: more has to come."""
        ping: bytes | None = None  # the last: it is answered for all before it (RFC 6455 §5.5.3)
        try:
            while (frame := self._frame()) is not None:
                head, payload = frame
                kind = head & 0x0F
                if kind < CLOSE:
                    if (kind == CONTINUATION) != bool(self._kind):
                        raise _Broken(PROTOCOL_ERROR, "a continuation of nothing, or a message within a message")
                    if head & _FIN and kind:  # nearly always
                        return _whole(kind, payload)
                    self._add_part(kind, payload)
                    if head & _FIN:
                        return self._put_together()
                elif kind == CLOSE:
                    return self._closed(payload)
                elif kind == PING:
                    ping = payload
                self._odd += 1
                if self._odd == FRAMES_OF_A_LOT:
                    self._odd = 0
                    return LOT
            return None
        finally:
            if ping is not None:
                self._say_pong(ping)

    def _add_part(self, kind: int, payload: bytes) -> None:
        self._kind = self._kind or kind
        self._parts.append(payload)
        self._size += len(payload)
        if len(self._parts) > _MOST_PARTS:
            raise TooManyParts(f"a message in more than {_MOST_PARTS} pieces")

    def _put_together(self) -> Message:
        kind, parts = self._kind, self._parts
        self._kind, self._parts, self._size = CONTINUATION, [], 0
        return _whole(kind, b"".join(parts))

    def _frame(self) -> tuple[int, bytes] | None:
        """The first byte and the payload of the frame in front; None: it is not whole yet."""
        buffer = self._buffer
        there = len(buffer)
        if there < self._wanted:
            return None
        head, size = buffer[0], buffer[1] & 0x7F
        if head & 0x70 or head & 0x0F not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise _Broken(PROTOCOL_ERROR, "a reserved bit or opcode")
        if not buffer[1] & _MASKED:  # proxies between could be fooled by what a page writes (RFC 6455 §10.3)
            raise _Broken(PROTOCOL_ERROR, "a client's frame that is not masked")
        if head & 0x08 and (size > 125 or not head & _FIN):
            raise _Broken(PROTOCOL_ERROR, "a control frame that is long or in pieces")
        start = 2
        if size > 125:
            start = 4 if size == 126 else 10
            if there < start:
                self._wanted = start
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if self._size + size > self.limit and head & 0x0F < CLOSE:
            raise TooBig(f"a message of {self._size + size} bytes, where {self.limit} are allowed")
        end = start + _MASK_BYTES + size
        if there < end:
            self._wanted = end
            return None
        mask, payload = bytes(buffer[start : start + _MASK_BYTES]), buffer[start + _MASK_BYTES : end]
        del buffer[:end]
        self._wanted = 2
        unmask(mask, payload)
        return head, bytes(payload)

    def _closed(self, payload: bytes) -> Message:
        """The client closes, or answers our close."""
        if len(payload) == 1:
            raise _Broken(PROTOCOL_ERROR, "a close of one byte")
        if payload:
            code = int.from_bytes(payload[:2], "big")
            if (code < 3000 and code not in _GIVEN_CODES) or code > 4999:
                raise _Broken(PROTOCOL_ERROR, f"a close with the code {code}")
            _check_utf8(payload[2:])
        self._say_close(payload[:2])
        if self._transport is not None:
            self._transport.close()
        return _OVER

    def _say_pong(self, payload: bytes) -> None:
        """Answer a ping, unless the client does not read the answers."""
        transport = self._transport
        if transport is not None and not self._close_sent and transport.get_write_buffer_size() < _MOST_UNREAD:
            transport.write(bytes((_FIN | PONG, len(payload))) + payload)

    def _say_close(self, payload: bytes) -> None:
        if not self._close_sent and self._transport is not None:
            self._close_sent = True
            self._transport.write(bytes((_FIN | CLOSE, len(payload))) + payload)


def _key(request: web.Request) -> str:
    """The key of a request that asks for a WebSocket."""
    headers = request.headers
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        raise web.HTTPBadRequest(text="This is a WebSocket: the request asks for no upgrade to one.")
    if "upgrade" not in [token.strip().lower() for token in headers.get("Connection", "").split(",")]:
        raise web.HTTPBadRequest(text="This is a WebSocket: the Connection header asks for no upgrade.")
    if headers.get("Sec-WebSocket-Version") != "13":
        raise web.HTTPBadRequest(text="Version 13 of the WebSocket protocol is spoken here.")
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        is_key = len(b64decode(key)) == 16
    except (NotBase64, ValueError):
        is_key = False
    if not is_key:
        raise web.HTTPBadRequest(text="The Sec-WebSocket-Key is none.")
    return key


def _whole(kind: int, data: bytes) -> Message:
    if kind == TEXT:
        _check_utf8(data)
    return Message(kind, data)


def _check_utf8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise _Broken(NOT_UTF8, "text that is not UTF-8") from None
