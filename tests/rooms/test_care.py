"""What is done beside editing: names written down, sittings that get a version, old history thinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from collab.auth.roles import Role
from collab.config import HistoryLimits
from collab.rooms.contributors import Contributors
from collab.rooms.fold import fold, fold_whole
from collab.rooms.peer import visitor
from collab.rooms.thinning import Rounds, thin_all
from collab.storage.archive import Recollection, Signature, Version, new_version_id
from collab.storage.memory import MemoryStore
from tests.growing_old.writing import Typist, keep, text_of
from tests.rooms.house import House, Writer
from tests.storage.samples import NOON

DAY = 86_400_000


async def test_what_people_are_called_is_written_down(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await house.rooms.submit("notes", Writer(1).type("a"), actor="alice", role=Role.EDITOR, called="Alice")
        await house.submit(Writer(2).type("b"), actor="robot")
        await house.rooms.settle("notes")
        assert await house.disk.people(["alice", "robot"]) == {"alice": "Alice"}


async def test_a_sitting_that_has_ended_gets_a_version(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, writer = await house.writer(1)
        await guest.edit(writer.type("a"))
        await house.saved()
        made: list[Version] = []
        for wait, expected in ((0, 0), (299, 0), (2, 1), (600, 1)):
            house.now += wait
            await house.rooms._tend_all()
            made = await house.disk.versions("notes")
            assert len(made) == expected
        assert (made[0].automatic, made[0].moment, made[0].subject, made[0].name) == (True, 1, None, "")
        await guest.edit(writer.type("b"))
        await house.saved()
        house.now += 1
        await house.rooms.close(1.0)
        assert [version.moment for version in await house.disk.versions("notes")] == [2, 1], "a stop ends it too"


async def test_versions_come_by_themselves_only_where_that_is_wanted(tmp_path: Path) -> None:
    async with House(tmp_path, automatic_versions=False) as house:
        guest, writer = await house.writer(1)
        await guest.edit(writer.type("a"))
        await house.saved()
        await house.rooms._tend_all()
        await house.rooms.close(1.0)
        assert await house.disk.versions("notes") == []


def test_contributors_are_those_since_somebody_asked() -> None:
    who = Contributors()
    who.note(visitor("alice", Role.EDITOR, "Alice"), 5.0)
    who.note(visitor("robot", Role.EDITOR), 6.0)
    assert (who.take(), who.last) == ({"alice": "Alice"}, 6.0)
    assert who.take() == {}


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


async def test_a_document_that_is_left_alone_stands_whole_in_two_generations() -> None:
    store = MemoryStore()
    writing = Typist().type(300)
    await keep(store, "notes", writing.log)
    assert await fold_whole(store, "notes") is not None
    assert (await store.foldable("notes", 1000)).steps == ()
    stored = await store.load("notes")
    assert stored is not None
    assert stored.checkpoint is not None
    assert text_of([stored.checkpoint.squashed]) == writing.text
