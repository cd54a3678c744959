"""A database that does what it is asked and then something else happens: its reply is lost, or the process ends."""

from __future__ import annotations

from collections.abc import Callable

from collab.storage.engine import Database, Result, Work


class LossyDatabase:
    """Hands work on to a real database. ``before`` and ``after`` are called around each transaction."""

    embedded = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    async def read(self, work: Work[Result]) -> Result:
        self.before()
        result = await self._database.read(work)
        self.after()
        return result

    async def write(self, work: Work[Result]) -> Result:
        self.before()
        result = await self._database.write(work)
        self.after()
        return result

    async def tidy(self) -> None:
        self.before()
        await self._database.tidy()
        self.after()

    async def close(self) -> None:
        await self._database.close()
