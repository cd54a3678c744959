"""Any moment that can be read is what the log up to then comes to, folded or not, as real Yjs sees it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from collab.config import HistoryLimits
from collab.errors import InvalidRequest, NotFound
from collab.history import ByNumber, ByTime, ByVersion, History, Now
from collab.rooms.fold import fold
from collab.rooms.thinning import thin
from collab.storage.archive import Version, new_version_id
from collab.storage.base import Change
from tests.crdt.yjs import Judge, Session, sessions
from tests.rooms.house import House, Writer, shown
from tests.storage.samples import NOON, batch, change

PEOPLE = ("alice", "bob", None)


@pytest.mark.node
async def test_every_moment_is_as_it_was(tmp_path: Path, judge: Judge, more: Callable[[int], int]) -> None:
    """Random sessions of three editors, folded now and then, with pauses, and thinned in the end."""
    looked = 0
    for session in sessions(7000, more(25)):
        chance = random.Random(session.seed)
        async with House(tmp_path / str(session.seed)) as house:
            history = History(house.disk, house.rooms)
            await _write(house, session, chance)
            looked += await _compare(history, session, judge, chance)
            far = NOON + 400 * 86_400_000
            await thin(house.disk, "notes", HistoryLimits(), far)
            looked += await _compare(history, session, judge, chance)
    print(f"{looked} moments were looked at")
    assert looked > more(25) * 4


async def _write(house: House, session: Session, chance: random.Random) -> None:
    time = NOON
    for number, update in enumerate(session.log, 1):
        time += chance.choice((10, 500, 4000, 400_000))
        made = change(update, actor=chance.choice(PEOPLE), time=time)
        await house.disk.append([batch("notes", made)])
        if chance.random() < 0.05:
            version = Version(new_version_id(), "", number, time, time, None, automatic=False)
            await house.disk.add_version("notes", version)
        if chance.random() < 0.06:
            await fold(house.disk, "notes")


async def _compare(history: History, session: Session, judge: Judge, chance: random.Random) -> int:
    past = await history.past("notes")
    assert past.now.number == len(session.log)
    named = {version.moment for version in await history._store.versions("notes", limit=1000)}
    assert named <= {moment.number for moment in past.moments}
    chosen = chance.sample(past.moments, min(3, len(past.moments)))
    for moment in chosen:
        view = await history.at("notes", ByNumber(moment.number))
        was = judge.open(*session.log[: moment.number]) if moment.number else judge.open(b"\0\0")
        is_now = judge.open(await view.state())
        assert (is_now.error, is_now.pending) == (None, False)
        assert is_now.shape == was.shape, (session.seed, moment)
    return len(chosen)


@pytest.fixture
def edits() -> list[Change]:
    writer = Writer(1)
    updates = [writer.type("a"), writer.type("b"), writer.erase(0), writer.type("c")]
    return [change(update, time=NOON + 20_000 * number) for number, update in enumerate(updates, 1)]


async def test_a_moment_is_found_by_each_of_its_spellings(tmp_path: Path, edits: list[Change]) -> None:
    async with House(tmp_path) as house:
        history = History(house.disk, house.rooms)
        with pytest.raises(NotFound):
            await history.past("notes")
        await house.disk.append([batch("notes", *edits)])
        version = Version(new_version_id(), "", 2, NOON, NOON, None, automatic=False)
        await house.disk.add_version("notes", version)
        for spelling, number, text in (
            (ByNumber(0), 0, ""),
            (ByNumber(3), 3, "b"),
            (ByVersion(version.id), 2, "ab"),
            (ByTime(NOON + 20_000), 1, "a"),
            (ByTime(NOON + 39_999), 1, "a"),
            (ByTime(0), 0, ""),
            (Now(), 4, "bc"),
        ):
            view = await history.at("notes", spelling)
            assert (view.moment.number, shown(await view.state())) == (number, text)
        with pytest.raises(InvalidRequest, match="no moment 5 yet"):
            await history.at("notes", ByNumber(5))
        with pytest.raises(NotFound):
            await history.at("notes", ByVersion("v-mfrggzdfmztwq2lk"))


async def test_a_moment_inside_of_a_step_is_the_one_before_it(tmp_path: Path) -> None:
    writer = Writer(1)
    async with House(tmp_path) as house:
        history = History(house.disk, house.rooms)
        for text in ("ab", "c", "d"):
            await house.disk.append([batch("notes", *(change(writer.type(letter)) for letter in text))])
            await fold(house.disk, "notes")
        view = await history.at("notes", ByNumber(1))
        assert (view.moment.number, shown(await view.state())) == (0, "")
        assert [moment.number for moment in view.past.moments] == [0, 2, 3, 4]
        assert (await view.knowing())[0] == {}


async def test_what_is_known_is_kept_for_the_next_time(tmp_path: Path, edits: list[Change]) -> None:
    async with House(tmp_path) as house:
        history = History(house.disk, house.rooms)
        await house.disk.append([batch("notes", *edits)])
        await fold(house.disk, "notes")
        first = await history.past("notes")
        second = await history.past("notes")
        assert first.acts[0] is second.acts[0]
        await house.disk.append([batch("notes", change(Writer(2).type("x"), time=NOON + 10**6))])
        assert (await history.past("notes")).now.number == 5
