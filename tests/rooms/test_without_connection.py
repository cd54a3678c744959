"""What is asked of a document by somebody who does not have it open, and how it fits with those who do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from collab.auth.roles import Role
from collab.crdt import DeleteSet, encode_state_vector, squash
from collab.crdt.document import DocumentState
from collab.errors import (
    CollabError,
    Conflict,
    DocumentDeleted,
    DocumentFull,
    DocumentUnreadable,
    Forbidden,
    MalformedUpdate,
    MissingDependencies,
    NotFound,
    Overloaded,
    ShuttingDown,
    StorageUnavailable,
    TooLarge,
)
from collab.protocol.messages import Step2, Update
from collab.rooms.fold import fold
from tests.crdt.yjs import Case, Judge, sessions
from tests.growing_old.writing import keep
from tests.rooms.house import PATIENCE, House, Writer, presence, shown
from tests.rooms.lag import CLOSELY, Lag

# ---- an edit --------------------------------------------------------------------------------------------------------


async def test_an_edit_is_on_disk_when_it_returns_and_live_editors_see_it(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("hello"))
    robot = Writer(2).hear(*alice.updates, hers.update())
    assert await house.submit(robot.type(" world"))
    await house.told()
    assert hers.hear(*alice.updates).text == "hello world"
    assert await house.disk.text("notes") == "hello world"
    stored = await house.disk.load("notes")
    assert stored is not None
    assert [change.actor for change in stored.tail] == ["alice", "robot"]


async def test_an_edit_makes_the_document_where_there_is_none(house: House) -> None:
    assert await house.submit(Writer(1).type("a"))
    assert await house.disk.text("notes") == "a"
    assert len(house.rooms) == 1


async def test_what_brings_nothing_new_says_so_and_waits_for_what_it_is_made_of(house: House) -> None:
    alice, hers = await house.writer(1)
    await house.saved()
    house.disk.writes.clear()
    await alice.edit(hers.type("hello"))
    again = asyncio.create_task(house.submit(hers.update()))
    await asyncio.sleep(0.02)
    assert not again.done()
    house.disk.writes.set()
    assert not await again
    assert await house.disk.text("notes") == "hello"


async def test_an_edit_with_a_gap_is_refused_whole_and_leaves_nothing_behind(house: House) -> None:
    hers = Writer(1)
    missing, late = hers.type("a"), hers.type("b")
    alice, _ = await house.writer(3)
    with pytest.raises(MissingDependencies, match=r"client 1 up to clock 1"):
        await house.submit(late)
    with pytest.raises(MissingDependencies):  # though a part of it would fit
        await house.submit(squash([late, Writer(2).type("c")]))
    assert alice.updates == [b"\0\0"]
    assert await house.disk.load("notes") is None
    assert await house.submit(missing)
    assert alice.sees == "a", "the second half was not held: it would have come in now"
    assert await house.submit(late)
    await house.told()
    assert alice.sees == "ab"


async def test_who_may_not_write_may_not_submit_and_makes_nothing(house: House) -> None:
    for role in (Role.VIEWER, Role.COMMENTER):
        with pytest.raises(NotFound):
            await house.submit(Writer(1).type("a"), role=role)
    await house.rooms.create("notes")
    for role in (Role.VIEWER, Role.COMMENTER):
        with pytest.raises(Forbidden):
            await house.submit(Writer(1).type("a"), role=role)
    assert await house.disk.text("notes") == ""


async def test_an_edit_under_the_name_of_somebody_who_is_writing_is_refused(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("hello"))
    forged = Writer(1).hear(hers.update()).type("!")
    with pytest.raises(Conflict, match="somebody else is writing with") as refused:
        await house.submit(forged)
    assert type(refused.value) is Conflict
    assert await house.submit(forged, actor="alice")
    alice.leave()


@pytest.mark.parametrize("update", [b"", b"\1", b"\1\1\1\0", bytes(3), b"\xff" * 40])
async def test_what_is_no_update_is_refused_and_the_document_goes_on(house: House, update: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        await house.submit(update)
    assert await house.submit(Writer(1).type("a"))


async def test_limits_are_those_of_clients(tmp_path: Path) -> None:
    async with House(tmp_path, max_update_bytes=2000, max_document_bytes=4000) as house:
        hers = Writer(1)
        with pytest.raises(TooLarge, match="2000 are allowed"):
            await house.submit(hers.type("x" * 3000))
        hers = Writer(1)
        for _ in range(2):
            assert await house.submit(hers.type("x" * 1900))
        before = hers.update()
        with pytest.raises(DocumentFull) as full:
            await house.submit(hers.type("x" * 1000))
        assert full.value.setting == "max_document_bytes"
        shorter = Writer(2).hear(before)
        assert await house.submit(shorter.erase(0, 1500)), "one that is full can be shortened"
        assert await house.disk.text("notes") == "x" * 2300


async def test_a_full_queue_and_a_broken_disk_are_told(tmp_path: Path) -> None:
    async with House(tmp_path, give_up=0.05, log_queue_bytes=65536, max_update_bytes=65536) as house:
        house.disk.writes.clear()
        hers = Writer(1)
        waiting = asyncio.create_task(house.submit(hers.type("x" * 60_000)))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await house.submit(hers.type("x" * 60_000))
        with pytest.raises(CollabError) as failed:
            await waiting
        assert failed.value.status == 503
        house.disk.writes.set()
        house.disk.write_error = StorageUnavailable("full")
        with pytest.raises(StorageUnavailable):
            await house.submit(Writer(2).type("a"))


async def test_what_is_larger_than_the_queue_waits_until_that_is_empty(tmp_path: Path) -> None:
    """A restore may be: nobody is sent away for it."""
    async with House(tmp_path, log_queue_bytes=65536, max_update_bytes=65536) as house:
        alice, hers = await house.writer(1)
        await alice.edit(hers.type("a"))
        large = Writer(2).type("x" * 100_000)
        assert await house.rooms.submit("notes", large, actor="robot", role=Role.EDITOR, restored=0)
        await alice.edit(hers.type("b"))
        await house.saved()
        assert alice.ended == []
        assert await house.disk.text("notes") == hers.hear(*alice.updates).text


async def test_many_who_come_at_once_to_a_long_life_of_deletions_are_let_in(house: House) -> None:
    """What is deleted is decoded when somebody brings something, and in steps: they may all do so at once."""
    text = Writer(1).type("ab" * 20_000)
    deletions = b"\0" + DeleteSet((1, at, at + 1) for at in range(0, 40_000, 2)).encode()
    await keep(house.disk, "notes", [text, deletions])
    await fold(house.disk, "notes")
    viewers = [await house.enter(f"viewer {number}", Role.VIEWER) for number in range(4)]
    editor = await house.enter("editor")
    assert editor.room.state.is_encoded
    mine, clean_up = Writer(3).type("!"), b"\0" + DeleteSet([(1, 0, 1)]).encode()
    await asyncio.gather(*(viewer.say(Step2(clean_up)) for viewer in viewers), editor.say(Update(mine)))
    assert [guest.ended for guest in (*viewers, editor)] == [[]] * 5
    assert sorted(shown(await house.rooms.state("notes"))) == sorted("b" * 20_000 + "!")


async def test_an_edit_is_carried_to_its_end_though_whoever_sent_it_has_gone(house: House) -> None:
    large = Writer(1).type("x" * 400_000)
    room = await house.room()
    async with room.turn:
        sending = asyncio.create_task(house.submit(large))
        await asyncio.sleep(0.01)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        while await house.disk.text("notes") == "":  # noqa: ASYNC110 - the disk says nothing
            await asyncio.sleep(0.005)
    assert (await house.newcomer()).sees == "x" * 400_000


async def test_a_stop_is_told_to_who_waits(house: House) -> None:
    house.disk.writes.clear()
    waiting = asyncio.create_task(house.submit(Writer(1).type("a")))
    await asyncio.sleep(0.01)
    await house.rooms.close(0.02)
    with pytest.raises(ShuttingDown):
        await waiting
    with pytest.raises(ShuttingDown):
        await house.submit(Writer(1).type("a"))


async def test_edits_of_everybody_at_once_all_come_in(house: House, more: Callable[[int], int]) -> None:
    """Live editors and submitters in one document, their turns as chance has them."""
    chance = random.Random(3)
    alice, hers = await house.writer(1)
    robots = [Writer(number) for number in range(2, 6)]
    written = 0

    async def robot(writer: Writer) -> None:
        for _ in range(more(20)):
            await asyncio.sleep(chance.random() / 1000)
            assert await house.submit(writer.type("r"), actor=f"robot {writer.client}")

    async with asyncio.TaskGroup() as tasks:
        for each in robots:
            tasks.create_task(robot(each))
        for _ in range(more(60)):
            await alice.edit(hers.type("a"))
            written += 1
            await asyncio.sleep(0)
    await house.saved()
    text = await house.disk.text("notes")
    assert (text.count("a"), text.count("r")) == (written, 4 * more(20))
    await house.told()
    assert hers.hear(*alice.updates).text == text == shown(await house.rooms.state("notes"))


# ---- the state ------------------------------------------------------------------------------------------------------


async def test_the_state_is_one_update_of_all_or_of_what_is_missing(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("hello"))
    before = hers.vector
    await alice.edit(hers.type(" world"))
    assert shown(await house.rooms.state("notes")) == "hello world"
    missing = await house.rooms.state("notes", before)
    assert b"hello" not in missing
    assert shown(await house.rooms.state("notes"), missing) == "hello world"
    assert await house.rooms.state("notes", hers.vector) == b"\0\0"


async def test_the_state_holds_no_deleted_text(house: House) -> None:
    alice, hers = await house.writer(1)
    await alice.edit(hers.type("a secret"), hers.erase(2, 6))
    state = await house.rooms.state("notes")
    assert b"secret" not in state
    assert shown(state) == "a "


async def test_there_is_no_state_of_what_is_not_there(house: House) -> None:
    with pytest.raises(NotFound):
        await house.rooms.state("notes")
    await house.enter("alice")  # who looks at an empty place
    with pytest.raises(NotFound):
        await house.rooms.state("notes")
    await house.rooms.create("notes")
    assert await house.rooms.state("notes") == b"\0\0"
    with pytest.raises(MalformedUpdate):
        await house.rooms.state("notes", b"\1\1")
    await house.rooms.delete("notes")
    with pytest.raises(DocumentDeleted):
        await house.rooms.state("notes")
    house.disk.read_error = DocumentUnreadable("change 7 is damaged")
    with pytest.raises(DocumentUnreadable):
        await house.rooms.state("damaged")


@pytest.mark.node
async def test_real_yjs_opens_the_state_as_it_opens_the_log(house: House, more: Callable[[int], int]) -> None:
    """Sessions of real editors with nested types, marks and split emoji, half of them asked for in the middle."""
    with Judge() as judge:
        for session in sessions(900, more(12)):
            name = f"session {session.seed}"
            known = DocumentState()
            half = len(session.log) // 2
            early = b""
            for number, update in enumerate(session.log):
                await house.rooms.submit(name, update, actor="robot", role=Role.EDITOR)
                if number < half:
                    known.extend(update)
                elif number == half:
                    early = await house.rooms.state(name, encode_state_vector({}))
            state = await house.rooms.state(name)
            rest = await house.rooms.state(name, encode_state_vector(known.state_vector))
            log = list(session.log)
            everything = range(len(log))
            updates = [*log, state, rest, early]
            raw, fresh, resumed = judge.ask(
                updates,
                [
                    Case([everything]),
                    Case([[len(log)]], edit=True),
                    Case([range(half), [len(log) + 1]]),
                ],
            ).result(PATIENCE)
            assert fresh.error is resumed.error is raw.error is None
            assert not fresh.pending
            assert not resumed.pending
            assert fresh.shape == raw.shape
            assert fresh.stable
            assert fresh.vector == raw.vector == resumed.vector
            if not session.splits:  # Yjs itself does not converge where an emoji was split
                assert resumed.shape == raw.shape
            assert judge.open(early).error is None


async def test_the_state_of_a_large_document_stops_nobody(house: House) -> None:
    hers = Writer(1)
    log = []
    for number in range(3000):
        log.append(hers.type("word ", at=(number * 7919) % (len(hers.text) + 1)))
        if number % 3 == 0:
            log.append(hers.erase((number * 31) % len(hers.text)))
    guest = await house.enter("alice")
    await guest.edit(*log)
    async with Lag() as lag:
        state = await house.rooms.state("notes")
        rest = await house.rooms.state("notes", encode_state_vector({1: 500}))
    assert lag.seconds < CLOSELY
    assert shown(state) == hers.text
    assert len(rest) < len(state)


async def test_whoever_only_asks_does_not_keep_a_document_in_memory_for_long(tmp_path: Path) -> None:
    async with House(tmp_path, tick=0.005, idle_room_seconds=60) as house:
        await house.submit(Writer(1).type("hello"))
        await house.rooms.state("notes")
        assert len(house.rooms) == 1
        house.now += 4
        await asyncio.sleep(0.03)
        assert len(house.rooms) == 1
        house.now += 2
        async with asyncio.timeout(PATIENCE):
            while len(house.rooms):  # noqa: ASYNC110 - nobody says when
                await asyncio.sleep(0.005)
        alice = await house.enter("alice")
        await house.rooms.state("notes")
        alice.leave()
        house.now += 50
        await asyncio.sleep(0.03)
        assert len(house.rooms) == 1, "people come back"


# ---- who is there ---------------------------------------------------------------------------------------------------


async def test_who_is_there(house: House) -> None:
    assert house.rooms.people("notes") == []
    assert house.disk.loads == 0
    alice, bob = await house.enter("alice"), await house.enter("bob", Role.VIEWER)
    assert house.rooms.people("notes") == []
    await alice.say(presence(7, 1, b'{"user": {"name": "Alice"}, "cursor": 1.5}'))
    await bob.say(presence(5, 1, b"{}"))
    assert [tuple(one) for one in house.rooms.people("notes")] == [
        (5, "bob", {}),
        (7, "alice", {"user": {"name": "Alice"}, "cursor": 1.5}),
    ]
    alice.leave()
    assert [one.actor for one in house.rooms.people("notes")] == ["bob"]
    (await house.room()).close(StorageUnavailable("the disk is full"))
    assert house.rooms.people("notes") == [], "everybody was sent away"
