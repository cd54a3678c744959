"""Work of one who mends a document: all that is stored of it in hand, what is wrong with single bits set right, and
what is made of it written in one transaction that is only committed once it has been looked over.

What is taken out or written over goes into the table ``set_aside`` before, in the same transaction: each row as it lay
there, in JSON, bytes as ``{"base64": …}``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from collab.errors import DocumentUnreadable
from collab.storage import inspection, mending, schema
from collab.storage.archive import Step
from collab.storage.base import Checkpoint, DocumentRecord, KeptDocument
from collab.storage.checkpoints import values_of as checkpoint_row
from collab.storage.connect import connect
from collab.storage.engine import RowsDamaged
from collab.storage.keys import hour_of, searchable
from collab.storage.packing import pack
from collab.storage.patient import Patient, examine, found_changes, found_checkpoints, found_steps
from collab.storage.seals import Part, document_checksum, frame, name_digest, seal
from collab.storage.sql import LOOK_TIMEOUT, SqlStore
from collab.storage.steps import values_of as step_values
from collab.storage.tables import changes, checkpoints, documents, set_aside, steps, versions


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change to be written."""

    sequence: int
    time: int
    actor: str | None
    updates: tuple[bytes, ...] | None
    ranges: bytes | None
    batch: bytes | None = None
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a document is to become."""

    record: DocumentRecord
    time: int
    """Of the repair."""
    changes: Sequence[NewChange] | None
    """All of them; ``None``: changes and checkpoints stay as they are."""
    checkpoints: Sequence[Checkpoint]
    aside: Mapping[tuple[str, int], str]
    """Why (the table and the place of a row) is set aside."""
    steps: Sequence[Step] = ()
    """With ``changes``: all of them."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of the versions of a treated document, in words: those that were set right, those that were set aside."""

    done: Sequence[str]
    lost: Sequence[str]


class RepairStore(SqlStore):
    """A store whose documents can be mended. Nothing else may write to them meanwhile."""

    @classmethod
    async def open_to_repair(cls, url: str) -> Self:
        """Open the store of a database that is there. Raises as ``SqlStore.open`` does; nothing is brought up to date."""
        database = connect(url, statement_timeout=LOOK_TIMEOUT)
        try:
            await schema.compare(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def strangers(self) -> int:
        """How many other connections of servers the database has; on SQLite, where a lock tells, none."""
        return 0 if self._database.embedded else await self._database.read(_strangers)

    async def lost(self) -> list[int]:
        """The row ids under which something lies and no document does."""
        return await self._database.read(_lost)

    async def send_home(self, row: int, *, time: int) -> int:
        """Bring changes that lie under ``row`` by one flipped bit to where they belong; how many."""
        return await self._database.write(partial(_send_home, row=row, time=time))

    async def adopt(self, row: int, record: DocumentRecord, *, time: int) -> bool:
        """Make a row for what lies under ``row``; False: none of that is whole, and all of it is set aside."""
        return await self._database.write(partial(_adopt, row=row, record=record, time=time))

    async def treat(
        self, row: int, decide: Callable[[Patient], Treatment], check: Callable[[KeptDocument], None]
    ) -> Mended:
        """Turn a document into what ``decide`` makes of it, and commit that unless ``check`` raises.

        Raises ``DocumentUnreadable`` where the database itself cannot get at what it holds, and what ``check`` raises.
        """
        try:
            return await self._database.write(partial(_treat, row=row, decide=decide, check=check))
        except RowsDamaged as error:
            raise DocumentUnreadable(str(error)) from error


def _treat(
    connection: Connection,
    row: int,
    decide: Callable[[Patient], Treatment],
    check: Callable[[KeptDocument], None],
) -> Mended:
    patient = examine(connection, row)
    treatment = decide(patient)
    for (table, place), reason in treatment.aside.items():
        _put_aside(connection, row, table, place, treatment.time, reason)
    _write_record(connection, row, treatment.record)
    if treatment.changes is not None:
        connection.execute(delete(changes).where(changes.c.document == row))
        connection.execute(delete(checkpoints).where(checkpoints.c.document == row))
        values = [_change_values(row, change) for change in treatment.changes]
        if values:
            connection.execute(insert(changes), values)
        connection.execute(delete(steps).where(steps.c.document == row))
        values = [step_values(row, step) for step in treatment.steps]
        if values:
            connection.execute(insert(steps), values)
        values = [checkpoint_row(row, checkpoint, pack(checkpoint.squashed)) for checkpoint in treatment.checkpoints]
        if values:
            connection.execute(insert(checkpoints), values)
    done, misfits = mending.mend(connection, row, treatment.record.head)
    for id_, reason in misfits.items():
        _put_aside(connection, row, "versions", id_, treatment.time, reason)
        mending.remove(connection, row, id_)
    inspection.inspect(connection, row, check)
    return Mended(done, [f"version {id_}: {reason}" for id_, reason in misfits.items()])


# ---- what becomes of it ---------------------------------------------------------------------------------------------


def _write_record(connection: Connection, row: int, record: DocumentRecord) -> None:
    connection.execute(update(documents).where(documents.c.id == row).values(_record_values(row, record)))


def _record_values(row: int, record: DocumentRecord) -> dict[str, object]:
    covered = (record.name, record.lineage, record.head, record.created, record.modified, record.deleted)
    return {
        "name": record.name,
        "digest": name_digest(record.name),
        "title": record.title,
        "lineage": record.lineage,
        "head": record.head,
        "created": record.created,
        "modified": record.modified,
        "deleted": record.deleted,
        "checksum": document_checksum(row, *covered),
        "hour": hour_of(record.modified),
        "folded": searchable(record.name, record.title),
    }


def _change_values(row: int, change: NewChange) -> dict[str, object]:
    at = (row, change.sequence, change.time, change.actor)
    batch = change.batch or b""
    back = change.restored
    payload = None if change.updates is None else seal(Part.PAYLOAD, *at, batch, frame(change.updates), back)
    ranges = None if change.ranges is None else seal(Part.RANGES, *at, b"", change.ranges, back)
    return {
        "document": row,
        "sequence": change.sequence,
        "time": change.time,
        "actor": change.actor,
        "batch": change.batch,
        "payload": payload,
        "ranges": ranges,
        "restored": back,
    }


def _put_aside(connection: Connection, row: int, table: str, place: int | str, time: int, reason: str) -> None:
    """Keep a row as it lies there."""
    source = {one.name: one for one in (documents, changes, checkpoints, steps, versions)}[table]
    key = source.c.id if source is versions else source.c.get("sequence")
    at = (source.c.id == row,) if key is None else (source.c.document == row, key == place)
    for found in connection.execute(select(source).where(*at)).mappings().all():
        content = {name: _plain(value) for name, value in found.items()}
        connection.execute(
            insert(set_aside).values(
                document=row, part=table, time=time, reason=reason, content=json.dumps(content).encode()
            )
        )


def _plain(value: object) -> object:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


# ---- what lies under no document, or under the wrong one --------------------------------------------------------------


def _lost(connection: Connection) -> list[int]:
    known = select(documents.c.id)
    lost: set[int] = set()
    for table in (changes, checkpoints, steps):
        query = select(table.c.document).where(table.c.document.not_in(known)).distinct()
        lost.update(connection.execute(query).scalars())
    return sorted(lost)


def _send_home(connection: Connection, row: int, time: int) -> int:
    moved = 0
    for change in found_changes(connection, row):
        home = (changes.c.document == change.document, changes.c.sequence == change.sequence)
        if change.document == row or not _is_there(connection, documents, documents.c.id == change.document):
            continue
        if _is_there(connection, changes, *home):
            continue
        _put_aside(connection, row, "changes", change.place, time, f"a change of document {change.document}")
        here = (changes.c.document == row, changes.c.sequence == change.place)
        connection.execute(update(changes).where(*here).values(document=change.document))
        moved += 1
    return moved


def _is_there(connection: Connection, table: Table, *where: Any) -> bool:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one() > 0


def _adopt(connection: Connection, row: int, record: DocumentRecord, time: int) -> bool:
    found, generations = list(found_changes(connection, row)), list(found_checkpoints(connection, row))
    done = [one.step for one in found_steps(connection, row) if one.step is not None and one.document == row]
    whole = [one for one in found if one.document == row and (one.updates or one.ranges)]
    heads = [one.sequence for one in whole]
    heads += [one.place for one in generations if one.is_vouched]
    heads += [step.moment for step in done]
    if heads:
        times = sorted([*(one.time for one in whole), *(step.ended for step in done)]) or [time]
        adopted = replace(record, head=max(heads), created=times[0], modified=times[-1])
        connection.execute(insert(documents).values(id=row, **_record_values(row, adopted)))
        return True
    for table, places in (
        ("changes", [one.place for one in found]),
        ("checkpoints", [one.place for one in generations]),
        ("steps", [one.place for one in found_steps(connection, row)]),
    ):
        for place in places:
            _put_aside(connection, row, table, place, time, "of a document that is not there")
    for source in (changes, checkpoints, steps):
        connection.execute(delete(source).where(source.c.document == row))
    return False


def _strangers(connection: Connection) -> int:
    return int(
        connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'collab' AND pid <> pg_backend_pid()"
        ).scalar_one()
    )
