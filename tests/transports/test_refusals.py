"""Who is sent away twice is not closed at once: y-websocket 1 and 2 would come back ten times a second."""

from __future__ import annotations

import asyncio
from pathlib import Path

from collab.protocol.messages import Denied, Step1, Step2, Update
from collab.transports.refusals import _MOST, PAUSE, Refusals
from tests.attacks.clients import YClient
from tests.rooms.house import NOTHING, PATIENCE
from tests.transports.doors import Doors


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_time_is_at_once_and_the_next_is_not() -> None:
    refusals = Refusals(Clock())
    assert refusals.pause("/yjs/notes", "bad") == 0
    assert refusals.pause("/yjs/notes", "bad") == PAUSE
    assert refusals.pause("/yjs/notes", "worse") == 0, "another token is a fresh try"
    assert refusals.pause("/yjs/other", "bad") == 0, "and so is another document"


def test_a_minute_later_it_is_forgotten() -> None:
    clock = Clock()
    refusals = Refusals(clock)
    refusals.pause("/yjs/notes", "bad")
    clock.now += 59
    assert refusals.pause("/yjs/notes", "bad") == PAUSE
    clock.now += 61
    assert refusals.pause("/yjs/notes", "bad") == 0


def test_it_knows_no_more_than_it_may() -> None:
    refusals = Refusals(Clock())
    for number in range(_MOST + 10):
        refusals.pause("/yjs/notes", str(number))
    assert len(refusals) == _MOST
    assert refusals.pause("/yjs/notes", "0") == 0
    assert refusals.pause("/yjs/notes", str(_MOST)) == PAUSE


async def test_who_comes_straight_back_is_told_at_once_and_closed_later(doors: Doors) -> None:
    async with await YClient.join(doors, "notes", "bad") as first:
        assert (await first.ended()).code == 4401
    async with await YClient.join(doors, "notes", "bad") as second:
        await second.until(lambda: bool(second.all_of("", Denied)))
        second.say("", Step1(NOTHING), Update(b"\xff"))
        second.socket.send(b"nonsense")
        doors.ahead += PAUSE
        assert (await second.ended()).code == 4401
        assert [type(message) for message in second.heard[""]] == [Denied], "it is outside: nothing is answered"
    async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
        alice.say("", Step1(NOTHING))
        await alice.until(lambda: len(alice.heard.get("", [])) == 2)


async def test_who_brings_the_same_offence_again_is_slowed_down_too(doors: Doors) -> None:
    """It is let in each time, and each time it answers with what is refused."""
    async with await YClient.join(doors, "notes", doors.token("alice")) as bystander:
        token = doors.token("mallory")
        for time in range(2):
            async with await YClient.join(doors, "notes", token) as mallory:
                mallory.say("", Step1(NOTHING), Update(b"\xff"))
                await mallory.until(lambda mallory=mallory: bool(mallory.all_of("", Step2)))  # type: ignore[misc]
                if time == 1:
                    doors.ahead += PAUSE
                assert (await mallory.ended()).code == 4400
        assert bystander.closed is None


async def test_who_was_in_for_a_while_is_closed_at_once(doors: Doors) -> None:
    """Two windows of one person have the same token; both are told at once that the document is deleted."""
    token = doors.token("alice")
    async with await YClient.join(doors, "notes", token) as one, await YClient.join(doors, "notes", token) as two:
        for window in (one, two):
            window.say("", Step1(NOTHING))
            await window.until(lambda window=window: bool(window.all_of("", Step2)))  # type: ignore[misc]
        doors.ahead += PAUSE
        for window in (one, two):
            window.say("", Update(b"\xff"))
            assert (await window.ended()).code == 4400


async def test_who_is_one_too_many_and_is_closed_later_takes_no_place_meanwhile(tmp_path: Path) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.7"}
    async with Doors(tmp_path, max_connections_per_subject=1) as doors:
        token = doors.token("bob")

        async def join() -> YClient:
            return await YClient.join(doors, "notes", token, elsewhere)

        async with await join() as first:
            await first.until(lambda: bool(first.all_of("", Step1)))
            async with await join() as second:
                assert (await second.ended()).code == 1013
            third = await join()
            await asyncio.sleep(0.1)
        async with third, asyncio.timeout(PATIENCE):
            while len(doors.connections) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            async with await join() as fourth:
                await fourth.until(lambda: bool(fourth.all_of("", Step1)))
                assert third.closed is None
