"""From a database URL to a database, and to what keeps others off it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError

from collab.errors import ConfigurationError
from collab.storage.engine import Database
from collab.storage.lock import PATIENCE
from collab.storage.sqlite import SqliteDatabase

logger = logging.getLogger(__name__)

_NO_DRIVER = "PostgreSQL needs asyncpg: install collab[postgres]"


def connect(url: str, *, statement_timeout: float = 10.0, read_only: bool = False) -> Database:
    """Take ``sqlite:///file`` or ``postgresql://…``; a driver's name in the URL does not matter.

    ``statement_timeout`` (seconds) is PostgreSQL's, and ``read_only`` SQLite's: a file that is not there is not made,
    and one that is there is not touched. Nothing is opened yet. Raises ``ConfigurationError``.
    """
    parsed = _parsed(url)
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDatabase(parsed, read_only=read_only)
        case "postgresql":
            # SQLAlchemy's asyncio brings its ORM along: half of what a server on SQLite would have to load.
            from collab.storage.postgres import PostgresDatabase  # noqa: PLC0415

            try:
                return PostgresDatabase(parsed, statement_timeout=statement_timeout)
            except ModuleNotFoundError as error:  # SQLAlchemy looks for the driver here
                raise ConfigurationError(_NO_DRIVER) from error
        case other:
            raise ConfigurationError(f"the database URL names {other!r}, which is neither sqlite nor postgresql")


@asynccontextmanager
async def claim(url: str, lost: Callable[[], object], *, patience: float = PATIENCE) -> AsyncIterator[None]:
    """Keep every other server off a PostgreSQL database; an embedded one has the lock of its file for that.

    Waits up to ``patience`` seconds for another one to go. Raises ``ConfigurationError`` that says who has the database,
    and ``StorageUnavailable``. Should somebody else have it later, ``lost`` is called: who is inside has to leave, and is
    told there by a ``ConfigurationError``.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "postgresql":
        yield
        return
    from collab.storage.claim import Claim  # noqa: PLC0415 - see above

    try:
        claimed = Claim(parsed)
    except ModuleNotFoundError as error:
        raise ConfigurationError(_NO_DRIVER) from error

    def ended(keeping: asyncio.Task[None]) -> None:
        if not keeping.cancelled():
            logger.error("stopping: %s", keeping.exception())
            lost()

    try:
        await claimed.take(patience)
        keeping: asyncio.Task[None] = asyncio.create_task(claimed.keep())
        keeping.add_done_callback(ended)
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
        if not keeping.cancelled():
            keeping.result()
    finally:
        await claimed.close()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("the database URL is not a URL") from error  # and may hold a password: not shown
