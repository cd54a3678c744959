"""One server at a time on a PostgreSQL database: a session of its own has an advisory lock there while the server runs.

The lock of ``lock.py`` is a file; who has another data directory, or another machine, does not see it. This one stands
in the database itself and ends with its session, so the session is looked at every second:

    held ── the session is gone ──▶ without ── a new session takes it ──▶ held
                                       └────── somebody else has it ────▶ given up

PostgreSQL may restart and the network may break without harm. But whoever came meanwhile has opened documents, so the
first one must go. The time in which both run is a second or two; what is acknowledged then is in the database.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage.postgres import translated

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at the session. They also keep it from being idle, which some databases end."""

_AGAIN = 0.2
_KEY = 0x636F6C6C616273  # "collabs"; the migrations have "collab"

_TAKE = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=_KEY)
_ALIVE = text("SELECT 1")
_WHO = text("""
    SELECT held.pid, activity.backend_start, activity.application_name, host(activity.client_addr)
    FROM pg_locks AS held LEFT JOIN pg_stat_activity AS activity ON activity.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (CAST(held.classid AS bigint) << 32 | CAST(held.objid AS bigint)) = :key
""").bindparams(key=_KEY)


@dataclass(frozen=True, slots=True)
class _Session:
    """Who has the lock, as PostgreSQL knows them; of a stranger's session it may not tell all."""

    pid: int
    began: datetime | None
    name: str | None
    address: str | None

    def __str__(self) -> str:
        return f"{self.name or 'a session'} (PostgreSQL's process {self.pid}, from {self.address or 'its own machine'})"


class Claim:
    """The lock on a database, and the session that has it."""

    def __init__(self, url: URL, *, timeout: float = 5.0) -> None:
        """Nothing is connected yet. PostgreSQL may take ``timeout`` seconds for an answer."""
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "timeout": timeout,
                "command_timeout": timeout,
                "server_settings": {
                    "application_name": f"collab, process {os.getpid()} on {socket.gethostname()}"[:63],
                    # A machine that lost its power or its network must not keep the next one off for hours.
                    "tcp_keepalives_idle": "10",
                    "tcp_keepalives_interval": "5",
                    "tcp_keepalives_count": "3",
                },
            },
        )
        self._connection: AsyncConnection | None = None
        self._last: _Session | None = None

    async def take(self, patience: float) -> None:
        """Take the lock; wait for it up to ``patience`` seconds.

        Raises ``ConfigurationError`` that says who has it, and ``StorageUnavailable``.
        """
        while (other := await self._try()) is not None:
            if patience <= 0:
                raise ConfigurationError(f"the database is in use by another collab server: {other}")
            await asyncio.sleep(_AGAIN)
            patience -= _AGAIN

    async def keep(self) -> NoReturn:
        """See that the lock stays taken. Raises ``ConfigurationError`` once somebody else has it."""
        while True:
            await asyncio.sleep(LOOK)
            if await self._lives():
                continue
            try:
                other = await self._try()
            except StorageUnavailable:  # which was said when the session was lost
                continue
            if other is None:
                logger.warning("the database is kept from other servers again")
            elif (other.pid, other.began) != (self._last and (self._last.pid, self._last.began)):
                raise ConfigurationError(f"another collab server has taken the database: {other}")

    async def close(self) -> None:
        """Let the lock go."""
        await self._drop()
        await self._engine.dispose()

    async def _lives(self) -> bool:
        if self._connection is None:
            return False
        try:
            await self._connection.execute(_ALIVE)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("the session that keeps other servers off the database is lost: %s", translated(error))
            await self._drop()
            return False
        return True

    async def _try(self) -> _Session | None:
        """Take the lock with a new session; or else, who has it."""
        try:
            while True:
                self._connection = await self._engine.connect()
                taken = (await self._connection.execute(_TAKE)).scalar_one()
                holder = (await self._connection.execute(_WHO)).one_or_none()
                session = None if holder is None else _Session(*holder)
                if taken:
                    self._last = session
                    return None
                await self._drop()
                if session is not None:  # or else it was let go just now
                    return session
        except (SQLAlchemyError, OSError, UnicodeError) as error:
            await self._drop()
            raise translated(error) from error

    async def _drop(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.invalidate()
                await self._connection.close()
            except (SQLAlchemyError, OSError) as error:
                logger.debug("a session that was let go was lost already: %s", error)
            self._connection = None
