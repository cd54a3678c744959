"""Shell completion: the script for a shell, and the names of documents while somebody types.

A shell asks by running ``collab`` with a variable set, which Click answers. Names come from the server that runs on the
data directory, or from one elsewhere; where none runs they are read from the database without its lock, so that
completing a word keeps no server from starting. What fails or takes too long completes nothing and says nothing: it
would stand in the middle of what is being typed.
"""

from __future__ import annotations

import asyncio

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from collab.cli.options import examples
from collab.cli.place import Place, place_of, reach, running_on
from collab.config import Settings
from collab.errors import CollabError
from collab.storage.base import Page
from collab.storage.sql import SqlStore

PATIENCE = 1.0
"""Seconds after which a person has typed on."""

_MOST = 100
"""Names that are offered at once."""

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

_SPECIAL = frozenset(" \t\"'\\$&|;<>()*?[]{}!#~`")
"""What a shell would not take as it stands. Not every shell's script quotes what it is given, so none is given these."""


@click.command(
    epilog=examples(
        """echo 'eval "$(collab completion bash)"' >> ~/.bashrc""",
        """echo 'eval "$(collab completion zsh)"' >> ~/.zshrc""",
        "collab completion fish > ~/.config/fish/completions/collab.fish",
    )
)
@click.argument("shell", type=click.Choice(list(_SHELLS)), help="Whose script.")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script for completion in a shell.

    It completes commands, options and, where that is quick, the names of documents: those of the data directory or of
    the server that the line names. Put the script where your shell reads it at its start, and open a new shell.
    """
    click.echo(_SHELLS[shell](context.find_root().command, {}, "collab", "_COLLAB_COMPLETE").source())


def complete_living(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Living documents whose names go on from what was typed."""
    return _complete(context, incomplete, deleted=False)


def complete_deleted(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Deleted documents, likewise."""
    return _complete(context, incomplete, deleted=True)


def _complete(context: click.Context, incomplete: str, *, deleted: bool) -> list[CompletionItem[str]]:
    flags = {name: value for name in ("data_dir", "database_url") if (value := context.params.get(name)) is not None}
    try:
        names = asyncio.run(_names(place_of(context, Settings.load(**flags)), incomplete, deleted))
    except (CollabError, click.ClickException, TimeoutError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and not _SPECIAL & set(name)]


async def _names(place: Place, incomplete: str, deleted: bool) -> list[str]:
    async with asyncio.timeout(PATIENCE):
        if place.server is not None or running_on(place.settings) is not None:
            async with reach(place) as api:
                found = api.documents(search=incomplete, deleted=deleted, limit=_MOST)
                return [document["name"] async for document in found]
        store = await SqlStore.open_to_look(place.settings.database_url)
        try:
            listing = await store.documents(Page(search=incomplete, deleted=deleted, limit=_MOST))
            return [record.name for record in listing.records]
        finally:
            await store.close()
