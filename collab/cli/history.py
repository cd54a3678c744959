"""``collab documents history`` and ``versions``: who changed what when, and moments that have names."""

from __future__ import annotations

import click

from collab.cli.client import Api, Version
from collab.cli.completion import complete_living
from collab.cli.options import SettingsCommand, as_json_option, examples
from collab.cli.output import ago, plain, write_json
from collab.cli.place import Place, at, takes_place
from collab.cli.returns import MOMENT, SPELLINGS

_document = click.argument("name", shell_complete=complete_living, help="The document.")
_limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.  [default: all]")
_version = click.argument("version", metavar="ID", help="The version's id, as the list shows it.")


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents history notes/today",
        "collab documents history notes/today --limit 1 --json | jq .moment",
    ),
)
@_document
@_limit
@as_json_option("One JSON object a line: each sitting.")
@takes_place
def history(place: Place, name: str, limit: int | None, as_json: bool) -> None:
    """List who changed a document when, the newest sitting first.

    A pause of five minutes ends a sitting. Each line has the moment at its end, its time, and who wrote and deleted how
    many characters.
    """
    at(place, lambda api: _history(api, name, limit, as_json))


async def _history(api: Api, name: str, limit: int | None, as_json: bool) -> None:
    async for sitting in api.sittings(name, limit=limit):
        if as_json:
            write_json(sitting)
            continue
        people = ", ".join(f"{plain(one['name'])} +{one['inserted']} −{one['deleted']}" for one in sitting["people"])
        named = "".join(f"  [{plain(one['name'])}]" for one in sitting["versions"] if one["name"])
        click.echo(f"{sitting['moment']}\t{sitting['to']}\t{people}{named}")


@click.group(epilog=examples("collab documents versions list notes/today"))
def versions() -> None:
    """List, make, rename and forget moments that have names."""


@versions.command("list", cls=SettingsCommand, epilog=examples("collab documents versions list notes/today --json"))
@_document
@_limit
@as_json_option("One JSON object a line: each version.")
@takes_place
def list_(place: Place, name: str, limit: int | None, as_json: bool) -> None:
    """List versions, those of the newest moments first.

    Into a pipe it writes id, moment, time and name, with tabs between them.
    """
    at(place, lambda api: _list(api, name, limit, as_json))


async def _list(api: Api, name: str, limit: int | None, as_json: bool) -> None:
    async for version in api.versions(name, limit=limit):
        if as_json:
            write_json(version)
        else:
            click.echo(f"{version['id']}\t{version['moment']}\t{version['time']}\t{_called(version)}")


@versions.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents versions create notes/today 'As sent to the printer'",
        "collab documents versions create notes/today 'Before the meeting' --at 2026-01-02T09:00:00Z",
    ),
)
@_document
@click.argument("title", help="What it is to be called.")
@click.option("--at", "moment", default="now", metavar=MOMENT, show_default=True, help=f"The moment: {SPELLINGS}.")
@as_json_option("One JSON object: the version.")
@takes_place
def create(place: Place, name: str, title: str, moment: str, as_json: bool) -> None:
    """Give a moment of a document a name. Nothing is copied."""
    _tell(at(place, lambda api: api.create_version(name, title, moment)), "Created", as_json)


@versions.command(
    cls=SettingsCommand, epilog=examples("collab documents versions rename notes/today v-mfrggzdfmztwq2lk Final")
)
@_document
@_version
@click.argument("title", help="What it is to be called.")
@as_json_option("One JSON object: the version.")
@takes_place
def rename(place: Place, name: str, version: str, title: str, as_json: bool) -> None:
    """Give a version another name."""
    _tell(at(place, lambda api: api.rename_version(name, version, title)), "Renamed", as_json)


@versions.command(
    cls=SettingsCommand, epilog=examples("collab documents versions delete notes/today v-mfrggzdfmztwq2lk")
)
@_document
@_version
@as_json_option("One JSON object: the version's id.")
@takes_place
def delete(place: Place, name: str, version: str, as_json: bool) -> None:
    """Forget a version. The document does not change."""
    at(place, lambda api: api.remove_version(name, version))
    if as_json:
        write_json({"id": version, "deleted": True})
    else:
        click.echo(f"Deleted {plain(version)}.")


def _called(version: Version) -> str:
    return plain(version["name"]) or f"(by itself, {ago(version['time'])})"


def _tell(version: Version, done: str, as_json: bool) -> None:
    if as_json:
        write_json(version)
    else:
        click.echo(f"{done} {version['id']}: {_called(version)}, moment {version['moment']}.")
