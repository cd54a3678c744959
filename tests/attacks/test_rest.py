"""REST under attack: nothing that is posted harms what stands there, or holds up those who write (rows 20 to 24, 31, 36)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from collab.crdt import EMPTY
from tests.api.caller import BYTES, path_of
from tests.attacks import bombs
from tests.attacks.clients import Client
from tests.attacks.latency import Latency
from tests.attacks.test_updates import DAMAGED
from tests.crdt.mutants import Mutants
from tests.rooms.house import Writer, shown
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS = {400, 409, 413, 429}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eve(server: Server) -> AsyncIterator[ClientSession]:
    """A script that may write everywhere, and means ill."""
    async with ClientSession(server.url, headers={"Authorization": f"Bearer {server.token('eve')}"}) as session:
        yield session


async def answer_to(server: Server, raw: bytes) -> tuple[int, dict[str, object]]:
    """The status and the problem that bytes on the wire are answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(raw)
    async with asyncio.timeout(20):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split(b" ", 2)[1]), json.loads(body)


@pytest.mark.parametrize("update", DAMAGED.values(), ids=DAMAGED)
async def test_a_damaged_update_changes_nothing(server: Server, eve: ClientSession, name: str, update: bytes) -> None:
    his = Writer(5)
    async with await Client.inside(server, name, "bob") as bob:
        bob.edit(name, his.type("hello"))
        await bob.until(lambda: bob.acks(name) == 2)
        async with eve.post(path_of(name, "/updates"), data=update, headers=BYTES) as response:
            assert response.status in REFUSALS
            assert (await response.json(content_type="application/problem+json"))["detail"]
        bob.edit(name, his.type("!"))
        await bob.until(lambda: bob.acks(name) == 3)
    async with eve.get(path_of(name, "/state")) as response:
        assert shown(await response.read()) == "hello!"


async def test_mutants_are_refused_or_harmless(
    server: Server, eve: ClientSession, name: str, more: Callable[[int], int]
) -> None:
    """Whatever is let in, what is served of it is whole: it could be brought in elsewhere, and depends on nothing else."""
    his = Writer(5)
    first = his.type("hello")
    async with eve.post(path_of(name, "/updates"), data=first, headers=BYTES) as response:
        assert response.status == 200
    mutants = Mutants(Random(11), [first, Writer(9).type("x"), his.type(" world")], {5: 5})
    statuses = set()
    for _ in range(more(200)):
        async with eve.post(path_of(name, "/updates"), data=mutants.make() or EMPTY, headers=BYTES) as response:
            statuses.add(response.status)
            await response.read()
    assert statuses <= REFUSALS | {200}
    assert len(statuses) > 1
    async with eve.get(path_of(name, "/state")) as response:
        assert response.status == 200
        state = await response.read()
    async with eve.post(path_of(f"{name} elsewhere", "/updates"), data=state, headers=BYTES) as response:
        assert await response.json() == {"changed": True}


@pytest.mark.alone
async def test_a_large_update_holds_up_nobody(server: Server, eve: ClientSession, name: str) -> None:
    update = bombs.prepended(1, 300_000)
    with Latency(server) as latency:
        async with eve.post(path_of(name, "/updates"), data=io.BytesIO(update), headers=BYTES) as response:
            assert await response.json() == {"changed": True}
        for _ in range(3):
            async with eve.get(path_of(name, "/state")) as response:
                assert len(await response.read()) > 1_000_000
    assert latency.worst < 0.1


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/api/v1/documents/..%2f..%2fetc%2fpasswd", 404, "not-found"),
        ("/api/v1/documents/../../etc/passwd", 404, "not-found"),
        ("/api/v1/documents/%2e%2e", 404, "not-found"),
        ("/api/v1/documents/a%252Fstate", 404, "not-found"),
        ("/api/v1/documents/a%00b", 400, "invalid-name"),
        ("/api/v1/documents/%ff", 400, "invalid-name"),
        ("/api/v1/documents/%", 404, "not-found"),
        ("/api/v1/documents/a;b=c", 404, "not-found"),
        ("/api/v1/documents/" + "%61" * 256, 400, "invalid-name"),
        ("/api/v1/documents/" + "a" * 7000, 400, "invalid-name"),
        ("/api%2Fv1/documents", 404, "not-found"),
        ("/api/v1%2Fdocuments", 404, "not-found"),
        ("/api//v1/documents", 404, "not-found"),
        ("/api/v1/../v1/documents", 404, "not-found"),
        ("http://evil.example/api/v1/documents/a", 404, "not-found"),
        ("/api/v1/documents?q=%F0%28", 400, "invalid-request"),
        ("/api/v1/documents?" + "&" * 7000, 200, None),
        ("/api/v1/documents?limit=1;deleted=true", 400, "invalid-request"),
        ("/api/v1/documents?__proto__=1", 400, "invalid-request"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_paths_that_want_to_be_others(server: Server, target: str, status: int, code: str | None) -> None:
    token = server.token("eve", "**:viewer")
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answered, body = await answer_to(server, request.encode())
    assert (answered, body.get("code")) == (status, code), body


async def test_two_bodies_in_one_are_refused(server: Server) -> None:
    """Which of the two a proxy in front would take is anybody's guess: request smuggling."""
    token = server.token("eve")
    request = (
        f"POST {path_of('smuggled', '/updates')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n\0\0\r\n0\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.encode())
    async with asyncio.timeout(20):
        assert (await reader.readline()).split()[1] == b"400"
    writer.close()


async def test_nothing_private_is_in_the_log(server: Server, eve: ClientSession) -> None:
    token = server.token("eve")
    for path in ("/api/v1/documents?q=secret-search", "/api/v1/documents/a/state?state_vector=c2VjcmV0"):
        async with eve.get(path, headers={"X-Token": token}) as response:
            await response.read()
    async with eve.post("/api/v1/documents", json={"name": "a", "title": "secret-title", "b": 1}) as response:
        assert response.status == 400
    await server.logs("POST /api/v1/documents 400")
    assert "GET /api/v1/documents/a/state 404" in server.log
    for private in ("secret-search", "c2VjcmV0", "secret-title", token.split(".")[2]):
        assert private not in server.log
