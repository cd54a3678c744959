"""Work of one who looks a document over: every row of it is read and none is believed, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from collab.errors import DocumentUnreadable
from collab.storage.base import (
    Checkpoint,
    Damage,
    KeptChange,
    KeptCheckpoint,
    KeptDocument,
    KeptStep,
    KeptVersion,
    Result,
)
from collab.storage.checkpoints import is_servable
from collab.storage.documents import DocumentRow
from collab.storage.packing import unpack
from collab.storage.seals import (
    WRONG_KIND,
    Damaged,
    Part,
    checkpoint_checksum,
    unframe,
    unseal,
    unseal_step,
)
from collab.storage.tables import changes, checkpoints, documents, steps, versions
from collab.storage.versions import is_sound

FETCH = 256
"""Changes that are in memory at the same time."""

_ROWS = (
    select(documents.c.id, documents.c.name)
    .where(documents.c.id > bindparam("after"))
    .order_by(documents.c.id)
    .limit(bindparam("at_most"))
)
_ROW = select(*DocumentRow.COLUMNS).where(documents.c.id == bindparam("id"))
_CHECKPOINTS = (
    select(checkpoints).where(checkpoints.c.document == bindparam("id")).order_by(checkpoints.c.sequence.desc())
)
_STEPS = select(steps).where(steps.c.document == bindparam("id")).order_by(steps.c.sequence)
_VERSIONS = select(versions).where(versions.c.document == bindparam("id")).order_by(versions.c.moment, versions.c.id)
_CHANGES = (
    select(changes)
    .where(changes.c.document == bindparam("id"))
    .order_by(changes.c.sequence)
    .execution_options(yield_per=FETCH)
)


def rows(connection: Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """A page of row ids and names, whatever has become of the names."""
    return [(id_, name) for id_, name in connection.execute(_ROWS, {"after": after, "at_most": limit})]


def inspect(connection: Connection, row: int, examine: Callable[[KeptDocument], Result]) -> Result | None:
    """Show ``examine`` what is stored of the document with this row id."""
    found = connection.execute(_ROW, {"id": row}).one_or_none()
    if found is None:
        return None
    document = DocumentRow.of(found)
    damage = None
    try:
        document.sound()
    except DocumentUnreadable:
        damage = Damage("its checksum does not hold")
    generations = tuple(_checkpoint(kept) for kept in connection.execute(_CHECKPOINTS, {"id": row}).all())
    done = tuple(_step(kept) for kept in connection.execute(_STEPS, {"id": row}).all())
    named = tuple(_version(kept) for kept in connection.execute(_VERSIONS, {"id": row}).all())
    return examine(KeptDocument(document.record, damage, generations, done, _walk(connection, row), named))


def _walk(connection: Connection, row: int) -> Iterator[KeptChange]:
    with connection.execute(_CHANGES, {"id": row}) as found:
        for kept in found:
            yield KeptChange(_sequence(kept), _updates(kept), _ranges(kept))


def _sequence(kept: Row[Any]) -> int:
    """Where a row stands; 0, where nothing can stand, when its number is no number any more."""
    return kept.sequence if isinstance(kept.sequence, int) else 0


def _holds(kept: Row[Any], checksum: bytes, *pieces: bytes) -> bool:
    try:
        return checksum == checkpoint_checksum(kept.document, kept.sequence, *pieces)
    except WRONG_KIND:
        return False


def _updates(kept: Row[Any]) -> tuple[bytes, ...] | Damage | None:
    if kept.payload is None:
        return None
    batch = b"" if kept.batch is None else kept.batch
    try:
        return unframe(
            unseal(
                Part.PAYLOAD, kept.document, kept.sequence, kept.time, kept.actor, batch, kept.payload, kept.restored
            )
        )
    except Damaged as damage:
        return Damage(str(damage))


def _ranges(kept: Row[Any]) -> bytes | Damage | None:
    if kept.ranges is None:
        return None
    try:
        return unseal(Part.RANGES, kept.document, kept.sequence, kept.time, kept.actor, b"", kept.ranges, kept.restored)
    except Damaged as damage:
        return Damage(str(damage))


def _step(kept: Row[Any]) -> KeptStep:
    numbers = (kept.sequence, kept.before, kept.moment)
    sequence, before, moment = numbers if all(isinstance(number, int) for number in numbers) else (0, 0, 0)
    ranges: bytes | Damage
    try:
        columns = (kept.document, *numbers, kept.began, kept.ended, kept.actor, kept.restored)
        ranges = unseal_step(columns, kept.ranges)
    except Damaged as damage:
        ranges = Damage(str(damage))
    return KeptStep(sequence, before, moment, ranges)


def _version(kept: Row[Any]) -> KeptVersion:
    moment = kept.moment if isinstance(kept.moment, int) else -1
    return KeptVersion(str(kept.id), moment, None if is_sound(kept) else Damage("its checksum does not hold"))


def _checkpoint(kept: Row[Any]) -> KeptCheckpoint:
    checkpoint: Checkpoint | Damage
    try:
        squashed = unpack(kept.packing, kept.squashed)
    except (Damaged, *WRONG_KIND) as damage:
        checkpoint = Damage(str(damage))
    else:
        checkpoint = Checkpoint(
            kept.sequence, kept.state_vector, kept.delete_set, squashed, served=None, entries=kept.entries
        )
        if not _holds(kept, kept.checksum, kept.state_vector, kept.delete_set, squashed, kept.entries):
            checkpoint = Damage("its checksum does not hold")
    served: bytes | Damage | None = kept.served
    if kept.served is not None and not is_servable(kept):
        served = Damage("its checksum does not hold")
    return KeptCheckpoint(_sequence(kept), checkpoint, served)
