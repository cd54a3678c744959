"""Bringing a database's schema up to date.

Alembic owns the schema. Its scripts lie in ``migrations/``: beside the package in the repository, inside it once
installed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from collab.errors import ConfigurationError
from collab.storage.connect import connect
from collab.storage.engine import Result

_PACKAGE = Path(__file__).parents[1]
_PATIENCE = 3600.0  # seconds a statement of a migration may take
_LOCK = 0x636F6C6C6162  # PostgreSQL's advisory locks have numbers for names: "collab"


async def upgrade(url: str) -> None:
    """Bring the schema up to date in one transaction, making the database's file if need be."""
    await _with(url, upgrade_in)


async def current(url: str) -> str | None:
    """The schema's revision; ``None``: there is no schema."""
    return await _with(url, _revision)


async def _with(url: str, work: Callable[[Connection], Result]) -> Result:
    database = connect(url, statement_timeout=_PATIENCE)
    try:
        return await database.write(work)
    finally:
        await database.close()


def _config() -> Config:
    installed = _PACKAGE / "migrations"
    scripts = installed if installed.is_dir() else _PACKAGE.parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def knows(revision: str) -> bool:
    """Whether this program comes with the way to this revision, so that an older version has made the schema."""
    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


def _revision(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except CommandError as error:
        raise ConfigurationError("the database does not say clearly which schema it has") from error


def upgrade_in(connection: Connection) -> None:
    """``upgrade`` within the transaction that the connection is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
