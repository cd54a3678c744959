"""The way of a request: each step in its order, whatever is asked (FAULTS §4 rows 35 and 36)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from collab.api import AUTHORITY, STORE
from collab.auth import Authority
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client, token_for
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS = "/api/v1/documents"


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/documents", "/api/v1/nothing", "/api/v1/session/", "/api/v1//documents", "/healthz/", "/api/v1/%64ocuments"]
)  # fmt: skip
async def test_where_nothing_is(alice: Caller, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        await alice.refused(method, path, status=404, code="not-found")


async def test_methods_that_nothing_is_done_with(alice: Caller, name: str) -> None:
    for path, allowed in (
        ("/healthz", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
        ("/api/v1/openapi.json", "GET, HEAD"),
        ("/api/v1/session", "POST"),
        (DOCUMENTS, "GET, HEAD, POST"),
        (path_of(name), "GET, HEAD, PATCH, DELETE"),
        (path_of(name, "/state"), "GET, HEAD"),
        (path_of(name, "/updates"), "POST"),
        (path_of(name, "/restore"), "POST"),
    ):
        for method in {"PUT", "TRACE", "DELETE", "PATCH", "POST", "PROPFIND"} - set(allowed.split(", ")):
            answer = await alice.ask(method, path)
            assert (answer.status, answer.body["code"]) == (405, "method-not-allowed"), (method, path)
            assert answer.headers["Allow"] == allowed
    head = await alice.ask("HEAD", path_of(name, "/updates"))
    assert (head.status, head.raw) == (405, b"")


async def test_head_is_get_without_the_body(alice: Caller, name: str) -> None:
    await alice.done("POST", DOCUMENTS, {"name": name}, status=201)
    for path in ("/healthz", "/readyz", "/api/v1/openapi.json", DOCUMENTS, path_of(name), path_of(name, "/presence")):
        got, head = await alice.ask("GET", path), await alice.ask("HEAD", path)
        assert (head.status, head.raw) == (200, b""), path
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert (await alice.ask("HEAD", path_of("none"))).status == 404


async def test_who_is_not_known_learns_nothing_else(calling: Calling, alice: Caller) -> None:
    """Not whether the name, the query, the body or the document would have been good."""
    stranger = Caller(alice._client, None)
    for method, path, body in (
        ("GET", f"{DOCUMENTS}?nonsense=1", None),
        ("GET", f"{DOCUMENTS}/%00", None),
        ("POST", DOCUMENTS, {"nonsense": 1}),
        ("POST", path_of("none", "/updates"), b"x" * 100),
        ("DELETE", path_of("none"), None),
    ):
        answer = await stranger.ask(method, path, body)
        assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_large_body_of_who_may_not_write_is_not_read(calling: Calling, shared: Client) -> None:
    """The answer comes while most of it has not been sent."""
    token = calling("bob", "**:viewer").token
    reader, writer = await asyncio.open_connection(shared.host, shared.port)
    writer.write(
        f"POST {path_of('a', '/updates')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 10000000\r\n\r\nbeginning".encode()
    )
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()


async def test_a_body_is_of_a_type_that_is_asked_for(alice: Caller, name: str) -> None:
    where = "/header/Content-Type"
    for content_type in ("text/plain", "application/octet-stream", "application/jsonx", "json", ""):
        await alice.refused(
            "POST",
            DOCUMENTS,
            b'{"name": "a"}',
            headers={"Content-Type": content_type},
            status=415,
            code="unsupported-media-type",
            where=where,
        )
    await alice.refused(
        "POST",
        path_of(name, "/updates"),
        Writer(1).type("x"),
        headers={"Content-Type": "application/json"},
        status=415,
        code="unsupported-media-type",
    )
    spelled = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await alice.ask("POST", DOCUMENTS, f'{{"name": "{name}"}}'.encode(), headers=spelled)).status == 201


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/body/name"),
        ({"name": 1}, "/body/name"),
        ({"name": None}, "/body/name"),
        ({"name": "a", "title": None}, "/body/title"),
        ({"name": "a", "title": "two\nlines"}, "/body/title"),
        ({"name": "a", "title": "x" * 256}, "/body/title"),
        ({"name": "a", "owner": "me"}, "/body"),
        ([], "/body"),
        (b'{"name": "a", "name": "b"}', "/body"),
        (b'{"name": "a", "title": "\\u0000"}', "/body/title"),
        (b'{"name": "a", "title": "\\ud800"}', "/body"),
        (b'{"name": NaN}', "/body"),
        (b"{", "/body"),
        (b"", "/body"),
    ],
)
async def test_a_body_that_is_not_as_described_changes_nothing(alice: Caller, body: object, where: str) -> None:
    json = {"Content-Type": "application/json"}
    before = await alice.done("GET", f"{DOCUMENTS}?limit=200")
    await alice.refused("POST", DOCUMENTS, body, headers=json, status=400, code="invalid-request", where=where)
    assert await alice.done("GET", f"{DOCUMENTS}?limit=200") == before


async def test_an_unknown_parameter_is_refused_wherever_it_stands(alice: Caller, name: str) -> None:
    await alice.done("POST", DOCUMENTS, {"name": name}, status=201)
    for method, path in (
        ("GET", "/healthz"),
        ("GET", path_of(name)),
        ("DELETE", path_of(name)),
        ("GET", path_of(name, "/state")),
        ("POST", path_of(name, "/restore")),
    ):
        await alice.refused(method, f"{path}?force=true", status=400, code="invalid-request", where="/query")
    assert (await alice.done("GET", path_of(name)))["deleted"] is None


@pytest.mark.asyncio(loop_scope="function")
async def test_limits_name_their_settings(start: Callable[..., Awaitable[Client]], authority: Authority) -> None:
    client = await start(max_message_bytes=2000, max_update_bytes=100, max_document_bytes=150)
    alice = Caller(client, token_for(authority, "alice"))
    updates = path_of("a", "/updates")
    large = await alice.refused("POST", updates, b"x" * 2001, status=413, code="too-large")
    assert (large["limit"], large["setting"]) == (2000, "max_message_bytes")
    writer = Writer(1)
    large = await alice.refused("POST", updates, Writer(2).type("x" * 500), status=413, code="too-large")
    assert large["setting"] == "max_update_bytes"
    await alice.refused("GET", path_of("a"), status=404, code="not-found")
    await alice.done("POST", updates, writer.type("x" * 80))
    full = await alice.refused("POST", updates, writer.type("y" * 80), status=413, code="document-full")
    assert full["setting"] == "max_document_bytes"


@pytest.mark.asyncio(loop_scope="function")
async def test_uploads_that_fill_all_space_keep_nobody_from_signing_in(
    start: Callable[..., Awaitable[Client]], authority: Authority, name: str
) -> None:
    """What is sent slowly is held in memory; what others say meanwhile is short."""
    size = 200_000
    client = await start(log_total_bytes=size, log_queue_bytes=size, max_update_bytes=size, max_message_bytes=size)
    token = token_for(authority, "alice")
    alice = Caller(client, token)
    _, slow = await asyncio.open_connection(client.host, client.port)
    slow.write(
        f"POST {path_of(name, '/updates')} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n".encode()
    )
    slow.write(bytes(size - 1))
    async with asyncio.timeout(20):
        while (await alice.ask("POST", path_of(name, "/updates"), b"not an update")).status != 503:
            pass  # it has not come yet
    await alice.done("POST", DOCUMENTS, {"name": name}, status=201)
    await Caller(client, None).refused("POST", "/api/v1/session", {}, status=401, code="unauthenticated")
    slow.close()
    await slow.wait_closed()


@pytest.mark.asyncio(loop_scope="function")
async def test_a_token_that_runs_out_while_the_body_comes(
    start: Callable[..., Awaitable[Client]], authority: Authority, name: str
) -> None:
    client = await start()
    token, update = token_for(authority, "alice"), Writer(1).type("late")
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(
        f"POST {path_of(name, '/updates')} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(update)}\r\n\r\n".encode()
    )
    async with asyncio.timeout(20):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(update[:1])
        await Caller(client, token).done("GET", DOCUMENTS)  # what came before has been looked at by now
        client.app[AUTHORITY].now = lambda: authority.now() + 3600
        writer.write(update[1:])
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
    writer.close()
    await writer.wait_closed()
    assert await client.app[STORE].document(name) is None
