"""What Alembic runs: in the connection that ``collab.storage.migrate`` hands over, or at ``-x url=…``."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from collab.storage.connect import connect
from collab.storage.tables import metadata


def run(connection: Connection) -> None:
    """Run the migrations in the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite alters a table by making it anew
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_at(url: str) -> None:
    """Run the migrations in a transaction of their own."""
    database = connect(url)
    try:
        await database.write(run)
    finally:
        await database.close()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    asyncio.run(run_at(context.get_x_argument(as_dictionary=True)["url"]))
