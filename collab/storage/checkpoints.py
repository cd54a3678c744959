"""Work on checkpoints. Each function is one transaction's; ``SqlStore.add_checkpoint`` says in which order."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from collab.storage import documents, packing
from collab.storage.base import Checkpoint
from collab.storage.seals import WRONG_KIND, Damaged, checkpoint_checksum, served_checksum
from collab.storage.tables import checkpoints

logger = logging.getLogger(__name__)

GENERATIONS = 2


class Served(NamedTuple):
    """The part of a checkpoint that opens a document. ``size``: bytes of the rest."""

    sequence: int
    state_vector: bytes
    delete_set: bytes
    entries: bytes
    served: bytes
    size: int


_OF_DOCUMENT = checkpoints.c.document == bindparam("id")
_SEQUENCES = select(checkpoints.c.sequence).where(_OF_DOCUMENT).order_by(checkpoints.c.sequence.desc())
_AT = select(checkpoints).where(_OF_DOCUMENT, checkpoints.c.sequence == bindparam("at"))
_SERVED = (
    select(
        checkpoints.c.document,
        checkpoints.c.served_checksum,
        checkpoints.c.sequence,
        checkpoints.c.state_vector,
        checkpoints.c.delete_set,
        checkpoints.c.entries,
        checkpoints.c.served,
        checkpoints.c.size,
    )
    .where(_OF_DOCUMENT, checkpoints.c.sequence <= bindparam("head"))
    .order_by(checkpoints.c.sequence.desc())
    .limit(1)
)
_INSERT = insert(checkpoints)
_DELETE = delete(checkpoints).where(_OF_DOCUMENT, checkpoints.c.sequence == bindparam("at"))
_FORGET_SERVED = (
    update(checkpoints)
    .where(_OF_DOCUMENT, checkpoints.c.sequence == bindparam("at"))
    .values(served=None, served_checksum=None)
)


def newest(connection: Connection, document: int, name: str, head: int) -> Checkpoint | None:
    """The newest sound checkpoint; what is damaged is logged and passed over."""
    for sequence in connection.execute(_SEQUENCES, {"id": document}).scalars().all():
        checkpoint = _sound(connection, document, name, sequence)
        if checkpoint is not None and sequence <= head:
            return checkpoint
    return None


def to_serve(connection: Connection, document: int, head: int) -> Served | None:
    """What opens a document of its newest checkpoint, where that is sound; otherwise ``newest`` says what there is."""
    row = connection.execute(_SERVED, {"id": document, "head": head}).one_or_none()
    if row is None or row.served is None:
        return None
    return Served(*row[2:]) if is_servable(row) else None


def is_servable(row: Any) -> bool:
    """Whether all that opens a document of a checkpoint, as a row has it, reads back as it was written."""
    opens = row.served, row.state_vector, row.delete_set, row.entries, row.size
    try:
        return bool(row.served_checksum == served_checksum(row.document, row.sequence, *opens))
    except WRONG_KIND:
        return False


def insert_new(
    connection: Connection, name: str, checkpoint: Checkpoint, packed: tuple[packing.Packing, bytes]
) -> None:
    """Add a generation, unless it is there already, or a newer one is. ``packed`` is its squashed content."""
    row = documents.find_one(connection, name, lock=True)
    head = row.living().head
    at = checkpoint.sequence
    if not 0 < at <= head:
        raise ValueError(f"a checkpoint at {at} of a document whose head is {head}")
    for sequence in connection.execute(_SEQUENCES, {"id": row.id}).scalars().all():
        if at <= sequence <= head and _sound(connection, row.id, name, sequence) is not None:
            return
    connection.execute(_DELETE, {"id": row.id, "at": at})  # only a damaged one can stand there
    connection.execute(_INSERT, values_of(row.id, checkpoint, packed))


def values_of(document: int, checkpoint: Checkpoint, packed: tuple[packing.Packing, bytes]) -> dict[str, Any]:
    """A row."""
    at, served, size = checkpoint.sequence, checkpoint.served, len(checkpoint.squashed)
    opens = checkpoint.state_vector, checkpoint.delete_set, checkpoint.entries
    return {
        "document": document,
        "sequence": at,
        "checksum": checkpoint_checksum(document, at, *_kept(checkpoint)),
        "served_checksum": None if served is None else served_checksum(document, at, served, *opens, size),
        "state_vector": checkpoint.state_vector,
        "delete_set": checkpoint.delete_set,
        "entries": checkpoint.entries,
        "squashed": packed[1],
        "size": size,
        "served": served,
        "packing": packed[0],
    }


def review(connection: Connection, name: str) -> tuple[int, list[int], list[int]]:
    """Read every generation back: the document's row id, the sequences of those to keep, of those to let go."""
    row = documents.find_one(connection, name)
    head = row.sound().head
    keep: list[int] = []
    drop: list[int] = []
    for sequence in connection.execute(_SEQUENCES, {"id": row.id}).scalars().all():
        checkpoint = _sound(connection, row.id, name, sequence) if len(keep) < GENERATIONS else None
        (drop if checkpoint is None or checkpoint.sequence > head else keep).append(sequence)
    return row.id, keep, drop


def remove(connection: Connection, document: int, sequences: Iterable[int]) -> None:
    """Take generations out."""
    for sequence in sequences:
        connection.execute(_DELETE, {"id": document, "at": sequence})


def prune(connection: Connection, document: int, keep: list[int], drop: list[int]) -> None:
    """Let go of some generations, and of what readers open in all those kept but the newest."""
    remove(connection, document, drop)
    for sequence in keep[1:]:
        connection.execute(_FORGET_SERVED, {"id": document, "at": sequence})


def _sound(connection: Connection, document: int, name: str, sequence: int) -> Checkpoint | None:
    row = connection.execute(_AT, {"id": document, "at": sequence}).one_or_none()
    try:
        return None if row is None else _checkpoint(row, name)
    except (Damaged, *WRONG_KIND) as damage:
        logger.error("document %r: the checkpoint at %d is damaged (%s), going without it", name, sequence, damage)
        return None


def _checkpoint(row: Row[Any], name: str) -> Checkpoint:
    served = row.served
    squashed = packing.unpack(row.packing, row.squashed)
    checkpoint = Checkpoint(row.sequence, row.state_vector, row.delete_set, squashed, served, row.entries)
    if row.checksum != checkpoint_checksum(row.document, row.sequence, *_kept(checkpoint)):
        raise Damaged("its checksum does not hold")
    if served is not None and not is_servable(row):
        logger.error("document %r: what readers open of the checkpoint at %d is damaged", name, row.sequence)
        return replace(checkpoint, served=None)
    return checkpoint


def _kept(checkpoint: Checkpoint) -> tuple[bytes, ...]:
    return checkpoint.state_vector, checkpoint.delete_set, checkpoint.squashed, checkpoint.entries
