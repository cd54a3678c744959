"""Who may only look, and what happens to what they send all the same (row 37); writing as somebody else (row 26)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from collab.protocol.messages import Authenticated, Awareness, Stateless, Step1, Step2, SyncStatus, Update
from tests.attacks.clients import Client, YClient
from tests.protocol.frames import vb
from tests.rooms.house import EMPTY, NOTHING, Writer, presence
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


def news(writer: Writer) -> bytes:
    return writer.type("intruder")


def old(writer: Writer) -> bytes:
    return writer.update()


def clean_up(writer: Writer) -> bytes:
    return writer.erase(0, 2)


def gap(writer: Writer) -> bytes:
    writer.type("lost")
    return writer.type("late")


def nothing(writer: Writer) -> bytes:
    return EMPTY


SENT = [
    # what, in which message, and whether it is said to be saved
    (news, Update, False),
    (news, Step2, False),
    (gap, Update, False),
    (gap, Step2, False),
    (clean_up, Update, True),
    (clean_up, Step2, True),
    (old, Update, True),
    (old, Step2, True),
    (nothing, Update, True),
    (nothing, Step2, True),
]


@pytest.mark.parametrize("role", ["viewer", "commenter"])
@pytest.mark.parametrize(("what", "kind", "saved"), SENT, ids=lambda value: getattr(value, "__name__", str(value)))
async def test_nothing_that_a_reader_sends_enters(
    server: Server, name: str, role: str, what: type, kind: type[Update] | type[Step2], saved: bool
) -> None:
    writer = Writer(1)
    async with await Client.inside(server, name, "alice") as alice:
        alice.edit(name, writer.type("hello"))
        await alice.until(lambda: alice.acks(name) == 2)
        async with await Client.open(server) as eve:
            hers = Writer(2)
            eve.authenticate(name, server.token("eve", f"**:{role}"))
            await eve.until(lambda: bool(eve.all_of(name, Step2)))
            assert eve.all_of(name, Authenticated) == [Authenticated(read_only=True)]
            hers.hear(*eve.updates(name))
            if kind is Update:  # the handshake's answer first
                eve.say(name, Step2(EMPTY))
                await eve.until(lambda: eve.acks(name) == 1)
            eve.say(name, kind(what(hers)))
            await eve.settled()
            statuses = eve.all_of(name, SyncStatus)
            assert statuses[-1:] == [SyncStatus(saved)]
            assert len(statuses) == (2 if kind is Update else 1), "one for each frame"
        await alice.settled()
        assert alice.all_of(name, Update) == []
        async with await Client.inside(server, name, "newcomer", "viewer") as newcomer:
            assert newcomer.sees(name) == "hello"


async def test_a_reader_is_seen_and_hears_and_says_nothing(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice:
        alice.edit(name, Writer(1).type("hello"))
        await alice.until(lambda: alice.acks(name) == 2)
        async with await Client.inside(server, name, "eve", "viewer") as eve:
            eve.say(name, presence(9, 1), Stateless(b"psst"))
            alice.say(name, Stateless(b"hello"))
            await eve.until(lambda: bool(eve.all_of(name, Stateless)))
            await alice.until(lambda: bool(alice.all_of(name, Awareness)))
            assert alice.all_of(name, Stateless) == []


@pytest.mark.parametrize("said", [b"\1", b"\2"], ids=["Step2", "Update"])
async def test_nothing_enters_in_a_reply_either(server: Server, name: str, said: bytes) -> None:
    """Hocuspocus has a second frame type for the same three messages."""
    async with await Client.inside(server, name, "alice") as alice:
        alice.edit(name, Writer(1).type("hello"))
        await alice.until(lambda: alice.acks(name) == 2)
        async with await Client.inside(server, name, "eve", "viewer") as eve:
            await eve.until(lambda: eve.acks(name) == 1)
            eve.socket.send(vb(name) + b"\4" + said + vb(Writer(2).type("intruder")))
            await eve.settled()
            assert eve.all_of(name, SyncStatus) == [SyncStatus(saved=True), SyncStatus(saved=False)]
        await alice.settled()
        assert alice.all_of(name, Update) == []


@pytest.mark.parametrize("kind", [Update, Step2])
async def test_a_reader_on_y_websocket_hears_no_echo(
    server: Server, name: str, kind: type[Update] | type[Step2]
) -> None:
    """There the echo is the ack."""
    writer = Writer(1)
    async with await Client.inside(server, name, "alice") as alice:
        alice.edit(name, writer.type("hello"))
        await alice.until(lambda: alice.acks(name) == 2)
        async with await YClient.join(server, quote(name), server.token("eve", "**:viewer")) as eve:
            eve.say("", Step1(NOTHING), kind(Writer(2).type("intruder")))
            await eve.until(lambda: bool(eve.all_of("", Step2)))
            alice.edit(name, writer.type("!"))
            await eve.until(lambda: bool(eve.all_of("", Update)))
            assert eve.sees("") == "hello!"
        assert alice.all_of(name, Update) == []


# ---- row 26 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Update, Step2])
async def test_words_put_into_anothers_mouth_are_heard_by_nobody(
    server: Server, name: str, kind: type[Update] | type[Step2]
) -> None:
    hers = Writer(1)
    async with (
        await Client.inside(server, name, "mallory") as mallory,
        await Client.inside(server, name, "alice") as alice,
        await Client.inside(server, name, "bob") as bob,
    ):
        alice.edit(name, hers.type("I say"))
        await alice.until(lambda: alice.acks(name) == 2)
        await mallory.until(lambda: bool(mallory.all_of(name, Update)))
        forged = Writer(1).hear(hers.update()).type(" that Mallory is right")
        mallory.say(name, kind(forged))
        await mallory.settled()
        assert bob.sees(name) == "I say"
        alice.edit(name, hers.type(" nothing"))
        await alice.until(lambda: alice.acks(name) == 3)
        await bob.until(lambda: len(bob.all_of(name, Update)) >= 2)
        assert bob.sees(name).startswith("I say nothing"), "hers wins where both use the same clocks"
        assert "that M" not in bob.sees(name)
        await server.logs(f"document {name!r}: what mallory brought of client 1 ")
        async with await Client.inside(server, name, "newcomer", "viewer") as newcomer:
            assert newcomer.sees(name) == bob.sees(name)


async def test_what_was_held_back_enters_when_its_owner_has_left(server: Server, name: str) -> None:
    """An honest heir: the same document, cached by a page of another user of this machine."""
    hers = Writer(1)
    async with await Client.inside(server, name, "bob") as bob, await Client.inside(server, name, "carol") as carol:
        async with await Client.inside(server, name, "alice") as alice:
            alice.edit(name, hers.type("a"))
            await alice.until(lambda: alice.acks(name) == 2)
            await bob.until(lambda: bool(bob.all_of(name, Update)))
            bob.edit(name, hers.type("b"))
            await bob.settled()
            assert carol.sees(name) == "a"
        await carol.until(lambda: len(carol.all_of(name, Update)) == 2)
        assert carol.sees(name) == "ab"
        await bob.until(lambda: bob.acks(name) == 2)


async def test_two_tabs_of_one_person_may_share_an_id(server: Server, name: str) -> None:
    hers = Writer(1)
    async with await Client.inside(server, name, "alice") as one, await Client.inside(server, name, "alice") as two:
        one.edit(name, hers.type("a"))
        await one.until(lambda: one.acks(name) == 2)
        two.edit(name, hers.type("b"))
        await two.until(lambda: two.acks(name) == 2)


async def test_an_id_used_twice_fools_nobody_else(server: Server, name: str) -> None:
    """Two different edits at the same clocks: the first one counts for everybody, now and later."""
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        alice.edit(name, Writer(1).type("first"))
        await alice.until(lambda: alice.acks(name) == 2)
        bob.edit(name, Writer(1).type("other"))
        await bob.until(lambda: bob.acks(name) == 2)
        await alice.settled()
        assert alice.all_of(name, Update) == []
        async with await Client.inside(server, name, "newcomer", "viewer") as newcomer:
            assert newcomer.sees(name) == "first"
        await server.logs(f"document {name!r}: what bob brought of client 1 at clocks 0 to 5 is not what was let in")
