"""More than one message may hold, with the published clients: told with the limit, and not brought again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.editors import Editors
from tests.servers import Server

pytestmark = pytest.mark.node

SMALL = ("--max-message-bytes", "1MiB", "--max-update-bytes", "1MiB")


@pytest.mark.parametrize("package", ["y-websocket-1", "y-websocket-2", "y-websocket"])
async def test_y_websocket_comes_back_slowly(tmp_path: Path, editors: Editors, package: str) -> None:
    """Its provider waits a tenth of a second, whatever the close said, and begins with what was too large."""
    async with Server(tmp_path / "data", *SMALL) as server:
        alice = await editors.ywebsocket("alice", server, "notes", package=package)
        bob = await editors.ywebsocket("bob", server, "notes", package=package)
        await alice.until(synced=True)
        await alice.edit(insert="x" * 2**21)
        await asyncio.sleep(4)
        told = server.log.count("connection closed, 1009: a message of 2097")
        assert 1 <= told <= 2, "once at once, and once more after a pause; without one it were twenty"
        assert "where 1048576 are allowed" in server.log
        view = await alice.look()
        assert view.unsynced > 0
        assert {close["code"] for close in view.closes} <= {1009, 1006}
        await bob.edit(insert="others go on")
        await bob.until(saved=True)
