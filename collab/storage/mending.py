"""Mending the versions of a document: a flipped bit is flipped back, and what names no moment any more is set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from collab.storage.archive import Version
from collab.storage.seals import WRONG_KIND
from collab.storage.tables import changes, steps, versions
from collab.storage.versions import values_of

_NUMBERS = ("moment", "time", "created", "checksum")
_BITS = 63


def mend(connection: Connection, row: int, head: int) -> tuple[list[str], dict[str, str]]:
    """Set right what one flipped bit explains. What was done, and why the others have to go, by their ids."""
    done: list[str] = []
    misfits: dict[str, str] = {}
    for kept in connection.execute(select(versions).where(versions.c.document == row)).mappings().all():
        values = dict(kept)
        sound = _as_written(values)
        if sound is None:
            misfits[kept["id"]] = "its checksum does not hold"
        elif not _is_readable(connection, row, sound["moment"], head):
            misfits[kept["id"]] = f"moment {sound['moment']}, which it names, cannot be read any more"
        elif sound != values:
            at = (versions.c.document == row, versions.c.id == kept["id"])
            connection.execute(update(versions).where(*at).values(sound))
            done.append(f"a flipped bit was set right in version {kept['id']}")
    return done, misfits


def remove(connection: Connection, row: int, id_: str) -> None:
    """Take a version out."""
    connection.execute(delete(versions).where(versions.c.document == row, versions.c.id == id_))


def _as_written(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The row as it was written, if it is, or if exactly one flipped bit explains what it has become."""
    if _holds(values):
        return values
    found = [one for one in _flipped(values) if _holds(one)]
    return found[0] if len(found) == 1 else None


def _flipped(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for column in _NUMBERS:
        number = values[column]
        if isinstance(number, int):
            yield from ({**values, column: number ^ 1 << bit} for bit in range(_BITS))
    yield {**values, "automatic": not values["automatic"]}
    for column in ("id", "subject"):
        letters = values[column]
        if isinstance(letters, str) and letters.isascii():
            for place, letter in enumerate(letters):
                for bit in range(7):
                    flipped = chr(ord(letter) ^ 1 << bit)
                    yield {**values, column: letters[:place] + flipped + letters[place + 1 :]}


def _holds(values: Mapping[str, Any]) -> bool:
    version = Version(**{column: values[column] for column in Version.__slots__})
    try:
        return bool(values["checksum"] == values_of(values["document"], version)["checksum"])
    except WRONG_KIND:
        return False


def _is_readable(connection: Connection, row: int, moment: int, head: int) -> bool:
    if not 0 < moment <= head:
        return moment == 0
    single = select(changes.c.sequence).where(changes.c.document == row, changes.c.sequence == moment)
    window = select(steps.c.sequence).where(
        steps.c.document == row, steps.c.sequence == moment, steps.c.moment == moment
    )
    return any(connection.execute(query).first() is not None for query in (single, window))
