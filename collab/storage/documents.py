"""Work on the rows of documents."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from sqlalchemy import Column, Connection, Update, bindparam, insert, select, update

from collab.errors import DocumentDeleted, DocumentUnreadable, NotFound
from collab.storage.base import DocumentRecord
from collab.storage.keys import hour_of, searchable
from collab.storage.seals import document_checksum, name_digest
from collab.storage.spelled import Spelled, is_spelled_for
from collab.storage.tables import documents

logger = logging.getLogger(__name__)

_RECORD: tuple[Column[Any], ...] = (
    documents.c.id,
    documents.c.checksum,
    documents.c.name,
    documents.c.title,
    documents.c.lineage,
    documents.c.head,
    documents.c.created,
    documents.c.modified,
    documents.c.deleted,
)
_NAMED = select(*_RECORD).where(documents.c.name.in_(bindparam("names", expanding=True)))
_ONE = Spelled(select(*_RECORD).where(documents.c.name == bindparam("name")))
# In one order, so that two nodes that lock the same rows wait for each other and never deadlock.
_LOCKED = _NAMED.order_by(documents.c.name).with_for_update()
_LOST = select(*_RECORD).where(documents.c.digest.in_(bindparam("digests", expanding=True)))
_MAKE = insert(documents).returning(documents.c.id, documents.c.name)


def _saving(*columns: str) -> Update:
    values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
    return update(documents).where(documents.c.id == bindparam("key")).values(values)


# A column that is named has its indexes written whether or not it changes, and on PostgreSQL all indexes when it does.
_SAVE = Spelled(_saving("head", "modified", "checksum"))
_SAVE_HOUR = _saving("head", "modified", "checksum", "hour")
_SAVE_TITLE = _saving("title", "folded", "modified", "checksum", "hour")
_SAVE_DELETED = _saving("deleted", "checksum")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A row as it is stored. Its record is to be had by saying what it must be."""

    COLUMNS: ClassVar = _RECORD
    """What makes a row: the argument of ``of``."""

    id: int
    record: DocumentRecord
    checksum: int

    @classmethod
    def of(cls, stored: Sequence[Any]) -> Self:
        """From what was selected."""
        id_, checksum, *record = tuple[Any, ...](stored)
        return cls(id_, DocumentRecord(*record), checksum)

    def sound(self) -> DocumentRecord:
        """The record as it was written; raises ``DocumentUnreadable``."""
        if self.checksum != _checksum(self.id, self.record):
            raise DocumentUnreadable(f"document {self.record.name!r} cannot be read: its row is damaged")
        return self.record

    def living(self) -> DocumentRecord:
        """The record as it was written, of a document that is not deleted; raises ``DocumentDeleted`` too."""
        record = self.sound()
        if record.deleted is not None:
            raise DocumentDeleted(f"document {record.name!r} was deleted")
        return record


def find(connection: Connection, names: Iterable[str], *, lock: bool = False) -> dict[str, DocumentRow]:
    """The rows of these names, as far as there are any; ``lock`` keeps other writers off until the commit."""
    missing = set(names)
    rows = [DocumentRow.of(stored) for stored in _stored(connection, missing, lock=lock)]
    missing.difference_update(row.record.name for row in rows)
    if missing:
        rows += _find_lost(connection, missing)
    return {row.record.name: row for row in rows}


def _stored(connection: Connection, names: Iterable[str], *, lock: bool) -> Iterable[Any]:
    if is_spelled_for(connection):  # where a transaction locks all there is
        found = [_ONE.read(connection, {"name": name}) for name in names]
        return [row for row in found if row is not None]
    return connection.execute(_LOCKED if lock else _NAMED, {"names": list(names)})


def _find_lost(connection: Connection, missing: set[str]) -> list[DocumentRow]:
    """Look again, another way: a document whose name is damaged somewhere must not be taken for one that never was.

    One flipped bit in the index of names hides a document, and the next edit would begin a blank one in its place.
    """
    rows = []
    for stored in connection.execute(_LOST, {"digests": [name_digest(name) for name in missing]}):
        row = DocumentRow.of(stored)
        name = row.sound().name
        if name in missing:  # or else two names have one digest
            logger.error("document %r is missing in the index of names", name)
            rows.append(row)
    return rows


def find_one(connection: Connection, name: str, *, lock: bool = False) -> DocumentRow:
    """The row of this name; raises ``NotFound``."""
    row = find(connection, (name,), lock=lock).get(name)
    if row is None:
        raise NotFound(f"there is no document {name!r}")
    return row


def values_of(record: DocumentRecord, checksum: int) -> dict[str, Any]:
    """Every column of a row but its id."""
    return {
        "name": record.name,
        "digest": name_digest(record.name),
        "title": record.title,
        "lineage": record.lineage,
        "head": record.head,
        "created": record.created,
        "modified": record.modified,
        "deleted": record.deleted,
        "checksum": checksum,
        "hour": hour_of(record.modified),
        "folded": searchable(record.name, record.title),
    }


def make(connection: Connection, records: Sequence[DocumentRecord]) -> dict[str, DocumentRow]:
    """Insert rows; by name. They are sealed once their ids are known."""
    values = [values_of(record, checksum=0) for record in records]
    ids = {name: id_ for id_, name in connection.execute(_MAKE, values)}
    rows = {
        record.name: DocumentRow(ids[record.name], record, _checksum(ids[record.name], record)) for record in records
    }
    save(connection, [(row, row.record) for row in rows.values()])
    return rows


def save(connection: Connection, changed: Sequence[tuple[DocumentRow, DocumentRecord]]) -> None:
    """Write head and time back, of rows as they were read and the records they are to have."""
    here: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for row, record in changed:
        values = {
            "key": row.id,
            "new_head": record.head,
            "new_modified": record.modified,
            "new_checksum": _checksum(row.id, record),
        }
        hour = hour_of(record.modified)
        if hour == hour_of(row.record.modified):
            here.append(values)
        else:
            moved.append(values | {"new_hour": hour})
    if here:
        _SAVE.write(connection, here)
    if moved:
        connection.execute(_SAVE_HOUR, moved)


def at_head(record: DocumentRecord, head: int, time: int) -> DocumentRecord:
    """The record with another head since ``time``: ``dataclasses.replace``, in a tenth of its time."""
    modified = max(record.modified, time)
    return DocumentRecord(record.name, record.title, record.lineage, head, record.created, modified, record.deleted)


def create(connection: Connection, record: DocumentRecord) -> DocumentRow | None:
    """Make a row unless the name is taken (``None``); raises ``DocumentDeleted`` when a deleted document has it."""
    row = find(connection, (record.name,), lock=True).get(record.name)
    if row is None:
        return make(connection, (record,))[record.name]
    row.living()
    return None


def retitle(connection: Connection, name: str, title: str, time: int) -> None:
    """Change the title of a living document."""
    row = find_one(connection, name, lock=True)
    record = replace(row.living(), title=title, modified=max(time, row.record.modified))
    values = {
        "key": row.id,
        "new_modified": record.modified,
        "new_checksum": _checksum(row.id, record),
        "new_hour": hour_of(record.modified),
        "new_title": title,
        "new_folded": searchable(name, title),
    }
    connection.execute(_SAVE_TITLE, values)


def delete(connection: Connection, name: str, time: int) -> None:
    """Soft-delete; the first time counts."""
    row = find_one(connection, name, lock=True)
    record = row.sound()
    if record.deleted is None:
        _mark(connection, row, time)


def restore(connection: Connection, name: str) -> None:
    """Undo ``delete``."""
    row = find_one(connection, name, lock=True)
    _mark(connection, row, None)


def _mark(connection: Connection, row: DocumentRow, deleted: int | None) -> None:
    checksum = _checksum(row.id, replace(row.sound(), deleted=deleted))
    connection.execute(_SAVE_DELETED, {"key": row.id, "new_deleted": deleted, "new_checksum": checksum})


def _checksum(id_: int, record: DocumentRecord) -> int:
    return document_checksum(
        id_, record.name, record.lineage, record.head, record.created, record.modified, record.deleted
    )
