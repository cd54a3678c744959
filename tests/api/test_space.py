"""What requests under way may take of memory together, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from collab.auth import Authority
from tests.api.caller import Caller
from tests.api.conftest import Client, token_for

Start = Callable[..., Awaitable[Client]]


async def until(asked: Callable[[], Awaitable[bool]], wanted: bool) -> None:
    for _ in range(500):
        if await asked() is wanted:
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen")


async def test_json_that_comes_slowly_is_bounded_and_keeps_nobody_else_for_long(
    start: Start, authority: Authority
) -> None:
    client = await start(log_total_bytes=40_000, log_queue_bytes=40_000, max_update_bytes=10_000)
    alice = Caller(client, token_for(authority, "alice"))
    title = "a" * 8_000
    _, slow = await asyncio.open_connection(client.host, client.port)
    token = token_for(authority, "mallory")
    head = (
        f"POST /api/v1/documents HTTP/1.1\r\nHost: {client.host}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 9500\r\n\r\n"
    )
    slow.write(head.encode() + b" " * 9_000)
    await slow.drain()

    async def is_refused() -> bool:
        answer = await alice.ask("POST", "/api/v1/documents", {"name": "a", "title": title})
        assert answer.status in (400, 503)  # a title is shorter than that, which is found out once it is read
        return answer.status == 503

    await until(is_refused, True)
    assert (await alice.ask("POST", "/api/v1/documents", {"name": "b"})).status == 201, "what is short has room"
    slow.close()
    await until(is_refused, False)
