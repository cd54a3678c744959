"""Several documents on one socket: each has its own door, its own role and its own end."""

from __future__ import annotations

import asyncio
import time

import pytest

from collab.protocol.messages import (
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Denied,
    Stateless,
    Step1,
    Step2,
    Update,
)
from tests.attacks.clients import Client, YClient
from tests.attacks.conftest import Serve
from tests.protocol.frames import vb
from tests.rooms.house import NOTHING, Writer, presence
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


# ---- the handshake --------------------------------------------------------------------------------------------------


async def test_ours_first_then_the_document_then_live_edits(server: Server, name: str) -> None:
    """An editor that seeds an empty document on ``synced``, which Step2 sets off, must find everything there."""
    writer = Writer(1)
    async with await Client.inside(server, name, "alice") as alice, await Client.open(server) as bob:
        alice.edit(name, writer.type("hello"))
        await alice.until(lambda: alice.acks(name) == 2)
        bob.authenticate(name, server.token("bob"))
        await bob.until(lambda: bool(bob.all_of(name, Step2)))
        kinds = [type(message) for message in bob.heard[name]]
        assert kinds[:2] == [Authenticated, Step1]
        assert kinds.index(Step2) == len(kinds) - 1
        assert bob.sees(name) == "hello"
        alice.edit(name, writer.type(" world"))
        await bob.until(lambda: bool(bob.all_of(name, Update)))
        assert bob.sees(name) == "hello world"


async def test_a_newcomer_sees_at_once_who_is_there(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice:
        alice.say(name, presence(1, 1, b'{"user":{"name":"Alice"}}'))
        await alice.settled()
        async with await Client.open(server) as bob:
            bob.say(name, Authenticate(server.token("bob")))
            await bob.until(lambda: bool(bob.all_of(name, Awareness)))
            assert b"Alice" in bob.all_of(name, Awareness)[0].payload


async def test_what_comes_before_the_token_waits_for_it(server: Server, name: str) -> None:
    writer = Writer(1)
    async with await Client.open(server) as alice:
        alice.say(name, Step1(NOTHING), Update(writer.type("early")))
        await alice.settled()
        assert name not in alice.heard
        alice.say(name, Authenticate(server.token("alice")))
        await alice.until(lambda: alice.acks(name) == 1)
        assert [type(message) for message in alice.heard[name]][:3] == [Authenticated, Step1, Step2]


async def test_sixty_documents_opened_at_once_on_one_socket(server: Server, name: str) -> None:
    """As the provider does it: token, Step1 and presence of each, without waiting for anything."""
    names = [f"{name}/{number}" for number in range(60)]
    token = server.token("alice")
    async with await Client.open(server) as alice:
        for number, one in enumerate(names):
            alice.authenticate(one, token)
            alice.say(one, presence(number + 1, 1))
        await alice.until(lambda: all(alice.all_of(one, Step2) for one in names))


# ---- denied, and let in ---------------------------------------------------------------------------------------------


async def test_a_denied_document_leaves_the_others_alive_and_may_be_tried_again(server: Server, name: str) -> None:
    mine, theirs = f"{name}/mine", f"{name}/theirs"
    writer = Writer(1)
    async with await Client.open(server) as alice:
        await alice.enter(mine, server.token("alice", f"{mine}:editor"))
        alice.authenticate(theirs, server.token("alice", f"{mine}:editor"))
        await alice.until(lambda: bool(alice.all_of(theirs, Denied)))
        assert "no grant" in alice.all_of(theirs, Denied)[0].reason
        alice.edit(mine, writer.type("still here"))
        await alice.until(lambda: alice.acks(mine) == 2)
        await alice.enter(theirs, server.token("alice", f"{theirs}:editor"))
        assert alice.all_of(theirs, Authenticated) == [Authenticated(read_only=False)]


@pytest.mark.parametrize(
    ("token", "why"),
    [("", "there is no token"), ("nonsense", "not a JWT"), ("é" * 100, "not a JWT"), ("x" * 100_000, "longer than")],
    ids=["none", "nonsense", "not ASCII", "long"],
)
async def test_a_bad_token_is_denied_with_the_reason(server: Server, name: str, token: str, why: str) -> None:
    async with await Client.open(server) as alice:
        alice.authenticate(name, token)
        await alice.until(lambda: bool(alice.all_of(name, Denied)))
        assert why in alice.all_of(name, Denied)[0].reason
        await alice.settled()
        assert alice.closed is None


async def test_a_viewer_of_what_does_not_exist_is_told_so_and_makes_nothing(server: Server, name: str) -> None:
    async with await Client.open(server) as eve:
        eve.authenticate(name, server.token("eve", "**:viewer"))
        await eve.until(lambda: bool(eve.all_of(name, Denied)))
        assert "no such document" in eve.all_of(name, Denied)[0].reason


async def test_a_denied_document_sends_nothing_though_it_was_asked_for(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.open(server) as eve:
        eve.authenticate(name, server.token("eve", "elsewhere:editor"))
        eve.say(name, Stateless(b"x"), presence(9, 1), Update(Writer(9).type("x")), Step1(NOTHING))
        alice.edit(name, Writer(1).type("secret"))
        await alice.until(lambda: alice.acks(name) == 2)
        await eve.until(lambda: bool(eve.all_of(name, Denied)))
        await eve.settled()
        assert [type(message) for message in eve.heard[name]] == [Denied]
        assert [type(message) for message in alice.heard[name] if isinstance(message, Stateless | Update)] == []


# ---- a token for a place that is taken ------------------------------------------------------------------------------


async def test_a_fresh_token_changes_the_role_from_there_on(server: Server, name: str) -> None:
    writer = Writer(1)
    async with await Client.inside(server, name, "bob") as bob:  # who makes a document owns it, whatever a token says
        bob.edit(name, writer.type("."))
        await bob.until(lambda: bob.acks(name) == 1)
    async with await Client.inside(server, name, "alice") as alice:
        alice.edit(name, writer.type("a"))
        alice.say(name, Authenticate(server.token("alice", "**:viewer")))
        alice.edit(name, writer.type("b"))
        await alice.until(lambda: alice.refusals(name) == 1)
        assert alice.all_of(name, Authenticated)[1:] == [Authenticated(read_only=True)]
        await alice.until(lambda: alice.acks(name) == 2)
        alice.say(name, Authenticate(server.token("alice")))
        alice.edit(name, writer.update())
        await alice.until(lambda: alice.acks(name) == 3)


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_a_bad_token_ends_its_document_only(server: Server, name: str, token: str) -> None:
    other = f"{name}/other"
    async with await Client.inside(server, name, "alice") as alice:
        await alice.enter(other, server.token("alice"))
        alice.say(name, Authenticate(token))
        await alice.until(lambda: bool(alice.all_of(name, Close)))
        assert "token" in alice.all_of(name, Close)[0].reason
        alice.edit(other, Writer(1).type("still here"))
        await alice.until(lambda: alice.acks(other) == 2)


async def test_edits_are_put_down_to_whom_the_token_is_of(server: Server, name: str) -> None:
    """Somebody else's token on a place that is taken: their role must not come with the first one's name."""
    async with await Client.inside(server, name, "alice") as alice:
        alice.say(name, Authenticate(server.token("bob")))
        alice.edit(name, Writer(1).type("whose?"))
        await alice.settled()
        assert alice.all_of(name, Close), "refused: a place belongs to one person"


# ---- leaving --------------------------------------------------------------------------------------------------------


async def test_a_document_is_left_and_opened_again_on_the_same_socket(server: Server, name: str) -> None:
    writer = Writer(1)
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        alice.say(name, presence(1, 1))
        await bob.until(lambda: len(bob.all_of(name, Awareness)) == 1)
        alice.say(name, Close())
        await bob.until(lambda: len(bob.all_of(name, Awareness)) == 2)
        assert bob.all_of(name, Awareness)[1].payload.endswith(b"null")
        bob.edit(name, writer.type("meanwhile"))
        await bob.until(lambda: bob.acks(name) == 2)
        await alice.settled()
        assert alice.all_of(name, Update) == []
        alice.heard.clear()
        await alice.enter(name, server.token("alice"))
        assert alice.sees(name) == "meanwhile"


async def test_leaving_what_was_never_entered_changes_nothing(server: Server, name: str) -> None:
    async with await Client.open(server) as alice:
        alice.say(name, Close())
        alice.authenticate(name, server.token("alice"))
        alice.say(name, Close())
        alice.say(name, Close())
        await alice.settled()
        await alice.enter(name, server.token("alice"))


async def test_a_message_for_a_document_that_was_left_is_nothing(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        alice.say(name, Close())
        alice.edit(name, Writer(1).type("ghost"))
        await alice.settled()
        await bob.settled()
        assert bob.all_of(name, Update) == []


# ---- sessions, and both dialects ------------------------------------------------------------------------------------


async def test_two_sessions_of_one_socket_are_two_editors_of_one_document(server: Server, name: str) -> None:
    left, right = f"{name}\0left", f"{name}\0right"
    writer = Writer(1)
    async with await Client.open(server) as alice:
        await alice.enter(left, server.token("alice"))
        await alice.enter(right, server.token("alice"))
        alice.edit(left, writer.type("hello"))
        await alice.until(lambda: bool(alice.all_of(right, Update)))
        assert alice.sees(right) == "hello"
        alice.say(left, Close())
        alice.edit(right, writer.type("!"))
        await alice.until(lambda: alice.acks(right) == 2)
        assert set(alice.heard) == {left, right}, "each is answered with its own address"


async def test_both_dialects_are_the_same_document(server: Server, name: str) -> None:
    one, two = Writer(1), Writer(2)
    token = server.token("bob")
    async with await Client.inside(server, name, "alice") as alice, await YClient.join(server, name, token) as bob:
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: bool(bob.all_of("", Step2)))
        assert [type(message) for message in bob.heard[""]] == [Step1, Step2]
        alice.edit(name, one.type("a"))
        await bob.until(lambda: bool(bob.all_of("", Update)))
        typed = two.type("b")
        bob.edit("", typed)
        await bob.until(lambda: Update(typed) in bob.all_of("", Update))  # the echo: it is on disk
        await alice.until(lambda: bool(alice.all_of(name, Update)))
        assert sorted(alice.sees(name) + one.text) == ["a", "b"]


# ---- the socket -----------------------------------------------------------------------------------------------------


async def test_a_ping_is_answered_before_anybody_is_let_in(server: Server) -> None:
    async with await Client.open(server) as alice:
        assert await alice.ping() < 5


async def test_what_only_servers_say_to_each_other_closes(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        alice.socket.send(vb(name) + b"\6" + vb("to everyone"))
        closed = await alice.ended()
        assert (closed.code, "only servers" in closed.reason) == (4400, True)
        await bob.settled()
        assert bob.all_of(name, Stateless) == []


async def test_documents_of_one_socket_are_counted(serve: Serve) -> None:
    server = await serve(max_documents_per_connection=3)
    async with await Client.open(server) as alice:
        for number in range(3):
            await alice.enter(f"d{number}", server.token("alice"))
        alice.say("d1", Close())
        await alice.enter("d3", server.token("alice"))
        alice.authenticate("d4", server.token("alice"))
        closed = await alice.ended()
        assert closed.code == 4429
        assert "3 documents" in closed.reason


async def test_sockets_are_counted_and_who_is_too_many_may_come_back(serve: Serve) -> None:
    server = await serve(max_connections=3)
    clients = [await Client.open(server) for _ in range(3)]
    async with await Client.open(server) as late:
        closed = await late.ended()
        assert closed.code == 1013
        assert "3 connections" in closed.reason
    assert await clients[0].ping() < 5
    await clients[0].leave()
    begun = time.monotonic()
    while time.monotonic() - begun < 10:
        again = await Client.open(server)
        try:
            await again.enter("notes", server.token("alice"))
            break
        except ConnectionError:
            await asyncio.sleep(0.1)
        finally:
            await again.leave()
    else:
        pytest.fail("a place that was left is not free again")
    for client in clients[1:]:
        await client.leave()
