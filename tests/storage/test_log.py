"""The log: what is written when, in one order; what is bounded; opening, flushing, closing. No fault but a full queue."""

from __future__ import annotations

import asyncio

import pytest

from collab.errors import Overloaded, ShuttingDown, StorageUnavailable
from collab.storage.journal import OVERHEAD
from collab.storage.log import ROUND_BYTES, Log
from tests.storage.conftest import MakeLog
from tests.storage.faulty import LOCKED, FaultyStore, Room, fail_times, until
from tests.storage.samples import NOON

# What is written.


async def test_positions_are_told_when_they_are_on_disk(log: Log, faulty: FaultyStore) -> None:
    room = Room()
    journal = log.journal("notes", "born", room)
    assert [journal.append("alice", b"%d" % n) for n in range(3)] == [1, 2, 3]
    assert journal.committed == 0
    await journal.flush()
    assert (journal.position, journal.committed, room.positions) == (3, 3, [3])
    assert journal.append("alice", b"3") == 4
    await journal.flush()
    assert room.positions == [3, 4]
    assert await faulty.updates("notes") == [b"0", b"1", b"2", b"3"]
    loaded = await faulty.load("notes")
    assert loaded is not None
    assert loaded.lineage == "born"


async def test_consecutive_updates_of_an_actor_are_one_change(log: Log, faulty: FaultyStore) -> None:
    journal = log.journal("notes", "l", Room())
    for actor, update in (("a", b"1"), ("a", b"2"), ("b", b"3"), (None, b"4"), (None, b"5"), ("a", b"6")):
        journal.append(actor, update)
    await journal.flush()
    loaded = await faulty.load("notes")
    assert loaded is not None
    assert [(c.actor, c.time - NOON, c.updates) for c in loaded.tail] == [
        ("a", 0, (b"1", b"2")),
        ("b", 2, (b"3",)),
        (None, 3, (b"4", b"5")),
        ("a", 5, (b"6",)),
    ]


async def test_all_documents_share_one_commit(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log()
    journals = [log.journal(f"d{n}", "l", Room()) for n in range(50)]
    for journal in journals:
        journal.append("a", b"x")
    await log.start()
    await asyncio.gather(*(journal.flush() for journal in journals))
    assert len(faulty.calls) == 1
    assert not faulty.calls[0].retried


async def test_after_a_quiet_spell_nothing_is_waited_for(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(gather=30.0)
    await log.start()
    journal = log.journal("notes", "l", Room())
    await asyncio.sleep(0.01)
    journal.append("a", b"1")
    journal.append("a", b"2")
    async with asyncio.timeout(10):
        await journal.flush()
    assert await faulty.updates("notes") == [b"1", b"2"]


async def test_a_busy_log_gathers(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(gather=0.05)
    await log.start()
    journal = log.journal("notes", "l", Room())
    start = asyncio.get_running_loop().time()
    for n in range(100):
        journal.append("a", b"%d" % n)
        await asyncio.sleep(0.002)
    await journal.flush()
    assert len(faulty.calls) <= (asyncio.get_running_loop().time() - start) / 0.05 + 1
    assert await faulty.updates("notes") == [b"%d" % n for n in range(100)]


async def test_while_a_commit_is_under_way_the_next_one_gathers(log: Log, faulty: FaultyStore) -> None:
    one, two = log.journal("one", "l", Room()), log.journal("two", "l", Room())
    faulty.open.clear()
    one.append("a", b"1")
    await until(lambda: faulty.calls)
    one.append("a", b"2")
    two.append("a", b"3")
    one.append("a", b"4")
    faulty.open.set()
    await asyncio.gather(one.flush(), two.flush())
    assert [call.documents for call in faulty.calls] == [["one"], ["two", "one"]]
    assert await faulty.updates("one") == [b"1", b"2", b"4"]


async def test_a_transaction_is_bounded(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log()
    large, small = log.journal("large", "l", Room()), log.journal("small", "l", Room())
    for _ in range(7):
        large.append("a", bytes(ROUND_BYTES // 4))
    small.append("a", b"x")
    await log.start()
    await asyncio.gather(large.flush(), small.flush())
    sizes = [sum(len(u) for b in call.batches for c in b.changes for u in c.updates) for call in faulty.calls]
    assert max(sizes) <= ROUND_BYTES
    assert len(faulty.calls) == 3
    # Who waits longest comes first: the small one needs not wait for all of the large one.
    assert [call.documents for call in faulty.calls] == [["large", "small"], ["large"], ["large"]]


async def test_batch_ids_rise_and_differ(log: Log, faulty: FaultyStore) -> None:
    journal = log.journal("notes", "l", Room())
    for n in range(200):
        journal.append(str(n), b"x")
    await journal.flush()
    ids = [change.batch for call in faulty.calls for batch in call.batches for change in batch.changes]
    assert len(set(ids)) == 200
    assert {len(one) for one in ids} == {16}
    assert ids == sorted(ids)


# Bounds.


async def test_a_full_queue_says_so(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(journal_bytes=3 * (10 + OVERHEAD))
    faulty.open.clear()
    await log.start()
    room = Room()
    journal = log.journal("notes", "l", room)
    for n in range(3):
        journal.append("a", b"%10d" % n)
    await until(lambda: faulty.calls)  # what is in flight counts too
    with pytest.raises(Overloaded, match="notes"):
        journal.append("a", b"")
    assert journal.position == 3
    faulty.open.set()
    await journal.flush()
    assert journal.append("a", bytes(10_000)) == 4  # one alone may be bigger
    await journal.flush()
    assert len(await faulty.updates("notes")) == 4
    assert room.failures == []


async def test_all_queues_together_are_bounded(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(total_bytes=3 * OVERHEAD)
    journals = [log.journal(name, "l", Room()) for name in "abcd"]
    for journal in journals[:3]:
        journal.append("x", b"")
    with pytest.raises(Overloaded):
        journals[3].append("x", b"")
    assert journals[3].position == 0
    await log.start()
    await asyncio.gather(*(journal.flush() for journal in journals))
    for _ in range(20):  # the room that a commit frees is there again
        for journal in journals[1:]:
            journal.append("x", b"")
        await asyncio.gather(*(journal.flush() for journal in journals))


async def test_what_is_given_up_frees_its_room(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(total_bytes=3 * OVERHEAD, give_up=0.02)
    await log.start()
    faulty.before = fail_times(10**9, LOCKED)
    for _ in range(5):
        journal = log.journal("notes", "l", Room())
        for _ in range(3):
            journal.append("x", b"")
        with pytest.raises(StorageUnavailable):
            await journal.flush()


# Opening, flushing, closing.


async def test_a_document_has_one_journal(log: Log, faulty: FaultyStore) -> None:
    journal = log.journal("notes", "l", Room())
    with pytest.raises(RuntimeError, match="a journal already"):
        log.journal("notes", "l", Room())
    faulty.open.clear()
    journal.append("a", b"1")
    journal.close()
    journal.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        journal.append("a", b"2")
    with pytest.raises(StorageUnavailable, match="still being written"):
        log.journal("notes", "l", Room())
    faulty.open.set()
    await journal.flush()
    log.journal("notes", "l", Room()).close()
    log.journal("notes", "l", Room())
    assert await faulty.updates("notes") == [b"1"]


async def test_a_flush_of_nothing_returns(log: Log) -> None:
    await log.journal("notes", "l", Room()).flush()


async def test_a_flush_can_be_left(log: Log, faulty: FaultyStore) -> None:
    faulty.open.clear()
    journal = log.journal("notes", "l", Room())
    journal.append("a", b"1")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await journal.flush()
    faulty.open.set()
    await journal.flush()


async def test_closing_writes_what_is_queued(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(gather=0.2)
    await log.start()
    room = Room()
    journal = log.journal("notes", "l", room)
    faulty.before = fail_times(3, LOCKED)
    for n in range(5):
        journal.append("a", b"%d" % n)
        await asyncio.sleep(0.005)
    await log.close(30)
    assert room.positions[-1] == 5
    assert await faulty.updates("notes") == [b"%d" % n for n in range(5)]
    with pytest.raises(ShuttingDown):
        journal.append("a", b"late")
    with pytest.raises(ShuttingDown):
        log.journal("other", "l", Room())


@pytest.mark.parametrize("fault", ["hangs", "fails"])
async def test_closing_takes_no_longer_than_it_may(make_log: MakeLog, faulty: FaultyStore, fault: str) -> None:
    log = make_log()
    await log.start()
    if fault == "hangs":
        faulty.open.clear()
    else:
        faulty.before = fail_times(10**9, LOCKED)
    room = Room()
    journal = log.journal("notes", "l", room)
    journal.append("a", b"1")
    await until(lambda: faulty.calls)
    async with asyncio.timeout(5):
        await log.close(0.05)
    assert [type(error) for error in room.failures] == [ShuttingDown]
    assert room.positions == []
    with pytest.raises(ShuttingDown):
        await journal.flush()


async def test_a_log_that_was_never_started_can_be_closed(make_log: MakeLog) -> None:
    log = make_log()
    room = Room()
    log.journal("notes", "l", room).append("a", b"1")
    await log.close(1)
    assert [type(error) for error in room.failures] == [ShuttingDown]
