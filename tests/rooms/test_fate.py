"""Documents are made, given titles, deleted and restored, whatever happens in them meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.auth.roles import Role
from collab.errors import DocumentDeleted, DocumentExists, DocumentUnreadable, NotFound, StorageUnavailable
from collab.storage.base import Order, Page
from tests.rooms.house import House, Writer


async def lineage(house: House, name: str = "notes") -> str:
    record = await house.disk.document(name)
    assert record is not None
    return record.lineage


# ---- made, given a title --------------------------------------------------------------------------------------------


async def test_a_document_is_made_once(house: House) -> None:
    await house.rooms.create("notes", "My notes")
    record = await house.disk.document("notes")
    assert record is not None
    assert (record.title, record.head, record.deleted) == ("My notes", 0, None)
    with pytest.raises(DocumentExists):
        await house.rooms.create("notes")
    await house.rooms.delete("notes")
    with pytest.raises(DocumentDeleted):
        await house.rooms.create("notes")
    results = await asyncio.gather(*(house.rooms.create("other") for _ in range(20)), return_exceptions=True)
    assert [type(result) for result in results].count(DocumentExists) == 19


async def test_whoever_is_at_the_empty_place_is_in_the_document_that_is_made_there(house: House) -> None:
    alice, hers = await house.writer(1)
    await house.rooms.create("notes", "Made")
    made = await lineage(house)
    assert alice.room.exists
    await alice.edit(hers.type("hello"))
    await house.saved()
    assert await lineage(house) == made == alice.room.journal.lineage
    assert (await house.disk.load("notes")).title == "Made"  # type: ignore[union-attr]


async def test_a_document_that_a_first_edit_is_just_making_is_there_already(house: House) -> None:
    alice, hers = await house.writer(1)
    house.disk.writes.clear()
    await alice.edit(hers.type("hello"))
    with pytest.raises(DocumentExists):
        await house.rooms.create("notes")
    retitling = asyncio.create_task(house.rooms.retitle("notes", "Title"))
    await asyncio.sleep(0.01)
    house.disk.writes.set()
    await retitling
    record = await house.disk.document("notes")
    assert record is not None
    assert record.title == "Title"
    assert record.lineage == alice.room.journal.lineage


@pytest.mark.parametrize("turns", range(6))
async def test_making_races_with_the_first_edit(house: House, turns: int) -> None:
    alice, hers = await house.writer(1)
    making = asyncio.create_task(house.rooms.create("notes", "Made"))
    for _ in range(turns):
        await asyncio.sleep(0)
    await alice.edit(hers.type("hello"))
    await asyncio.gather(making, return_exceptions=True)
    await house.saved()
    assert await house.disk.text("notes") == "hello"
    assert await lineage(house) == alice.room.journal.lineage
    assert not alice.ended


async def test_a_title_needs_its_document(house: House) -> None:
    with pytest.raises(NotFound):
        await house.rooms.retitle("notes", "Title")
    await house.rooms.create("notes")
    await house.rooms.delete("notes")
    with pytest.raises(DocumentDeleted):
        await house.rooms.retitle("notes", "Title")


# ---- deleted, restored ----------------------------------------------------------------------------------------------


async def test_deleting_saves_first_and_then_tells_everyone(house: House) -> None:
    alice, hers = await house.writer(1)
    bob = await (await house.enter("bob", Role.VIEWER)).open()
    await alice.until(acks=1)
    house.disk.writes.clear()
    await alice.edit(hers.type("last words"))
    deleting = asyncio.create_task(house.rooms.delete("notes"))
    await asyncio.sleep(0.01)
    assert not alice.ended
    assert not bob.ended
    house.disk.writes.set()
    await deleting
    assert alice.acks == 2
    for guest in (alice, bob):
        assert [type(error) for error in guest.ended] == [DocumentDeleted]
    with pytest.raises(DocumentDeleted):
        await house.room()
    assert len(house.rooms) == 0
    await house.rooms.delete("notes")
    await house.rooms.restore("notes")
    assert (await house.newcomer()).sees == "last words"


@pytest.mark.parametrize("turns", range(0, 24, 2))
async def test_deleting_races_with_edits_and_nothing_acknowledged_is_lost(house: House, turns: int) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("0"))
    await alice.until(acks=2)
    deleting = asyncio.create_task(house.rooms.delete("notes"))
    for number in range(turns):
        if number % 2:
            await alice.edit(hers.type("x"))
        else:
            await asyncio.sleep(0)
    await deleting
    await alice.edit(hers.type("late"))
    assert [type(error) for error in alice.ended] == [DocumentDeleted]
    acknowledged = alice.acks - 1
    await house.rooms.restore("notes")
    assert len(await house.disk.text("notes")) >= acknowledged
    again = await (await house.enter("alice")).open(hers)
    await again.until(acks=1)
    assert await house.disk.text("notes") == hers.text, "what was not acknowledged, the client brings again"


@pytest.mark.parametrize("turns", range(6))
async def test_deleting_races_with_opening(house: House, turns: int) -> None:
    """Whoever had read the document before it was deleted is told all the same."""
    await house.submit(Writer(1).type("hello"))
    await house.rooms.close(1)
    house.rooms = house.fresh_rooms()
    house.disk.reads.clear()
    entering = asyncio.create_task(house.enter("alice"))
    for _ in range(turns):
        await asyncio.sleep(0)
    deleting = asyncio.create_task(house.rooms.delete("notes"))
    await asyncio.sleep(0.005)
    house.disk.reads.set()
    await deleting
    (result,) = await asyncio.gather(entering, return_exceptions=True)
    if isinstance(result, BaseException):
        assert isinstance(result, DocumentDeleted)
    else:
        assert [type(error) for error in result.ended] == [DocumentDeleted]
    assert len(house.rooms) == 0


async def test_restoring_waits_until_everyone_was_told_of_the_deletion(house: House) -> None:
    await house.submit(Writer(1).type("hello"))
    for _ in range(30):
        alice = await house.enter("alice")
        deleting = asyncio.create_task(house.rooms.delete("notes"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # it has begun
        await house.rooms.restore("notes")
        assert [type(error) for error in alice.ended] == [DocumentDeleted]
        assert (await house.newcomer()).sees == "hello"
        await deleting


async def test_what_is_submitted_while_a_document_is_deleted_is_saved_or_refused(house: House) -> None:
    writers = [Writer(number) for number in range(1, 20)]
    await house.submit(Writer(99).type("0"))
    tasks = [asyncio.create_task(house.submit(writer.type("x"))) for writer in writers[:10]]
    await asyncio.sleep(0)
    deleting = asyncio.create_task(house.rooms.delete("notes"))
    tasks += [asyncio.create_task(house.submit(writer.type("x"))) for writer in writers[10:]]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await deleting
    assert {type(result) for result in results} <= {bool, DocumentDeleted}
    await house.rooms.restore("notes")
    assert (await house.disk.text("notes")).count("x") == results.count(True)


async def test_deleting_what_is_not_there(house: House) -> None:
    for missing in (house.rooms.delete("notes"), house.rooms.restore("notes")):
        with pytest.raises(NotFound):
            await missing
    alice = await house.enter("alice")
    with pytest.raises(NotFound):
        await house.rooms.delete("notes")
    assert not alice.ended
    hers = Writer(1)
    await alice.open(hers)
    await alice.edit(hers.type("a"))
    await alice.until(acks=2)


async def test_a_damaged_document_can_be_deleted(house: House) -> None:
    await house.submit(Writer(1).type("hello"))
    await house.rooms.close(1)
    house.rooms = house.fresh_rooms()
    house.disk.read_error = DocumentUnreadable("change 7 is damaged")
    await house.rooms.delete("notes")
    record = await house.disk.document("notes")
    assert record is not None
    assert record.deleted is not None


async def test_deleting_while_the_disk_stands_still_deletes_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, give_up=0.05) as house:
        alice, hers = await house.writer(1)
        await alice.until(acks=1)
        house.disk.writes.clear()
        await alice.edit(hers.type("a"))
        with pytest.raises(StorageUnavailable):
            await house.rooms.delete("notes")
        assert [type(error) for error in alice.ended] == [StorageUnavailable]
        assert alice.acks == 1


async def test_lists_know_what_was_modified(house: House) -> None:
    await house.rooms.create("first")
    await house.rooms.create("second")
    await asyncio.sleep(0.002)
    await house.rooms.submit("first", Writer(1).type("a"), actor="alice", role=Role.EDITOR)
    listed = await house.disk.documents(Page(order=Order.MODIFIED))
    assert [record.name for record in listed.records] == ["first", "second"]
