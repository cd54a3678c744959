"""Requests are counted by what they asked for; whatever else clients think of is one thing."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from collab.api.keys import METRICS, STORE
from collab.api.measures import measured
from collab.errors import CollabError, StorageUnavailable
from collab.metrics import Metrics
from tests.api.conftest import Client
from tests.test_metrics import Samples, read


def samples(client: Client) -> Samples:
    return read(client.app[METRICS].render().decode())


async def test_requests_are_counted_by_operation_and_status(client: Client) -> None:
    for _ in range(2):
        await client.get("/healthz")
    await client.get("/api/v1/documents/notes")
    now = samples(client)
    assert now['collab_http_requests_total{operation="checkHealth",status="200"}'] == 2
    assert now['collab_http_requests_total{operation="getDocument",status="401"}'] == 1
    assert now['collab_http_request_seconds_count{operation="checkHealth"}'] == 2
    assert now['collab_refusals_total{code="unauthenticated",via="http"}'] == 1


async def test_paths_that_clients_make_up_make_no_metrics(client: Client) -> None:
    before = len(samples(client))
    for number in range(20):
        await client.get(f"/made/up/{number}")
        await client.get(f"/api/v1/{number}")
    now = samples(client)
    assert now['collab_http_requests_total{operation="other",status="404"}'] >= 20
    assert now['collab_refusals_total{code="not-found",via="http"}'] >= 20
    assert len([name for name in now if "made" in name]) == 0
    assert len(now) < before + 40


async def test_what_fails_is_counted_as_what_was_answered(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(name: str) -> None:
        raise StorageUnavailable("the disk is away")

    monkeypatch.setattr(client.app[STORE], "document", away)
    await client.get("/readyz")
    now = samples(client)
    assert now['collab_http_requests_total{operation="checkReadiness",status="503"}'] == 1
    assert now['collab_refusals_total{code="storage-unavailable",via="http"}'] == 1


async def test_sockets_are_no_requests(client: Client) -> None:
    async with client.ws_connect("/collab"):
        pass
    assert not any(name.startswith("collab_http_requests_total") for name in samples(client))


async def test_an_answer_that_ends_in_the_middle_is_counted_as_none() -> None:
    async def breaks_off(_: web.Request) -> web.StreamResponse:
        raise CollabError("an answer ended in the middle")

    app = web.Application()
    app[METRICS] = Metrics()
    with pytest.raises(CollabError):
        await measured(make_mocked_request("GET", "/api/v1/documents", app=app), breaks_off)
    assert read(app[METRICS].render().decode())['collab_http_requests_total{operation="other",status="500"}'] == 1
