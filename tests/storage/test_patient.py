"""What there is of a damaged document: a bit that flipped, in whatever column, is found and set right."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from collab.storage.base import Checkpoint
from collab.storage.connect import connect
from collab.storage.patient import Patient, examine
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON, batch, change, checkpoint

LAST = 4


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A document of four changes with a checkpoint at two; the first two have told what they did."""
    path = tmp_path / "collab.db"
    store = await SqlStore.open(f"sqlite:///{path}")
    await store.append([batch("notes", *(change(b"update %d" % number) for number in range(1, LAST + 1)))])
    await store.add_checkpoint("notes", checkpoint(2), {1: b"did 1", 2: b"did 2"})
    await store.append([batch("other")])
    await store.close()
    return path


async def look(file: Path) -> Patient:
    database = connect(f"sqlite:///{file}")
    patient = await database.write(lambda connection: examine(connection, 1))
    await database.close()
    return patient


def meddle(file: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(file)
    assert connection.execute(statement, values).rowcount == 1
    connection.commit()
    connection.close()


async def test_what_is_sound_is_as_it_was_written(file: Path) -> None:
    patient = await look(file)
    assert (patient.is_sound, patient.is_proven, patient.strays) == (True, True, [])
    assert [(one.place, one.sequence, one.updates, one.damage) for one in patient.changes.values()] == [
        (number, number, (b"update %d" % number,), None) for number in range(1, LAST + 1)
    ]
    assert [one.ranges for one in patient.changes.values()] == [b"did 1", b"did 2", None, None]
    (found,) = patient.checkpoints
    assert found.checkpoint == replace(checkpoint(2), served=None)
    assert found.vouches(found.checkpoint)
    assert not found.vouches(replace(found.checkpoint, squashed=b"another"))


@pytest.mark.parametrize("sequence", [1, 3])
@pytest.mark.parametrize(
    ("column", "expression"),
    [
        ("time", "time + 4096 - 2 * (time & 4096)"),
        ("actor", "'aliCe'"),
        ("batch", "x'01'"),
        ("payload", "zeroblob(30)"),
    ],
)
async def test_one_bit_of_a_change(file: Path, sequence: int, column: str, expression: str) -> None:
    """Numbers and words are set right by the seal beside them; more than a bit is not."""
    whole = (await look(file)).changes[sequence]
    meddle(file, f"UPDATE changes SET {column} = {expression} WHERE document = 1 AND sequence = ?", sequence)
    found = (await look(file)).changes[sequence]
    assert found.damage is not None
    if column in {"time", "actor"}:
        assert replace(found, damage=None) == whole
        return
    assert found.updates is None
    assert found.ranges == whole.ranges


async def test_every_bit_of_a_payload(file: Path) -> None:
    whole = (await look(file)).changes[3]
    connection = sqlite3.connect(file)
    (payload,) = connection.execute("SELECT payload FROM changes WHERE document = 1 AND sequence = 3").fetchone()
    connection.close()
    for bit in range(0, 8 * len(payload), 5):
        flipped = bytearray(payload)
        flipped[bit // 8] ^= 1 << bit % 8
        meddle(file, "UPDATE changes SET payload = ? WHERE document = 1 AND sequence = 3", bytes(flipped))
        found = (await look(file)).changes[3]
        assert found.damage == "its checksum does not hold"
        assert replace(found, damage=None) == whole


async def test_one_bit_of_a_key(file: Path) -> None:
    meddle(file, "UPDATE changes SET sequence = 3 + 1024 WHERE document = 1 AND sequence = 3")
    meddle(file, "UPDATE changes SET document = 3 WHERE document = 1 AND sequence = 4")
    meddle(file, "UPDATE changes SET document = 1, sequence = 9 WHERE document = 2")
    patient = await look(file)
    assert sorted(patient.changes) == [1, 2, 3, 9]
    assert (patient.changes[3].place, patient.changes[3].updates) == (1027, (b"update 3",))
    assert patient.changes[9].updates is None, "two bits and more are left alone"


async def test_columns_of_another_kind(file: Path) -> None:
    meddle(file, "UPDATE changes SET time = 'noon', payload = 'text' WHERE document = 1 AND sequence = 3")
    meddle(file, "UPDATE checkpoints SET squashed = 'text'")
    patient = await look(file)
    assert (patient.changes[3].time, patient.changes[3].updates) == (0, None)
    assert not patient.checkpoints[0].is_legible
    assert patient.checkpoints[0].checkpoint == Checkpoint(0, b"", b"", b"", None, b"")


@pytest.mark.parametrize(
    "assignment",
    [
        "head = head + 64",
        "created = created + 4 - 2 * (created & 4)",
        "modified = modified + 4 - 2 * (modified & 4)",
        "lineage = 'lineagE'",
        "name = 'notEs'",
        "checksum = checksum + 2 - 2 * (checksum & 2)",
    ],
)
async def test_one_bit_of_a_document(file: Path, assignment: str) -> None:
    whole = (await look(file)).record
    meddle(file, f"UPDATE documents SET {assignment} WHERE id = 1")
    patient = await look(file)
    assert (patient.is_sound, patient.is_proven) == (False, True)
    assert patient.record == whole


async def test_more_than_one_bit_of_a_document(file: Path) -> None:
    meddle(file, "UPDATE documents SET head = 9, lineage = 'other' WHERE id = 1")
    patient = await look(file)
    assert (patient.is_sound, patient.is_proven) == (False, False)
    assert (patient.record.head, patient.record.lineage, patient.record.created) == (9, "other", NOON)
