"""The server behind apps of other frameworks, and beside a script: the examples, run as they are, on the real server."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.apps import KINDS, App, Kind
from tests.editors import Editors
from tests.parts import ROOT
from tests.servers import Server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def editors() -> AsyncIterator[Editors]:
    async with Editors() as running:
        yield running


@pytest.mark.node
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
async def test_an_apps_people_write_together(server: Server, editors: Editors, tmp_path: Path, kind: Kind) -> None:
    """They sign in there, and may open here what the app says; who did not is told nothing."""
    mine, ours = (f"teams/{team}/plan" for team in kind.teams)
    (tmp_path / "app").mkdir()
    async with App(kind, server, tmp_path / "app") as app:
        status, told = await app.answer(None)
        assert (status, "token" in told) == (401, False)
        status, told = await app.answer("alice")
        assert (status, told["url"]) == (200, f"ws://127.0.0.1:{server.port}/collab")
        tokens = {who: await app.token(who) for who in ("alice", "bob")}

    alice = await editors.hocuspocus("alice", server, ours, token=tokens["alice"])
    bob = await editors.hocuspocus("bob", server, ours, token=tokens["bob"])
    await alice.edit(insert="Alice was here")
    await alice.until(saved=True)
    await bob.until(text="Alice was here")
    await bob.edit(insert=", and so was Bob")
    await bob.until(saved=True)
    await alice.until(same=bob)

    private = await editors.hocuspocus("alice, alone", server, mine, token=tokens["alice"])
    await private.edit(insert="for the team")
    await private.until(saved=True)
    for document in (mine, "teams/*/plan", "elsewhere"):
        curious = await editors.hocuspocus(f"bob in {document}", server, document, token=tokens["bob"])
        await curious.until(denials=1)

    author = await editors.hocuspocus("author", server, "handbook/welcome")
    await author.edit(insert="Welcome.")
    await author.until(saved=True)
    reader = await editors.hocuspocus("bob, reading", server, "handbook/welcome", token=tokens["bob"])
    await reader.until(synced=True, text="Welcome.")
    await reader.edit(insert=" Not by Bob.")
    await reader.present({"name": "Bob"})  # sent behind his edit
    await author.until(present=2)
    assert await author.text() == "Welcome."


@pytest.mark.node
async def test_a_script_reads_and_writes_beside_editors(server: Server, editors: Editors) -> None:
    alice = await editors.hocuspocus("alice", server, "notes/the plan")
    await alice.edit(insert="written by Alice\n")
    await alice.until(saved=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, ROOT / "examples" / "script.py", "notes/the plan", "written by a script"),
        env=os.environ | {"COLLAB_SERVER": server.url, "COLLAB_TOKEN": server.token("script", "notes/**:editor")},
        stdout=PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.decode().splitlines() == ["notes/the plan  editor", "written by Alice", "", "{'changed': True}"]
    await alice.until(text="written by Alice\nwritten by a script\n")
