"""Edits that do not follow on yet: accepted as far as they go, held, asked for once, and acknowledged when they are in."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from pathlib import Path

import pycrdt
import pytest

from collab.crdt import Extension
from collab.errors import MalformedUpdate, TimedOut, TooLarge
from collab.protocol.messages import Step1, Step2
from collab.rooms.held import Edit
from tests.protocol.frames import vu
from tests.rooms.house import EMPTY, NOTHING, House, Writer, shown
from tests.rooms.lag import CLOSELY, Lag


async def test_a_gap_is_held_asked_for_once_filled_and_acknowledged(house: House) -> None:
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await alice.until(acks=1)
    lost, second, third = hers.type("a"), hers.type("b"), hers.type("c")
    asked = len(alice.questions)

    await alice.edit(second, third)

    assert alice.questions[asked:] == [NOTHING], "one question, whatever number of edits wait"
    assert bob.sees == ""
    await house.saved()
    assert alice.acks == 1
    await alice.say(Step2(lost))
    await house.told()
    assert bob.sees == "abc"
    await alice.until(acks=3)
    await house.saved()
    assert alice.acks == 3, "for the two that were held; the answer to our question is not counted by the client"
    assert await house.disk.text("notes") == "abc"


async def test_what_fits_enters_at_once_and_the_rest_waits(house: House) -> None:
    """One frame of two clients: the one that follows on is let in, the other one is held; one receipt, when all is in."""
    alice, hers = await house.writer(1)
    bob, _ = await house.writer(2, "bob")
    await alice.until(acks=1)
    other = Writer(7)
    lost = other.type("x")
    late = other.type("y")
    await alice.edit(pycrdt.merge_updates(late, hers.type("z")))
    assert bob.sees == "z"
    await house.saved()
    assert alice.acks == 1
    await alice.edit(lost)
    await house.told()
    assert sorted(bob.sees) == ["x", "y", "z"]
    await alice.until(acks=3)


async def test_while_our_first_question_is_open_nothing_is_asked_and_nothing_runs_out(house: House) -> None:
    """Keystrokes that a provider sends after a reconnect, before its handshake is done, are like that."""
    hers = Writer(1)
    offline, typed = hers.type("offline "), hers.type("online")
    alice = await house.enter("alice")
    bob, _ = await house.writer(2, "bob")
    await alice.edit(typed)
    await alice.say(Step1(hers.vector))
    await alice.edit(hers.type("!"))
    house.now += 60
    alice.room.tick()
    assert alice.questions == [NOTHING]
    assert not alice.ended

    await alice.say(Step2(offline))

    await house.told()
    assert bob.sees == "offline online!"
    await alice.until(acks=2)
    await house.saved()
    assert alice.acks == 2, "the Step2 and what came after the Step1; the first was of an earlier count"
    assert len(alice.questions) == 1


async def test_the_deadline_runs_from_the_question(house: House) -> None:
    alice, hers = await house.writer(1)
    hers.type("a")
    house.now += 100
    await alice.edit(hers.type("b"))
    house.now += 29
    alice.room.tick()
    assert not alice.ended
    house.now += 2
    alice.room.tick()
    assert [type(error) for error in alice.ended] == [TimedOut]
    assert "did not come" in alice.ended[0].reason


async def test_a_filled_gap_ends_the_deadline_and_the_next_gap_has_its_own(house: House) -> None:
    alice, hers = await house.writer(1)
    for _ in range(3):
        lost = hers.type("a")
        await alice.edit(hers.type("b"))
        house.now += 29
        alice.room.tick()
        await alice.say(Step2(lost))
        house.now += 29
        alice.room.tick()
    assert not alice.ended
    assert len(alice.questions) == 4, "the handshake's, and one for each gap"


async def test_a_gap_that_another_client_fills_is_filled(house: House) -> None:
    """Bob's network was slow: what he answers to was relayed to him by someone who writes elsewhere, too."""
    alice, hers = await house.writer(1)
    bob, his = await house.writer(2, "bob")
    await bob.until(acks=1)
    first = hers.type("a")
    await bob.edit(his.hear(first).type("b"))
    assert bob.acks == 1
    await alice.edit(first)
    await bob.until(acks=2)
    assert (await house.newcomer()).sees == "ab"


async def test_too_much_that_does_not_follow_on_ends_the_place_with_the_reason(tmp_path: Path) -> None:
    async with House(tmp_path, max_held_bytes=1000) as house:
        alice, hers = await house.writer(1)
        bob, his = await house.writer(2, "bob")
        hers.type("lost")
        for _ in range(20):
            await alice.edit(hers.type("x" * 100))
        assert [type(error) for error in alice.ended] == [TooLarge]
        assert "1000 bytes" in alice.ended[0].reason
        alice.leave()
        await bob.edit(his.type("fine"))
        assert (await house.newcomer()).sees == "fine"


async def test_what_is_held_is_bounded_in_memory_not_only_in_bytes_on_the_wire(tmp_path: Path) -> None:
    """A part of ten bytes costs some hundred as objects: counted bare, 4 MiB of them would take 200 MB."""
    async with House(tmp_path, max_held_bytes=64 * 1024) as house:
        alice = await (await house.enter("alice")).open()
        for number in range(6000):
            await alice.edit(b"\1\1\5" + vu(2 * number + 2) + b"\0\1\0")
        assert [type(error) for error in alice.ended] == [TooLarge]


async def test_everything_in_reverse_order_gets_in_and_the_loop_never_stands_still(house: House) -> None:
    alice, hers = await house.writer(1)
    typed = [hers.type("x") for _ in range(4000)]
    await alice.edit(*reversed(typed[1:]))
    assert not alice.ended
    async with Lag() as lag:
        await alice.edit(typed[0])
    assert (await house.newcomer()).sees == "x" * 4000
    assert lag.seconds < CLOSELY
    await alice.until(acks=4001)


async def test_edits_of_others_do_not_pay_for_what_is_held(house: House) -> None:
    """4,000 waiting parts of one client, and every keystroke of another one looks through them."""
    alice, hers = await house.writer(1)
    bob, his = await house.writer(2, "bob")
    keystrokes = [his.type("y") for _ in range(400)]
    calm = await _seconds(bob.edit(*keystrokes[:200]))
    hers.type("lost")
    await alice.edit(*(hers.type("x") for _ in range(4000)))
    busy = await _seconds(bob.edit(*keystrokes[200:]))
    assert busy < 5 * calm + 0.02


@pytest.mark.parametrize("seed", range(20))
async def test_any_order_any_repetition_converges(house: House, seed: int) -> None:
    """Three editors whose updates come shuffled and twice; each is there in the end, each frame has one receipt."""
    chance = random.Random(seed)
    writers = [Writer(number) for number in (1, 2, 3)]
    frames: list[list[bytes]] = [[] for _ in writers]
    for _ in range(60):
        writer = chance.choice(writers)
        if writer.text and chance.random() < 0.3:
            update = writer.erase(chance.randrange(len(writer.text)))
        else:
            update = writer.type(chance.choice("abc") * chance.randint(1, 3), chance.randint(0, len(writer.text)))
        frames[writers.index(writer)].append(update)
        if chance.random() < 0.5:
            writer.hear(*(frame for said in frames for frame in said))
    guests = [await (await house.enter(f"writer {writer.client}")).open() for writer in writers]
    everything = [(guest, frame) for guest, said in zip(guests, frames, strict=True) for frame in said]
    everything += chance.sample(everything, len(everything) // 2)
    chance.shuffle(everything)
    for guest, frame in everything:
        await guest.edit(frame)
    wanted = shown(*(frame for said in frames for frame in said))
    for guest in guests:
        assert not guest.ended
        await guest.until(acks=1 + sum(1 for other, _ in everything if other is guest))
    assert (await house.newcomer()).sees == wanted
    assert await house.disk.text("notes") == wanted


async def test_what_is_wrong_with_a_held_part_is_its_senders_alone(tmp_path: Path) -> None:
    """Mallory waits with too many deletions for clocks that Alice is about to write."""
    async with House(tmp_path, max_update_deletions=10) as house:
        alice, hers = await house.writer(1)
        mallory = await (await house.enter("mallory")).open()
        bomb = b"\0\1\1" + vu(40) + b"".join(vu(2 * index) + b"\1" for index in range(40))
        await mallory.edit(bomb)
        for letter in "a" * 100:
            await alice.edit(hers.type(letter))
        assert not alice.ended
        await alice.until(acks=101)
        assert (await house.newcomer()).sees.strip("a") == ""


async def test_a_part_over_the_limit_still_lets_in_what_others_wait_for(tmp_path: Path) -> None:
    """Mallory's frame brings what Bob waits for, and a gap that is too much: it ends her place, and helps him."""
    async with House(tmp_path, max_held_bytes=2000) as house:
        bob, his = await house.writer(2, "bob")
        await bob.until(acks=1)
        mallory, hers = await house.writer(1, "mallory")
        first = hers.type("a")
        await bob.edit(his.hear(first).type("b"))
        hers.type("lost")
        vector = hers.vector
        hers.type("x" * 3000)
        await mallory.edit(pycrdt.merge_updates(first, hers.update(vector)))
        assert [type(error) for error in mallory.ended] == [TooLarge]
        await bob.until(acks=2)


async def test_two_clients_that_wait_for_each_other_are_refused(house: House) -> None:
    """(1, 0) has its origin in (2, 0), and that one in (1, 0): in Yjs both would wait for ever."""
    alice = await (await house.enter("alice")).open()
    typed = b"\x84%b\0\1x"
    await alice.edit(b"\2" + b"\1\2\0" + typed % b"\1" + b"\1\1\0" + typed % b"\2" + b"\0")
    assert [type(error) for error in alice.ended] == [MalformedUpdate]


async def test_an_empty_answer_leaves_the_gap_open_until_its_deadline(house: House) -> None:
    alice, hers = await house.writer(1)
    hers.type("a")
    await alice.edit(hers.type("b"))
    await alice.say(Step2(EMPTY))
    assert len(alice.questions) == 2
    house.now += 31
    alice.room.tick()
    assert [type(error) for error in alice.ended] == [TimedOut]


async def test_who_never_answers_our_first_question_does_not_hold_for_ever(house: House) -> None:
    """FAULTS, row 25: a byte limit and a deadline."""
    alice = await house.enter("alice")
    hers = Writer(1)
    hers.type("a")
    await alice.edit(hers.type("b"))
    for _ in range(600):
        house.now += 1
        alice.room.tick()
    assert [type(error) for error in alice.ended] == [TimedOut]


async def _seconds(work: Awaitable[None]) -> float:
    """Of CPU of this thread: on a machine that has other things to do, the time on the wall says more about those."""
    begin = time.thread_time()
    await work
    return time.thread_time() - begin


@pytest.mark.parametrize("goes", ["leaves", "is sent away"])
async def test_of_who_went_while_their_edit_was_examined_nothing_is_held(house: House, goes: str) -> None:
    """Of a client that is gone nobody would ever let go of it; what fits is let in as ever."""
    alice, _ = await house.writer(1)
    await alice.until(acks=1)
    room = alice.room
    bob = await house.enter("bob")
    his = Writer(2)
    his.type("lost")
    update = pycrdt.merge_updates(his.type("gap"), Writer(3).type("fits"))
    entered, goes_on = asyncio.Event(), asyncio.Event()
    examine = room._gate.examine

    async def long(edit: Edit) -> Extension:
        entered.set()
        await goes_on.wait()
        return await examine(edit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room._gate, "examine", long)
        editing = asyncio.create_task(bob.edit(update))
        await entered.wait()
        if goes == "leaves":
            bob.leave()
        else:
            bob.peer.expel(TimedOut("too late"))
        goes_on.set()
        await editing
    await house.told()
    assert alice.sees == "fits"
    assert len(room._held) == 0
    assert len(bob.ended) == (goes != "leaves")


async def test_a_gap_that_another_filled_is_forgotten(house: House) -> None:
    """The next gap of the same client is asked for, and has a deadline of its own."""
    alice, hers = await house.writer(1)
    bob, his = await house.writer(2, "bob")
    first = hers.type("a")
    await bob.edit(his.hear(first).type("b"))
    await alice.edit(first)
    await bob.answer(his)  # one question at a time: the next one waits for this
    house.now += 60
    asked = len(bob.questions)
    his.type("lost")
    await bob.edit(his.type("late"))
    assert len(bob.questions) == asked + 1
    bob.room.tick()
    assert not bob.ended
