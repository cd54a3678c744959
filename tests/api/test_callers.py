"""Whose request it is: tokens, and the cookie with the page it comes from (FAULTS §4 rows 34 and 35)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from collab.auth import Authority, Grant, Purpose
from tests.api.caller import Caller, path_of
from tests.api.conftest import Client, origin_of, token_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS = "/api/v1/documents"
LISTED = "https://wiki.example.org"
Start = Callable[..., Awaitable[Client]]


def cookie_for(authority: Authority, *, name: str = "collab-session", purpose: Purpose = Purpose.SESSION) -> str:
    text = authority.issue("alice", "Alice", [Grant.parse("**", "owner")], lifetime=600, purpose=purpose)
    return f"{name}={text}"


async def test_a_token_is_believed_wherever_it_comes_from(shared: Client, authority: Authority) -> None:
    alice = Caller(shared, token_for(authority, "alice"))
    await alice.done("POST", DOCUMENTS, {"name": "a"}, status=201)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Cookie": "collab-session=nonsense"}):
        await alice.done("GET", DOCUMENTS, headers=headers)
    lower = Caller(shared, None)
    await lower.done("GET", DOCUMENTS, headers={"authorization": f"bearer {alice.token}"})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic YTpi",
        "Token x",
        "Bearer a b",
        "Bearer é",
        "Bearer " + "x" * 7000,
    ],
)
async def test_what_is_no_token_is_not_believed(shared: Client, authority: Authority, authorization: str) -> None:
    """Not even when a good cookie comes along: who sends a token means it."""
    headers = {"Authorization": authorization, "Cookie": cookie_for(authority), "Origin": origin_of(shared)}
    stranger = Caller(shared, None)
    problem = await stranger.refused("GET", DOCUMENTS, headers=headers, status=401, code="unauthenticated")
    assert "nonsense" not in problem["detail"]


async def test_no_other_signed_text_is_a_token(shared: Client, authority: Authority) -> None:
    for purpose in (Purpose.SESSION, Purpose.CODE):
        text = cookie_for(authority, purpose=purpose).partition("=")[2]
        await Caller(shared, text).refused("GET", DOCUMENTS, status=401, code="unauthenticated")
    for purpose in (Purpose.TOKEN, Purpose.CODE):
        headers = {"Cookie": cookie_for(authority, purpose=purpose), "Origin": origin_of(shared)}
        await Caller(shared, None).refused("GET", DOCUMENTS, headers=headers, status=401, code="unauthenticated")


async def test_the_cookie_counts_from_the_servers_own_page(shared: Client, authority: Authority) -> None:
    browser, cookie = Caller(shared, None), {"Cookie": cookie_for(authority)}
    own = {**cookie, "Origin": origin_of(shared)}
    await browser.done("POST", DOCUMENTS, {"name": "own"}, headers=own, status=201)
    await browser.done("GET", path_of("own"), headers=own)
    # which is what a browser says when it only reads from the page's own server
    await browser.done("GET", path_of("own"), headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert (
        await browser.ask("HEAD", path_of("own"), headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    ).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin, same-origin"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
async def test_the_cookie_counts_from_nowhere_else(
    shared: Client, authority: Authority, method: str, headers: dict[str, str]
) -> None:
    sent = {"Cookie": cookie_for(authority), **headers}
    browser = Caller(shared, None)
    await browser.refused(method, path_of("a"), headers=sent, status=403, code="origin-not-allowed")


async def test_what_changes_something_names_its_origin(shared: Client, authority: Authority) -> None:
    headers = {"Cookie": cookie_for(authority), "Sec-Fetch-Site": "same-origin"}
    browser = Caller(shared, None)
    await browser.refused("DELETE", path_of("a"), headers=headers, status=403, code="origin-not-allowed")


@pytest.mark.asyncio(loop_scope="function")
async def test_listed_origins_count_and_limit(start: Start, authority: Authority) -> None:
    client = await start(allowed_origins=LISTED)
    browser = Caller(client, None)
    # over https the cookie has its other name
    cookie = cookie_for(authority, name="__Host-collab-session")
    await browser.done("GET", DOCUMENTS, headers={"Cookie": cookie, "Origin": LISTED})
    await browser.refused(
        "GET",
        DOCUMENTS,
        headers={"Cookie": cookie_for(authority), "Origin": LISTED},
        status=401,
        code="unauthenticated",
    )
    alice = Caller(client, token_for(authority, "alice"))
    await alice.done("GET", DOCUMENTS, headers={"Origin": LISTED})
    await alice.done("GET", DOCUMENTS)
    evil = {"Origin": "https://evil.example"}
    await alice.refused("GET", DOCUMENTS, headers=evil, status=403, code="origin-not-allowed")


@pytest.mark.asyncio(loop_scope="function")
async def test_behind_a_proxy_that_ended_tls(start: Start, authority: Authority) -> None:
    client = await start(public_url="https://docs.example.org")
    browser = Caller(client, None)
    page = {"Sec-Fetch-Site": "same-origin"}
    cookie = cookie_for(authority, name="__Host-collab-session")
    await browser.done("GET", DOCUMENTS, headers={"Cookie": cookie, **page})
    plain = cookie_for(authority)  # as a page on plain http could have set it
    headers = {"Cookie": plain, **page}
    await browser.refused("GET", DOCUMENTS, headers=headers, status=401, code="unauthenticated")
