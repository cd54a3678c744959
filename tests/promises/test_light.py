"""The light on a slow link, through offline edits and a reconnect: it never lies, and it goes out in the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.editors import Editor, Editors, Report
from tests.promises.disk import Disk
from tests.promises.proxy import Proxy
from tests.servers import Server

pytestmark = pytest.mark.node

ONE_WAY = 0.15
"""Seconds: 300 milliseconds there and back. A light that goes out while an edit is on its way lies for so long."""

EDITORS = 16

CUT_OFF = 1006


@pytest.mark.parametrize("client", ["hocuspocus", "y-websocket"])
async def test_offline_edits_on_a_slow_link(
    server: Server, editors: Editors, more: Callable[[int], int], client: str
) -> None:
    """Many people at once, each alone in a document: online, cut off, offline, and online again, typing all the while.

    Each time a light goes out, all that its editor did before must be on disk at that moment.
    """
    checks: list[asyncio.Task[bool]] = []
    opening = editors.hocuspocus if client == "hocuspocus" else editors.ywebsocket
    async with Disk(server) as disk:

        def check(report: Report) -> None:
            assert report.state is not None
            checks.append(asyncio.create_task(disk.holds(report.editor, report.state), name=report.editor))

        async def one(number: int) -> None:
            chance = random.Random(number)
            async with Proxy(server.port, delay=ONE_WAY) as proxy:
                name = f"editor{number}"
                editor = await opening(name, server, name, port=proxy.port, reports="state")
                await go_offline_and_return(editor, proxy, chance)

        editors.heard = check
        await asyncio.gather(*(one(number) for number in range(more(EDITORS))))
        liars = {check.get_name() for check in checks if not await check}
    assert len(checks) >= 2 * more(EDITORS)
    assert not liars, "a light was out, and what its editor had done was not on disk"
    assert "connection closed" not in server.log


async def go_offline_and_return(editor: Editor, proxy: Proxy, chance: random.Random) -> None:
    """Write, lose the connection, write on, come back, write during the handshake and after it."""
    await editor.edit(insert="The beginning. ")
    await editor.until(saved=True)
    await write(editor, chance, seconds=0.2)
    proxy.closed = True
    proxy.cut()
    await editor.until(connected=False)
    await write(editor, chance, seconds=0.2)
    proxy.closed = False
    await editor.until(connected=True)
    await write(editor, chance, seconds=8 * ONE_WAY)
    await editor.until(saved=True, unsynced=0)
    view = await editor.look()
    assert view.acknowledged == view.edits
    assert {close["code"] for close in view.closes} == {CUT_OFF}
    assert all(close["at"] < view.at - 8 * ONE_WAY for close in view.closes), "closed after it had come back"


async def write(editor: Editor, chance: random.Random, *, seconds: float) -> None:
    """Insert, erase and set, at random moments: hands pause and hurry."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        match chance.randrange(4):
            case 0:
                await editor.edit(0, erase=1)
            case 1:
                await editor.set("key", chance.random())
            case _:
                await editor.edit(chance.randrange(3), insert=chance.choice(("word ", "😀", "\n")))
        await asyncio.sleep(chance.choice((0.0, 0.01, 0.1)) * chance.random())
