"""Two people who really typed at the same time, each on another client, through a kill of the server."""

from __future__ import annotations

import asyncio

import pytest

from tests import parts
from tests.editors import Editors
from tests.servers import Server

pytestmark = [pytest.mark.node, pytest.mark.slow]


async def test_friendsforever(server: Server, editors: Editors) -> None:
    trace = parts.trace("friendsforever")
    total = [sum(txn["agent"] == agent for txn in trace["txns"]) for agent in (0, 1)]
    alice = await editors.hocuspocus("alice", server, "friends")
    bob = await editors.ywebsocket("bob", server, "friends")

    path = parts.TRACES / "friendsforever.json.gz"
    typing = asyncio.gather(alice.replay(path, 0), bob.replay(path, 1))
    await alice.until(edits=total[0] // 3, timeout=60)
    await server.kill()
    midway = [(await editor.look()).edits for editor in (alice, bob)]
    await server.restart()
    await typing

    for editor in (alice, bob):
        await editor.until(saved=True, unsynced=0, text=trace["endContent"], timeout=60)
    assert all(0.2 * whole < typed < 0.9 * whole for typed, whole in zip(midway, total, strict=True))
    reader = await editors.hocuspocus("reader", server, "friends")
    await reader.until(synced=True, text=trace["endContent"], same=alice)
    await bob.until(same=alice)
    for editor, whole in zip((alice, bob), total, strict=True):
        view = await editor.look()
        assert view.edits == view.acknowledged == whole
        assert not view.pending
