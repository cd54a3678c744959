"""The owner's way in: a link that signs a browser in, to the URL that the server of a data directory listened on last."""

from __future__ import annotations

from pathlib import Path

import click

from collab.auth import Authority, load_secret, owner_code
from collab.cli.options import SettingsCommand, examples, takes_settings
from collab.config import Settings
from collab.errors import ConfigurationError


@click.command(
    cls=SettingsCommand,
    epilog=examples("collab link", "collab link --data-dir data --public-url https://docs.example.org"),
)
@takes_settings("public_url", "data_dir")
def link(settings: Settings) -> None:
    """Print a link that signs a browser in as the owner.

    It is good once, and for 15 minutes.
    """
    authority = Authority.of(settings, load_secret(settings, make=False).value)
    click.echo(owner_link(settings.public_url or last_url(settings) or settings.url, authority))


def owner_link(url: str, authority: Authority) -> str:
    """A link to the page at ``url``: good once, and for 15 minutes."""
    return f"{url}/#code={owner_code(authority)}"


def url_file(settings: Settings) -> Path:
    """Where a server leaves its URL for ``collab link``."""
    return settings.data_dir / "url"


def last_url(settings: Settings) -> str | None:
    """Where the server of this data directory listened last; None: there has been none."""
    try:
        return url_file(settings).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{url_file(settings)} cannot be read: {error}") from error
