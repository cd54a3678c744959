"""The access log: one line for a visit, whatever is done on it, and nothing is lost when the disk fails for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from collab.auth import Access, Authority, Role, Via, Visits, visits
from collab.auth.visits import PAUSE
from collab.errors import StorageUnavailable
from collab.storage.access.base import AccessEvent
from collab.storage.access.memory import MemoryAccessStore
from collab.storage.memory import MemoryStore
from tests.auth.forge import SECRET
from tests.storage.samples import NOON

TOKEN = Via("token", None)


class Store(MemoryAccessStore):
    """Fails on demand, and counts how often it is written to."""

    fails = False
    breaks = 0
    writes = 0

    async def record(self, events: Sequence[AccessEvent], /) -> None:
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("nobody has thought of this")
        if self.fails:
            raise StorageUnavailable("the disk is full")
        self.writes += 1
        await super().record(events)


class House:
    def __init__(self) -> None:
        self.now = NOON / 1000
        self.documents = MemoryStore()
        self.store = Store(self.documents)
        self.access = Access(self.store, Authority(SECRET, clock=lambda: self.now))
        self.visits = Visits(self.access, self.documents, retention=1000, clock=lambda: self.now)
        self.alice = self.access.authority.verify(self.access.authority.issue("alice", "Alice", (), lifetime=9999))

    async def written(self) -> list[tuple[str, int, int | None]]:
        """Who was there, from when to when, in seconds since noon; the oldest first."""
        await self.visits._write()
        found = await self.store.events("notes", before=None, limit=99)
        return [
            (one.subject, (one.began - NOON) // 1000, None if one.ended is None else (one.ended - NOON) // 1000)
            for one in found[::-1]
        ]


@pytest.fixture
async def house() -> House:
    house = House()
    await house.documents.create("notes", lineage="l", time=NOON)
    return house


async def test_a_visit_is_one_line_however_often_somebody_comes_back(house: House) -> None:
    for _ in range(5):
        leave = house.visits.enter(house.alice, "notes", Role.EDITOR, TOKEN)
        house.now += 10
        house.visits.seen(house.alice, "notes", Role.EDITOR, TOKEN)
        assert await house.written() == [], "it goes on"
        leave()
        house.now += PAUSE / 2
    ended = int(house.now - NOON / 1000 - PAUSE / 2)
    house.now += PAUSE
    assert await house.written() == [("alice", 0, ended)]
    assert house.store.writes == 1
    assert await house.documents.people(["alice"]) == {"alice": "Alice"}


async def test_a_guest_who_only_looks_is_a_visit_and_nobody_to_be_remembered(house: House) -> None:
    """Else whoever has a link makes as many people as they like."""
    issue = house.access.authority.issue
    for number in range(3):
        subject = f"guest:aaaaaaaaaaaaaaaa:{number}"
        token = issue(subject, f"Guest {number}", (), lifetime=9999, share="aaaaaaaaaaaaaaaa")
        house.visits.seen(house.access.authority.verify(token), "notes", Role.VIEWER, Via("link", "aaaaaaaaaaaaaaaa"))
    house.now += PAUSE + 1
    assert len(await house.written()) == 3
    guests = [f"guest:aaaaaaaaaaaaaaaa:{number}" for number in range(3)]
    assert await house.documents.people(guests) == {}


async def test_two_tabs_are_one_visit_which_ends_with_the_last(house: House) -> None:
    one = house.visits.enter(house.alice, "notes", Role.VIEWER, TOKEN)
    other = house.visits.enter(house.alice, "notes", Role.EDITOR, TOKEN)
    one()
    house.now += 10 * PAUSE
    assert await house.written() == []
    (here,) = house.visits.present("notes")
    assert (here.subject, here.role, here.ended) == ("alice", Role.EDITOR, None)
    other()
    assert house.visits.present("notes")[0].ended is not None
    house.now += PAUSE + 1
    assert await house.written() == [("alice", 0, 600)]
    assert house.visits.present("notes") == []


async def test_what_let_somebody_in_tells_visits_apart(house: House) -> None:
    house.visits.seen(house.alice, "notes", Role.EDITOR, TOKEN)
    house.visits.seen(house.alice, "notes", Role.EDITOR, Via("link", "one"))
    house.visits.seen(house.alice, "elsewhere", Role.EDITOR, TOKEN)
    house.now += PAUSE + 1
    assert await house.written() == [("alice", 0, 0), ("alice", 0, 0)]


async def test_a_disk_that_fails_loses_nothing(house: House) -> None:
    house.visits.seen(house.alice, "notes", Role.EDITOR, TOKEN)
    house.now += PAUSE + 1
    house.store.fails = True
    assert await house.written() == []
    house.store.fails = False
    assert await house.written() == [("alice", 0, 0)]
    assert await house.written() == [("alice", 0, 0)], "once"


async def test_a_mistake_is_not_the_end_of_the_log(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(visits, "FLUSH", 0.01)
    house.store.breaks = 2
    house.visits.seen(house.alice, "notes", Role.EDITOR, TOKEN)
    house.now += PAUSE + 1
    house.visits.start()
    async with asyncio.timeout(5):
        while not house.store.writes:  # noqa: ASYNC110 - what is written down is told to nobody
            await asyncio.sleep(0.01)
    await house.visits.close()
    assert await house.written() == [("alice", 0, 0)]
    assert len([record for record in caplog.records if record.exc_info]) == 2, "and it is no secret"


async def test_of_very_many_visits_one_that_goes_on_is_not_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_MOST", 3)
    leave = house.visits.enter(house.alice, "notes", Role.EDITOR, TOKEN)
    house.now += 1
    for number in range(5):
        house.visits.seen(house.alice, "notes", Role.EDITOR, Via("link", str(number)))
    for number in range(5):
        house.visits.enter(house.alice, "elsewhere", Role.EDITOR, Via("link", str(number)))
    here = [visit for visit in house.visits.present("notes") if visit.via == "token"]
    assert [visit.ended for visit in here] == [None]
    house.now += 9
    leave()
    house.now += PAUSE + 1
    assert ("alice", 0, 10) in await house.written()
    assert len(house.visits.present("elsewhere")) == 5


async def test_who_is_there_when_the_server_stops_is_written_down(house: House) -> None:
    house.visits.start()
    house.visits.enter(house.alice, "notes", Role.EDITOR, TOKEN)
    house.now += 5
    await house.visits.close()
    assert await house.written() == [("alice", 0, 5)]


async def test_old_visits_are_forgotten(house: House) -> None:
    house.visits.seen(house.alice, "notes", Role.EDITOR, TOKEN)
    house.now += PAUSE + 1
    await house.written()
    await house.visits._forget()
    assert len(await house.written()) == 1
    house.now += 1000
    await house.visits._forget()
    assert await house.written() == []
