"""Each limit is a setting, and whoever meets it is told which one it is (DESIGN, promises 6 and 7)."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote

import pytest

from collab.protocol.messages import Close, Stateless, Step1, Step2, Update
from tests.attacks import bombs
from tests.attacks.clients import Client, YClient
from tests.attacks.conftest import Serve
from tests.attacks.latency import Latency
from tests.attacks.test_wire import MEBIBYTE, memory
from tests.attacks.wire import RawSocket
from tests.protocol.frames import spelled, vb
from tests.rooms.house import EMPTY, NOTHING, Writer
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def sent_away(client: Client, document: str) -> str:
    """Why a client was sent away from a document."""
    await client.until(lambda: bool(client.all_of(document, Close)))
    return client.all_of(document, Close)[0].reason


# ---- edits ----------------------------------------------------------------------------------------------------------


async def test_one_edit_may_bring_only_so_much(serve: Serve) -> None:
    server = await serve(max_update_bytes=10_000, max_update_structs=100, max_update_deletions=50)
    async with await Client.inside(server, "notes", "alice") as alice:
        alice.edit("notes", Writer(1).type("x" * 9_000), bombs.prepended(2, 100), bombs.filler(3, 1000))
        await alice.until(lambda: alice.acks("notes") == 4)
        for bomb, limit in (
            (Writer(4).type("x" * 11_000), "10000"),
            (bombs.prepended(5, 101), "100 "),
            (bombs.update(deletes=bombs.ranges(3, ((2 * clock, 1) for clock in range(51)))), "50 are allowed"),
        ):
            alice.edit("notes", bomb)
            assert limit in await sent_away(alice, "notes")
            alice.heard.clear()
            await alice.enter("notes", server.token("alice"))
        grown = bombs.prepended(2, 150)
        alice.edit("notes", grown)
        await alice.until(lambda: alice.acks("notes") == 2)  # 50 of them are new


async def test_a_full_document_can_be_read_and_shortened_but_not_grown(serve: Serve) -> None:
    server = await serve(max_document_bytes=10_000, max_update_bytes=10_000, held_deadline="1s")
    writer = Writer(1)
    async with await Client.inside(server, "notes", "alice") as alice:
        alice.edit("notes", writer.type("x" * 9_900))
        await alice.until(lambda: alice.acks("notes") == 2)
        for _ in range(30):  # who types on is not sent away, whatever its keystrokes follow on from
            alice.edit("notes", writer.type("y" * 10))
            await asyncio.sleep(0.1)
            answered = len(alice.all_of("notes", Step1))
            if answered > 1 and alice.all_of("notes", Step1)[-1].state_vector:
                alice.say("notes", Step2(writer.update(alice.all_of("notes", Step1)[-1].state_vector)))
        await alice.settled()
        assert not alice.all_of("notes", Close)
        assert alice.refusals("notes") >= 20
        acks = alice.acks("notes")
        alice.edit("notes", bombs.update(deletes=bombs.ranges(1, [(0, 5000)])))
        await alice.until(lambda: alice.acks("notes") == acks + 1)
        async with await Client.inside(server, "notes", "newcomer", "viewer") as newcomer:
            assert len(newcomer.sees("notes").rstrip("y")) == 4_900


async def test_a_flood_of_edits_with_gaps_ends_at_the_limit_of_bytes(serve: Serve) -> None:
    """Row 25, hostile: 10,000 gaps."""
    server = await serve(max_held_bytes="256KiB")
    async with await Client.inside(server, "notes", "eve") as eve, await Client.inside(server, "notes", "bob") as bob:
        his = Writer(5)
        with Latency(server) as latency:
            for clock in range(10_000):
                eve.edit("notes", bombs.update(bombs.section(9, 2 * clock + 1, [b"\0\1"])))
            reason = await sent_away(eve, "notes")
            bob.edit("notes", his.type("x"))
            await bob.until(lambda: bob.acks("notes") == 2)
        assert str(256 * 1024) in reason
        assert "follow on" in reason
        assert latency.worst < 0.1


async def test_a_gap_that_nobody_closes_ends_at_the_deadline_with_the_reason(serve: Serve) -> None:
    """Row 25, unlucky: what was asked for does not come."""
    server = await serve(held_deadline="1s")
    async with await Client.inside(server, "notes", "eve") as eve, await Client.inside(server, "notes", "bob") as bob:
        begun = time.monotonic()
        eve.edit("notes", bombs.update(bombs.section(9, 1, [b"\0\1"])))
        await eve.until(lambda: len(eve.all_of("notes", Step1)) == 2)
        assert "1 s" in await sent_away(eve, "notes")
        assert 0.9 < time.monotonic() - begun < 6
        bob.edit("notes", Writer(5).type("x"))
        await bob.until(lambda: bob.acks("notes") == 2)


async def test_a_slow_link_is_never_closed(serve: Serve) -> None:
    """Row 25, honest: keystrokes pile up before the handshake is done, at 300 ms there and back."""
    server = await serve(held_deadline="1s")
    hers = Writer(1)
    offline = [hers.type(letter) for letter in "offline"]
    assert offline
    async with await Client.open(server) as alice:
        vector = hers.vector
        alice.say("notes", Step1(vector))
        for letter in "typed before anything was answered":
            alice.edit("notes", hers.type(letter))
            await asyncio.sleep(0.01)
        alice.authenticate("notes", server.token("alice"), hers)
        await alice.until(lambda: bool(alice.all_of("notes", Step2)))
        for _ in range(5):
            alice.edit("notes", hers.type("."))
            await asyncio.sleep(0.3)
        alice.say("notes", Step2(hers.update(alice.all_of("notes", Step1)[-1].state_vector)))
        alice.edit("notes", hers.type("!"))
        await asyncio.sleep(1.5)
        assert alice.closed is None
        assert not alice.all_of("notes", Close)
        async with await Client.inside(server, "notes", "newcomer", "viewer") as newcomer:
            assert newcomer.sees("notes") == hers.text


# ---- messages -------------------------------------------------------------------------------------------------------


async def test_a_flood_of_messages_is_slowed_down_and_nothing_is_lost(serve: Serve) -> None:
    server = await serve(message_rate=100, message_burst=50)
    writer = Writer(1)
    async with (
        await Client.inside(server, "notes", "alice") as alice,
        await Client.inside(server, "notes", "bob") as bob,
    ):
        begun = time.monotonic()
        for _ in range(200):
            alice.edit("notes", writer.type("x"))
        await alice.until(lambda: alice.acks("notes") == 201)
        assert time.monotonic() - begun > 0.8
        assert await bob.ping() < 1
        await bob.until(lambda: len(bob.all_of("notes", Update)) == 200)


async def test_asking_for_everything_again_and_again_costs_a_message_and_not_a_document(serve: Serve) -> None:
    """Row 33: an empty state vector is answered with bytes that are kept, so whoever loops it takes nobody else's time.

    They are read more slowly than they ask, and get no more than their outbox holds.
    """
    server = await serve(message_rate=20, message_burst=10, outbox_bytes="4MiB")
    writer = Writer(1)
    async with await Client.inside(server, "notes", "alice") as alice, await Client.open(server) as eve:
        alice.edit("notes", writer.type("x" * 300_000))
        await alice.until(lambda: alice.acks("notes") == 2)
        await eve.enter("notes", server.token("eve", "**:viewer"))
        before, asked = memory(server), len(eve.all_of("notes", Step2))
        with Latency(server) as latency:
            eve.say("notes", *[Step1(NOTHING)] * 40)  # a message of a few bytes, for 300 kB each
            await alice.ping()
            assert len(eve.all_of("notes", Step2)) < asked + 40, "she does not wait for all of it"
            await eve.until(lambda: len(eve.all_of("notes", Step2)) == asked + 40)
        assert latency.p99 < 0.1
        assert memory(server) - before < 20 * MEBIBYTE
        assert {len(message.update) for message in eve.all_of("notes", Step2)[asked:]} == {
            len(eve.all_of("notes", Step2)[-1].update)
        }, "everybody is served the same bytes"


# ---- readers (row 30) -----------------------------------------------------------------------------------------------


async def _deaf(server: Server, document: str, role: str = "viewer") -> RawSocket:
    """Somebody who opens a document and reads nothing."""
    socket = await RawSocket.open(server.port, buffer=2**12)
    socket.send(vb(document) + b"\2\0" + vb(server.token("deaf", f"**:{role}")))
    socket.send(vb(document) + spelled(Step1(NOTHING)))
    await asyncio.sleep(0.2)
    return socket


async def test_who_does_not_read_is_cut_off_and_nobody_notices(serve: Serve) -> None:
    """What is said is kept nowhere but in outboxes, so what memory grows by is what waits for the five who are deaf."""
    server = await serve(outbox_bytes="1MiB", outbox_deadline="60s")
    async with (
        await Client.inside(server, "notes", "alice") as alice,
        await Client.inside(server, "notes", "bob") as bob,
    ):
        alice.edit("notes", Writer(1).type("x"))
        await alice.until(lambda: alice.acks("notes") == 2)
        deaf = [await _deaf(server, "notes") for _ in range(5)]
        before = memory(server)
        with Latency(server) as latency:
            for _ in range(500):
                alice.say("notes", Stateless(b"x" * 250_000))
                await bob.until(lambda: bool(bob.all_of("notes", Stateless)))
                for client in (alice, bob):
                    client.heard.clear()
        assert latency.p99 < 0.1
        grown = memory(server) - before
        assert grown < 50 * MEBIBYTE, f"{grown >> 20} MiB, of 125 MB that would wait for each of them"
        await server.logs("connection cut off")
        assert server.log.count("connection cut off") == len(deaf)
        for socket in deaf:
            await socket.hang_up()


async def test_who_reads_nothing_for_too_long_is_cut_off_however_little_waits(serve: Serve) -> None:
    server = await serve(outbox_bytes="64MiB", outbox_deadline="1s")
    writer = Writer(1)
    async with await Client.inside(server, "notes", "alice") as alice:
        alice.edit("notes", writer.type("x"))
        await alice.until(lambda: alice.acks("notes") == 2)
        socket = await _deaf(server, "notes")
        for count in range(40):  # more than the kernel takes for it
            alice.edit("notes", writer.type("x" * 400_000))
            await alice.until(lambda count=count: alice.acks("notes") == 3 + count)  # type: ignore[misc]
        begun = time.monotonic()
        while "read nothing for 1 s" not in server.log:
            await asyncio.sleep(0.1)
            assert time.monotonic() - begun < 10
        await socket.hang_up()


async def test_who_does_not_answer_a_close_is_let_go_of(serve: Serve) -> None:
    """A client that was told to go, and neither reads nor closes: its place is free soon."""
    server = await serve(max_connections=1)
    socket = await RawSocket.open(server.port, buffer=2**12)
    socket.send(b"\xff" * 100)
    begun = time.monotonic()
    while True:
        client = await Client.open(server)
        try:
            await client.enter("notes", server.token("alice"))
            break
        except ConnectionError:
            await asyncio.sleep(0.5)
            assert time.monotonic() - begun < 20
        finally:
            await client.leave()
    await socket.hang_up()


# ---- documents that nobody has open ---------------------------------------------------------------------------------


async def test_a_document_that_left_memory_opens_again_as_it_was(serve: Serve) -> None:
    server = await serve(idle_room_seconds="500ms")
    writer = Writer(1)
    for turn in range(4):
        async with await Client.open(server) as alice:
            await alice.enter("notes", server.token("alice"), writer)
            alice.edit("notes", writer.type("secret"), writer.erase(len(writer.text) - 6, 6), writer.type("kept"))
            await alice.until(lambda: alice.acks("notes") == 4)
        async with await YClient.join(server, quote("notes"), server.token("bob")) as bob:
            bob.say("", Step1(NOTHING), Step2(EMPTY))
            await bob.until(lambda: bool(bob.all_of("", Step2)))
            assert bob.sees("") == writer.text
            assert not any(b"secret" in update for update in bob.updates("")), "deleted text is served to nobody"
        await asyncio.sleep(1.6 if turn % 2 else 0.2)
