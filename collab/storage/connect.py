"""From a database URL to a database."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from collab.errors import ConfigurationError
from collab.storage.engine import Database
from collab.storage.sqlite import SqliteDatabase


def connect(url: str, *, statement_timeout: float = 10.0, read_only: bool = False) -> Database:
    """Take ``sqlite:///file`` or ``postgresql://…``; a driver's name in the URL does not matter.

    ``statement_timeout`` (seconds) is PostgreSQL's, and ``read_only`` SQLite's: a file that is not there is not made,
    and one that is there is not touched. Nothing is opened yet. Raises ``ConfigurationError``.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("the database URL is not a URL") from error  # and may hold a password: not shown
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDatabase(parsed, read_only=read_only)
        case "postgresql":
            # SQLAlchemy's asyncio brings its ORM along: half of what a server on SQLite would have to load.
            from collab.storage.postgres import PostgresDatabase  # noqa: PLC0415

            try:
                return PostgresDatabase(parsed, statement_timeout=statement_timeout)
            except ModuleNotFoundError as error:  # SQLAlchemy looks for the driver here
                raise ConfigurationError("PostgreSQL needs asyncpg: install collab[postgres]") from error
        case other:
            raise ConfigurationError(f"the database URL names {other!r}, which is neither sqlite nor postgresql")
