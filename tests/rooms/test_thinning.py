"""Old history in larger pieces: what may have been named stays, and what a round could not do is done by a later one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.config import HistoryLimits
from collab.doctor import Outcome, Repair
from collab.errors import StorageUnavailable
from collab.rooms.fold import fold, fold_whole
from collab.rooms.thinning import Rounds, thin_all
from collab.storage.archive import Archive, Recollection, Signature, Version, new_version_id
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from tests.doctor.surgery import meddle
from tests.growing_old.writing import Typist, keep
from tests.storage.samples import NOON

DAY = 86_400_000
OLD = NOON + 800 * DAY
"""When the sittings of a day become one."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "collab.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(f"sqlite:///{file}")
    yield store
    await store.close()


async def write(store: Archive, name: str = "notes", *, at: int = NOON) -> None:
    """Four sittings of five changes each, in one day, and a change two days later; the second sitting's end is named."""
    typist = Typist()
    for hour in range(4):
        await keep(store, name, typist.type(5).log, time=at // DAY * DAY + hour * 3_600_000)
    await store.add_version(name, Version(new_version_id(), "Signed", 10, at, at, "alice", automatic=False))
    await keep(store, name, typist.type(1).log, time=at + 2 * DAY)
    await fold_whole(store, name)
    await fold(store, name)


async def moments(store: Archive, name: str = "notes") -> list[int]:
    found = await store.recall(name)
    assert found is not None
    return sorted({step.moment for step in found.steps or ()})


async def go_round(rounds: Rounds, now: int) -> None:
    rounds.begin(now)
    while rounds.is_under_way:
        await rounds.go_on()


async def test_old_history_is_kept_in_larger_pieces() -> None:
    store = MemoryStore()
    typist = Typist()
    for minute in (0, 1, 30, 31, 60 * 24, 60 * 24 + 30):
        await keep(store, "notes", typist.type(5).log, time=NOON + 60_000 * minute)
    await fold_whole(store, "notes")
    await fold(store, "notes")

    async def moments() -> list[int]:
        found = await store.recall("notes")
        assert found is not None
        return sorted({step.moment for step in found.steps or () if step.moment - step.before > 1})

    settings = HistoryLimits()
    assert await moments() == [5, 10, 15, 20, 25, 29]
    assert await thin_all(store, settings, NOON + 30 * DAY) == 0
    assert await thin_all(store, settings, NOON + 100 * DAY) == 2
    assert await moments() == [10, 20, 25, 29]
    await thin_all(store, settings, NOON + 800 * DAY)
    assert len(await moments()) < 4
    assert await thin_all(store, settings, NOON + 800 * DAY) == 0


async def test_only_what_somebody_named_is_kept_from_thinning() -> None:
    """Each sitting has a version that came by itself; of a day that has become one, the last stays."""
    store = MemoryStore()
    typist = Typist()
    for hour in (1, 2, 3, 4):
        time = NOON // DAY * DAY + hour * 3_600_000
        await keep(store, "notes", typist.type(5).log, time=time)
        is_named = hour == 2
        version = Version(new_version_id(), "Kept" * is_named, 5 * hour, time, time, None, automatic=not is_named)
        await store.add_version("notes", version)
    await keep(store, "notes", typist.type(1).log, time=NOON + 2 * DAY)
    await fold_whole(store, "notes")
    await fold(store, "notes")
    await thin_all(store, HistoryLimits(), NOON + 800 * DAY)
    assert [version.moment for version in await store.versions("notes")] == [20, 10]
    found = await store.recall("notes")
    assert found is not None
    assert sorted({step.moment for step in found.steps or ()}) == [10, 20, 21]


async def test_what_was_thinned_is_left_alone_until_more_becomes_old(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    names = [f"notes {number:02}" for number in range(45)]
    for name in names:
        typist = Typist()
        for day in (0, 0, 20):
            await keep(store, name, typist.type(5).log, time=NOON + day * DAY)
        await fold_whole(store, name)
        await fold(store, name)
    read: list[str] = []
    recall = store.recall

    async def recall_and_note(name: str, known: Signature | None = None) -> Recollection | None:
        read.append(name)
        return await recall(name, known)

    monkeypatch.setattr(store, "recall", recall_and_note)
    rounds = Rounds(store, HistoryLimits())
    seen = []
    for day in (95, 96, 115, 116):
        rounds.begin(NOON + day * DAY)
        await rounds.go_on()
        assert len(read) <= 20, "a round does not keep everything else waiting"
        while rounds.is_under_way:
            await rounds.go_on()
        seen.append(sorted(read))
        read.clear()
    assert seen == [names, [], names, []]


@pytest.mark.parametrize(
    ("damage", "is_mended"), [("automatic = 1", True), ("moment = 10 + 1024", True), ("checksum = -checksum", False)]
)
async def test_a_version_that_may_have_been_named_stays(
    store: SqlStore, file: Path, damage: str, is_mended: bool
) -> None:
    """Whether it was named, and at which moment, nobody knows before the doctor has mended it."""
    await write(store)
    rounds = Rounds(store, HistoryLimits())
    meddle(file, f"UPDATE versions SET {damage}")
    await go_round(rounds, OLD)
    assert await moments(store) == [5, 10, 15, 20, 21]
    await store.close()
    (repaired,) = [one async for one in Repair(f"sqlite:///{file}").run()]
    assert (repaired.outcome is Outcome.REPAIRED) == is_mended

    mended = await SqlStore.open(f"sqlite:///{file}")
    kept = [(version.name, version.moment, version.automatic) for version in await mended.versions("notes")]
    assert kept == [("Signed", 10, False)] * is_mended
    await go_round(Rounds(mended, HistoryLimits()), OLD)
    assert await moments(mended) == ([10, 20, 21] if is_mended else [20, 21])
    await mended.close()


async def test_what_was_held_back_is_thinned_by_the_next_round(store: SqlStore, file: Path) -> None:
    await write(store)
    rounds = Rounds(store, HistoryLimits())
    await go_round(rounds, NOON)
    meddle(file, "UPDATE versions SET automatic = 1")
    await go_round(rounds, OLD)
    assert await moments(store) == [5, 10, 15, 20, 21]
    meddle(file, "UPDATE versions SET automatic = 0")
    await go_round(rounds, OLD + DAY)
    assert await moments(store) == [10, 20, 21]


async def test_a_document_that_failed_is_thinned_by_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    await write(store)
    await write(store, "others")
    recall = store.recall
    broken = {"notes"}

    async def recall_or_fail(name: str, known: Signature | None = None) -> Recollection | None:
        if name in broken:
            raise StorageUnavailable("the disk does not answer")
        return await recall(name, known)

    monkeypatch.setattr(store, "recall", recall_or_fail)
    rounds = Rounds(store, HistoryLimits())
    await go_round(rounds, OLD)
    assert await moments(store, "others") == [10, 20, 21], "others need not wait for it"
    broken.clear()
    assert await moments(store) == [5, 10, 15, 20, 21]
    await go_round(rounds, OLD + DAY)
    assert await moments(store) == [10, 20, 21]


async def test_what_came_late_is_thinned_within_a_week() -> None:
    """A document that was deleted during the round and came back, and one that was folded when it was old already."""
    store = MemoryStore()
    await write(store, "back")
    await write(store, "others")
    await store.delete("back", time=NOON)
    rounds = Rounds(store, HistoryLimits())
    await go_round(rounds, OLD)
    await store.restore("back")
    await write(store, "late")
    for day in range(1, 8):
        assert await moments(store, "back") == await moments(store, "late") == [5, 10, 15, 20, 21]
        await go_round(rounds, OLD + day * DAY)
    assert await moments(store, "back") == await moments(store, "late") == [10, 20, 21]
