"""Signing in over HTTP: the code once, the cookie only from our own page, tokens for minutes (FAULTS §4 row 34)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http.cookies import Morsel
from typing import Any

import pytest
from aiohttp import ClientResponse

from collab.auth import Authority, Purpose, Role, owner_code
from tests.api.caller import Caller, path_of
from tests.api.conftest import SECRET, Client, origin_of, token_for

PATH = "/api/v1/session"
EVIL = ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1", ""]
Start = Callable[..., Awaitable[Client]]


async def post(client: Client, body: Any = None, *, origin: str | None = None, **more: Any) -> ClientResponse:
    headers = {"Origin": origin} if origin is not None else {}
    return await client.post(PATH, json={} if body is None else body, headers=headers, **more)


async def refused(response: ClientResponse, status: int, code: str) -> str:
    body = await response.json(content_type="application/problem+json")
    assert (response.status, body["status"], body["code"]) == (status, status, code), body
    return str(body["detail"])


def cookie_in(response: ClientResponse) -> Morsel[str]:
    (cookie,) = response.cookies.values()
    return cookie


async def test_a_code_becomes_a_cookie_and_the_cookie_tokens(client: Client, code: str, authority: Authority) -> None:
    signed_in = await post(client, {"code": code}, origin=origin_of(client))
    assert signed_in.status == 200
    assert signed_in.headers["Cache-Control"] == "no-store"
    later = await post(client, origin=origin_of(client))
    assert later.status == 200
    assert not later.cookies
    for response in (signed_in, later):
        body = await response.json()
        assert set(body) == {"token", "expires", "subject", "name", "grants"}
        assert body["grants"] == [{"document": "**", "role": "owner"}]
        assert (body["subject"], body["name"]) == ("owner", "Owner")
        principal = authority.verify(body["token"])
        assert principal.role_for("any/document") is Role.OWNER
        expires = datetime.fromisoformat(body["expires"])
        assert body["expires"].endswith("Z")
        assert expires.timestamp() == principal.expires
        assert 590 < (expires - datetime.now(UTC)).total_seconds() <= 600


async def test_what_the_settings_ask_of_tokens_those_of_the_page_and_of_guests_have(start: Start, code: str) -> None:
    client = await start(token_issuer="https://app.example", token_audience="docs")
    page = Caller(client, (await (await post(client, {"code": code}, origin=origin_of(client))).json())["token"])
    await page.done("POST", "/api/v1/documents", {"name": "a"}, status=201)
    link = await page.done("POST", path_of("a", "/shares"), {"role": "viewer"}, status=201)
    told = await Caller(client, None).done("POST", f"/api/v1/shares/{link['token']}/session", {"name": "Guest"})
    await Caller(client, told["token"]).done("GET", path_of("a"))
    again = {"pass": told["pass"]}
    assert (await Caller(client, None).done("POST", f"/api/v1/shares/{link['token']}/session", again))[
        "name"
    ] == "Guest"
    for missing in (
        Authority(SECRET),
        Authority(SECRET, audience="docs"),
        Authority(SECRET, issuer="https://app.example"),
    ):
        await Caller(client, token_for(missing, "bob")).refused(
            "GET", "/api/v1/documents", status=401, code="unauthenticated"
        )


async def test_the_cookie_is_kept_from_scripts_and_other_sites(client: Client, code: str) -> None:
    cookie = cookie_in(await post(client, {"code": code}, origin=origin_of(client)))
    assert cookie.key == "collab-session"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == 30 * 86400
    assert not cookie["secure"], "a browser would drop it on plain http"


@pytest.mark.parametrize("settings", [{"public_url": "https://docs.example.org"}, {}], ids=["public URL", "proxy"])
async def test_over_https_the_cookie_is_bound_to_https(start: Start, code: str, settings: dict[str, str]) -> None:
    """A proxy ended TLS: the browser's page has an https origin, the server's socket has none."""
    client = await start(**settings)
    headers = {"Origin": "https://docs.example.org", "Host": "docs.example.org"}
    response = await client.post(PATH, json={"code": code}, headers=headers)
    cookie = cookie_in(response)
    assert cookie.key == "__Host-collab-session"
    assert cookie["secure"]
    headers["Cookie"] = f"{cookie.key}={cookie.value}"
    assert (await client.post(PATH, json={}, headers=headers)).status == 200
    headers["Cookie"] = f"collab-session={cookie.value}"  # as a page on plain http could have set it
    await refused(await client.post(PATH, json={}, headers=headers), 401, "unauthenticated")


async def test_a_code_is_good_once(client: Client, code: str) -> None:
    assert (await post(client, {"code": code})).status == 200
    assert "collab link" in await refused(await post(client, {"code": code}), 401, "unauthenticated")


async def test_a_code_is_good_once_among_many_at_the_same_time(client: Client, code: str) -> None:
    responses = await asyncio.gather(*(post(client, {"code": code}) for _ in range(20)))
    assert sorted(response.status for response in responses) == [200] + [401] * 19
    assert sum(len(response.cookies) for response in responses) == 1


async def test_a_code_is_good_once_over_restarts(start: Start, code: str) -> None:
    first = await start()
    assert (await post(first, {"code": code})).status == 200
    await first.server.close()
    await refused(await post(await start(), {"code": code}), 401, "unauthenticated")


async def test_nobody_is_signed_in_at_first(client: Client) -> None:
    detail = await refused(await post(client, origin=origin_of(client)), 401, "unauthenticated")
    assert "collab link" in detail
    assert (await client.post(PATH, headers={"Origin": origin_of(client)})).status == 401, "an empty body is {}"


@pytest.mark.parametrize("origin", EVIL)
async def test_a_cookie_from_a_foreign_page_does_not_count(client: Client, code: str, origin: str) -> None:
    await post(client, {"code": code})
    await refused(await post(client, origin=origin), 403, "origin-not-allowed")


async def test_a_cookie_without_an_origin_does_not_count(client: Client, code: str) -> None:
    await post(client, {"code": code})
    await refused(await post(client), 403, "origin-not-allowed")


async def test_two_origins_are_none(client: Client, code: str) -> None:
    await post(client, {"code": code})
    headers = [("Origin", origin_of(client)), ("Origin", "https://evil.example")]
    await refused(await client.post(PATH, json={}, headers=headers), 403, "origin-not-allowed")


async def test_a_listed_origin_counts(start: Start, code: str) -> None:
    client = await start(allowed_origins="https://wiki.example.org")
    await post(client, {"code": code}, origin=origin_of(client))
    cookie = next(iter(client.session.cookie_jar))
    assert (await post(client, origin=origin_of(client))).status == 200
    headers = {"Origin": "https://wiki.example.org", "Cookie": f"__Host-collab-session={cookie.value}"}
    assert (await client.post(PATH, json={}, headers=headers)).status == 200
    headers["Origin"] = "https://evil.example"
    await refused(await client.post(PATH, json={}, headers=headers), 403, "origin-not-allowed")


async def test_a_foreign_page_cannot_spend_a_code(client: Client, code: str) -> None:
    await refused(await post(client, {"code": code}, origin="https://evil.example"), 403, "origin-not-allowed")
    assert (await post(client, {"code": code})).status == 200


async def test_only_a_code_is_a_code_and_only_a_session_a_cookie(client: Client, authority: Authority) -> None:
    texts = {purpose: authority.issue("a", "A", [], lifetime=60, purpose=purpose) for purpose in Purpose}
    for purpose in (Purpose.TOKEN, Purpose.SESSION):
        await refused(await post(client, {"code": texts[purpose]}), 401, "unauthenticated")
    for purpose in (Purpose.TOKEN, Purpose.CODE):
        headers = {"Origin": origin_of(client), "Cookie": f"collab-session={texts[purpose]}"}
        await refused(await client.post(PATH, json={}, headers=headers), 401, "unauthenticated")


async def test_another_servers_code_is_refused(client: Client) -> None:
    code = owner_code(Authority("another server's secret, just as long as ours"))
    assert code not in await refused(await post(client, {"code": code}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b'{"code": "x", "code": "x"}', "application/json"),
        (b'{"code": ""}', "application/json"),
        (b'{"code": "\\ud800"}', "application/json"),
        (b"\xff", "application/json"),
        (b"[]", "application/json"),
        (b'"code"', "application/json"),
        (b"null", "application/json"),
        (b'{"code": 1}', "application/json"),
        (b'{"code": ["a"]}', "application/json"),
        (b'{"grants": []}', "application/json"),
        (b"[" * 15_000, "application/json"),
    ],
)
async def test_a_body_that_is_not_asked_for(client: Client, body: bytes, content_type: str) -> None:
    response = await client.post(PATH, data=body, headers={"Content-Type": content_type})
    await refused(response, 400, "invalid-request")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"code": "x"}', "text/plain"),
        (b"code=x", "application/x-www-form-urlencoded"),
        (b"{}", "application/octet-stream"),
    ],
)
async def test_a_form_of_another_site_is_no_body(client: Client, body: bytes, content_type: str) -> None:
    response = await client.post(PATH, data=body, headers={"Content-Type": content_type})
    await refused(response, 415, "unsupported-media-type")


async def test_a_body_has_a_limit(client: Client) -> None:
    response = await client.post(PATH, data=b" " * 20_000, headers={"Content-Type": "application/json"})
    await refused(response, 413, "too-large")
    assert (await response.json(content_type=None))["limit"] == 16384


async def test_a_body_has_a_deadline(start: Start) -> None:
    client = await start(handshake_deadline="200ms")
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{".encode()
    )
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_other_methods_are_refused(client: Client) -> None:
    response = await client.get(PATH)
    await refused(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "POST"
