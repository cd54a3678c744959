"""Versions: what is wrong with one is found, mended where one bit explains it, and set aside where nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collab.doctor import Harm, Outcome, Part, Repair, Repaired
from collab.storage.archive import Version, new_version_id
from collab.storage.sql import SqlStore
from collab.storage.versions import values_of
from tests.doctor.surgery import HEAD, column, findings, meddle
from tests.storage.samples import NOON

NAMED = Version(new_version_id(), "Kept", 50, NOON, NOON + 1, "alice", automatic=False)


@pytest.fixture(autouse=True)
async def named(store: SqlStore, log: list[bytes]) -> None:
    """A version of moment 50, and one of the empty document."""
    await store.add_version("notes", NAMED)
    beginning = Version(new_version_id(), "Before everything", 0, NOON, NOON, None, automatic=False)
    await store.add_version("notes", beginning)


async def repaired(file: Path) -> list[Repaired]:
    return [one async for one in Repair(f"sqlite:///{file}").run()]


async def test_versions_that_are_well_are_well(store: SqlStore) -> None:
    assert await findings(store) == []


@pytest.mark.parametrize(
    "change",
    ["moment = moment + 4", "time = time + 1", "created = created - 1", "automatic = 1", "subject = 'clice'"],
)
async def test_a_flipped_bit_is_flipped_back(store: SqlStore, file: Path, change: str) -> None:
    meddle(file, f"UPDATE versions SET {change} WHERE id = ?", NAMED.id)
    (found,) = await findings(store)
    assert (found.part, found.harm) == (Part.VERSION, Harm.MARRED)
    assert NAMED.id in found.what
    head = await store.document("notes")
    (one,) = await repaired(file)
    assert (one.outcome, one.losses, one.uncertain) == (Outcome.REPAIRED, (), ())
    assert await store.version("notes", NAMED.id) == NAMED
    assert await store.document("notes") == head, "the document itself is as it was"
    assert await findings(store) == []


async def test_a_version_of_a_moment_that_is_not_there_is_set_aside(store: SqlStore, file: Path) -> None:
    """Ahead of everything, as in a copy of which the end is missing."""
    ahead = Version(new_version_id(), "Ahead", HEAD + 7, NOON, NOON, "alice", automatic=False)
    values = values_of(1, ahead)
    meddle(
        file,
        f"INSERT INTO versions ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        *values.values(),
    )
    (found,) = await findings(store)
    assert f"the document ends at {HEAD}" in found.what
    (one,) = await repaired(file)
    assert one.outcome is Outcome.SET_ASIDE
    assert ahead.id in one.uncertain[0]
    assert {version.id for version in await store.versions("notes")} >= {NAMED.id}
    assert ahead.id not in {version.id for version in await store.versions("notes")}
    aside = column(file, "content", "set_aside WHERE part = 'versions'")
    assert isinstance(aside, bytes)
    assert json.loads(aside)["name"] == "Ahead"
    assert await findings(store) == []


async def test_more_than_a_bit_cannot_be_mended(store: SqlStore, file: Path) -> None:
    meddle(file, "UPDATE versions SET moment = 44, time = time + 9 WHERE id = ?", NAMED.id)
    (one,) = await repaired(file)
    assert (one.outcome, len(one.uncertain)) == (Outcome.SET_ASIDE, 1)
    assert [version.name for version in await store.versions("notes")] == ["Before everything"]
    assert await findings(store) == []
