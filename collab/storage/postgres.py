"""Work on PostgreSQL, through asyncpg: a pool of connections, and no statement that can wait without end."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage.base import RowsRefused
from collab.storage.engine import Result, RowsDamaged, Work

POOL = 8

_IDLE = 5.0
"""Seconds between two statements of a transaction that may be this machine's own doing, when it is busy."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html: what is wrong with the whole server, by class:
# connection, login, no such database, resources (disk full), operator (shutdown), system (I/O); and a read-only standby.
_WHOLE_CLASSES = ("08", "28", "3D", "53", "57", "58")
_READ_ONLY = "25006"
_DAMAGED = ("XX001", "XX002")

_TOLD = "the database is not available; the server's log says why"
"""What clients are told: the server's words name its address, its users and what stands in rows."""


class PostgresDatabase:
    """A PostgreSQL server.

    ``connect_timeout`` and ``statement_timeout`` are in seconds. A row that another node holds locked is waited for
    half as long as a statement may take.
    """

    embedded = False

    def __init__(self, url: URL, *, connect_timeout: float = 5.0, statement_timeout: float = 10.0) -> None:
        """Nothing is connected yet."""
        self._engine: AsyncEngine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=statement_timeout,
            connect_args={
                "timeout": connect_timeout,
                "command_timeout": statement_timeout,
                "server_settings": {
                    "application_name": "collab",
                    "lock_timeout": f"{statement_timeout * 500:.0f}ms",
                    # A node that lost its network in mid-transaction must not keep its locks.
                    "idle_in_transaction_session_timeout": f"{max(2 * statement_timeout, _IDLE) * 1000:.0f}ms",
                },
            },
        )
        # Every statement of a reader sees the same moment.
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._checked = False

    async def read(self, work: Work[Result]) -> Result:
        """Run work in a read-only transaction; once more when the pool's connection turns out to be a dead one."""
        try:
            return await self._run(self._reader, work)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, DBAPIError) and error.__cause__.connection_invalidated:
                return await self._run(self._reader, work)
            raise

    async def write(self, work: Work[Result]) -> Result:
        """Run work in a transaction. Only its caller knows whether it may be run again."""
        return await self._run(self._engine, work)

    async def tidy(self) -> None:
        """Nothing: autovacuum does."""

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _run(self, engine: AsyncEngine, work: Work[Result]) -> Result:
        try:
            async with engine.begin() as connection:
                if not self._checked:
                    await connection.run_sync(_check_durability)
                    self._checked = True
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError, UnicodeError) as error:  # a timeout of asyncpg's is an OSError
            raise translated(error) from error


def translated(error: Exception) -> StorageUnavailable:
    """A failure of the driver in this package's words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state in _DAMAGED:
        return RowsDamaged(f"the database is damaged: {cause}", told=_TOLD)
    unanswered = isinstance(error, DBAPIError) and not state  # asyncpg's own words: the connection is closed
    silent = unanswered or isinstance(cause, OSError | PoolTimeout)
    if silent or state == _READ_ONLY or state.startswith(_WHOLE_CLASSES):
        return StorageUnavailable(f"the database is not available: {str(cause) or type(cause).__name__}", told=_TOLD)
    return RowsRefused(f"the database refused: {cause}", told=_TOLD)


def _check_durability(connection: Connection) -> None:
    if connection.execute(text("SHOW synchronous_commit")).scalar_one() == "off":
        raise ConfigurationError(
            "PostgreSQL has synchronous_commit off, so it reports commits that a crash can lose: set it on"
        )
