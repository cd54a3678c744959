"""What is done beside editing: names written down, sittings that get a version."""

from __future__ import annotations

from pathlib import Path

from collab.auth.roles import Role
from collab.rooms.contributors import Contributors
from collab.rooms.fold import fold_whole
from collab.rooms.peer import visitor
from collab.storage.archive import Version
from collab.storage.memory import MemoryStore
from tests.growing_old.writing import Typist, keep, text_of
from tests.rooms.house import House, Writer


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
