"""Flipped bits: each is found where it is, with what it means for the document."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.doctor import Harm, Part
from collab.doctor.checkpoints import FROM_SERVED, RESTORE
from collab.storage.sql import SqlStore
from tests.doctor.surgery import NEWER, OLDER, findings, flip, meddle, places, reports, write
from tests.storage.samples import batch, change


async def test_a_damaged_row(store: SqlStore, log: list[bytes], file: Path) -> None:
    meddle(file, "UPDATE documents SET lineage = 'other' WHERE id = 1")
    assert places(await findings(store)) == [(Part.DOCUMENT, None, None, Harm.BROKEN)]


@pytest.mark.parametrize(
    ("table", "name", "sequence", "harm"),
    [
        ("changes", "payload", 21, Harm.EXPOSED),
        ("changes", "payload", 40, Harm.EXPOSED),
        ("changes", "payload", 41, Harm.BROKEN),
        ("changes", "payload", 60, Harm.BROKEN),
        ("changes", "batch", 60, Harm.BROKEN),
        ("changes", "ranges", 1, Harm.MARRED),
        ("changes", "ranges", 20, Harm.MARRED),
        ("changes", "ranges", 30, Harm.MARRED),
        ("checkpoints", "squashed", OLDER, Harm.EXPOSED),
        ("checkpoints", "state_vector", NEWER, Harm.EXPOSED),
        ("checkpoints", "delete_set", NEWER, Harm.EXPOSED),
        ("checkpoints", "squashed", NEWER, Harm.EXPOSED),
        ("checkpoints", "checksum", NEWER, Harm.EXPOSED),
        ("checkpoints", "served", NEWER, Harm.MARRED),
        ("checkpoints", "served_checksum", NEWER, Harm.MARRED),
    ],
)
async def test_a_flipped_bit(
    store: SqlStore, log: list[bytes], file: Path, table: str, name: str, sequence: int, harm: Harm
) -> None:
    flip(file, table, name, f"document = 1 AND sequence = {sequence}")
    part = Part.CHANGE if table == "changes" else Part.CHECKPOINT
    found = await findings(store)
    assert places(found) == [(part, sequence, sequence, harm)]
    assert "checksum" in found[0].what


async def test_both_checkpoints_damaged(store: SqlStore, log: list[bytes], file: Path) -> None:
    for sequence in (OLDER, NEWER):
        flip(file, "checkpoints", "squashed", f"document = 1 AND sequence = {sequence}")
    assert places(await findings(store)) == [
        (Part.CHECKPOINT, NEWER, NEWER, Harm.EXPOSED),
        (Part.CHECKPOINT, OLDER, OLDER, Harm.EXPOSED),
        (Part.CHANGE, 1, 20, Harm.EXPOSED),  # it opens, of what readers open
    ]
    assert {one.advice for one in await findings(store)} == {FROM_SERVED}
    flip(file, "checkpoints", "served", f"document = 1 AND sequence = {NEWER}")
    assert places(await findings(store)) == [
        (Part.CHECKPOINT, NEWER, NEWER, Harm.EXPOSED),
        (Part.CHECKPOINT, OLDER, OLDER, Harm.EXPOSED),
        (Part.CHANGE, 1, 20, Harm.BROKEN),  # and this is what it comes to
    ]
    assert {one.advice for one in await findings(store)} == {RESTORE}


async def test_the_newest_checkpoint_and_the_log_behind_it_damaged(
    store: SqlStore, log: list[bytes], file: Path
) -> None:
    flip(file, "checkpoints", "squashed", f"document = 1 AND sequence = {NEWER}")
    flip(file, "changes", "payload", "document = 1 AND sequence = 30")
    found = await findings(store)
    assert places(found) == [
        (Part.CHECKPOINT, NEWER, NEWER, Harm.EXPOSED),
        (Part.CHANGE, 30, 30, Harm.EXPOSED),
    ]
    assert found[1].advice == FROM_SERVED
    flip(file, "checkpoints", "served", f"document = 1 AND sequence = {NEWER}")
    assert places(await findings(store)) == [
        (Part.CHECKPOINT, NEWER, NEWER, Harm.EXPOSED),
        (Part.CHANGE, 30, 30, Harm.BROKEN),
    ]


async def test_damage_of_one_document_after_the_other(store: SqlStore, log: list[bytes], file: Path) -> None:
    flip(file, "changes", "payload", "document = 1 AND sequence = 60")
    flip(file, "checkpoints", "served", f"document = 2 AND sequence = {NEWER}")
    assert [(one.document, places(one.findings)) for one in await reports(store)] == [
        ("notes", [(Part.CHANGE, 60, 60, Harm.BROKEN)]),
        ("other", [(Part.CHECKPOINT, NEWER, NEWER, Harm.MARRED)]),
    ]


async def test_pages_that_sqlite_cannot_read(file: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{file}")
    await write(store, "other")
    await store.append([batch("notes", *(change(bytes(3000)) for _ in range(40)))])
    await store.close()
    whole = bytearray(await asyncio.to_thread(file.read_bytes))
    whole[-4096:] = b"\xff" * 4096
    await asyncio.to_thread(file.write_bytes, whole)
    looking = await SqlStore.open_to_look(f"sqlite:///{file}")
    found = await findings(looking)
    await looking.close()
    assert (found[-1].part, found[-1].harm) == (Part.DOCUMENT, Harm.BROKEN)
    assert "the database file is damaged" in found[-1].what
