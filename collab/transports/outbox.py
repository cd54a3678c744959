"""The way out to one client: frames leave in the order they were put in, and nobody ever waits for a slow reader.

A server's WebSocket frames are not masked, so the same bytes serve every client that is to be told the same. They are
written straight to the transport, which gathers what is written in one turn of the loop. What a client does not read
piles up there, up to a limit; and a client that reads nothing at all for too long is cut off: a WebSocket close would
have to wait behind what it does not read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

_FINAL_BINARY = 0x82


def websocket_frame(payload: bytes) -> bytes:
    """One whole binary message as a server sends it (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL_BINARY, size)) + payload
    if size < 65536:
        return bytes((_FINAL_BINARY, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL_BINARY, 127)) + size.to_bytes(8, "big") + payload


class Outbox:
    """What waits to be sent to one client. ``clock`` is monotonic; ``limit`` is in bytes, ``deadline`` in seconds."""

    __slots__ = (
        "_deadline",
        "_limit",
        "_moved_at",
        "_oversize",
        "_read",
        "_sent",
        "_sent_at",
        "_sent_before",
        "_transport",
    )

    def __init__(
        self, transport: asyncio.WriteTransport, *, limit: int, deadline: float, clock: Callable[[], float]
    ) -> None:
        self._transport = transport
        self._limit = limit
        self._deadline = deadline
        self._oversize = 0  # one frame above the limit (a large document) may wait besides
        self._sent = 0  # bytes, ever
        self._sent_before = 0  # bytes, when it was last looked at
        self._sent_at = clock()  # when something had last been sent, as far as it was looked at
        self._read = 0  # bytes the client had taken when it was last looked at
        self._moved_at = self._sent_at  # when it had last taken some, or nothing waited

    @property
    def sent(self) -> int:
        """Bytes that were put in, ever."""
        return self._sent

    @property
    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send(self, frame: bytes) -> None:
        """Put whole WebSocket frames into the outbox. A client above its limit is cut off."""
        transport = self._transport
        if transport.is_closing():
            return
        waiting = transport.get_write_buffer_size()
        if waiting > self._limit + self._oversize:
            self.abort(f"{waiting} bytes wait for a client that does not read them, {self._limit} are allowed")
            return
        if len(frame) > self._limit and not self._oversize:
            self._oversize = len(frame)
        transport.write(frame)
        self._sent += len(frame)

    def tick(self, now: float) -> None:
        """Look whether the client reads; about once a second."""
        if self._sent != self._sent_before:
            self._sent_before, self._sent_at = self._sent, now
        waiting = self._transport.get_write_buffer_size()
        if waiting <= self._limit:
            self._oversize = 0
        read = self._sent - waiting
        if not waiting or read != self._read:
            self._read, self._moved_at = read, now
        elif now - self._moved_at > self._deadline:
            self.abort(f"{waiting} bytes wait for a client that has read nothing for {self._deadline:g} s")

    def quiet_for(self, now: float) -> float:
        """Seconds since something was sent, as of the last ``tick``."""
        return now - self._sent_at

    def abort(self, why: str) -> None:
        """Cut the client off without another word."""
        logger.warning("connection cut off: %s", why)
        self._transport.abort()
