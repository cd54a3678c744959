"""``collab documents diff`` and ``undo``, and ``restore --at``: what became of documents, and the way back."""

from __future__ import annotations

import click

from collab.cli.client import Api, Returned
from collab.cli.completion import complete_living
from collab.cli.options import SettingsCommand, as_json_option, examples
from collab.cli.output import plain, write_json
from collab.cli.place import Place, at, takes_place
from collab.content.formats import Format

MOMENT = "MOMENT"
"""How a moment is spelt in what is told of options."""

SPELLINGS = "its number, a time (2026-01-02T03:04:05Z), the id of a version, or now"

_from = click.option(
    "--from", "earlier", default="0", metavar=MOMENT, help=f"Behind this moment: {SPELLINGS}.  [default: the beginning]"
)
_to = click.option("--to", "later", default="now", metavar=MOMENT, show_default=True, help="Up to this one.")


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents diff notes/today --from 2026-01-02T00:00:00Z",
        "collab documents diff notes/today --from v-mfrggzdfmztwq2lk --to now",
        "collab documents diff notes/today --json | jq '.blocks[] | select(.change != \"same\")'",
    ),
)
@click.argument("name", shell_complete=complete_living, help="The document.")
@_from
@_to
@as_json_option("One JSON object: blocks, runs and values, each with what became of it and by whom.")
@takes_place
def diff(place: Place, name: str, earlier: str, later: str, as_json: bool) -> None:
    """Show what became of a document between two moments.

    As a unified diff of what it says in plain text.
    """
    form = Format.JSON if as_json else Format.TEXT
    told = at(place, lambda api: api.difference(name, earlier, later, form)).decode()
    click.echo(told if as_json else plain_lines(told), nl=as_json)


def plain_lines(text: str) -> str:
    """A text as a terminal may show it, line by line."""
    return "".join(f"{_tabbed(line)}\n" for line in text.splitlines())


def _tabbed(line: str) -> str:
    return "\t".join(map(plain, line.split("\t")))


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents undo notes/today bob --from 2026-01-02T09:00:00Z --to 2026-01-02T10:00:00Z",
    ),
)
@click.argument("name", shell_complete=complete_living, help="The document.")
@click.argument("subject", help="Whose doing, as their tokens say.")
@_from
@_to
@as_json_option("One JSON object: the newest moment, and whether anything changed.")
@takes_place
def undo(place: Place, name: str, subject: str, earlier: str, later: str, as_json: bool) -> None:
    """Undo what somebody did to a document between two moments.

    What they wrote goes, and what they deleted comes back, as one new edit that editors see at once. What others have
    written since stays.
    """
    done = at(place, lambda api: api.undo(name, subject, earlier, later))
    _tell(done, name, f"Undone in {plain(name)} what {plain(subject)} did.", as_json)


def go_back(place: Place, name: str, moment: str, as_json: bool) -> None:
    """Bring a document back to a moment of its past, and tell."""

    async def done(api: Api) -> Returned:
        return await api.go_back(name, moment)

    returned = at(place, done)
    _tell(returned, name, f"Brought {plain(name)} back to moment {returned['restored']}.", as_json)


def _tell(done: Returned, name: str, words: str, as_json: bool) -> None:
    if as_json:
        write_json({"name": name, **done})
    else:
        click.echo(words if done["changed"] else f"Nothing had to change in {plain(name)}.")
