"""The log when commits fail: nothing lost or doubled, nobody held back by another's fault, an end to all patience."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Callable

import pytest

from collab.errors import CollabError, DocumentDeleted, StorageUnavailable
from collab.storage.base import RowsRefused
from collab.storage.log import Journal, Log
from tests.storage.conftest import MakeLog
from tests.storage.faulty import LOCKED, Call, FaultyStore, Room, fail_times, fail_with, until
from tests.storage.samples import NOON

# When a commit fails.


async def test_the_same_rows_are_tried_again_first(log: Log, faulty: FaultyStore) -> None:
    room = Room()
    journal = log.journal("notes", "l", room)
    faulty.open.clear()
    faulty.before = fail_times(5, LOCKED)
    journal.append("a", b"1")
    await until(lambda: faulty.calls)
    journal.append("a", b"2")
    journal.append("a", b"3")
    faulty.open.set()
    await journal.flush()
    tries = [(call.retried, call.batches) for call in faulty.calls]
    assert [retried for retried, _ in tries] == [False, True, True, True, True, True, False]
    assert len({batches for _, batches in tries[:6]}) == 1
    assert room.positions == [1, 3]
    assert await faulty.updates("notes") == [b"1", b"2", b"3"]


async def test_tries_come_later_and_later(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(retry_first=0.02, retry_most=0.08)
    await log.start()
    loop, times = asyncio.get_running_loop(), list[float]()
    fail = fail_times(4, LOCKED)

    def note(call: Call) -> None:
        times.append(loop.time())
        fail(call)

    faulty.before = note
    journal = log.journal("notes", "l", Room())
    journal.append("a", b"1")
    await journal.flush()
    pauses = [later - sooner for sooner, later in itertools.pairwise(times)]
    for pause, least in zip(pauses, [0.02, 0.04, 0.08, 0.08], strict=True):
        assert least * 0.9 <= pause <= least + 1


async def test_newcomers_join_a_retry(log: Log, faulty: FaultyStore) -> None:
    faulty.open.clear()
    faulty.before = fail_times(1, LOCKED)
    one, two = log.journal("one", "l", Room()), log.journal("two", "l", Room())
    one.append("a", b"1")
    await until(lambda: faulty.calls)
    two.append("a", b"2")
    faulty.open.set()
    await asyncio.gather(one.flush(), two.flush())
    assert [call.documents for call in faulty.calls] == [["one"], ["one", "two"]]


async def test_a_commit_whose_reply_was_lost_is_not_doubled(log: Log, faulty: FaultyStore) -> None:
    room = Room()
    journal = log.journal("notes", "l", room)
    faulty.after = fail_times(3, StorageUnavailable("connection lost"))
    for n in range(4):
        journal.append("a", b"%d" % n)
        await journal.flush()
    assert await faulty.updates("notes") == [b"0", b"1", b"2", b"3"]
    assert room.positions == [1, 2, 3, 4]
    assert len(faulty.calls) == 7


async def test_one_bad_document_holds_back_nobody(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(retry_first=0.01, retry_most=0.02)
    faulty.before = fail_with("bad", RowsRefused("no"))
    rooms = {name: Room() for name in ("a", "bad", "b")}
    journals = {name: log.journal(name, "l", room) for name, room in rooms.items()}
    for journal in journals.values():
        journal.append("x", b"1")
    await log.start()
    await asyncio.gather(journals["a"].flush(), journals["b"].flush())
    assert [call.documents for call in faulty.calls[:4]] == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    for n in range(2, 30):
        journals["a"].append("x", b"%d" % n)
        journals["bad"].append("x", b"%d" % n)
        await journals["a"].flush()
    assert rooms["bad"].positions == []
    # From now on the bad one is tried alone, seldom, and always with the same rows.
    later = [call for call in faulty.calls[4:] if "bad" in call.documents]
    assert all(call.documents == ["bad"] and call.retried for call in later)
    assert len({call.batches for call in later}) <= 1
    faulty.before = lambda call: None
    await journals["bad"].flush()
    assert await faulty.updates("bad") == [b"%d" % n for n in range(1, 30)]
    assert rooms["bad"].positions[-1] == 29
    assert not any(room.failures for room in rooms.values())


async def test_what_was_deleted_is_refused_at_once(log: Log, faulty: FaultyStore) -> None:
    await faulty.create("gone", lineage="l", time=NOON)
    await faulty.delete("gone", time=NOON)
    rooms = {name: Room() for name in ("a", "gone", "b")}
    journals = {name: log.journal(name, "l", room) for name, room in rooms.items()}
    for journal in journals.values():
        journal.append("x", b"1")
        journal.append("x", b"2")
    await asyncio.gather(journals["a"].flush(), journals["b"].flush())
    with pytest.raises(DocumentDeleted):
        await journals["gone"].flush()
    assert [type(error) for error in rooms["gone"].failures] == [DocumentDeleted]
    assert rooms["a"].positions == rooms["b"].positions == [2]
    with pytest.raises(StorageUnavailable, match="closed"):
        journals["gone"].append("x", b"3")
    log.journal("gone", "l", Room())  # all that was asked for has been answered: another may be opened


async def test_a_mistake_in_the_store_is_survived(
    log: Log, faulty: FaultyStore, caplog: pytest.LogCaptureFixture
) -> None:
    faulty.before = fail_times(3, ZeroDivisionError("a mistake"))
    journals = [log.journal(name, "l", Room()) for name in "ab"]
    for journal in journals:
        journal.append("x", b"1")
    await asyncio.gather(*(journal.flush() for journal in journals))
    assert await faulty.updates("a") == await faulty.updates("b") == [b"1"]
    assert "a mistake" in caplog.text


async def test_a_mistake_in_a_room_is_survived(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Room):
        def committed(self, position: int) -> None:
            raise ZeroDivisionError("a mistake")

    broken, sound = Broken(), Room()
    journals = [log.journal("a", "l", broken), log.journal("b", "l", sound)]
    for _ in range(2):
        for journal in journals:
            journal.append("x", b"1")
        await asyncio.gather(*(journal.flush() for journal in journals))
    assert sound.positions == [1, 2]
    assert "a mistake" in caplog.text


# Giving up.


async def test_a_document_is_given_up_in_time(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(give_up=0.05)
    await log.start()
    faulty.before = fail_times(10**9, LOCKED)
    room = Room()
    journal = log.journal("notes", "l", room)
    journal.append("a", b"1")
    journal.append("a", b"2")
    with pytest.raises(StorageUnavailable, match="could not be saved"):
        await journal.flush()
    assert room.positions == []
    assert len(room.failures) == 1
    assert isinstance(room.failures[0], StorageUnavailable)
    tries = len(faulty.calls)
    assert tries > 2
    with pytest.raises(StorageUnavailable, match="closed"):
        journal.append("a", b"3")
    # The room starts anew, and the database recovers.
    faulty.before = lambda call: None
    again = log.journal("notes", "l", room)
    again.append("a", b"4")
    await again.flush()
    assert await faulty.updates("notes") == [b"4"]
    assert len(faulty.calls) == tries + 1


async def test_a_refused_document_is_given_up_and_others_are_not(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(give_up=0.05)
    await log.start()
    faulty.before = fail_with("bad", RowsRefused("no"))
    bad, good = Room(), Room()
    journals = [log.journal("bad", "l", bad), log.journal("good", "l", good)]
    for journal in journals:
        journal.append("a", b"1")
    await until(lambda: bad.failures)
    journals[1].append("a", b"2")
    await journals[1].flush()
    assert good.failures == []
    assert good.positions[-1] == 2


async def test_a_commit_that_hangs_is_given_up_but_not_forgotten(make_log: MakeLog, faulty: FaultyStore) -> None:
    log = make_log(give_up=0.05)
    await log.start()
    faulty.open.clear()
    hung, waiting = Room(), Room()
    journal = log.journal("hung", "l", hung)
    journal.append("a", b"1")
    await until(lambda: faulty.calls)
    behind = log.journal("waiting", "l", waiting)
    behind.append("a", b"1")
    await until(lambda: hung.failures and waiting.failures)
    # Nobody knows whether it will be stored: what a room would load now might lack it.
    with pytest.raises(StorageUnavailable, match="still being written"):
        log.journal("hung", "l", Room())
    fresh = log.journal("waiting", "l", waiting)
    fresh.append("a", b"2")
    faulty.open.set()
    await fresh.flush()
    assert hung.positions == []  # it was told otherwise
    assert await faulty.updates("hung") == [b"1"]
    assert await faulty.updates("waiting") == [b"2"]
    again = log.journal("hung", "l", Room())
    again.append("a", b"3")
    await again.flush()
    assert await faulty.updates("hung") == [b"1", b"3"]


async def test_a_log_whose_writer_dies_says_so(make_log: MakeLog, faulty: FaultyStore) -> None:
    def broken() -> int:
        return -1  # no batch id can be made of a time before the epoch

    log = Log(faulty, clock=broken)
    await log.start()
    room = Room()
    journal = log.journal("notes", "l", room)
    journal.append("a", b"1")
    await until(lambda: room.failures)
    with pytest.raises(StorageUnavailable, match="stopped"):
        log.journal("other", "l", Room())
    with pytest.raises(StorageUnavailable, match="stopped"):
        await log.close(1)


# All at once.


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_each_update_is_stored_once_and_in_order(
    seed: int, make_log: MakeLog, faulty: FaultyStore, more: Callable[[int], int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    chance = random.Random(seed)
    log = make_log()
    await log.start()
    faults: list[CollabError | ZeroDivisionError] = [LOCKED, RowsRefused("no"), ZeroDivisionError("a mistake")]

    def before(call: Call) -> None:
        if chance.random() < 0.25 or (chance.random() < 0.5 and "unlucky" in call.documents):
            raise chance.choice(faults)

    def after(_call: Call) -> None:
        if chance.random() < 0.25:
            raise chance.choice(faults)

    faulty.before, faulty.after = before, after
    names = ["a", "b", "c", "unlucky"]
    sent: dict[str, list[bytes]] = {name: [] for name in names}

    class Checking(Room):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name
            self.truthful = True

        def committed(self, position: int) -> None:
            super().committed(position)
            stored = [update for change in faulty.stored(self.name) for update in change.updates]
            self.truthful &= stored[:position] == sent[self.name][:position]

    rooms = {name: Checking(name) for name in names}
    journals: dict[str, Journal] = {name: log.journal(name, "l", rooms[name]) for name in names}
    for number in range(more(400)):
        name = chance.choice(names)
        update = b"%d" % number
        journals[name].append(chance.choice(["x", "y", None]), update)
        sent[name].append(update)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.choice([0, 0.001, 0.003]))
    async with asyncio.timeout(60):
        await asyncio.gather(*(journal.flush() for journal in journals.values()))
    for name in names:
        assert await faulty.updates(name) == sent[name]
        assert rooms[name].positions == sorted(set(rooms[name].positions))
        assert rooms[name].failures == []
        assert rooms[name].truthful
