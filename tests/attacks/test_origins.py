"""A page from elsewhere that uses the cookie of whoever looks at it (row 34)."""

from __future__ import annotations

import aiohttp
import pytest

from collab.auth import Authority, owner_code
from collab.auth.secret import FILE as SECRET_FILE
from tests.attacks.clients import Client, YClient
from tests.attacks.conftest import Serve
from tests.attacks.wire import RawSocket, Refused
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOREIGN = {
    "another site": "https://evil.example",
    "another scheme's lookalike": "http://127.0.0.1.evil.example",
    "another port": "http://127.0.0.1:1",
    "null, as of a sandboxed frame": "null",
    "nothing": "",
    "no origin": "evil",
    "two of them": "http://127.0.0.1, https://evil.example",
    "missing": None,
}


async def cookie(server: Server) -> str:
    """What a browser sends once it has exchanged an owner link's code."""
    code = owner_code(Authority((server.data_dir / SECRET_FILE).read_text().strip()))
    async with (
        aiohttp.ClientSession(headers={"Origin": server.url}) as browser,
        browser.post(f"{server.url}/api/v1/session", json={"code": code}) as answer,
    ):
        assert answer.status < 300, await answer.text()
        (kept,) = answer.cookies.values()
        return f"{kept.key}={kept.value}"


@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("path", ["/collab", "/yjs/notes"])
async def test_a_cookie_with_a_foreign_or_no_origin_is_refused_before_the_upgrade(
    server: Server, path: str, origin: str | None
) -> None:
    headers = {"Origin": origin, "Cookie": await cookie(server)}
    with pytest.raises(Refused) as refused:
        await RawSocket.open(server.port, path, headers)
    assert refused.value.status == 403
    assert "origin-not-allowed" in refused.value.body


@pytest.mark.parametrize("path", ["/collab", "/yjs/notes"])
async def test_a_made_up_cookie_is_no_way_around(server: Server, path: str) -> None:
    name = (await cookie(server)).partition("=")[0]
    with pytest.raises(Refused):
        await RawSocket.open(server.port, path, {"Origin": "https://evil.example", "Cookie": f"{name}=x"})


async def test_the_servers_own_page_gets_in_and_the_cookie_alone_opens_no_document(server: Server, name: str) -> None:
    async with await Client.open(server, {"Origin": server.url, "Cookie": await cookie(server)}) as page:
        page.authenticate(name, "")
        await page.until(lambda: name in page.heard)
        assert "there is no token" in str(page.heard[name])
        await page.enter(name, server.token("olga"))


@pytest.mark.parametrize("origin", [None, "null", "https://anywhere.example"])
async def test_a_token_in_band_or_in_the_query_needs_no_origin(server: Server, name: str, origin: str | None) -> None:
    async with await Client.open(server, {"Origin": origin}) as script:
        await script.enter(name, server.token("script"))
    async with await YClient.join(server, "notes", server.token("script"), {"Origin": origin}) as other:
        await other.until(lambda: bool(other.heard.get("")))


async def test_a_list_of_origins_limits_browsers_and_not_scripts(serve: Serve, name: str) -> None:
    server = await serve(allowed_origins="https://app.example,https://two.example:8443")
    for good in ("https://app.example", "https://two.example:8443", server.url, None):
        async with await Client.open(server, {"Origin": good}) as client:
            await client.enter(name, server.token("alice"))
    for bad in ("https://evil.example", "http://app.example", "https://two.example", "null"):
        with pytest.raises(Refused) as refused:
            await RawSocket.open(server.port, headers={"Origin": bad})
        assert refused.value.status == 403
        token = server.token("alice")
        with pytest.raises(Refused):
            await RawSocket.open(server.port, f"/yjs/notes?token={token}", {"Origin": bad})
