"""Work on SQLite: one thread that writes, a few that read, in write-ahead-log mode.

Readers see the last commit and never wait for the writer. Writers of this process queue for the one thread instead of
for SQLite's lock, so only another process (a backup, the command line) can make the database busy.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage.base import RowsRefused
from collab.storage.engine import Result, RowsDamaged, Work

READERS = 4
TIDY_PAGES = 1000

# auto_vacuum can only be chosen before the first table, and before write-ahead-log mode is.
_BOTH = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # every commit waits for the disk: saved means saved
    "PRAGMA fullfsync = ON",  # and on macOS for the platter
)
_WRITER = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    *_BOTH,
    "PRAGMA checkpoint_fullfsync = ON",
    f"PRAGMA journal_size_limit = {64 * 2**20}",
)
_READER = (*_BOTH, "PRAGMA query_only = ON")

# https://www.sqlite.org/rescode.html: what is wrong with the whole database, and nobody's row's fault.
_WHOLE = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class SqliteDatabase:
    """An SQLite file.

    ``busy_timeout`` (seconds) is how long a write waits for another process before it raises; it is short, because
    the log retries and everybody else may. With ``read_only`` the file must be there, and stays as it is: not even what
    a killed server left in its write-ahead log is moved into it.
    """

    embedded = True

    def __init__(self, url: URL, *, busy_timeout: float = 1.0, read_only: bool = False) -> None:
        """Nothing is opened yet."""
        if not url.database or url.database == ":memory:":
            raise ConfigurationError("the database URL names no file: SQLite in memory is not durable")
        file = f"file:{quote(url.database)}" if read_only else url.database
        url = url.set(drivername="sqlite", database=file)
        if read_only:
            url = url.update_query_dict({"mode": "ro", "uri": "true"})
        options = {"timeout": busy_timeout, "check_same_thread": False}
        self._writer = create_engine(url, pool_size=1, max_overflow=0, connect_args=options)
        self._reader = create_engine(url, pool_size=READERS, max_overflow=0, connect_args=options)
        _prepare(self._writer, _WRITER, "BEGIN IMMEDIATE", write_ahead=True)
        _prepare(self._reader, _READER, "BEGIN", write_ahead=False)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="collab-sqlite-writer")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="collab-sqlite-reader")

    async def read(self, work: Work[Result]) -> Result:
        """Run work in a read transaction."""
        return await self._run(self._reading, self._reader, work)

    async def write(self, work: Work[Result]) -> Result:
        """Run work in a transaction that holds the write lock from its first statement on."""
        return await self._run(self._writing, self._writer, work)

    async def tidy(self) -> None:
        """Move pages from the end of the file into free ones, at most a few megabytes' worth."""
        await self.write(_vacuum)

    async def close(self) -> None:
        """Finish what is queued, write the log back into the file, close it."""
        for threads, engine in ((self._reading, self._reader), (self._writing, self._writer)):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()

    async def _run(self, threads: ThreadPoolExecutor, engine: Engine, work: Work[Result]) -> Result:
        # A cancelled caller leaves the transaction to finish by itself: the connection belongs to the thread.
        return await asyncio.get_running_loop().run_in_executor(threads, partial(_transact, engine, work))


def _transact(engine: Engine, work: Work[Result]) -> Result:
    try:
        with engine.begin() as connection:
            return work(connection)
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
        raise translated(error) from error


def translated(error: Exception) -> StorageUnavailable:
    """A failure of the driver in this package's words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest is detail
    if code == sqlite3.SQLITE_CORRUPT:
        return RowsDamaged(f"the database file is damaged: {cause}")
    if code in _WHOLE or isinstance(cause, OSError):
        return StorageUnavailable(f"the database is not available: {cause}")
    return RowsRefused(f"the database refused: {cause}")


def _prepare(engine: Engine, pragmas: tuple[str, ...], begin: str, *, write_ahead: bool) -> None:
    def connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; _begin does
        # Text that is no UTF-8 any more must reach the checksums, not stop every statement that passes it.
        connection.text_factory = _text
        for pragma in pragmas:
            connection.execute(pragma).close()
        if write_ahead and connection.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise ConfigurationError("the database's file system cannot hold an SQLite write-ahead log")

    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", _begin)


def _vacuum(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    # Every step of this statement frees one page. The driver's execute() takes a single step, a script takes them all
    # (and commits first, so this is a transaction of its own).
    driver.executescript(f"PRAGMA incremental_vacuum({TIDY_PAGES})").close()


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
