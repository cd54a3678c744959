"""The schema's versions: refusing a database of another version, and bringing one up to date.

Alembic owns the schema. Its scripts lie in ``migrations/``: beside the package in the repository, inside it once
installed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from collab.errors import ConfigurationError
from collab.storage.connect import connect
from collab.storage.engine import Database, Result

_PACKAGE = Path(__file__).parents[1]
_PATIENCE = 3600.0  # seconds a statement of a migration may take
_LOCK = 0x636F6C6C6162  # PostgreSQL's advisory locks have numbers for names: "collab"


async def upgrade(url: str) -> None:
    """Bring the schema up to date in one transaction, making the database's file if need be."""
    await _with(url, partial(_upgrade, _config()))


async def current(url: str) -> str | None:
    """The schema's revision; ``None``: there is no schema."""
    return await _with(url, _revision)


async def admit(database: Database) -> None:
    """Let pass a database whose schema is this program's; a brand-new embedded one gets it.

    Raises ``ConfigurationError`` for any other.
    """
    config = _config()
    try:
        await database.read(partial(_admit, config, embedded=False))  # as a rule, and it waits for no writer
    except ConfigurationError:
        if not database.embedded:
            raise
        await database.write(partial(_admit, config, embedded=True))


async def compare(database: Database) -> None:
    """Let pass a database whose schema is this program's, and change nothing; raises as ``admit`` does."""
    await database.read(partial(_admit, _config(), embedded=False))


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


def _admit(config: Config, connection: Connection, *, embedded: bool) -> None:
    revision = _revision(connection)
    scripts = ScriptDirectory.from_config(config)
    if revision == scripts.get_current_head():
        return
    if embedded and not inspect(connection).get_table_names():
        _upgrade(config, connection)
    elif revision is None or revision in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigurationError(
            f"the database has schema {revision or 'none'}, and this version of collab needs "
            f"{scripts.get_current_head()}: run `collab migrate`"
        )
    else:
        raise ConfigurationError(f"the database has schema {revision}, which a newer version of collab has made")


def _revision(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except CommandError as error:
        raise ConfigurationError("the database does not say clearly which schema it has") from error


def _upgrade(config: Config, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
