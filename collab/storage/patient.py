"""What there is of a damaged document: every row as it lies there, and where one bit of it flipped, as it was.

A change's CRC says which bit that is (``bits``), whether it is one of the payload or of a column beside it. The few
columns of a document's row are tried bit by bit. A checkpoint's checksum can only say whether what somebody makes of
it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from collab.errors import DocumentUnreadable
from collab.storage.archive import Step
from collab.storage.base import Checkpoint, DocumentRecord
from collab.storage.bits import mended
from collab.storage.checkpoints import Served, is_servable
from collab.storage.documents import DocumentRow
from collab.storage.packing import unpack_in_part
from collab.storage.seals import (
    WRONG_KIND,
    Damaged,
    Part,
    StepColumns,
    checkpoint_checksum,
    columns_of,
    name_digest,
    read_columns,
    read_step_columns,
    step_columns_of,
    unframe,
    unseal,
    unseal_step,
)
from collab.storage.tables import changes, checkpoints, documents, steps

_CRC = 4


@dataclass(frozen=True, slots=True)
class FoundChange:
    """A change as far as it can be had."""

    place: int
    """The sequence under which it lies. Another one than its own where a bit of that flipped."""
    document: int
    sequence: int
    time: int
    actor: str | None
    updates: tuple[bytes, ...] | None
    """``None``: let go, or damaged."""
    ranges: bytes | None
    """``None``: not told, or damaged."""
    size: int
    """Bytes of its payload as they lie there."""
    damage: str | None
    """What is wrong with the row as it lies there, though it may have been set right here."""
    restored: int | None = None


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A step as far as it can be had."""

    place: int
    """The sequence under which it lies."""
    document: int
    step: Step | None
    """``None``: it is damaged beyond one bit."""
    damage: str | None
    """As in ``FoundChange``."""


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A generation as it lies there, with what its checksum has to say."""

    place: int
    checkpoint: Checkpoint
    """Without ``served``."""
    is_legible: bool
    """Whether its columns are of their kinds at all."""
    document: int
    checksum: bytes
    served: Served | None = None
    """What opens the document of it, where that reads back as it was written."""

    @property
    def is_vouched(self) -> bool:
        """Whether some form of its content lies there as it was written, and with it its sequence."""
        return self.served is not None or self.vouches(self.checkpoint)

    def vouches(self, checkpoint: Checkpoint) -> bool:
        """Whether the checksum, but for one bit at the most, is that of ``checkpoint``."""
        pieces = (checkpoint.state_vector, checkpoint.delete_set, checkpoint.squashed, checkpoint.entries)
        wanted = checkpoint_checksum(self.document, checkpoint.sequence, *pieces)
        difference = int.from_bytes(wanted) ^ int.from_bytes(self.checksum)
        return len(self.checksum) == len(wanted) and difference & (difference - 1) == 0


@dataclass(frozen=True, slots=True)
class Patient:
    """All there is of a document, in memory."""

    row: int
    """The row's id."""
    record: DocumentRecord
    """The row, a flipped bit set right."""
    is_sound: bool
    """Whether the row lies there as it was written."""
    is_proven: bool
    """Whether ``record`` is what was written."""
    changes: Mapping[int, FoundChange]
    """By their own sequences."""
    strays: Sequence[FoundChange]
    """Changes in the wrong place, or of another document."""
    checkpoints: Sequence[FoundCheckpoint]
    """The newest first."""
    steps: Sequence[FoundStep] = ()
    """In the order of their places."""


def examine(connection: Connection, row: int) -> Patient:
    """All that is stored of a document, the row locked."""
    at = documents.c.id == row
    kept = DocumentRow.of(connection.execute(select(*DocumentRow.COLUMNS).where(at).with_for_update()).one())
    digest = connection.execute(select(documents.c.digest).where(at)).scalar_one()
    found: dict[int, FoundChange] = {}
    strays: list[FoundChange] = []
    for change in found_changes(connection, row):
        mine = change.document == row and change.sequence > 0
        if mine and (change.sequence not in found or change.place == change.sequence):
            if change.sequence in found:
                strays.append(found[change.sequence])
            found[change.sequence] = change
        else:
            strays.append(change)
    generations = tuple(found_checkpoints(connection, row))
    record, is_proven = _prove(kept, digest)
    is_sound = is_proven and record == kept.record and _is_sound(kept)
    return Patient(row, record, is_sound, is_proven, found, strays, generations, tuple(found_steps(connection, row)))


def found_checkpoints(connection: Connection, row: int) -> Iterator[FoundCheckpoint]:
    """The generations that lie under a row id, the newest first."""
    query = select(checkpoints).where(checkpoints.c.document == row).order_by(checkpoints.c.sequence.desc())
    for stored in connection.execute(query).all():
        yield _checkpoint(stored)


def found_steps(connection: Connection, row: int) -> Iterator[FoundStep]:
    """The steps that lie under a row id, in the order of their places."""
    query = select(steps).where(steps.c.document == row).order_by(steps.c.sequence)
    for stored in connection.execute(query).all():
        yield _step(stored)


def found_changes(connection: Connection, row: int) -> Iterator[FoundChange]:
    """The changes that lie under a row id, in the order of their places."""
    query = select(changes).where(changes.c.document == row).order_by(changes.c.sequence)
    for stored in connection.execute(query).all():
        yield _change(stored)


def _change(stored: Row[Any]) -> FoundChange:
    """A row of changes, and where one bit of it flipped, as it was."""
    batch = stored.batch or b""
    columns = (stored.document, stored.sequence, stored.time, stored.actor, stored.restored)
    updates: tuple[bytes, ...] | None = None
    ranges: bytes | None = None
    damage: str | None = None
    if stored.payload is not None:
        try:
            payload, columns, fault = _read(Part.PAYLOAD, columns, batch, stored.payload)
            updates, damage = unframe(payload), fault
        except Damaged as error:
            damage = str(error)
    if stored.ranges is not None:
        try:
            ranges, told, fault = _read(Part.RANGES, columns, b"", stored.ranges)
            if updates is not None and told != columns:
                ranges, fault = None, "its ranges are of another change"
            columns, damage = told, damage or fault
        except Damaged as error:
            damage = damage or str(error)
    document, sequence, time, actor, restored = columns
    return FoundChange(
        place=stored.sequence,
        document=document if isinstance(document, int) else 0,
        sequence=sequence if isinstance(sequence, int) else 0,
        time=time if isinstance(time, int) else 0,
        actor=actor if isinstance(actor, str) else None,
        updates=updates,
        ranges=ranges,
        size=0 if stored.payload is None else len(stored.payload),
        damage=damage,
        restored=restored if isinstance(restored, int) else None,
    )


def _read(
    part: Part, columns: tuple[Any, ...], batch: bytes, sealed: bytes
) -> tuple[bytes, tuple[Any, ...], str | None]:
    """A sealed blob, the columns beside it, and what was wrong with them; raises ``Damaged``."""
    try:
        document, sequence, time, actor, restored = columns
        return unseal(part, document, sequence, time, actor, batch, sealed, restored), columns, None
    except Damaged as damage:
        try:
            before = columns_of(part, *columns)
            message = mended(before + batch + sealed[_CRC:], int.from_bytes(sealed[:_CRC]))
        except WRONG_KIND:
            raise damage from None
        if message is None or message[:1] != part.value:
            raise
        width = 1 if columns[3] is None else len(columns[3].encode())
        blob = message[len(before) + len(batch) :]
        return blob, read_columns(message[: len(before)], width), str(damage)


def _step(stored: Row[Any]) -> FoundStep:
    numbers = (stored.document, stored.sequence, stored.before, stored.moment, stored.began, stored.ended)
    columns: StepColumns = (*numbers, stored.actor, stored.restored)
    damage: str | None = None
    try:
        ranges = unseal_step(columns, stored.ranges)
    except Damaged as error:
        damage = str(error)
        try:
            covered = step_columns_of(columns)
            message = mended(covered + stored.ranges[_CRC:], int.from_bytes(stored.ranges[:_CRC]))
            if message is None or message[:1] != Part.STEP.value:
                return FoundStep(stored.sequence, stored.document, None, damage)
            width = 1 if stored.actor is None else len(stored.actor.encode())
            columns, ranges = read_step_columns(message[: len(covered)], width), message[len(covered) :]
        except (Damaged, *WRONG_KIND):
            return FoundStep(stored.sequence, stored.document, None, damage)
    document, sequence, before, moment, began, ended, actor, restored = columns
    step = Step(sequence, before, moment, began, ended, actor, ranges, restored)
    return FoundStep(stored.sequence, document, step, damage)


def _checkpoint(stored: Row[Any]) -> FoundCheckpoint:
    squashed: bytes | None = None
    try:
        squashed = unpack_in_part(stored.packing, stored.squashed)
    except (Damaged, *WRONG_KIND):
        pass
    pieces: tuple[Any, ...] = (stored.state_vector, stored.delete_set, squashed, stored.entries, stored.checksum)
    is_legible = all(isinstance(piece, bytes) for piece in pieces) and isinstance(stored.sequence, int)
    vector, deletes, content, entries, checksum = pieces if is_legible else (b"",) * 5
    sequence = stored.sequence if is_legible else 0
    checkpoint = Checkpoint(sequence, vector, deletes, content, served=None, entries=entries)
    served = None
    if stored.served is not None and is_servable(stored):
        opens = stored.state_vector, stored.delete_set, stored.entries, stored.served, stored.size
        served = Served(stored.sequence, *opens)
    return FoundCheckpoint(stored.sequence, checkpoint, is_legible, stored.document, checksum, served)


def _is_sound(row: DocumentRow) -> bool:
    try:
        row.sound()
    except (DocumentUnreadable, *WRONG_KIND):
        return False
    return True


def _prove(row: DocumentRow, digest: object) -> tuple[DocumentRecord, bool]:
    """The record that a row's checksum is of: itself, or itself with one bit flipped back."""
    candidates = [row, *(replace(row, record=record) for record in _neighbours(row.record))]
    if isinstance(row.checksum, int):
        candidates += [replace(row, checksum=row.checksum ^ 1 << bit) for bit in range(63)]
    sound = [one for one in candidates if _is_sound(one)]
    named = [one for one in sound if name_digest(one.record.name) == digest] or sound
    return (named[0].record, True) if named else (row.record, False)


def _neighbours(record: DocumentRecord) -> Iterator[DocumentRecord]:
    """Every record that is one flipped bit away in a column that the checksum covers."""
    for field in ("head", "created", "modified", "deleted"):
        number = getattr(record, field)
        if isinstance(number, int):
            for bit in range(63):
                yield _with(record, field, number ^ 1 << bit)
    for field in ("lineage", "name"):
        text = getattr(record, field)
        if isinstance(text, str):
            raw = text.encode()
            for bit in range(8 * len(raw)):
                flipped = bytearray(raw)
                flipped[bit // 8] ^= 1 << bit % 8
                try:
                    yield _with(record, field, flipped.decode())
                except UnicodeDecodeError:
                    continue


def _with(record: DocumentRecord, field: str, value: Any) -> DocumentRecord:
    return replace(record, **{field: value})
