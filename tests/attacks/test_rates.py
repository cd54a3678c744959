"""Floods from one address, and guesses, are held to a rate; behind a proxy it is the client who is counted (row 33)."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, WSMsgType

from collab.protocol.messages import Authenticate, Close, Denied
from tests.attacks.clients import Client, YClient
from tests.attacks.conftest import Serve

pytestmark = pytest.mark.asyncio(loop_scope="module")

MALLORY, ALICE = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}


async def test_requests_of_one_address(serve: Serve) -> None:
    server = await serve(trusted_forwarders="127.0.0.1", request_rate=1)
    tokens = [server.token(f"person {number}") for number in range(30)]
    async with ClientSession() as session:

        async def status(token: str, headers: dict[str, str]) -> int:
            sent = {**headers, "Authorization": f"Bearer {token}"}
            async with session.get(f"{server.url}/api/v1/documents", headers=sent) as answer:
                if answer.status == 429:
                    body = await answer.json(content_type=None)
                    assert (body["code"], body["setting"]) == ("too-many", "request_rate")
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
        assert 4429 in codes
        async with session.ws_connect(f"{server.url}/collab", headers=ALICE) as socket:
            await socket.send_bytes(b"\x09")
            assert (await socket.receive(timeout=10)).data == b"\x0a"


async def test_tokens_that_are_not_good(serve: Serve) -> None:
    """After many, none of that address is looked at for a while, over HTTP and sockets alike; others go on."""
    server = await serve(trusted_forwarders="127.0.0.1", auth_failure_rate=0.25)
    headers: dict[str, str | None] = dict(MALLORY)
    async with await Client.open(server, headers) as mallory:
        for number in range(6):
            mallory.say(f"notes/{number}", Authenticate(f"guess {number}", "4.8.0"))
        await mallory.until(lambda: bool(mallory.all_of("notes/5", Close)))
        assert "token" in mallory.all_of("notes/0", Denied)[0].reason
        assert "too many" in mallory.all_of("notes/5", Close)[0].reason
    async with ClientSession() as session:
        sent = {**MALLORY, "Authorization": "Bearer nonsense"}
        async with session.get(f"{server.url}/api/v1/documents", headers=sent) as answer:
            assert answer.status == 429
    async with await YClient.join(server, "notes", server.token("mallory"), headers) as again:
        assert (await again.ended()).code == 4429
    async with await Client.open(server, dict(ALICE)) as alice:
        await alice.enter("notes", server.token("alice"))


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
