"""How long the event loop stands still while something is done: what everybody else would have waited.

In seconds of CPU of this thread: on a machine that has other things to do, the time on the wall says more about those.
Full garbage collections are held back, as in the server.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

from collab.rooms.memory import full_collections_held_back

CLOSELY = 0.1
"""Seconds that are allowed (FAULTS §4, row 24)."""


class Lag:
    """The most work between two turns of the loop. Use it as ``async with Lag() as lag``."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._watch: asyncio.Task[None] | None = None

    async def _turns(self) -> None:
        last = time.thread_time()
        try:
            while True:
                await asyncio.sleep(0.001)
                now = time.thread_time()
                self.seconds = max(self.seconds, now - last)
                last = now
        finally:
            self.seconds = max(self.seconds, time.thread_time() - last)

    async def __aenter__(self) -> Lag:
        self._collector = full_collections_held_back()
        self._collector.__enter__()
        self._watch = asyncio.create_task(self._turns())
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._collector.__exit__(None, None, None)
        assert self._watch is not None
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
