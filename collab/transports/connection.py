"""One WebSocket: reading, keeping alive, closing with a reason. What the frames mean is its dialect's."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from collab.auth.guard import Visitor
from collab.config import ConnectionLimits
from collab.errors import CollabError, MalformedMessage, TimedOut, TooLarge
from collab.transports.outbox import Outbox
from collab.transports.websocket import (
    BINARY,
    CLOSE,
    FRAMES_OF_A_LOT,
    LOT,
    TEXT,
    Message,
    TooBig,
    TooManyParts,
    Upgraded,
    WebSocket,
)

logger = logging.getLogger(__name__)

_CLOSING_TIMEOUT = 5.0
"""Seconds a client has to answer a close."""

_HEARTBEAT = 30.0
"""Seconds of silence after which a client is sent a ping, and then cut off: its network may have gone without a word."""

QUIET = 12.0
"""Seconds without a word after which a client is sent one: it takes a socket for dead after thirty."""


class Connection(ABC):
    """A client's WebSocket. Its frames are handled one after the other, in the order they come."""

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.clock = clock
        self._outbox: Outbox | None = None
        self._websocket = WebSocket(min(limits.handshake_bytes, limits.max_message_bytes))
        self._beat_at = clock() + _HEARTBEAT
        self._is_asked = False  # with a ping, for want of any other word
        self._deadline: float | None = clock() + limits.handshake_deadline
        self._overdue: CollabError = TimedOut(f"nobody was let in within {limits.handshake_deadline:g} s")
        self._is_authenticated = False
        self._allowance = float(limits.message_burst)
        self.visitor = Visitor()
        """What it counts for: where it comes from, beyond all trusted proxies, and who was let in on it."""
        self.refusal: CollabError | None = None
        """Why nobody is to be let in on it, where it is one too many."""
        self.received_messages = 0
        """How many the client has sent."""
        self.received_bytes = 0
        """And their bytes."""
        self._reason: CollabError | None = None  # why we close it
        self._waiting: asyncio.Task[Any] | None = None  # the reader, while it waits for a message
        self._tasks: set[asyncio.Task[None]] = set()

    async def opened(self) -> None:  # noqa: B027 - in some dialects the client speaks first
        """The socket is open. Nothing is read from it before this returns."""

    async def examined(self) -> None:  # noqa: B027 - in some dialects nothing is read before
        """Wait until every token that has come was looked at."""

    @abstractmethod
    async def received(self, frame: bytes) -> None:
        """A frame has come."""

    @abstractmethod
    def closed(self) -> None:
        """The socket is closed: let go of everything."""

    @abstractmethod
    def stay(self, now: float) -> None:
        """About once a second: keep the client from taking the socket for dead, and mind deadlines of its own."""

    def upgrade(self, request: web.Request) -> Upgraded:
        """Begin: the request becomes the socket. What is returned is all that aiohttp is left with."""
        transport = self._websocket.upgrade(request)
        if transport is not None:  # or else it went away during the handshake
            self._outbox = Outbox(
                transport, limit=self.limits.outbox_bytes, deadline=self.limits.outbox_deadline, clock=self.clock
            )
        return Upgraded()

    async def run(self) -> None:
        """Serve the socket until it closes."""
        if self._outbox is None:
            return
        try:
            await self._serve()
        except BaseException:  # a cancellation: whoever is at the other end is not to wait for an answer for ever
            self._outbox.abort("nobody serves it any more")
            raise

    async def _serve(self) -> None:
        try:
            if self.refusal is not None:
                self.refuse(self.refusal)
            elif self._reason is None:
                await self.opened()
            await self._read()
        except CollabError as error:
            self.close(error)
        except Exception:  # ends this connection, and the client is told that it is not its fault
            logger.exception("a connection failed")
            self.close(CollabError("the server has made a mistake"))
        finally:
            self.closed()  # what is being handled is handled to its end: an edit half let in would be worse than late
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._reason is not None:
            await self._say(self._reason)
        try:
            async with asyncio.timeout(_CLOSING_TIMEOUT):
                await self._websocket.gone()
        except TimeoutError:
            self.outbox.abort("it does not read what came before the close")

    async def _read(self) -> None:
        while self._reason is None:
            try:
                message = await self._receive()
            except TooBig as error:
                if not await self._can_wait():
                    self._websocket.stop_listening()
                    self.refuse(self._too_large(error))
                continue
            except TooManyParts as error:
                self._websocket.stop_listening()
                self.refuse(TooLarge(str(error)))
                continue
            if message.kind == BINARY:
                self._allowance -= 1
                self.received_messages += 1
                self.received_bytes += len(message.data)
                waits = self.visitor.spoke()
                if self._allowance < 0:  # a flood is slowed down, not lost: what is not read waits on the client's side
                    waits = max(waits, 1 / self.limits.message_rate)
                if waits or not self.received_messages % FRAMES_OF_A_LOT:  # who sends many at once gives others a turn
                    await asyncio.sleep(waits)
                await self.received(message.data)
            elif message.kind == TEXT:
                raise MalformedMessage("a text message: this protocol is binary")
            else:
                return

    async def _can_wait(self) -> bool:
        """Whether what is too big is so no more once the tokens that came before it were looked at."""
        if self._is_authenticated:
            return False
        await self.examined()
        return self._is_authenticated

    def _too_large(self, error: TooBig) -> TooLarge:
        limit = self._websocket.limit
        if self._is_authenticated:
            return TooLarge(str(error), limit=limit, setting="max_message_bytes")
        return TooLarge(f"{error} before somebody is let in", limit=limit, setting="handshake_bytes")

    async def _receive(self) -> Message:
        """The next message; a close of ours that comes meanwhile ends the wait."""
        self._waiting = asyncio.current_task()
        try:
            while (message := await self._websocket.receive()) is LOT:
                await self._slow_down()
            return message
        except asyncio.CancelledError:
            if self._reason is None or self._waiting is None or self._waiting.uncancel() > 0:
                raise  # it was not (only) us
            return Message(CLOSE)
        finally:
            self._waiting = None

    async def _slow_down(self) -> None:
        """A lot of frames has come that were no message. Each counts as one, and everybody else has a turn at least.

        Before somebody is let in there is hardly any use for them, so none come at once: a new socket is had for little.
        """
        self._allowance -= FRAMES_OF_A_LOT
        waits = self.visitor.spoke(FRAMES_OF_A_LOT)
        if self._allowance < 0 or not self._is_authenticated:
            waits = max(waits, FRAMES_OF_A_LOT / self.limits.message_rate)
        await asyncio.sleep(waits)

    @property
    def outbox(self) -> Outbox:
        """The way out, once the socket is open."""
        assert self._outbox is not None, "the socket is not open yet"  # noqa: S101 - a slip of ours, not of input
        return self._outbox

    @property
    def sent_bytes(self) -> int:
        """Bytes that were put into the outbox, ever."""
        return 0 if self._outbox is None else self._outbox.sent

    @property
    def waiting_bytes(self) -> int:
        """Bytes in the outbox now."""
        return 0 if self._outbox is None else self._outbox.waiting

    @property
    def reason(self) -> CollabError | None:
        """Why we close it, where we do."""
        return self._reason

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside the reading; it ends with the connection, and its mistake ends the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (mistake := task.exception()) is not None:
            logger.error("a connection failed", exc_info=mistake)
            self.close(CollabError("the server has made a mistake"))

    def authenticated(self, subject: str) -> None:
        """Somebody has been let in: the handshake's deadline is met, and messages may be as long as they ever may.

        Errors: ``RateLimited``, ``TooMany``.
        """
        self.visitor.known_as(subject)
        self._deadline = None
        self._is_authenticated = True
        self._websocket.limit = self.limits.max_message_bytes

    def deserted(self) -> None:
        """Nobody is in any more: until the handshake's deadline somebody may come again."""
        if self._deadline is None:
            self._deadline = self.clock() + self.limits.handshake_deadline

    def refuse(self, error: CollabError) -> None:
        """Nobody is let in, or something has come that ends it: close the socket in the way of its dialect."""
        self.close(error)

    def tick(self, now: float) -> None:
        """What time brings, about once a second."""
        if self._outbox is None:  # it is not open yet
            return
        self._allowance = min(float(self.limits.message_burst), self._allowance + self.limits.message_rate)
        self._outbox.tick(now)
        if now >= self._beat_at:
            self._beat_at = now + _HEARTBEAT / 2
            if self._websocket.beat():
                self._is_asked = False
            elif self._is_asked:
                self._outbox.abort("it does not answer a ping")
            else:
                self._is_asked = True
        if self._deadline is not None and now >= self._deadline:
            self.close(self._overdue)
        elif self._reason is None:
            self.stay(now)

    def close(self, error: CollabError) -> None:
        """Close the socket with the reason; the first reason counts. What is being handled is handled to its end."""
        if self._reason is None:
            self._reason = error
            if self._waiting is not None:
                self._waiting.cancel()

    def close_in(self, seconds: float, error: CollabError) -> None:
        """Close the socket with the reason after a while, unless the client goes before."""
        self._deadline = self.clock() + seconds
        self._overdue = error

    async def _say(self, reason: CollabError) -> None:
        """Send the close, and read on until the client has answered: a socket that is closed with something unread
        takes the reason along.
        """
        logger.info("connection closed, %d: %s", reason.close_code, reason)
        try:
            async with asyncio.timeout(_CLOSING_TIMEOUT):
                await self._websocket.close(reason.close_code, reason.reason.encode())
        except TimeoutError:  # the close waits behind what the client does not read
            self.outbox.abort("it did not take a close")
