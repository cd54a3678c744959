"""Fetching published keys: bounded, and from that address alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collab.api import published
from collab.api.published import MAX_BYTES, fetching


@pytest.fixture
async def provider() -> AsyncIterator[TestServer]:
    """Answers rightly at ``/keys``, and wrongly elsewhere."""

    async def keys(_: web.Request) -> web.Response:
        return web.Response(body=b"keys", headers={"Set-Cookie": "a=b"})

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("/keys")

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (MAX_BYTES + 1))

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=500)

    app = web.Application()
    app.add_routes([web.get(f"/{each.__name__}", each) for each in (keys, elsewhere, large, slow, broken)])
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def test_what_is_there_is_fetched(provider: TestServer) -> None:
    async with fetching(str(provider.make_url("/keys"))) as fetch:
        assert await fetch() == b"keys"
        assert await fetch() == b"keys"


@pytest.mark.parametrize("path", ["elsewhere", "large", "slow", "broken"])
async def test_what_is_wrong_is_not_taken(provider: TestServer, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "TIMEOUT", 0.2)
    async with fetching(str(provider.make_url(f"/{path}"))) as fetch:
        with pytest.raises((OSError, ValueError)):
            await fetch()


async def test_nobody_there(provider: TestServer) -> None:
    async with fetching("http://127.0.0.1:1/keys") as fetch:
        with pytest.raises(OSError, match="ClientConnectorError"):
            await fetch()
