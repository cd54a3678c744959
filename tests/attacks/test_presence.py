"""Presence that is false, broken or too much (row 27): nobody else sees it, and no browser's ``JSON.parse`` breaks."""

from __future__ import annotations

import json

import pytest

from collab.crdt import AwarenessEntry, decode_awareness, encode_awareness
from collab.protocol.messages import Awareness, Close
from tests.attacks.clients import Client
from tests.attacks.conftest import Serve
from tests.protocol.frames import vb, vu
from tests.rooms.house import presence
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shown(client: Client, name: str) -> list[tuple[int, object]]:
    """What a client was shown: ids and states, in the order they came."""
    return [
        (entry.client, json.loads(entry.state))
        for message in client.all_of(name, Awareness)
        for entry in decode_awareness(message.payload, max_state=10**7)
    ]


def state(name: str) -> bytes:
    return json.dumps({"user": name}).encode()


async def test_nobody_can_show_somebody_else(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        alice.say(name, presence(1, 1, state("Alice")))
        await bob.until(lambda: len(shown(bob, name)) == 1)
        async with await Client.inside(server, name, "mallory") as mallory:
            for clock in (2, 1000, 2**31):
                mallory.say(name, presence(1, clock, state("Alice says yes")))
            mallory.say(name, presence(1, 2**31, b"null"))
            await mallory.settled()
            assert mallory.closed is None, "providers pass on what they heard: nobody is closed for it"
            assert not mallory.all_of(name, Close)
        alice.say(name, presence(1, 2, state("Alice again")))
        await bob.until(lambda: len(shown(bob, name)) == 2)
        assert shown(bob, name) == [(1, {"user": "Alice"}), (1, {"user": "Alice again"})]
        async with await Client.open(server) as newcomer:
            await newcomer.enter(name, server.token("newcomer"))
            assert shown(newcomer, name) == [(1, {"user": "Alice again"})]


async def test_an_old_socket_that_ends_does_not_take_along_who_came_back(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "bob") as bob:
        old = await Client.inside(server, name, "alice")
        old.say(name, presence(1, 1, state("Alice")))
        await bob.until(lambda: len(shown(bob, name)) == 1)
        async with await Client.inside(server, name, "alice") as new:
            new.say(name, presence(1, 2, state("Alice, back")))
            await bob.until(lambda: len(shown(bob, name)) == 2)
            await old.leave()
            new.say(name, presence(1, 3, state("Alice, here")))
            await bob.until(lambda: len(shown(bob, name)) == 3)
            assert [seen for _, seen in shown(bob, name)][-1] == {"user": "Alice, here"}
            assert None not in [seen for _, seen in shown(bob, name)]


async def test_who_comes_back_after_a_break_is_seen_again_though_the_clock_goes_on(server: Server, name: str) -> None:
    """Others have heard the removal, at a higher clock than the one who comes back knows of."""
    async with await Client.inside(server, name, "bob") as bob:
        for clock in (7, 8, 9):
            async with await Client.inside(server, name, "alice") as alice:
                alice.say(name, presence(1, clock, state("Alice")))
                await bob.until(lambda: (1, {"user": "Alice"}) in shown(bob, name)[-1:])
            await bob.until(lambda: (1, None) in shown(bob, name)[-1:])
        clocks = [
            entry.clock
            for message in bob.all_of(name, Awareness)
            for entry in decode_awareness(message.payload, max_state=10**6)
        ]
        assert clocks == sorted(set(clocks)), "each is newer than the one before"


BROKEN = {
    "NaN": vu(1) + vu(9) + vu(1) + vb('{"a":NaN}'),
    "infinity": vu(1) + vu(9) + vu(1) + vb('{"a":-Infinity}'),
    "no JSON": vu(1) + vu(9) + vu(1) + vb("{"),
    "not UTF-8": vu(1) + vu(9) + vu(1) + vb(b'"\xff"'),
    "nothing": vu(1) + vu(9) + vu(1) + vb(""),
    "100,000 arrays in each other": vu(1) + vu(9) + vu(1) + vb("[" * 50_000 + "]" * 50_000),
    "a clock of 2^70": vu(1) + vu(9) + vu(2**70) + vb("{}"),
    "a clock of 2^40": vu(1) + vu(9) + vu(2**40) + vb("{}"),
    "a client of 2^53": vu(1) + vu(2**53) + vu(1) + vb("{}"),
    "a good one and a broken one": vu(2) + vu(9) + vu(1) + vb("{}") + vu(10) + vu(1) + vb("{"),
    "fewer than it says": vu(3) + vu(9) + vu(1) + vb("{}"),
    "more than it says": vu(1) + (vu(9) + vu(1) + vb("{}")) * 2,
    "2^50 of them": vu(2**50),
    "160 kB of ff": b"\xff" * 160_000,
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
async def test_a_broken_presence_ends_its_senders_place_and_nobody_is_shown_any_of_it(
    server: Server, name: str, payload: bytes
) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "eve") as eve:
        eve.say(name, Awareness(payload))
        await eve.until(lambda: bool(eve.all_of(name, Close)))
        assert eve.all_of(name, Close)[0].reason
        await alice.settled()
        assert shown(alice, name) == []


async def test_a_presence_that_is_too_big_says_the_limit(serve: Serve) -> None:
    server = await serve(max_awareness_bytes=1000)
    async with await Client.inside(server, "notes", "eve") as eve:
        eve.say("notes", presence(9, 1, json.dumps("x" * 2000).encode()))
        await eve.until(lambda: bool(eve.all_of("notes", Close)))
        assert "1000" in eve.all_of("notes", Close)[0].reason


async def test_one_connection_shows_only_so_many(serve: Serve) -> None:
    server = await serve(max_awareness_clients=3)
    async with (
        await Client.inside(server, "notes", "alice") as alice,
        await Client.inside(server, "notes", "eve") as eve,
    ):
        eve.say("notes", Awareness(encode_awareness([AwarenessEntry(client, 1, b"{}") for client in range(10, 20)])))
        await alice.until(lambda: bool(shown(alice, "notes")))
        assert [client for client, _ in shown(alice, "notes")] == [10, 11, 12]
        assert not eve.all_of("notes", Close), "an editor that wakes up tells of everyone it knew"


async def test_presences_of_one_connection_are_bounded_together(server: Server, name: str) -> None:
    """100 presences of 60 kB would be 6 MB, to everyone, with each renewal: innocents would be cut off for not reading."""
    big = json.dumps("x" * 60_000).encode()
    async with (
        await Client.inside(server, name, "alice") as alice,
        await Client.inside(server, name, "eve") as eve,
    ):
        for client in range(100):
            eve.say(name, presence(1000 + client, 1, big))
        await eve.settled()
        await alice.settled()
        assert sum(len(message.payload) for message in alice.all_of(name, Awareness)) < 500_000


async def test_a_presence_that_is_not_renewed_expires(serve: Serve) -> None:
    server = await serve(awareness_timeout="1s")
    async with (
        await Client.inside(server, "notes", "alice") as alice,
        await Client.inside(server, "notes", "bob") as bob,
    ):
        alice.say("notes", presence(1, 1, state("Alice")))
        await bob.until(lambda: shown(bob, "notes")[-1:] == [(1, None)])
        assert alice.closed is None
        alice.say("notes", presence(1, 2, state("awake")))
        await bob.until(lambda: shown(bob, "notes")[-1:] == [(1, {"user": "awake"})])
