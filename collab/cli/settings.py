"""``collab settings``."""

from __future__ import annotations

import click

from collab.cli.options import examples
from collab.config import settings_table


@click.command(epilog=examples("collab settings"))
def settings() -> None:
    """Print every setting, as Markdown.

    Its flag, its variable, its default and what it is: the tables that the README holds.
    """
    click.echo(settings_table())
