"""When logs are folded, that what was folded is right, and that it makes the database smaller and holds up nobody."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from collab.doctor import rounds
from collab.errors import StorageUnavailable
from collab.rooms.care import FOLD_BYTES, FOLD_ON_LEAVING
from collab.rooms.fold import fold
from collab.rooms.memory import full_collections_held_back
from collab.storage.base import Checkpoint, Store
from collab.storage.sql import SqlStore
from tests.growing_old.writing import Typist, Writing, keep, text_of
from tests.rooms.house import Guest, House, Writer
from tests.rooms.lag import CLOSELY, Lag

TICK = 0.005

KIB = 1024


async def folded_to(store: Store) -> int:
    """Where the document's checkpoint stands; 0: there is none."""
    stored = await store.load("notes")
    return stored.checkpoint.sequence if stored is not None and stored.checkpoint is not None else 0


async def write(guest: Guest, writer: Writer, size: int) -> None:
    """Type so many bytes, about a kilobyte at a time."""
    for _ in range(0, size, KIB):
        await guest.edit(writer.type("a" * (KIB - 20)))


async def look_after(house: House) -> None:
    """Let the rooms be looked after, at least once from the beginning to the end."""
    await asyncio.sleep(40 * TICK)


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something has happened."""
    for _ in range(1000):
        if await happened():
            return
        await asyncio.sleep(2 * TICK)
    pytest.fail("it did not happen")


async def until_forgotten(house: House) -> None:
    """Wait until no room is in memory."""

    async def none() -> bool:
        return not len(house.rooms)

    await until(none)


async def until_folded(store: Store, beyond: int = 0) -> int:
    """Wait for a checkpoint beyond a sequence; where it stands."""

    async def there() -> bool:
        return await folded_to(store) > beyond

    await until(there)
    return await folded_to(store)


async def until_all_is_folded(house: House) -> int:
    """Wait until nothing more is folded by itself; where the checkpoint stands."""
    stands, before = await until_folded(house.disk), 0
    while stands != before:
        await look_after(house)
        stands, before = await folded_to(house.disk), stands
    return stands


async def is_well(store: Store) -> bool:
    findings = [finding async for report in rounds(store) for finding in report.findings]
    for finding in findings:
        print(finding)
    return not findings


# ---- when ------------------------------------------------------------------------------------------------------------


async def test_a_long_log_is_folded_while_people_write(tmp_path: Path) -> None:
    async with House(tmp_path, tick=TICK) as house:
        guest, writer = await house.writer(1)
        await write(guest, writer, FOLD_BYTES - 4 * KIB)
        await house.saved()
        await look_after(house)
        assert await folded_to(house.disk) == 0
        await write(guest, writer, 8 * KIB)
        await house.saved()
        first = await until_folded(house.disk)
        await write(guest, writer, FOLD_BYTES // 2)
        await house.saved()
        await look_after(house)
        assert await folded_to(house.disk) == first, "it is folded once for each so many bytes"
        assert await house.disk.text("notes") == writer.text
        assert (await house.newcomer()).sees == writer.text
        assert await is_well(house.disk)


async def test_a_large_document_is_folded_by_quarters(tmp_path: Path) -> None:
    async with House(tmp_path, tick=TICK) as house:
        guest, writer = await house.writer(1)
        await write(guest, writer, 1024 * KIB)
        await house.saved()
        first = await until_all_is_folded(house)
        await write(guest, writer, 3 * FOLD_BYTES)  # less than a quarter
        await house.saved()
        await look_after(house)
        assert await folded_to(house.disk) == first
        await write(guest, writer, 200 * KIB)
        await house.saved()
        await until_folded(house.disk, beyond=first)
        assert await house.disk.text("notes") == writer.text
        assert await is_well(house.disk)


@pytest.mark.parametrize(("size", "folded"), [(FOLD_ON_LEAVING - KIB, False), (FOLD_ON_LEAVING + KIB, True)])
async def test_what_the_last_one_leaves_is_folded(tmp_path: Path, size: int, folded: bool) -> None:
    async with House(tmp_path, tick=TICK, idle_room_seconds=60) as house:
        guest, writer = await house.writer(1)
        await write(guest, writer, size)
        await house.saved()
        guest.leave()
        await look_after(house)
        assert len(house.rooms) == 1
        assert await folded_to(house.disk) == 0, "somebody may come back soon"
        house.now += 61
        await until_forgotten(house)
        stored = await house.disk.load("notes")
        assert stored is not None
        assert (stored.checkpoint is not None) == folded
        assert (await house.newcomer()).sees == writer.text
        assert await is_well(house.disk)


async def test_a_document_that_was_only_read_is_not_folded_again(tmp_path: Path) -> None:
    async with House(tmp_path, tick=TICK, idle_room_seconds=60) as house:
        await keep(house.disk, "notes", Typist().type(2000).log)
        await fold(house.disk, "notes")
        await keep(house.disk, "notes", Typist(2).type(10).log)
        for _ in range(3):
            (await house.newcomer()).leave()
            house.now += 61
            await until_forgotten(house)
        assert await folded_to(house.disk) == 2000


async def test_a_disk_that_takes_no_checkpoint_keeps_no_room_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is in the log already, so the room may go; otherwise a full disk fills the memory, too."""

    async def refuse(name: str, checkpoint: Checkpoint, ranges: Mapping[int, bytes]) -> None:
        raise StorageUnavailable("the disk is full")

    async with House(tmp_path, tick=TICK, idle_room_seconds=60) as house:
        monkeypatch.setattr(house.disk, "add_checkpoint", refuse)
        guest, writer = await house.writer(1)
        await write(guest, writer, 8 * KIB)
        await house.saved()
        guest.leave()
        house.now += 61
        await until_forgotten(house)
        assert (await house.newcomer()).sees == writer.text


# ---- what for --------------------------------------------------------------------------------------------------------


async def test_folding_makes_the_file_smaller(tmp_path: Path) -> None:
    """Payloads are let go once two generations hold them, and their pages are given back to the system."""

    def pages() -> tuple[int, int]:
        connection = sqlite3.connect(tmp_path / "collab.db")
        (count,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        connection.close()
        return count, free

    def size() -> int:
        return (tmp_path / "collab.db").stat().st_size

    store = await SqlStore.open(f"sqlite:///{tmp_path / 'collab.db'}")
    typist = Typist()
    await keep(store, "notes", typist.type(30_000).log, each=10)
    full, _ = pages()
    await fold(store, "notes")
    await keep(store, "notes", typist.type(100).log)
    await fold(store, "notes")
    left, free = pages()
    print(f"{full} pages, then {left} of which {free} are free")
    assert left < full / 2
    assert free == 0
    writing = typist.type(100)
    await keep(store, "notes", writing.log)
    assert await is_well(store)
    stored = await store.load("notes")
    assert stored is not None
    assert stored.checkpoint is not None
    tail = [update for change in stored.tail for update in change.updates]
    assert text_of([stored.checkpoint.squashed, *tail]) == writing.text
    await store.close()
    assert size() == pages()[0] * 4096 < full * 4096 / 2


async def test_a_long_fold_lets_others_through(long_writing: Writing, tmp_path: Path) -> None:
    """FAULTS row 24, for a log of as many keystrokes: nobody else waits for a tenth of a second."""
    async with House(tmp_path) as house:
        await keep(house.disk, "notes", long_writing.log)
        with full_collections_held_back():  # as in the server
            async with Lag() as opening:
                guest = await house.newcomer()
            async with Lag() as folding:
                await fold(house.disk, "notes")
        print(f"the loop stood still for {opening.seconds:.3f} s at opening, {folding.seconds:.3f} s at folding")
        assert text_of(guest.updates) == long_writing.text
        assert await folded_to(house.disk) == len(long_writing.log)
        assert max(opening.seconds, folding.seconds) < CLOSELY
