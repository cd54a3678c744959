"""All open sockets: how many there may be, what time brings them, and how they end when the server does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web

from collab.auth.guard import MOST_TOLD, Guard
from collab.config import ConnectionLimits
from collab.errors import CollabError, Overloaded, ShuttingDown
from collab.metrics import Metrics
from collab.transports.admission import VIA
from collab.transports.connection import Connection
from collab.transports.refusals import Refusals

logger = logging.getLogger(__name__)


class Connections:
    """The open sockets of this process. ``clock`` is monotonic, in seconds."""

    def __init__(
        self, limits: ConnectionLimits, clock: Callable[[], float], metrics: Metrics, guard: Guard, *, tick: float = 1.0
    ) -> None:
        self.limits = limits
        self.clock = clock
        self.refusals = Refusals(clock)
        self._metrics = metrics
        self._guard = guard
        self._tick = tick
        self._received_messages = self._received_bytes = self._sent_bytes = 0  # of those that have closed
        self._open: dict[Connection, asyncio.Task[None]] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._refusal: CollabError | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    def start(self) -> None:
        """Begin to look after the sockets."""
        self._ticking = asyncio.create_task(self._run())
        self._ticking.add_done_callback(_report)

    def serve(self, connection: Connection, request: web.Request, address: str) -> web.StreamResponse:
        """Serve one socket from its handshake to its end, apart from the request; ``address`` is where it comes from.

        Above a limit it is opened and closed with the reason: browsers are not shown the answer to a failed upgrade. Whoever
        has to be told so is there until they are gone, so that is done for some, and no more.

        Raises Overloaded, RateLimited.
        """
        most = self.limits.max_connections
        full = Overloaded(f"{most} connections are open, which is the limit") if len(self._open) >= most else None
        if full is not None and len(self._open) >= most + MOST_TOLD:
            raise full
        visitor = self._guard.connecting(address)
        try:
            response = connection.upgrade(request)
        except web.HTTPException:
            visitor.gone()
            raise
        connection.visitor = visitor
        if self._refusal is not None:
            connection.close(self._refusal)  # as soon as it is open
        elif (refusal := full or visitor.refusal) is not None:
            connection.refusal = refusal
        self._empty.clear()
        self._open[connection] = asyncio.create_task(self._serve(connection))
        return response

    async def _serve(self, connection: Connection) -> None:
        try:
            await connection.run()
        finally:
            del self._open[connection]
            connection.visitor.gone()
            self._received_messages += connection.received_messages
            self._received_bytes += connection.received_bytes
            self._sent_bytes += connection.sent_bytes
            if connection.reason is not None:
                self._metrics.refused(connection.reason.code, VIA)
            if not self._open:
                self._empty.set()

    async def close(self) -> None:
        """Let nobody in any more and close every socket, saying why."""
        self._refusal = ShuttingDown("the server is going away")
        for connection in list(self._open):
            connection.close(self._refusal)
        await self._empty.wait()  # each is bounded by its own closing time
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)

    @property
    def received_messages(self) -> int:
        """How many have come, ever."""
        return self._received_messages + sum(connection.received_messages for connection in self._open)

    @property
    def received_bytes(self) -> int:
        """And their bytes."""
        return self._received_bytes + sum(connection.received_bytes for connection in self._open)

    @property
    def sent_bytes(self) -> int:
        """Bytes that were put into outboxes, ever."""
        return self._sent_bytes + sum(connection.sent_bytes for connection in self._open)

    @property
    def waiting_bytes(self) -> int:
        """Bytes that are in outboxes."""
        return sum(connection.waiting_bytes for connection in self._open)

    def __len__(self) -> int:
        return len(self._open)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._tick)
            now = self.clock()
            for connection in list(self._open):
                try:
                    connection.tick(now)
                except Exception:  # one connection's mistake must not leave all the others alone
                    logger.exception("a connection could not be looked after")


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        logger.critical("the connections are not looked after any more", exc_info=task.exception())
