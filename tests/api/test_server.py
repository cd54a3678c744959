"""How the server is: alive is not ready, and what it counts is for its operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient

from collab import __version__
from collab.api import DISPATCH, HANDLERS, STORE, Description, Dispatch, problems, routes
from collab.auth import Authority
from collab.config import Settings
from collab.storage.connect import connect
from collab.storage.sql import SqlStore
from tests.api.caller import Caller
from tests.api.conftest import Client, token_for


async def test_a_server_that_is_well(client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        response = await client.get(path)
        assert (response.status, await response.json()) == (200, {"status": "ok"})
        assert response.headers["Cache-Control"] == "no-store"


async def test_a_server_without_its_database(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/no/such/folder/collab.db")
    app = web.Application(middlewares=[problems])
    app[DISPATCH] = Dispatch(Description.load(Settings.load()), HANDLERS, space=1000)
    app[STORE] = SqlStore(database)
    app.add_routes(routes())
    client = await aiohttp_client(app)
    assert (await client.get("/healthz")).status == 200
    response = await client.get("/readyz")
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert (await response.json(content_type=None))["code"] == "storage-unavailable"
    await database.close()


async def test_the_metrics_are_for_who_owns_everything(client: Client, authority: Authority) -> None:
    for grants in (("**:editor",), ("*:owner",), ("notes/**:owner",), ("**x:owner",), ("*:owner", "**:editor")):
        await Caller(client, token_for(authority, "bob", *grants)).refused(
            "GET", "/metrics", status=403, code="forbidden"
        )
    await Caller(client, None).refused("GET", "/metrics", status=401, code="unauthenticated")
    assert (await Caller(client, token_for(authority, "alice", "***:owner")).ask("GET", "/metrics")).status == 200
    answer = await Caller(client, token_for(authority, "alice", "**:owner")).ask("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'collab_refusals_total{code="forbidden",via="http"} 5.0' in answer.raw.decode()
    assert 'collab_http_requests_total{operation="readMetrics",status="403"} 5.0' in answer.raw.decode()


async def test_the_metrics_may_be_for_everybody(start: Callable[..., Awaitable[Client]]) -> None:
    client = await start(public_metrics=True)
    assert (await Caller(client, None).ask("GET", "/metrics")).status == 200
    assert (await Caller(client, "not a token").ask("GET", "/metrics")).status == 200, "nobody looks at it"


async def test_the_description_is_served_as_it_is_used(client: Client) -> None:
    document = await Caller(client, None).done("GET", "/api/v1/openapi.json")
    assert document == client.app[DISPATCH].description.document
    assert (document["openapi"], document["info"]["version"]) == ("3.1.0", __version__)
