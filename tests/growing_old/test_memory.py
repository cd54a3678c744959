"""The memory of a server that opened many documents, and left them, comes back."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from collab.api import ROOMS
from collab.app import build
from collab.auth import load_secret
from collab.config import Settings
from collab.rooms import Rooms
from tests.attacks.clients import Client as HocuspocusClient
from tests.growing_old.client import Client
from tests.growing_old.process import memory
from tests.growing_old.shelf import fill_shelf
from tests.growing_old.writing import Typist
from tests.servers import Server

DOCUMENTS = 1000
AT_ONCE = 50

MB = 1_000_000


async def visit(server: Server, names: list[str]) -> int:
    """Open all these documents, be in all of them at once, and leave; the server's memory meanwhile."""
    async with AsyncExitStack() as stack:
        for start in range(0, len(names), AT_ONCE):
            opening = (stack.enter_async_context(Client(server, name)) for name in names[start : start + AT_ONCE])
            await asyncio.gather(*opening)
        return memory(server.pid)


async def settle(server: Server, goal: int) -> int:
    """The server's memory, once it is at the goal, or has had time enough."""
    for _ in range(40):
        if memory(server.pid) <= goal:
            break
        await asyncio.sleep(0.25)
    return memory(server.pid)


async def test_memory_comes_back(tmp_path: Path) -> None:
    """What stays are caches, and slack that the allocators of Python and of C keep for the next time: a third at the
    most, and with the second round no more than with the first. A leak of rooms keeps all of it, each time.
    """
    names = [f"document {number}" for number in range(DOCUMENTS)]
    log = Typist().type(1000, piece=200).log
    server = Server(tmp_path, "--idle-room-seconds", "0.5s", afresh=True)
    await fill_shelf(server.database, names, log)
    async with server:
        await visit(server, names[:1])  # what a server does once in its life
        before = memory(server.pid)
        during = await visit(server, names)
        growth = during - before
        assert growth > DOCUMENTS * sum(map(len, log)) // 3, "the documents were never all in memory"
        goal = before + growth // 3
        after = await settle(server, goal)
        again = await visit(server, names)
        after_again = await settle(server, goal)
    print(
        f"{before / MB:.0f} MB before; with {DOCUMENTS} documents open {during / MB:.0f}, then {again / MB:.0f}; "
        f"after they were left {after / MB:.0f}, then {after_again / MB:.0f}"
    )
    assert after <= goal
    assert again <= during + growth // 10
    assert after_again <= min(goal, after + growth // 10)


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[tuple[Server, Rooms]]:
    """The whole server in this process, and its rooms."""
    server = Server(tmp_path, afresh=True)
    settings = Settings.load(data_dir=tmp_path, idle_room_seconds=0.1)
    app = build(settings, load_secret(settings).value)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", server.port).start()
    gc.disable()
    yield server, app[ROOMS]
    gc.enable()
    await runner.cleanup()


@pytest.mark.parametrize("dialect", ["hocuspocus", "y-websocket"])
async def test_a_room_goes_without_the_garbage_collector(inside: tuple[Server, Rooms], dialect: str) -> None:
    """Full collections are held back, so a cycle with a room in it would keep a document for many minutes."""
    server, rooms = inside
    if dialect == "hocuspocus":
        async with await HocuspocusClient.inside(server, "notes", "alice"):
            room = weakref.ref(await rooms.open("notes", create=True))
    else:
        async with Client(server, "notes"):
            room = weakref.ref(await rooms.open("notes", create=True))
    for _ in range(100):
        if not len(rooms) and room() is None:
            break
        await asyncio.sleep(0.05)
    assert not len(rooms)
    assert room() is None
