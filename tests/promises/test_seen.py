"""What two settings let people notice: ``--hide-viewers`` (who is seen) and ``--history-role`` (who looks back)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from collab.auth import Role
from tests.editors import Editor, Editors
from tests.servers import Server

DOCUMENT = "talk"
AT_ONCE = 5.0
"""Seconds; providers say by themselves who they are every fifteen."""

pytestmark = pytest.mark.node


@pytest.fixture
async def hiding(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that keeps viewers unseen."""
    async with Server(tmp_path / "data", "--hide-viewers") as running:
        yield running


async def ask(server: Server, method: str, path: str, body: Any = None, *, role: str = "owner") -> tuple[int, Any]:
    """What the API answers somebody of a role: the status, and the JSON."""
    headers = {"Authorization": f"Bearer {server.token('asker', f'**:{role}')}"}
    async with (
        ClientSession() as session,
        session.request(method, f"{server.url}/api/v1{path}", json=body, headers=headers) as answer,
    ):
        body = await answer.read()
        return answer.status, json.loads(body) if "json" in answer.content_type else body


async def present(server: Server) -> list[str]:
    """Who is there, as the API says it."""
    _, answer = await ask(server, "GET", f"/documents/{DOCUMENT}/presence", role="viewer")
    return sorted(each["subject"] for each in answer["people"])


async def join(editors: Editors, client: str, name: str, server: Server, *grants: str) -> Editor:
    opening = editors.hocuspocus if client == "hocuspocus" else editors.ywebsocket
    editor = await opening(name, server, DOCUMENT, token=server.token(name, *grants))
    await editor.until(synced=True)
    await editor.present({"user": {"name": name}})
    return editor


CLIENTS = pytest.mark.parametrize("client", ["hocuspocus", "y-websocket"])


@CLIENTS
async def test_viewers_are_seen_by_default(server: Server, editors: Editors, client: str) -> None:
    alice = await join(editors, client, "alice", server)
    await alice.edit(insert="hello")
    await alice.until(saved=True)
    eve = await join(editors, client, "eve", server, f"{DOCUMENT}:viewer")
    await alice.until(present=2)
    await eve.until(present=2)
    assert await present(server) == ["alice", "eve"]


@CLIENTS
async def test_hidden_viewers_come_into_sight_and_go_with_their_role(
    hiding: Server, editors: Editors, client: str
) -> None:
    alice = await join(editors, client, "alice", hiding)
    await alice.edit(insert="hello")
    await alice.until(saved=True)
    carol = await join(editors, client, "carol", hiding, f"{DOCUMENT}:commenter")
    eve = await join(editors, client, "eve", hiding, f"{DOCUMENT}:viewer")
    await eve.until(present=3)
    await alice.until(present=2)
    assert await present(hiding) == ["alice", "carol"]
    grant = f"/documents/{DOCUMENT}/grants/eve"
    await ask(hiding, "PUT", grant, {"role": "editor"})
    await alice.until(present=3, timeout=AT_ONCE)
    assert await present(hiding) == ["alice", "carol", "eve"]
    await ask(hiding, "DELETE", grant)
    await alice.until(present=2, timeout=AT_ONCE)
    assert await present(hiding) == ["alice", "carol"]
    await eve.present({"user": {"name": "eve"}, "cursor": 1})
    await carol.present({"user": {"name": "carol"}, "cursor": 1})
    await eve.until(present=3)
    await carol.until(present=2)
    assert [each["state"]["user"]["name"] for each in (await alice.look()).present] == ["alice", "carol"]


LOOKS = (
    "history",
    "history/steps",
    "history/authors",
    "versions",
    "versions/diff?from=0",
    "state?at=0",
    "content?at=0",
)


@pytest.mark.parametrize("least", Role, ids=lambda role: role.label)
async def test_who_looks_back_is_a_setting(tmp_path: Path, editors: Editors, least: Role) -> None:
    async with Server(tmp_path / "data", "--history-role", least.label) as server:
        alice = await join(editors, "hocuspocus", "alice", server)
        await alice.edit(insert="hello")
        await alice.until(saved=True)
        for role in Role:
            for path in LOOKS:
                status, answer = await ask(server, "GET", f"/documents/{DOCUMENT}/{path}", role=role.label)
                assert status == (200 if role >= least else 403), (role, path, answer)
            status, answer = await ask(
                server, "POST", f"/documents/{DOCUMENT}/history/restore", {"at": "0"}, role=role.label
            )
            assert (status != 403) == (role >= max(least, Role.EDITOR)), (role, answer)
            for path in ("", "/state", "/content"):
                status, _ = await ask(server, "GET", f"/documents/{DOCUMENT}{path}", role=role.label)
                assert status == 200, "what stands there now is for everybody"
