"""What is on the disk, read beside the running server: the judge of what editors are told."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Self

from collab.crdt import DocumentState
from collab.storage.connect import connect
from collab.storage.sql import SqlStore
from tests.servers import Server


class Disk:
    """The committed documents of a server. Use it as ``async with Disk(server)``."""

    def __init__(self, server: Server) -> None:
        self._database = connect(f"sqlite:///{server.database}", read_only=True)
        self._store = SqlStore(self._database)

    async def holds(self, document: str, state: bytes) -> bool:
        """Whether every edit and every deletion in ``state``, an update, is committed."""
        stored = await self._store.load(document)
        if stored is None:
            return False
        known = DocumentState()
        if stored.checkpoint is not None:
            known.extend(stored.checkpoint.squashed)
        for change in stored.tail:
            for update in change.updates:
                known.extend(update)
        missing = known.extend(state)
        return missing.news is None and missing.rest is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.close()


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """The database is locked by another process: this one."""
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(server: Server) -> Iterator[None]:
    """No file of the server may grow: to SQLite that is a disk that takes nothing more."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))
