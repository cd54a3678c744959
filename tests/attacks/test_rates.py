"""Floods from one address, and guesses, are held to a rate; behind a proxy it is the client who is counted (row 33)."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, encode_basic_auth

from collab.auth import Authority, owner_code
from collab.auth.guard import MOST_TOLD
from collab.auth.secret import FILE as SECRET_FILE
from collab.protocol.messages import Authenticate, Denied, Step1, Step2
from tests.attacks.clients import Client, YClient
from tests.attacks.conftest import Serve
from tests.attacks.wire import RawSocket, Refused
from tests.rooms.house import NOTHING, Writer
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

MALLORY, ALICE = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
KEY = {"name": "backup", "grants": [{"document": "**", "role": "viewer"}]}


async def test_requests_of_one_address(serve: Serve) -> None:
    server = await serve(trusted_forwarders="127.0.0.1", request_rate=1)
    tokens = [server.token(f"person {number}") for number in range(30)]
    async with ClientSession() as session:

        async def status(token: str, headers: dict[str, str]) -> int:
            sent = {**headers, "Authorization": f"Bearer {token}"}
            async with session.get(f"{server.url}/api/v1/documents", headers=sent) as answer:
                if answer.status == 429:
                    body = await answer.json(content_type=None)
                    assert (body["code"], body["setting"]) == ("rate-limited", "request_rate")
                    assert int(answer.headers["Retry-After"]) >= 1
                return answer.status

        mallorys = [await status(token, MALLORY) for token in tokens]
        assert mallorys[:20] == [200] * 20
        assert 429 in mallorys
        assert await status(tokens[0], ALICE) == 200
        assert await status(tokens[0], {}) == 200, "this machine is not limited"
        elsewhere = [await status(tokens[1], {"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(30)]
        assert 429 in elsewhere, "one person from many addresses"


async def test_connections_of_one_address(serve: Serve) -> None:
    server = await serve(trusted_forwarders="127.0.0.1", connection_rate=1)
    async with ClientSession() as session:
        codes: list[int] = []
        for _ in range(25):
            async with session.ws_connect(f"{server.url}/collab", headers=MALLORY) as socket:
                code = 0
                if len(codes) >= 20:
                    await socket.send_bytes(b"\x09")
                    message = await socket.receive(timeout=10)
                    code = message.data if message.type is WSMsgType.CLOSE else 0
                codes.append(code)
        assert 1013 in codes, "whoever is refused for a rate is told to come back"
        async with session.ws_connect(f"{server.url}/collab", headers=ALICE) as socket:
            await socket.send_bytes(b"\x09")
            assert (await socket.receive(timeout=10)).data == b"\x0a"


async def test_sockets_of_one_address(serve: Serve) -> None:
    """Those that are refused take no place, but are not without number; and no claim makes a client one of this machine."""
    server = await serve(trusted_forwarders="127.0.0.1,10.0.0.0/8", max_connections_per_address=3)
    for headers in (MALLORY, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "::1, 10.0.0.1"}):
        async with AsyncExitStack() as stack:
            inside = [await stack.enter_async_context(await Client.open(server, headers)) for _ in range(3)]
            for client in inside:
                await client.ping()
            async with await Client.open(server, headers) as late:
                closed = await late.ended()
                assert (closed.code, "3 connections from this address" in closed.reason) == (1013, True)
            deaf: list[RawSocket] = []  # they do not answer the close
            with pytest.raises(Refused, match="429") as refused:
                await open_more(deaf, server, headers)
            assert len(deaf) >= MOST_TOLD - 1, "the late one may not quite have gone"
            assert "Retry-After: 5" in refused.value.head
            async with await Client.open(server, ALICE) as alice:
                await alice.ping()
            for client in inside:
                await client.ping()
            for socket in deaf:
                await socket.hang_up()
        await empty(server)
        async with await Client.open(server, headers) as again:
            await again.ping()
        await empty(server)


async def open_more(opened: list[RawSocket], server: Server, headers: dict[str, str]) -> None:
    """Open as many as are opened at all, and one more. Errors: ``Refused``."""
    while len(opened) <= MOST_TOLD:
        opened.append(await RawSocket.open(server.port, headers=headers))


async def empty(server: Server) -> None:
    """Wait until nobody has a socket open."""
    headers = {"Authorization": f"Bearer {server.token('operator', '**:owner')}"}
    async with ClientSession(headers=headers) as session, asyncio.timeout(20):
        while True:
            async with session.get(f"{server.url}/metrics") as answer:
                if "collab_connections 0.0" in await answer.text():
                    return
            await asyncio.sleep(0.05)


async def test_sockets_of_one_subject(serve: Serve) -> None:
    """From wherever, on both protocols; on Hocuspocus one socket is one however many documents it carries."""
    server = await serve(trusted_forwarders="127.0.0.1", max_connections_per_subject=2)
    bob = server.token("bob")
    headers = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(5)]
    async with await Client.open(server, headers[0]) as one, await YClient.join(server, "a", bob, headers[1]) as other:
        for document in ("a", "b", "c"):
            await one.enter(document, bob)
        await other.until(lambda: bool(other.heard))
        async with await Client.open(server, headers[2]) as third:
            third.say("a", Authenticate(bob, "4.8.0"))
            closed = await third.ended()
            assert (closed.code, "2 connections of this subject" in closed.reason) == (1013, True)
        async with await YClient.join(server, "a", bob, headers[3]) as fourth:
            assert (await fourth.ended()).code == 1013
        async with await Client.open(server, headers[4]) as alice:
            await alice.enter("a", server.token("alice"))
        await one.ping()
    await empty(server)
    async with await Client.open(server, headers[2]) as again:
        await again.enter("a", bob)


async def test_messages_of_one_subject_and_of_one_address(serve: Serve) -> None:
    """A flood over several sockets is read more slowly, is not lost, and slows nobody else down."""
    for limits, floods in (
        ({"message_rate_per_subject": 20}, [("bob", "198.51.100.1"), ("bob", "198.51.100.2")]),
        ({"message_rate_per_address": 20}, [("bob", "198.51.100.1"), ("eve", "198.51.100.1")]),
    ):
        server = await serve(trusted_forwarders="127.0.0.1", **limits)
        async with AsyncExitStack() as stack:
            flooders = []
            for subject, address in floods:
                one = await stack.enter_async_context(await Client.open(server, {"X-Forwarded-For": address}))
                await one.enter("notes", server.token(subject))
                flooders.append(one)
            alice = await stack.enter_async_context(await Client.open(server, ALICE))
            await alice.enter("notes", server.token("alice"))
            begun = time.monotonic()
            writers = [Writer(number) for number in range(1, 3)]
            for one, writer in zip(flooders, writers, strict=True):
                one.edit("notes", *(writer.type("x") for _ in range(220)))  # 400 at once, and 2 s for the rest
            await alice.ping()
            alice.edit("notes", Writer(9).type("y"))
            await alice.until(lambda alice=alice: alice.acks("notes") == 2)  # type: ignore[misc]
            assert any(one.acks("notes") < 221 for one in flooders), "she did not wait for them"
            for one in flooders:
                await one.until(lambda one=one: one.acks("notes") == 221)  # type: ignore[misc]
            assert time.monotonic() - begun > 1.8


async def test_tokens_that_are_not_good(serve: Serve) -> None:
    """After many, whoever brings another from that address is told to come back later, over HTTP and sockets alike."""
    server = await serve(trusted_forwarders="127.0.0.1", auth_failure_rate=0.25)
    headers: dict[str, str | None] = dict(MALLORY)
    async with await Client.open(server, headers) as mallory:
        for number in range(6):
            mallory.say(f"notes/{number}", Authenticate(f"guess {number}", "4.8.0"))
        closed = await mallory.ended()
        assert (closed.code, "too many" in closed.reason) == (1013, True)
        assert "token" in mallory.all_of("notes/0", Denied)[0].reason
        assert not mallory.all_of("notes/5", Denied)
    async with ClientSession(headers=MALLORY) as session:

        async def status(path: str, **more: Any) -> int:
            async with session.request(more.pop("method", "GET"), f"{server.url}{path}", **more) as answer:
                if answer.status == 429:
                    assert int(answer.headers["Retry-After"]) >= 1
                return answer.status

        bad = {"Authorization": "Bearer nonsense"}
        assert await status("/api/v1/documents", headers=bad) == 429
        assert await status("/metrics", headers=bad) == 429
        assert await status("/api/v1/session", method="POST", json={"code": "nonsense"}) == 429
        assert await status("/api/v1/documents") == 401, "who brings nothing has not guessed"
        assert await status("/healthz") == 200
    async with await YClient.join(server, "notes", "nonsense", headers) as again:
        assert (await again.ended()).code == 1013
    async with await Client.open(server, dict(ALICE)) as alice:
        await alice.enter("notes", server.token("alice"))


async def test_good_tokens_are_let_in_beside_a_neighbour_whose_are_not(serve: Serve) -> None:
    """An office behind one address: one old token that comes again and again locks nobody else out, on any way in."""
    server = await serve(trusted_forwarders="127.0.0.1", auth_failure_rate=0.05)
    office: dict[str, str | None] = {"X-Forwarded-For": "203.0.113.7"}
    owner = {"Authorization": f"Bearer {server.token('olga', '**:owner')}"}
    async with ClientSession(headers={"X-Forwarded-For": "203.0.113.7"}) as session:

        async def status(method: str, path: str, headers: dict[str, str] | None = None, body: object = None) -> int:
            async with session.request(method, f"{server.url}{path}", headers=headers, json=body) as answer:
                return answer.status

        assert await status("POST", "/api/v1/documents", owner, {"name": "a"}) == 201
        async with session.post(f"{server.url}/api/v1/keys", headers=owner, json=KEY) as answer:
            key = await answer.json()
        async with session.post(
            f"{server.url}/api/v1/documents/a/shares", headers=owner, json={"role": "viewer"}
        ) as answer:
            link = (await answer.json())["token"]
        old = {"Authorization": "Bearer " + server.token("old", lifetime=1, age=60)}
        assert 429 in [await status("GET", "/api/v1/documents", old) for _ in range(5)]
        assert await status("GET", "/api/v1/documents", owner) == 200
        assert await status("GET", "/metrics", owner) == 200
        basic = {"Authorization": encode_basic_auth(key["id"], key["secret"])}
        assert await status("GET", "/api/v1/documents/a", basic) == 200
        assert await status("POST", f"/api/v1/shares/{link}/session", None, {"name": "Guest"}) == 200
        code = owner_code(Authority((server.data_dir / SECRET_FILE).read_text().strip()))
        assert await status("POST", "/api/v1/session", None, {"code": code}) == 200
    async with await Client.open(server, office) as alice, await Client.open(server, office) as late:
        late.say("a", Authenticate("nonsense", "4.8.0"))
        assert (await late.ended()).code == 1013
        await alice.enter("a", server.token("alice"))
    async with await YClient.join(server, "a", server.token("bob"), office) as bob:
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: bool(bob.all_of("", Step2)))


async def test_metrics_and_sessions_are_counted_like_any_request(serve: Serve) -> None:
    server = await serve(public_metrics=True, trusted_forwarders="127.0.0.1", request_rate=0.5)
    async with ClientSession(headers=MALLORY) as session:
        for method, path in (("GET", "/metrics"), ("POST", "/api/v1/session")):
            statuses = []
            for _ in range(12):
                async with session.request(method, f"{server.url}{path}") as answer:
                    statuses.append(answer.status)
            assert statuses[-1] == 429
        async with session.get(f"{server.url}/readyz") as answer:
            assert answer.status == 200
        async with session.get(f"{server.url}/metrics", headers=ALICE) as answer:
            assert answer.status == 200


async def test_guesses_at_a_password(serve: Serve) -> None:
    """Ten from one address, whatever the link, and ten for one link, from wherever; then one in half a minute."""
    server = await serve(trusted_forwarders="127.0.0.1")
    owner = {"Authorization": f"Bearer {server.token('owner', '**:owner')}"}
    api = f"{server.url}/api/v1"
    async with ClientSession() as session:
        await session.post(f"{api}/documents", json={"name": "a"}, headers=owner)
        links = []
        for _ in range(2):
            body = {"role": "viewer", "password": "right"}
            async with session.post(f"{api}/documents/a/shares", json=body, headers=owner) as answer:
                links.append((await answer.json())["token"])

        async def guess(link: str, password: str, address: str) -> int:
            sent = {"X-Forwarded-For": address}
            path = f"{api}/shares/{link}/session"
            async with session.post(path, json={"password": password}, headers=sent) as answer:
                return answer.status

        assert [await guess(links[0], f"wrong {n}", "203.0.113.7") for n in range(10)] == [401] * 10
        assert await guess(links[0], "right", "203.0.113.7") == 429, "who has guessed too often is not looked at"
        assert await guess(links[1], "right", "203.0.113.7") == 429
        assert await guess(links[0], "right", "198.51.100.1") == 429, "nor is anybody else for this link"
        assert await guess(links[1], "right", "198.51.100.1") == 200


async def test_guesses_at_once_are_no_more_than_one_after_the_other(serve: Serve) -> None:
    """Ten wrong ones are looked at of a flood, whatever its addresses within a /64; who has the right one is not in its queue."""
    server = await serve(trusted_forwarders="127.0.0.1")
    owner = {"Authorization": f"Bearer {server.token('owner', '**:owner')}"}
    api = f"{server.url}/api/v1"
    async with ClientSession() as session:
        await session.post(f"{api}/documents", json={"name": "a"}, headers=owner)
        links = []
        for _ in range(2):
            body = {"role": "viewer", "password": "right"}
            async with session.post(f"{api}/documents/a/shares", json=body, headers=owner) as answer:
                links.append((await answer.json())["token"])

        async def guess(link: str, password: str, address: str) -> tuple[int, str | None]:
            path, sent = f"{api}/shares/{link}/session", {"X-Forwarded-For": address}
            async with session.post(path, json={"password": password}, headers=sent) as answer:
                body = await answer.json(content_type=None)
                assert answer.status != 429 or int(answer.headers["Retry-After"]) >= 1
                return answer.status, body.get("code")

        flood = [asyncio.create_task(guess(links[0], f"wrong {n}", f"2001:db8::{n:x}")) for n in range(60)]
        await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        assert await guess(links[1], "right", "2001:db8:1::1") == (200, None)
        outcomes = await asyncio.gather(*flood)
        assert outcomes.count((401, "password-wrong")) == 10
        assert outcomes.count((429, "rate-limited")) == 50
