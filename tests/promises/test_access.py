"""Out means out, with the published clients: a life through many tokens, and every kind of revocation while somebody types."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from collab.auth import Authority
from collab.auth.secret import FILE as SECRET_FILE
from tests.editors import Editor, Editors
from tests.servers import Server

pytestmark = pytest.mark.node

DOCUMENT = "talk"
LIFETIME = 3.0
LIVES = 10

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """With clocks that differ by no more than a second."""
    async with Server(tmp_path / "data", "--token-leeway", "1s") as running:
        yield running


@pytest.fixture
async def ask(server: Server) -> AsyncIterator[Ask]:
    """Ask the API as the operator."""
    async with ClientSession() as session:

        async def ask(method: str, path: str, body: Any = None) -> Any:
            headers = {"Authorization": f"Bearer {server.token('operator', '**:owner')}"}
            url = f"{server.url}/api/v1{path}"
            async with session.request(method, url, json=body, headers=headers) as answer:
                assert answer.status < 300, await answer.text()
                return await answer.json() if answer.status != 204 else None

        yield ask


def numbers(text: str, name: str) -> list[int]:
    """Which of somebody's lines stand in a text."""
    return sorted(int(number) for number in re.findall(rf"^{name}\.(\d+)$", text, re.MULTILINE))


@pytest.mark.slow
async def test_a_provider_lives_through_ten_tokens(server: Server, editors: Editors) -> None:
    """Each token is good for three seconds; nothing is lost, nothing comes twice, and nobody is sent away."""

    def token() -> str:
        return server.token("alice", lifetime=LIFETIME)

    bob = await editors.hocuspocus("bob", server, DOCUMENT)
    alice = await editors.hocuspocus("alice", server, DOCUMENT, token=token())
    await alice.until(synced=True)
    await alice.type("alice.", pause=(5, 30))
    ends = time.monotonic() + LIVES * LIFETIME
    while time.monotonic() < ends:
        await alice.give(token())
        await asyncio.sleep(0.5)
    edits = await alice.quiet()
    await alice.until(acknowledged=edits, saved=True)
    await bob.until(same=alice)
    view = await alice.look()
    assert (view.closes, view.denials) == ([], [])
    assert numbers((await bob.look()).text, "alice") == list(range(edits))
    assert [status for _, status in view.statuses].count("read-write") > LIVES / 2, "fresh tokens were taken in band"


async def test_who_brings_no_other_token_is_told_and_out(server: Server, editors: Editors) -> None:
    alice = await editors.hocuspocus("alice", server, DOCUMENT, token=server.token("alice", lifetime=2))
    await alice.until(synced=True)
    await alice.until(closes=1)
    assert "expired" in (await alice.look()).closes[0]["reason"]


class Case:
    """Somebody who came by something that can be revoked: their token, how it is revoked, and what they are told."""

    def __init__(self, token: str, revoke: Callable[[], Awaitable[Any]], told: str) -> None:
        self.token = token
        self.revoke = revoke
        self.told = told


async def prepare(kind: str, server: Server, ask: Ask) -> Case:
    path = f"/documents/{quote(DOCUMENT, safe='')}"
    token = server.token("alice", "elsewhere:viewer" if kind == "grant" else f"{DOCUMENT}:editor")
    secret = (server.data_dir / SECRET_FILE).read_text().strip()
    token_id = Authority(secret).verify(token).token_id
    match kind:
        case "token id":
            return Case(token, lambda: ask("POST", "/revocations", {"tokenId": token_id}), "revoked")
        case "subject":
            return Case(token, lambda: ask("POST", "/revocations", {"subject": "alice"}), "revoked")
        case "before":
            now = "2999-01-01T00:00:00Z"  # no later than now counts
            return Case(token, lambda: ask("POST", "/revocations", {"before": now}), "revoked")
        case "token's end":
            ending = server.token("alice", f"{DOCUMENT}:editor", lifetime=3)
            return Case(ending, lambda: asyncio.sleep(3 + 1), "expired")  # and the leeway
        case "API key":
            key = await ask("POST", "/keys", {"name": "k", "grants": [{"document": DOCUMENT, "role": "editor"}]})
            return Case(f"{key['id']}:{key['secret']}", lambda: ask("DELETE", f"/keys/{key['id']}"), "revoked")
        case "grant":
            await ask("PUT", f"{path}/grants/alice", {"role": "editor"})
            return Case(token, lambda: ask("DELETE", f"{path}/grants/alice"), "grant")
        case _:
            link, guest = await come_by_link(server, ask)
            url = f"{path}/shares/{link}"
            if kind == "link":
                return Case(guest, lambda: ask("DELETE", url), "revoked")

            async def end() -> None:
                soon = datetime.now(UTC) + timedelta(seconds=1)
                await ask("PATCH", url, {"expires": soon.isoformat(timespec="milliseconds").replace("+00:00", "Z")})
                await asyncio.sleep(1)

            return Case(guest, end, "expired")


async def come_by_link(server: Server, ask: Ask) -> tuple[str, str]:
    """The id of a link, and the token of a guest who came by it."""
    link = await ask("POST", f"/documents/{quote(DOCUMENT, safe='')}/shares", {"role": "editor"})
    url = f"{server.url}/api/v1/shares/{link['token']}/session"
    async with ClientSession() as session, session.post(url, json={}) as answer:
        return link["id"], (await answer.json())["token"]


async def open_with(editors: Editors, client: str, name: str, server: Server, token: str) -> Editor:
    opening = editors.hocuspocus if client == "hocuspocus" else editors.ywebsocket
    return await opening(name, server, DOCUMENT, token=token)


@pytest.mark.parametrize("client", ["hocuspocus", "y-websocket"])
@pytest.mark.parametrize(
    "kind", ["token id", "subject", "before", "grant", "link", "link's end", "API key", "token's end"]
)
async def test_what_is_revoked_while_somebody_types(
    server: Server, editors: Editors, ask: Ask, kind: str, client: str
) -> None:
    """Nothing that is typed later than a second after is taken, by anybody, ever; and the client is told why."""
    await ask("POST", "/documents", {"name": DOCUMENT})
    bob = await editors.hocuspocus("bob", server, DOCUMENT)
    await bob.until(synced=True)
    case = await prepare(kind, server, ask)
    alice = await open_with(editors, client, "alice", server, case.token)
    await alice.until(synced=True)
    await alice.type("alice.", pause=(5, 15))
    await alice.until(edits=20)
    await case.revoke()
    await asyncio.sleep(1.0)
    late = (await alice.look()).edits
    await asyncio.sleep(1.0)
    await alice.until(closes=1)
    assert await alice.quiet() > late, "it went on typing"
    assert case.told in (await alice.look()).closes[0]["reason"]
    await asyncio.sleep(1.2)  # tokens that are made in the same second as a revocation are revoked
    reader = await editors.hocuspocus("reader", server, DOCUMENT, token=server.token("reader"))
    await reader.until(synced=True)
    written = numbers(await reader.text(), "alice")
    assert written
    assert max(written) < late
    assert max(numbers(await bob.text(), "alice")) < late, "nobody saw it either"
    await server.kill()
    await server.restart()
    again = await open_with(editors, client, "again", server, case.token)
    await again.until(denials=1)
    await reader.until(synced=True)
    assert numbers(await reader.text(), "alice") == written, "it is remembered over restarts"


@pytest.mark.parametrize("client", ["hocuspocus", "y-websocket"])
@pytest.mark.parametrize("by", ["grant", "link"])
async def test_a_role_that_falls_while_somebody_types(
    server: Server, editors: Editors, ask: Ask, by: str, client: str
) -> None:
    """Nothing that is typed later than a second after is taken; who comes by Hocuspocus is told, and everybody goes on reading."""
    await ask("POST", "/documents", {"name": DOCUMENT})
    path = f"/documents/{quote(DOCUMENT, safe='')}"
    if by == "grant":
        token, where, method = server.token("alice", "elsewhere:viewer"), f"{path}/grants/alice", "PUT"
        await ask(method, where, {"role": "editor"})
    else:
        link, token = await come_by_link(server, ask)
        where, method = f"{path}/shares/{link}", "PATCH"
    bob = await editors.hocuspocus("bob", server, DOCUMENT)
    alice = await open_with(editors, client, "alice", server, token)
    await alice.until(synced=True)
    await alice.type("alice.", pause=(5, 15))
    await alice.until(edits=20)
    await ask(method, where, {"role": "viewer"})
    await asyncio.sleep(1.0)
    late = (await alice.look()).edits
    await asyncio.sleep(0.5)
    assert await alice.quiet() > late, "it went on typing"
    view = await alice.look()
    assert (view.closes, view.denials) == ([], [])
    assert view.unsynced > 0, "what was not taken is not told as saved"
    if client == "hocuspocus":
        assert [word for _, word in view.statuses if word.startswith("read")] == ["read-write", "readonly"]
    await bob.edit(insert="read on")
    await alice.until(contains=["read on"])
    reader = await editors.hocuspocus("reader", server, DOCUMENT)
    await reader.until(synced=True)
    written = numbers(await reader.text(), "alice")
    assert written
    assert max(written) < late
    assert numbers(await bob.text(), "alice") == written
