"""Which schema this program works with: every other one is refused, and a brand-new file gets it.

To see that the schema is the right one, as it nearly always is, takes one row. ``migrate`` knows what to do about any
other, and only then is it loaded, Alembic and all: a server that was killed should be back soon.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, inspect, text

from collab.errors import ConfigurationError
from collab.storage.engine import Database

REVISION = "0004"
"""The newest one of ``migrations/versions``."""


async def admit(database: Database) -> None:
    """Let pass a database whose schema is this program's; a brand-new embedded one gets it.

    Raises ``ConfigurationError`` for any other.
    """
    try:
        await database.read(partial(_admit, embedded=False))  # as a rule, and it waits for no writer
    except ConfigurationError:
        if not database.embedded:
            raise
        await database.write(partial(_admit, embedded=True))


async def compare(database: Database) -> None:
    """Let pass a database whose schema is this program's, and change nothing; raises as ``admit`` does."""
    await database.read(partial(_admit, embedded=False))


def _admit(connection: Connection, *, embedded: bool) -> None:
    tables = inspect(connection).get_table_names()
    revisions: list[str] = []
    if "alembic_version" in tables:
        revisions = list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    if revisions == [REVISION]:
        return
    from collab.storage import migrate  # noqa: PLC0415 - see above

    if embedded and not tables:
        migrate.upgrade_in(connection)
    elif len(revisions) > 1:
        raise ConfigurationError("the database does not say clearly which schema it has")
    elif not revisions or migrate.knows(revisions[0]):
        found = revisions[0] if revisions else "none"
        raise ConfigurationError(
            f"the database has schema {found}, and this version of collab needs {REVISION}: run `collab migrate`"
        )
    else:
        raise ConfigurationError(f"the database has schema {revisions[0]}, which a newer version of collab has made")
