"""The transports in this process, on a real port, before a house whose disk does as it is told."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from collab.auth import Access, Authority, Grant, Guard, Visits
from collab.metrics import Metrics
from collab.storage.access.memory import MemoryAccessStore
from collab.transports import ADMISSION, CONNECTIONS, SETTINGS, Admission, Connections, routes
from tests.rooms.house import House

SECRET = "the secret of these tests, and long enough to be one"


class Doors:
    """A server without a database. Use it as ``async with Doors(folder)``; limits are settings by name."""

    def __init__(self, folder: Path, **limits: Any) -> None:
        self.house = House(folder, tick=0.02, **limits)
        self.wall_ahead = 0.0
        """Seconds by which the time of day was set forward."""
        self.authority = Authority(SECRET, clock=lambda: time.time() + self.wall_ahead)
        self.access = Access(MemoryAccessStore(self.house.disk), self.authority)
        self.ahead = 0.0
        """Seconds by which the sockets' clock is ahead: a test need not wait."""
        self.metrics = Metrics()
        self.visits = Visits(self.access, self.house.disk, retention=3600, clock=self._clock)
        self.guard = Guard(self.house.settings, self._clock)
        self.connections = Connections(self.house.settings, self._clock, self.metrics, self.guard, tick=0.02)
        self.admission = Admission(self.access, self.house.rooms, self.metrics, self.guard, self.visits, self._clock)
        self.port = 0
        app = web.Application()
        app[ADMISSION] = self.admission
        app[CONNECTIONS] = self.connections
        app[SETTINGS] = self.house.settings
        app.add_routes(routes())
        self._runner = web.AppRunner(app)

    def _clock(self) -> float:
        return time.monotonic() + self.ahead

    def token(self, subject: str, *grants: str, lifetime: float = 3600, token_id: str | None = None) -> str:
        """As ``tests.servers`` has it."""
        parsed = [Grant.parse(*grant.rsplit(":", 1)) for grant in grants or ("**:editor",)]
        return self.authority.issue(subject, subject, parsed, lifetime=lifetime, token_id=token_id)

    async def __aenter__(self) -> Self:
        await self.house.__aenter__()
        self.connections.start()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.house.disk.reads.set()
        self.house.disk.writes.set()
        await self.house.rooms.close(1.0)
        await self.connections.close()
        await self._runner.cleanup()
        await self.house.__aexit__(kind, error, trace)
