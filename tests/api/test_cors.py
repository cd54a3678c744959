"""Pages of allowed origins may use the API; other pages are told nothing that a browser would let them read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from collab.auth import Authority
from tests.api.caller import Caller, path_of
from tests.api.conftest import Client, token_for

LISTED = "https://wiki.example.org"
ASKING = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
async def stranger(start: Callable[..., Awaitable[Client]]) -> Caller:
    return Caller(await start(allowed_origins=LISTED), None)


async def test_a_page_of_an_allowed_origin_may_ask_and_read(stranger: Caller, authority: Authority) -> None:
    asked = await stranger.ask("OPTIONS", path_of("a"), headers={"Origin": LISTED, **ASKING})
    assert (asked.status, asked.raw) == (204, b"")
    assert asked.headers["Access-Control-Allow-Origin"] == LISTED
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD, PATCH, DELETE"
    assert asked.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    alice = Caller(stranger._client, token_for(authority, "alice"))
    for answer in (
        await alice.ask("POST", "/api/v1/documents", {"name": "a"}, headers={"Origin": LISTED}),
        await stranger.ask("GET", path_of("a"), headers={"Origin": LISTED}),  # a refusal is to be read as well
        await alice.ask("GET", path_of("a", "/state"), headers={"Origin": LISTED}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == LISTED
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://wiki.example.org.evil.example", "*", None])
async def test_no_other_page_is_told_anything(stranger: Caller, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    for answer in (
        await stranger.ask("OPTIONS", path_of("a"), headers={**headers, **ASKING}),
        await stranger.ask("GET", "/api/v1/openapi.json", headers=headers),
        await stranger.ask("GET", path_of("a"), headers=headers),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


async def test_what_is_no_preflight_is_no_method_of_ours(stranger: Caller) -> None:
    answer = await stranger.ask("OPTIONS", path_of("a"), headers={"Origin": LISTED})
    assert answer.status == 405
    answer = await stranger.ask("OPTIONS", "/healthz", headers={"Origin": LISTED, **ASKING})
    assert "Access-Control-Allow-Origin" not in answer.headers, "only the API is shared"
