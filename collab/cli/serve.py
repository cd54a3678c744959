"""``collab serve``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import click

from collab.api.logs import configure_logs
from collab.app import serve as serve_app
from collab.auth import Authority, load_secret
from collab.cli.links import last_url, owner_link, url_file
from collab.cli.options import SettingsCommand, examples, takes_settings
from collab.config import Settings, unknown_variables

logger = logging.getLogger(__name__)


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab serve",
        "collab serve --host 0.0.0.0 --data-dir /var/lib/collab --public-url https://docs.example.org",
        "collab serve --database-url postgresql://collab@localhost/collab",
    ),
)
@takes_settings()
def serve(settings: Settings) -> None:
    """Run the server until it is told to stop.

    Sizes are written 65536, 64KiB or 16MiB; times 90, 30s, 15m, 8h or 7d. Without a secret (COLLAB_SECRET) the server
    makes one. The first start prints a link that signs a browser in as the owner; `collab link` prints another.
    """
    configure_logs(settings.log_level)
    for name in unknown_variables():
        logger.warning("%s is no setting: is it misspelt?", name)
    os.umask(0o077)  # documents are their owner's, whatever mode the data directory has
    settings.make_data_dir()
    secret = load_secret(settings).value
    _run(serve_app(settings, secret, partial(_announce, settings, Authority.of(settings, secret))))


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop  # noqa: PLC0415 - it is not made for Windows
    except ImportError:
        asyncio.run(coroutine)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(coroutine)


def _announce(settings: Settings, authority: Authority, url: str) -> None:
    """Once the server listens: leave its URL for ``collab link``, and show a newcomer the way in.

    The way in is shown on the first start, and to whoever sits at the terminal; never in a log.
    """
    newcomer = settings.secret is None and last_url(settings) is None
    url_file(settings).write_text(url, encoding="utf-8")
    if newcomer or sys.stdout.isatty():
        click.echo(
            f"\nOpen this link to sign in as the owner (once, within 15 minutes):\n\n    {owner_link(url, authority)}\n"
        )
