"""``collab migrate``."""

from __future__ import annotations

import asyncio
import os

import click

from collab.cli.options import SettingsCommand, examples, takes_settings
from collab.config import Settings


@click.command(
    cls=SettingsCommand,
    epilog=examples("collab migrate", "collab migrate --database-url postgresql://collab@localhost/collab"),
)
@takes_settings("data_dir", "database_url")
def migrate(settings: Settings) -> None:
    """Bring the database up to date.

    After an upgrade it is brought to the schema that this version of collab has.

    A new embedded database needs none: `collab serve` makes it.
    """
    from collab.storage.migrate import current, upgrade  # noqa: PLC0415 - no other command needs Alembic

    os.umask(0o077)
    settings.make_data_dir()
    asyncio.run(upgrade(settings.database_url))
    click.echo(f"The database is at revision {asyncio.run(current(settings.database_url))}.")
