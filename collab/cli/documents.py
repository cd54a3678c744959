"""``collab documents``: list, show, create, delete and restore."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collab.cli.client import Api, Document, Order, Person
from collab.cli.completion import complete_deleted, complete_living
from collab.cli.history import history, versions
from collab.cli.options import SettingsCommand, as_json_option, examples
from collab.cli.output import Results, ago, plain, write_json
from collab.cli.place import Place, at, takes_place
from collab.cli.returns import MOMENT, SPELLINGS, diff, go_back, undo
from collab.cli.transfer import export, import_
from collab.errors import CollabError, DocumentDeleted, Unauthenticated, Unavailable

_BATCH = 200
"""Rows of a table that are drawn at once."""


@click.group(
    epilog=examples(
        "collab documents list --data-dir data",
        "collab documents export --all --output backup --data-dir data",
        'collab documents list --server https://docs.example.org --token "$TOKEN"',
    )
)
def documents() -> None:
    """List, read, write, delete and restore documents.

    They are those of a data directory, or of a server elsewhere. While a server runs on the data directory, it is asked;
    nothing is done behind its back, and editors see what changes at once. Where none runs, these commands open the
    documents themselves. For a server elsewhere, or one whose documents are in PostgreSQL and that runs on another
    machine, give --server and --token (or COLLAB_SERVER and COLLAB_TOKEN); you may then do what the token's grants allow.
    """


@documents.command(
    "list",
    cls=SettingsCommand,
    epilog=examples(
        "collab documents list",
        "collab documents list --search plan --sort modified --limit 20",
        "collab documents list --json | jq -r .name",
    ),
)
@click.option("--search", default="", metavar="TEXT", help="Only those whose name or title holds this, in any case.")
@click.option("--deleted", is_flag=True, help="The deleted documents instead of the living ones.")
@click.option(
    "--sort",
    type=click.Choice(["name", "modified"]),
    default="name",
    show_default=True,
    help="By name, or the last modified first.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.  [default: all]")
@as_json_option("One JSON object a line: each document.")
@takes_place
def list_(place: Place, search: str, deleted: bool, sort: Order, limit: int | None, as_json: bool) -> None:
    """List documents.

    On a terminal as a table; into a pipe as lines of name, title and time of the last change, with tabs between them.
    """
    at(place, lambda api: _list(api, search, deleted, sort, limit, as_json))


async def _list(api: Api, search: str, deleted: bool, sort: Order, limit: int | None, as_json: bool) -> None:
    rows: list[Document] = []
    drawn = 0
    async for document in api.documents(search=search, deleted=deleted, sort=sort, limit=limit):
        if as_json:
            write_json(document)
        elif not sys.stdout.isatty():
            click.echo(f"{document['name']}\t{plain(document['title'])}\t{document['modified']}")
        else:
            rows.append(document)
            if len(rows) == _BATCH:
                _draw(rows, deleted, first=not drawn)
                drawn += len(rows)
                rows.clear()
    if rows:
        _draw(rows, deleted, first=not drawn)


def _draw(documents: list[Document], deleted: bool, *, first: bool) -> None:
    """A part of a table; its columns are as wide as the terminal makes them, so that all parts fit together."""
    table = Table(box=None, expand=True, show_header=first, header_style="bold", pad_edge=False)
    table.add_column("TITLE", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("NAME", ratio=1, overflow="fold")  # whole: the other commands want it
    table.add_column("DELETED" if deleted else "MODIFIED", width=len("59 minutes ago"), no_wrap=True)
    for document in documents:
        when = document["deleted"] or document["modified"]
        title = Text(plain(document["title"])) if document["title"] else Text("–", style="dim")
        table.add_row(title, Text(plain(document["name"])), Text(ago(when), style="dim"))
    Console(highlight=False).print(table)


@documents.command(
    cls=SettingsCommand,
    epilog=examples("collab documents show notes/today", "collab documents show notes/today --json"),
)
@click.argument("name", shell_complete=complete_living, help="The document.")
@as_json_option("One JSON object, with the people who have it open.")
@takes_place
def show(place: Place, name: str, as_json: bool) -> None:
    """Show a document, and who has it open now.

    Of a deleted one it is shown when it was deleted.
    """
    document, size, people = at(place, lambda api: _look_up(api, name))
    if as_json:
        write_json({**document, "bytes": size, "people": people})
        return
    facts = {
        "Name": plain(document["name"]),
        "Title": plain(document["title"]) or "–",
        "Created": _when(document["created"]),
        "Modified": _when(document["modified"]),
        "Deleted": _when(document["deleted"]) if document["deleted"] else None,
        "Size": None if size is None else f"{size:,} bytes to open it",
        "Lineage": document["lineage"],
        "Your role": document["role"],
        "Open now": None if document["deleted"] else "\n".join(map(_person, people)) or "nobody",
    }
    width = max(map(len, facts)) + 2
    for label, fact in facts.items():
        if fact is not None:
            click.echo(f"{label:{width}}" + fact.replace("\n", "\n" + " " * width))


async def _look_up(api: Api, name: str) -> tuple[Document, int | None, list[Person]]:
    """A document, how large its state is (a deleted one cannot be opened) and who has it open."""
    try:
        document = await api.document(name)
    except DocumentDeleted:
        line = name if name.isprintable() else ""  # a name may hold what no search may: then all of them are looked at
        async for deleted in api.documents(search=line, deleted=True):
            if deleted["name"] == name:
                return deleted, None, []
        raise
    return document, len(await api.state(name)), await api.people(name)


def _when(time: str) -> str:
    return f"{time} ({ago(time)})"


def _person(person: Person) -> str:
    """Who it is for certain, and what they call themselves."""
    match person["state"]:
        case {"user": {"name": str(called)}} if called != person["subject"]:
            return f"{plain(person['subject'])} ({plain(called)})"
        case _:
            return plain(person["subject"])


@documents.command(
    cls=SettingsCommand,
    epilog=examples("collab documents create notes/today --title 'What happened today'"),
)
@click.argument("name", help="What it is to be called by editors and programs: up to 255 bytes, for good.")
@click.option("--title", default="", help="What people call it.  [default: none; its name is shown]")
@as_json_option("One JSON object: the document.")
@takes_place
def create(place: Place, name: str, title: str, as_json: bool) -> None:
    """Create an empty document.

    Editors need not do this: opening a name and writing creates the document.
    """
    document = at(place, lambda api: api.create(name, title), make=True)
    if as_json:
        write_json(document)
    else:
        click.echo(f"Created {plain(name)}.")


@documents.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents delete notes/today",
        "collab documents delete --yes drafts/1 drafts/2",
        "collab documents list --search draft | cut -f1 | xargs -d '\\n' collab documents delete --yes",
    ),
)
@click.argument(
    "names", nargs=-1, required=True, shell_complete=complete_living, metavar="NAME...", help="The documents."
)
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal to ask at.")
@as_json_option("One JSON object a line: what became of each document.")
@takes_place
def delete(place: Place, names: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Delete documents; they can be restored.

    Nobody can open them, their names stay taken, and whoever has one open is told. Nothing that was saved is lost.
    """
    if not yes:
        _confirm(names)

    async def one(api: Api, name: str) -> dict[str, Any]:
        await api.delete(name)
        return {"name": name, "deleted": True}

    at(place, lambda api: _each(api, names, one, "Deleted", as_json))


@documents.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents list --deleted",
        "collab documents restore notes/today",
        "collab documents restore notes/today --at 2026-01-02T03:04:05Z",
    ),
)
@click.argument(
    "names", nargs=-1, required=True, shell_complete=complete_deleted, metavar="NAME...", help="The documents."
)
@click.option("--at", "moment", metavar=MOMENT, help=f"Bring one living document back to a moment: {SPELLINGS}.")
@as_json_option("One JSON object a line: each document as it is now, or what came of --at.")
@takes_place
def restore(place: Place, names: tuple[str, ...], moment: str | None, as_json: bool) -> None:
    """Restore deleted documents, or a moment of living ones.

    Deleted documents come back as they were when they were deleted. With --at, what has changed since that moment is
    changed back, as one new edit that editors see at once; restoring the moment before undoes it.
    """
    if moment is not None:
        if len(names) > 1:
            raise click.UsageError("--at is for one document: the moments of another are others")
        go_back(place, names[0], moment, as_json)
        return

    async def one(api: Api, name: str) -> Document:
        return await api.restore(name)

    at(place, lambda api: _each(api, names, one, "Restored", as_json))


def _confirm(names: tuple[str, ...]) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask at: say --yes")
    what = plain(names[0]) if len(names) == 1 else f"{len(names)} documents"
    if not click.confirm(f"Delete {what}?", err=True):
        raise click.ClickException("nothing was deleted")


async def _each(
    api: Api,
    names: tuple[str, ...],
    work: Callable[[Api, str], Awaitable[Document | dict[str, Any]]],
    done: str,
    as_json: bool,
) -> None:
    """Do the same with every document, whether or not it could be done with the one before."""
    results = Results(as_json=as_json)
    for name in names:
        try:
            facts = await work(api, name)
        except (Unauthenticated, Unavailable):
            raise  # it would be no different with the next
        except CollabError as error:
            results.fail(error, name=name)
        else:
            results.succeed(f"{done} {name}.", **facts)
    results.end()


documents.add_command(history)
documents.add_command(versions)
documents.add_command(diff)
documents.add_command(undo)
documents.add_command(export)
documents.add_command(import_)
