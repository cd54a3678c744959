"""``collab token``."""

from __future__ import annotations

import click

from collab.auth import Authority, Grant, load_secret
from collab.cli.options import DurationType, GrantType, SettingsCommand, examples, takes_settings
from collab.config import Settings


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab token --subject alice --name Alice --grant 'notes/**:editor' --ttl 8h",
        "collab token --subject backup --grant '**:viewer' --ttl 5m",
        "COLLAB_TOKEN=$(collab token --subject me --grant '**:owner') collab documents list --server http://127.0.0.1:8080",
    ),
)
@click.option("--subject", required=True, help="Who it is for: the stable id that edits are attributed to.")
@click.option("--name", help="The name that others see.  [default: the subject]")
@click.option(
    "--grant",
    "grants",
    multiple=True,
    required=True,
    type=GrantType(),
    metavar="GLOB:ROLE",
    help="A role (viewer, commenter, editor, owner) for the documents whose names match; may be repeated. "
    "* matches within one / segment, ** anything.",
)
@click.option(
    "--ttl", type=DurationType(), default="1h", show_default=True, help="How long it is good: 90, 30s, 15m, 8h or 7d."
)
@takes_settings("data_dir", "token_issuer", "token_audience")
def token(settings: Settings, subject: str, name: str | None, grants: tuple[Grant, ...], ttl: float) -> None:
    """Print a token for an editor, a script or a backend.

    It is all that is printed. It is signed with COLLAB_SECRET, or with the secret in the data directory; a server with
    the same one takes it.
    """
    secret = load_secret(settings)
    if secret.made:
        click.echo(f"No server had made a secret in {settings.data_dir} yet: it now has one.", err=True)
    click.echo(Authority.of(settings, secret.value).issue(subject, name or subject, grants, lifetime=ttl))
