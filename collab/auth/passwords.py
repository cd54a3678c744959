"""Passwords of share links: argon2id, away from the event loop, and one after the other so that memory stays bounded."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from collab.errors import Overloaded, RateLimited

MAX_PASSWORD_BYTES = 1024

_MOST_WAITING = 64
"""Passwords that may wait to be looked at: each takes about a tenth of a second."""

_MOST_OF_ONE = 16
"""Of these, how many may come from one address, or be set for one document: nobody has the queue to themselves."""


class Passwords:
    """Hashes and checks passwords (RFC 9106: argon2id, 64 MiB, 3 passes)."""

    def __init__(self) -> None:
        """No thread is started before the first password."""
        self._hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="collab-passwords")
        self._turn = asyncio.Lock()
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, of: str) -> AsyncIterator[None]:
        """Wait for one's turn at the hasher; until its end nobody else has one. ``of``: who is to blame for the work.

        Raises Overloaded, and RateLimited where it is ``of``'s own that wait.
        """
        if self._waiting[of] >= _MOST_OF_ONE:
            raise RateLimited(
                "too many passwords that came from here are being looked at just now: try again in a moment",
                retry_after=1,
            )
        if self._waiting.total() >= _MOST_WAITING:
            raise Overloaded("too many passwords are being looked at just now")
        self._waiting[of] += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting[of] -= 1
            if not self._waiting[of]:
                del self._waiting[of]

    async def hash(self, password: str, of: str) -> str:
        """What is kept of a password, in its turn. Raises Overloaded, RateLimited."""
        async with self.turn(of):
            return await self._run(partial(self._hasher.hash, password))

    async def verify(self, kept: str, password: str) -> bool:
        """Whether it is the one that ``kept`` was made of; it is somebody's ``turn``."""
        return await self._run(partial(self._verify, kept, password)) == "right"

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> str:
        try:
            self._hasher.verify(kept, password)
        except (Argon2Error, InvalidHashError):
            return "wrong"
        return "right"

    async def _run(self, work: partial[str]) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def mark_of(kept: str | None) -> str:
    """A sign that changes with the password and tells nothing of it; empty where there is none."""
    return "" if kept is None else hashlib.sha256(kept.encode()).hexdigest()[:16]
