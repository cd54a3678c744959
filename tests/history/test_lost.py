"""Damaged steps: what they did stays done at all later moments, and no other moment is shown for one that is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, select, update

from collab.errors import MomentUnreadable
from collab.history import ByNumber, ByVersion, History, Now
from collab.rooms.fold import fold, fold_whole
from collab.storage.archive import Version, new_version_id
from collab.storage.sql import SqlStore
from collab.storage.tables import steps
from tests.rooms.house import House, Writer, shown
from tests.storage.samples import NOON, batch, change

MINUTE = 60_000


async def damage(store: SqlStore, sequence: int) -> None:
    """Flip a bit of what a step did."""

    def flip(connection: Connection) -> None:
        ranges = connection.execute(select(steps.c.ranges).where(steps.c.sequence == sequence)).scalar_one()
        wrong = bytes([*ranges[:-1], ranges[-1] ^ 1])
        connection.execute(
            update(steps).where(steps.c.sequence == bindparam("at")).values(ranges=wrong), {"at": sequence}
        )

    await store._database.write(flip)


async def keep(store: SqlStore, *updates: tuple[str, bytes, int]) -> None:
    """Append changes, each by somebody in a minute, and let them become steps."""
    for who, said, minute in updates:
        await store.append([batch("notes", change(said, actor=who, time=NOON + minute * MINUTE))])
    await fold_whole(store, "notes")
    await fold(store, "notes")


async def texts(history: History) -> dict[int, str]:
    """What each moment that can be read shows."""
    past = await history.past("notes")
    views = [await history.at("notes", ByNumber(moment.number)) for moment in past.moments]
    return {view.moment.number: shown(await view.state()) for view in views}


@pytest.fixture
async def store(tmp_path: Path) -> SqlStore:
    return await SqlStore.open(f"sqlite:///{tmp_path / 'collab.db'}")


async def test_what_a_damaged_step_deleted_does_not_come_back(store: SqlStore, tmp_path: Path) -> None:
    writer = Writer(1)
    said = [writer.type("keep secret "), writer.erase(5, 7), writer.type("this"), writer.type("."), writer.type("!")]
    await keep(store, *(("alice", one, minute) for minute, one in enumerate(said)))
    async with House(tmp_path) as house:
        history = History(store, house.rooms)
        before = await texts(history)
        assert before == {
            0: "",
            1: "keep secret ",
            2: "keep ",
            3: "keep this",
            4: "keep this.",
            5: "keep this.!",
        }
        await damage(store, 2)
        for _ in range(2):  # the second time from what is kept taken apart
            assert await texts(History(store, house.rooms)) == {n: text for n, text in before.items() if n != 2}
    await store.close()


async def test_what_a_damaged_step_brought_is_there_later(store: SqlStore, tmp_path: Path) -> None:
    """It is what others' words follow on from, so without it nothing behind it could be read."""
    hers, his = Writer(1), Writer(2)
    typed = hers.type("hers ")
    his.hear(typed)
    his_said = [his.type("his "), his.type("again ")]
    hers.hear(*his_said)
    last = hers.type("end")
    await keep(store, ("alice", typed, 0), ("bob", his_said[0], 1), ("bob", his_said[1], 2), ("alice", last, 3))
    await keep(store, ("alice", hers.type("."), 4))
    async with House(tmp_path) as house:
        before = await texts(History(store, house.rooms))
        assert before[2] == "hers his "
        await damage(store, 1)
        assert await texts(History(store, house.rooms)) == {n: text for n, text in before.items() if n != 1}
    await store.close()


async def test_between_two_damaged_steps_nothing_is_shown(store: SqlStore, tmp_path: Path) -> None:
    """What was lost may have been done in either of them."""
    writer = Writer(1)
    said = [
        writer.type("ab "),
        writer.erase(0),
        writer.type("cd "),
        writer.erase(0),
        writer.type("ef"),
        writer.type("!"),
    ]
    await keep(store, *(("alice", one, minute) for minute, one in enumerate(said)))
    async with House(tmp_path) as house:
        before = await texts(History(store, house.rooms))
        await damage(store, 2)
        await damage(store, 4)
        assert await texts(History(store, house.rooms)) == {n: before[n] for n in (0, 1, 5, 6)}
    await store.close()


async def test_a_window_keeps_what_the_other_did_in_it(store: SqlStore, tmp_path: Path) -> None:
    hers, his = Writer(1), Writer(2)
    first = hers.type("secret ")
    his.hear(first)
    both = [his.type("his "), hers.erase(0, 7)]
    hers.hear(both[0])
    await keep(store, ("alice", first, 0), ("bob", both[0], 1), ("alice", both[1], 1), ("alice", hers.type("end"), 2))
    await keep(store, ("alice", hers.type("."), 3))
    async with House(tmp_path) as house:
        before = await texts(History(store, house.rooms))
        assert before == {0: "", 1: "secret ", 3: "his ", 4: "his end", 5: "his end."}
        await damage(store, 3)
        after = await texts(History(store, house.rooms))
        assert "secret" not in "".join(text for number, text in after.items() if number > 1)
        assert after == {number: before[number] for number in after}
        assert after.keys() >= {0, 1, 4, 5}
    await store.close()


async def test_a_version_of_a_damaged_moment_says_so(store: SqlStore, tmp_path: Path) -> None:
    writer = Writer(1)
    said = [writer.type(letter) for letter in "abcde"]
    await keep(store, *(("alice", one, minute) for minute, one in enumerate(said)))
    versions = [Version(new_version_id(), "v", at, NOON, NOON, "alice", automatic=False) for at in (2, 3)]
    for version in versions:
        await store.add_version("notes", version)
    async with House(tmp_path) as house:
        history = History(store, house.rooms)
        await damage(store, 2)
        with pytest.raises(MomentUnreadable, match="moment 2"):
            await history.at("notes", ByVersion(versions[0].id))
        view = await history.at("notes", ByVersion(versions[1].id))
        assert shown(await view.state()) == "abc"
        assert (await history.at("notes", ByNumber(2))).moment.number == 1, "a number is answered with what was read"
        assert (await history.at("notes", Now())).moment.number == 5
    await store.close()
