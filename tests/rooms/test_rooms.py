"""Coming into memory and leaving it: nobody sees less than there is, and nothing is ever replaced by a blank."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.errors import (
    DocumentDeleted,
    DocumentUnreadable,
    NotFound,
    ShuttingDown,
    StorageUnavailable,
)
from collab.rooms import Room
from tests.rooms.house import House, Writer, presence

TICK = 0.005


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose rooms are looked after all the time, and leave memory at once when they are empty."""
    async with House(tmp_path, tick=TICK, idle_room_seconds=0.001) as open_house:
        yield open_house


async def left(house: House) -> None:
    """Everything has left memory."""
    async with asyncio.timeout(10):
        while len(house.rooms):
            house.now += 1
            await asyncio.sleep(TICK)


# ---- opening --------------------------------------------------------------------------------------------------------


async def test_all_who_come_at_once_get_the_same_room_from_one_reading(house: House) -> None:
    house.disk.reads.clear()
    opening = [asyncio.create_task(house.room()) for _ in range(200)]
    await asyncio.sleep(0)
    house.disk.reads.set()
    rooms = await asyncio.gather(*opening)
    assert len(set(map(id, rooms))) == 1
    assert house.disk.loads == 1


async def test_whoever_came_first_may_leave_again_and_the_others_still_get_in(house: House) -> None:
    house.disk.reads.clear()
    first, second = [asyncio.create_task(house.room()) for _ in range(2)]
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    house.disk.reads.set()
    assert await second is await house.room()


async def test_a_slow_document_keeps_no_other_waiting(house: House) -> None:
    house.disk.reads.clear()
    slow = asyncio.create_task(house.room("slow"))
    await asyncio.sleep(0.01)
    house.disk.reads.set()
    fast = await house.enter(name="fast")
    await fast.edit(Writer(1).type("a"))
    await fast.until(acks=1)
    await slow


async def test_a_place_where_nothing_is_exists_for_nobody_but_who_may_make_it(house: House) -> None:
    with pytest.raises(NotFound):
        await house.rooms.open("notes", create=False)
    alice = await house.enter("alice")
    with pytest.raises(NotFound):
        await house.rooms.open("notes", create=False)
    await alice.edit(Writer(1).type("a"))
    assert await house.rooms.open("notes", create=False) is alice.room


@pytest.mark.parametrize("error", [DocumentUnreadable("change 7 is damaged"), StorageUnavailable("the disk is away")])
async def test_what_cannot_be_loaded_is_refused_with_the_reason_and_kept(
    house: House, error: DocumentUnreadable | StorageUnavailable
) -> None:
    """Row 10: never replaced by a blank, and there again when it can be read again."""
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("precious"))
    await house.saved()
    alice.leave()
    await house.rooms.close(1)
    house.rooms = house.fresh_rooms()
    house.disk.read_error = error
    for _ in range(3):
        with pytest.raises(type(error), match=str(error)):
            await house.room()
    assert len(house.rooms) == 0
    house.disk.read_error = None
    assert (await house.newcomer()).sees == "precious"
    assert await house.disk.text("notes") == "precious"


async def test_what_is_damaged_on_disk_is_found_when_it_is_opened(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("a"))
    await house.saved()
    alice.leave()
    await house.rooms.close(1)
    house.rooms = house.fresh_rooms()
    stored = house.disk._documents["notes"].changes
    stored[0] = stored[0].__class__(1, "alice", 0, (b"\1\1\1\0",))
    with pytest.raises(DocumentUnreadable, match="change 1"):
        await house.room()


async def test_a_deleted_document_is_not_made_again_by_opening_it(house: House) -> None:
    await house.disk.create("notes", lineage="l", time=0)
    await house.disk.delete("notes", time=1)
    with pytest.raises(DocumentDeleted):
        await house.room()


# ---- leaving memory -------------------------------------------------------------------------------------------------


async def test_a_document_leaves_memory_and_comes_back_as_it_was(quick: House) -> None:
    hers = Writer(1)
    for turn in range(5):
        alice = await (await quick.enter("alice")).open(hers)
        await alice.edit(hers.type(f"turn {turn}. "), hers.erase(0))
        await alice.until(acks=3)
        alice.leave()
        await left(quick)
    assert (await quick.newcomer()).sees == hers.text
    assert quick.disk.loads > 5


async def test_a_document_that_somebody_has_open_stays(quick: House) -> None:
    alice = await quick.enter("alice")
    await alice.edit(Writer(1).type("a"))
    for _ in range(20):
        quick.now += 100
        await asyncio.sleep(TICK)
    assert await quick.room() is alice.room
    assert not alice.ended


async def test_places_where_nothing_came_to_be_are_forgotten_at_once(tmp_path: Path) -> None:
    """Whoever opens random names fills no memory, though documents stay for an hour here."""
    async with House(tmp_path, tick=TICK, idle_room_seconds=3600) as house:
        for number in range(50):
            (await house.enter(name=f"random {number}")).leave()
        async with asyncio.timeout(5):
            while len(house.rooms):  # noqa: ASYNC110 - as above
                await asyncio.sleep(TICK)


async def test_a_room_does_not_leave_before_its_edits_are_on_disk(quick: House) -> None:
    """Row 11: the newcomer of the next moment would not see them."""
    alice = await quick.enter("alice")
    quick.disk.writes.clear()
    await alice.edit(Writer(1).type("hello"))
    alice.leave()
    for _ in range(20):
        quick.now += 100
        await asyncio.sleep(TICK)
    assert (await quick.newcomer()).sees == "hello"
    quick.disk.writes.set()


@pytest.mark.parametrize("moment", range(0, 24, 2))
async def test_a_newcomer_races_the_leaving_and_sees_everything(quick: House, moment: int) -> None:
    """Row 11: at each of many moments of leaving, with a store that takes its time."""
    hers = Writer(1)
    alice = await (await quick.enter("alice")).open(hers)
    quick.disk.writes.clear()
    await alice.edit(hers.type("x" * 5000))  # enough to be folded on leaving
    alice.leave()
    quick.now += 100
    opening: list[asyncio.Task[Room]] = []
    for turn in range(24):
        if turn == 4:
            quick.disk.writes.set()
        if turn == moment:
            opening.append(asyncio.create_task(quick.room()))
        await asyncio.sleep(TICK / 4)
        quick.now += 1
    room = await opening[0]
    assert room.failure is None or room is not await quick.room()
    bob = await quick.newcomer()
    assert bob.sees == "x" * 5000
    his = Writer(2).hear(*bob.updates)
    carol = await (await quick.enter("carol")).open()
    await carol.edit(his.type("y"))
    await carol.until(acks=2)
    assert not bob.ended
    assert (await quick.disk.text("notes")) == "x" * 5000 + "y"


async def test_a_long_log_is_folded_while_people_write(quick: House) -> None:
    alice, hers = await quick.writer(1)
    for _ in range(40):
        await alice.edit(hers.type("x" * 3000))
        await asyncio.sleep(0)
    await alice.until(acks=41)
    async with asyncio.timeout(10):
        while (stored := await quick.disk.load("notes")) is None or stored.checkpoint is None:  # noqa: ASYNC110
            await asyncio.sleep(TICK)
    await alice.edit(hers.type("!"))
    await alice.until(acks=42)
    assert (await quick.newcomer()).sees == hers.text
    assert await quick.disk.text("notes") == hers.text


async def test_time_goes_by_in_every_room_though_one_makes_a_mistake(
    quick: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = await quick.enter(name="bad"), await quick.enter(name="good")
    other = await quick.enter(name="good")
    await good.say(presence(1, 1))

    def mistaken() -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(bad.room, "tick", mistaken)
    quick.now += 31
    async with asyncio.timeout(10):
        while other.presences[-1].state != b"null":  # noqa: ASYNC110 - as above
            await asyncio.sleep(TICK)
    assert "'bad' could not be looked after" in caplog.text


# ---- the end --------------------------------------------------------------------------------------------------------


async def test_a_stop_saves_first_and_then_tells_everyone(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.until(acks=1)
    house.disk.writes.clear()
    await alice.edit(hers.type("last words"))
    closing = asyncio.create_task(house.rooms.close(5))
    await asyncio.sleep(0.01)
    assert not alice.ended
    house.disk.writes.set()
    await closing
    assert alice.acks == 2
    assert [error.close_code for error in alice.ended] == [1001]
    with pytest.raises(ShuttingDown):
        await house.room()


async def test_a_stop_does_not_wait_for_ever_for_the_disk(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.until(acks=1)
    house.disk.writes.clear()
    await alice.edit(hers.type("lost words"))
    async with asyncio.timeout(5):
        await house.rooms.close(0.05)
    assert alice.acks == 1
    assert [error.close_code for error in alice.ended] == [1001]


async def test_a_stop_tells_everyone_though_a_disk_has_failed(tmp_path: Path) -> None:
    async with House(tmp_path, give_up=0.05) as house:
        alice, hers = await house.writer(1, name="fails")
        bob = await house.enter("bob", name="other")
        await alice.until(acks=1)
        house.disk.write_error = StorageUnavailable("full")
        await alice.edit(hers.type("a"))
        closing = asyncio.create_task(house.rooms.close(5))
        await closing
        assert [error.close_code for error in alice.ended] == [1013]
        assert [error.close_code for error in bob.ended] == [1001]


async def test_a_stop_while_something_is_loading(house: House) -> None:
    house.disk.reads.clear()
    opening = [asyncio.create_task(house.room()) for _ in range(2)]
    given_up = asyncio.create_task(house.room())
    asked = asyncio.create_task(house.rooms.state("notes"))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await house.rooms.close(1)
    house.disk.reads.set()
    for waits in (*opening, asked):
        with pytest.raises(ShuttingDown):
            await waits
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_who_is_cancelled_with_what_is_loading_stays_so(house: House) -> None:
    house.disk.reads.clear()
    opening = asyncio.create_task(house.room())
    await asyncio.sleep(0.01)
    opening.cancel()
    await house.rooms.close(1)
    with pytest.raises(asyncio.CancelledError):
        await opening
