"""Commands while people write: they go through the server, so everybody sees what they do, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.cli.place import Place, reach
from collab.config import Settings
from tests.cli.processes import collab
from tests.cli.states import state, text
from tests.editors import Editors
from tests.servers import Server

DELETED = 4410


@pytest.mark.node
async def test_what_a_command_does_editors_see(tmp_path: Path) -> None:
    (tmp_path / "more.yjs").write_bytes(state("imported"))

    here = Place(Settings.load(data_dir=tmp_path / "data"))

    async def run(*arguments: str | Path) -> str:
        done = await asyncio.to_thread(collab, "documents", *arguments, "--data-dir", tmp_path / "data")
        assert (done.returncode, done.stderr.count("Error")) == (0, 0), done.stderr
        return done.stdout

    async with Server(tmp_path / "data") as server, Editors() as editors:
        alice = await editors.hocuspocus("alice", server, "notes/a")
        bob = await editors.ywebsocket("bob", server, "notes/a")
        await alice.present({"user": {"name": "Alice in W."}})
        await alice.edit(insert="typed")
        await bob.until(text="typed")
        await alice.until(saved=True)
        assert await run("import", tmp_path / "more.yjs", "--name", "notes/a") == "Merged into notes/a.\n"
        await alice.until(contains=["typed", "imported"], saved=True)
        await bob.until(same=alice)
        async with reach(here) as api:
            assert text(await api.state("notes/a")) == await alice.text()
        assert "alice (Alice in W.)" in await run("show", "notes/a")
        await run("delete", "--yes", "notes/a")
        await bob.until(closes=1)
        assert [close["code"] for close in (await bob.look()).closes] == [DELETED]
        await alice.until(synced=False)
        async with reach(here) as api:
            await api.restore("notes/a")
        carol = await editors.hocuspocus("carol", server, "notes/a")
        await carol.until(synced=True, contains=["typed", "imported"])
