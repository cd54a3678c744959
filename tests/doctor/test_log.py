"""The log: gaps, what was let go, and changes that are sealed well and wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collab.doctor import Harm, Part
from collab.storage.seals import document_checksum
from collab.storage.sql import SqlStore
from tests.doctor.surgery import OLDER, findings, meddle, places, put_ranges, put_updates


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((3, 5), [(3, 5, Harm.MARRED)]),
        ((20, 20), [(20, 20, Harm.MARRED)]),
        ((21, 22), [(21, 22, Harm.EXPOSED)]),
        ((41, 41), [(41, 41, Harm.BROKEN)]),
        ((59, 60), [(59, 60, Harm.BROKEN)]),
        ((10, 50), [(10, 20, Harm.MARRED), (21, 40, Harm.EXPOSED), (41, 50, Harm.BROKEN)]),
        ((1, 60), [(1, 20, Harm.MARRED), (21, 40, Harm.EXPOSED), (41, 60, Harm.BROKEN)]),
    ],
)
async def test_missing_changes(
    store: SqlStore,
    log: list[bytes],
    file: Path,
    missing: tuple[int, int],
    expected: list[tuple[int, int, Harm]],
) -> None:
    meddle(file, "DELETE FROM changes WHERE document = 1 AND sequence BETWEEN ? AND ?", *missing)
    found = await findings(store)
    assert places(found) == [(Part.CHANGE, *one) for one in expected]
    assert {finding.what for finding in found} == {"not there"}


async def test_changes_behind_the_head(store: SqlStore, log: list[bytes], file: Path) -> None:
    record = await store.document("notes")
    assert record is not None
    checksum = document_checksum(1, "notes", record.lineage, 57, record.created, record.modified, None)
    meddle(file, "UPDATE documents SET head = 57, checksum = ? WHERE id = 1", checksum)
    assert places(await findings(store)) == [(Part.CHANGE, 58, 60, Harm.BROKEN)]


async def test_what_was_let_go_too_early(store: SqlStore, log: list[bytes], file: Path) -> None:
    meddle(file, "UPDATE changes SET payload = NULL, batch = NULL WHERE document = 1 AND sequence IN (21, 22, 41)")
    found = await findings(store)
    assert places(found) == [
        (Part.CHANGE, 21, 22, Harm.EXPOSED),
        (Part.CHANGE, 41, 41, Harm.BROKEN),
        (Part.CHANGE, 41, 41, Harm.MARRED),  # nobody had been told what it did, either
    ]
    assert "too early" in found[0].what
    assert "no sound checkpoint" in found[1].what


async def test_what_was_let_go_and_not_written_down(store: SqlStore, log: list[bytes], file: Path) -> None:
    meddle(file, "UPDATE changes SET ranges = NULL WHERE document = 1 AND sequence BETWEEN 5 AND 7")
    assert places(await findings(store)) == [(Part.CHANGE, 5, 7, Harm.MARRED)]


async def test_a_change_that_cannot_be_read(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_updates(file, 50, log[49][:-1])
    found = await findings(store)
    assert places(found) == [(Part.CHANGE, 50, 50, Harm.BROKEN)]
    assert "cannot be read" in found[0].what


async def test_a_change_that_cannot_be_read_behind_a_gap(store: SqlStore, log: list[bytes], file: Path) -> None:
    meddle(file, "DELETE FROM changes WHERE document = 1 AND sequence = 45")
    put_updates(file, 50, log[49][:-1])
    assert places(await findings(store)) == [
        (Part.CHANGE, 45, 45, Harm.BROKEN),
        (Part.CHANGE, 50, 50, Harm.BROKEN),
    ]


async def test_a_change_that_depends_on_what_is_not_there(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_updates(file, 41, log[45])
    found = await findings(store)
    assert places(found) == [(Part.CHANGE, 41, 41, Harm.BROKEN)]
    assert re.search(r"depends on what is not there: clock \d+ of client 1$", found[0].what)


async def test_ranges_that_are_not_what_the_change_does(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_ranges(file, 30, b"\0\0")
    assert places(await findings(store)) == [(Part.CHANGE, 30, 30, Harm.MARRED)]


async def test_ranges_that_do_not_follow_on(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_ranges(file, 10, b"\1\1\1\x63\1\0")
    found = await findings(store)
    assert places(found) == [(Part.CHANGE, 10, 10, Harm.MARRED)]
    assert "does not follow on" in found[0].what


async def test_ranges_that_do_not_add_up(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_ranges(file, OLDER, b"\0\0")
    found = await findings(store)
    assert places(found) == [(Part.CHECKPOINT, OLDER, OLDER, Harm.MARRED)]
    assert "does not add up" in found[0].what


@pytest.mark.parametrize("ranges", [b"", b"\0", b"\0\0\0", b"\1\1\1\0\0\0", b"\xff" * 12])
async def test_ranges_that_cannot_be_read(store: SqlStore, log: list[bytes], file: Path, ranges: bytes) -> None:
    put_ranges(file, 7, ranges)
    found = await findings(store)
    assert places(found) == [(Part.CHANGE, 7, 7, Harm.MARRED)]
    assert "cannot be read" in found[0].what
