"""Work on the log: appending to many documents at once, reading one document's tail, saying what a change did."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from collab.errors import DocumentUnreadable
from collab.storage import documents, grants
from collab.storage.base import Batch, DocumentRecord, StoredChange
from collab.storage.seals import Damaged, Part, frame, seal, unframe, unseal
from collab.storage.spelled import Spelled
from collab.storage.tables import changes

logger = logging.getLogger(__name__)

_INSERT = Spelled(insert(changes), ("document", "sequence", "time", "actor", "batch", "payload", "restored"))
_STORED_BATCHES = select(changes.c.batch).where(changes.c.batch.in_(bindparam("ids", expanding=True)))
_SPAN = (
    select(changes)
    .where(changes.c.document == bindparam("id"))
    .where(changes.c.sequence > bindparam("after"), changes.c.sequence <= bindparam("last"))
    .order_by(changes.c.sequence)
)
_TAIL = (
    select(changes)
    .where(changes.c.document == bindparam("id"), changes.c.sequence > bindparam("after"))
    .order_by(changes.c.sequence)
)
_SET_RANGES = (
    update(changes)
    .where(changes.c.document == bindparam("id"), changes.c.sequence == bindparam("at"))
    .values(ranges=bindparam("new_ranges"))
)


def append(connection: Connection, batches: Sequence[Batch], *, retried: bool) -> dict[str, int]:
    """Append in order; the new heads by name.

    The order of the steps matters when another connection's commit of the same batches is still under way: only once
    its rows are unlocked can it be seen what it has stored.
    """
    rows = documents.find(connection, {batch.document for batch in batches}, lock=True)
    births = {
        batch.document: _born(batch)
        for batch in reversed(batches)  # the first one counts
        if batch.document not in rows
    }
    if births:
        rows |= documents.make(connection, [births[name] for name in sorted(births)])  # sorted: see documents._LOCKED
        owned = {batch.document: batch for batch in reversed(batches) if batch.document in births}
        owners = {rows[name].id: (one.owner, births[name].created) for name, one in owned.items() if one.owner}
        grants.own(connection, owners)
    records = {batch.document: rows[batch.document].living() for batch in batches}
    stored = _stored_batches(connection, batches) if retried else frozenset()
    heads = {name: record.head for name, record in records.items()}
    times = {name: record.modified for name, record in records.items()}
    values = []
    for batch in batches:
        document = rows[batch.document].id
        for change in batch.changes:
            if change.batch in stored:
                continue
            sequence = heads[batch.document] = heads[batch.document] + 1
            times[batch.document] = change.time
            payload = frame(change.updates)
            values.append(
                {
                    "document": document,
                    "sequence": sequence,
                    "time": change.time,
                    "actor": change.actor,
                    "batch": change.batch,
                    "payload": seal(
                        Part.PAYLOAD,
                        document,
                        sequence,
                        change.time,
                        change.actor,
                        change.batch,
                        payload,
                        change.restored,
                    ),
                    "restored": change.restored,
                }
            )
    if values:
        _INSERT.write(connection, values)
        documents.save(
            connection,
            [(rows[name], documents.at_head(record, heads[name], times[name])) for name, record in records.items()],
        )
    return heads


def _born(batch: Batch) -> DocumentRecord:
    """The row of a document that this batch makes."""
    time = batch.changes[0].time
    return DocumentRecord(batch.document, "", batch.lineage, head=0, created=time, modified=time, deleted=None)


def tail(connection: Connection, document: int, name: str, after: int, head: int) -> tuple[StoredChange, ...]:
    """Every change above ``after``, none missing up to ``head``; raises ``DocumentUnreadable`` otherwise."""
    found = []
    sequence = after
    for row in connection.execute(_TAIL, {"id": document, "after": after}):
        sequence += 1
        if row.sequence != sequence:
            break
        try:
            found.append(_change(row))
        except Damaged as damage:
            raise DocumentUnreadable(f"document {name!r} cannot be read: change {sequence}: {damage}") from damage
    if after + len(found) != head:
        missing = min(after + len(found), head) + 1
        raise DocumentUnreadable(f"document {name!r} cannot be read: change {missing} of {head} is missing or too many")
    return tuple(found)


def set_ranges(connection: Connection, name: str, ranges: Mapping[int, bytes]) -> None:
    """Keep beside each of these changes (by sequence) what it did. A damaged one is left as it is, payload and all."""
    owner = documents.find_one(connection, name, lock=True)
    owner.living()
    document = owner.id
    span = {"id": document, "after": min(ranges) - 1, "last": max(ranges)}
    values = []
    for row in connection.execute(_SPAN, span).all():
        if row.sequence not in ranges or row.payload is None:
            continue
        try:
            _change(row)  # or else a seal would be put on what is wrong
        except Damaged as damage:
            logger.error("document %r: change %d is damaged: %s", name, row.sequence, damage)
            continue
        blob = seal(Part.RANGES, document, row.sequence, row.time, row.actor, b"", ranges[row.sequence], row.restored)
        values.append({"id": document, "at": row.sequence, "new_ranges": blob})
    if values:
        connection.execute(_SET_RANGES, values)


def _stored_batches(connection: Connection, batches: Sequence[Batch]) -> frozenset[bytes]:
    ids = [change.batch for batch in batches for change in batch.changes]
    return frozenset(map(bytes, connection.execute(_STORED_BATCHES, {"ids": ids}).scalars()))


def _change(row: Row[Any]) -> StoredChange:
    if row.payload is None:
        raise Damaged("its payload was let go")
    batch = b"" if row.batch is None else row.batch
    payload = unseal(Part.PAYLOAD, row.document, row.sequence, row.time, row.actor, batch, row.payload, row.restored)
    return StoredChange(row.sequence, row.actor, row.time, unframe(payload), row.restored)
