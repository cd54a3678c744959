"""A document to look over, and ways to do harm to it past the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select, update

from collab.crdt import encode_state_vector, squash, tombstone
from collab.doctor import Finding, Harm, Part, Report, rounds
from collab.doctor.forms import state_of
from collab.rooms.fold import fold, squash_tail
from collab.storage.archive import Archive
from collab.storage.base import Checkpoint
from collab.storage.checkpoints import values_of
from collab.storage.packing import Packing
from collab.storage.seals import Part as SealedPart
from collab.storage.seals import frame, seal
from collab.storage.sql import SqlStore
from collab.storage.tables import changes, documents
from tests.growing_old.writing import Typist, keep
from tests.storage.samples import NOON

OLDER, NEWER, HEAD = 20, 40, 60
"""The generations of ``notes``, and its head: as many changes in each part."""


async def write(store: Archive, name: str = "notes", *, seed: int = 1, steps: bool = False) -> list[bytes]:
    """A document of two generations and a tail, of one update a change; its log.

    What is folded stands in rows of its own, as schema 0001 left it, or in ``steps``: one, the times being all the same.
    """
    typist = Typist(seed=seed)
    log: list[bytes] = []
    for _ in range(3):
        if log:
            await (fold(store, name) if steps else squash_tail(store, name))
        made = typist.type(20).log
        await keep(store, name, made)
        log += made
    if not steps and isinstance(store, SqlStore):
        await store._database.write(partial(_let_go, name=name))
    return log


def _let_go(connection: Connection, name: str) -> None:
    row = select(documents.c.id).where(documents.c.name == name).scalar_subquery()
    older = (changes.c.document == row, changes.c.sequence <= OLDER)
    connection.execute(update(changes).where(*older).values(payload=None, batch=None))


async def reports(store: Archive, *names: str) -> list[Report]:
    return [report async for report in rounds(store, names)]


async def findings(store: Archive) -> list[Finding]:
    """What is found in ``notes``; nothing is in the others."""
    found = {report.document: report.findings for report in await reports(store)}
    assert not any(found[name] for name in found if name != "notes")
    return list(found["notes"])


def meddle(file: Path, statement: str, *values: object) -> None:
    """Write to the database past the store."""
    connection = sqlite3.connect(file)
    changed = connection.execute(statement, values).rowcount
    connection.commit()
    connection.close()
    assert changed, "nothing was there to be changed"


def column(file: Path, what: str, where: str) -> object:
    connection = sqlite3.connect(file)
    (value,) = connection.execute(f"SELECT {what} FROM {where}").fetchone()
    connection.close()
    return value


def flip(file: Path, table: str, name: str, where: str) -> None:
    """Flip a bit in the middle of a blob."""
    blob = column(file, name, f"{table} WHERE {where}")
    assert isinstance(blob, bytes)
    at = len(blob) // 2
    flipped = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
    meddle(file, f"UPDATE {table} SET {name} = ? WHERE {where}", flipped)


def put_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in the place of the one at its sequence, sealed well."""
    row = values_of(1, checkpoint, (Packing.PLAIN, checkpoint.squashed))
    columns = ", ".join(f"{name} = ?" for name in row)
    where = "document = 1 AND sequence = ?"
    meddle(file, f"UPDATE checkpoints SET {columns} WHERE {where}", *row.values(), checkpoint.sequence)


def put_updates(file: Path, sequence: int, *updates: bytes) -> None:
    """Put updates in the place of those of a change of ``notes``, sealed well."""
    batch_id = column(file, "batch", f"changes WHERE document = 1 AND sequence = {sequence}")
    assert isinstance(batch_id, bytes)
    sealed = seal(SealedPart.PAYLOAD, 1, sequence, NOON, "alice", batch_id, frame(updates))
    meddle(file, "UPDATE changes SET payload = ? WHERE document = 1 AND sequence = ?", sealed, sequence)


def put_ranges(file: Path, sequence: int, ranges: bytes) -> None:
    """Put ranges in the place of those of a change of ``notes``, sealed well."""
    sealed = seal(SealedPart.RANGES, 1, sequence, NOON, "alice", b"", ranges)
    meddle(file, "UPDATE changes SET ranges = ? WHERE document = 1 AND sequence = ?", sealed, sequence)


def made_of(log: Sequence[bytes], sequence: int) -> Checkpoint:
    """The checkpoint that these updates come to."""
    squashed = squash(log)
    state = state_of(squashed)
    return Checkpoint(
        sequence, encode_state_vector(state.state_vector), state.deletes.encode(), squashed, tombstone(squashed)
    )


def places(found: Sequence[Finding]) -> list[tuple[Part, int | None, int | None, Harm]]:
    return [(finding.part, finding.sequence, finding.last, finding.harm) for finding in found]
