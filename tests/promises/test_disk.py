"""A disk that is locked, full or slow: nobody is told that something is saved, nothing is lost, and it passes.

FAULTS §4, rows 3, 5 and 9, on the whole server.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.editors import Editor, Editors, Report
from tests.promises.disk import Disk, full, locked
from tests.servers import Server

pytestmark = pytest.mark.node

type_of_trouble = Callable[[Server], AbstractContextManager[None]]

TRY_AGAIN_LATER = 1013

LONG = 2.0
"""Seconds of trouble: several tries of the log, and not yet the time to give up."""


@pytest.mark.parametrize("trouble", [locked, full])
async def test_trouble_that_passes(server: Server, editors: Editors, trouble: type_of_trouble) -> None:
    """While it lasts people write together and newcomers read, and nobody's light goes out."""
    alice = await editors.hocuspocus("alice", server, "notes")
    bob = await editors.ywebsocket("bob", server, "notes")
    await alice.edit(insert="before\n")
    await alice.until(saved=True)
    await bob.until(text="before\n")
    with trouble(server):
        await alice.type("alice.", pause=(5, 50))
        await bob.type("bob.", pause=(5, 50))
        await bob.until(contains=["alice.1", "alice.2"])
        await alice.until(contains=["bob.0", "bob.1"])
        newcomer = await editors.hocuspocus("newcomer", server, "notes")
        await newcomer.until(synced=True, contains=["before", "alice.1", "bob.0"])
        await asyncio.sleep(LONG)
        during = {writer.name: await writer.look() for writer in (alice, bob)}
    assert during["alice"].acknowledged == 1
    assert during["bob"].acknowledged == 0
    for writer in (alice, bob):
        view = during[writer.name]
        assert view.unsynced > 10
        assert view.closes == []
        await writer.quiet()
    await alice.until(saved=True)
    await bob.until(saved=True, same=alice)
    await newcomer.until(saved=True, same=alice)
    await server.kill()
    await alice.disconnect()
    await bob.disconnect()
    await newcomer.destroy()
    await server.restart()
    reader = await editors.hocuspocus("reader", server, "notes")
    await reader.until(synced=True, same=alice)


async def test_trouble_that_lasts(tmp_path: Path, editors: Editors) -> None:
    """The server gives up and says so, again and again; editors keep what is theirs until the disk takes it."""
    async with Server(tmp_path / "data", "--commit-give-up", "500ms") as server:
        alice = await editors.hocuspocus("alice", server, "notes")
        bob = await editors.ywebsocket("bob", server, "notes")
        await alice.edit(insert="before ")
        await alice.until(saved=True)
        await bob.until(text="before ", saved=True)
        with locked(server):
            await alice.edit(insert="during ")
            await bob.until(text="before during ")
            await bob.edit(0, erase=1, insert="B")
            for editor in (alice, bob):
                await editor.until(closes=2)
            await alice.edit(insert="after ")
        await alice.until(saved=True, text="Before during after ")
        await bob.until(saved=True, same=alice)
        closes = [close for editor in (alice, bob) for close in (await editor.look()).closes]
        assert {close["code"] for close in closes} == {TRY_AGAIN_LATER}
        assert all(close["reason"] for close in closes)
        assert server.runs
        await server.kill()
        await bob.disconnect()
        await alice.disconnect()
        await server.restart()
        reader = await editors.hocuspocus("reader", server, "notes")
        await reader.until(synced=True, text="Before during after ")


async def test_a_slow_disk(server: Server, editors: Editors, more: Callable[[int], int]) -> None:
    """Commits wait for a disk that comes and goes. Each time a light goes out, all that its editor typed is on it."""
    chance = random.Random(9)
    reports: asyncio.Queue[Report] = asyncio.Queue()
    editors.heard = reports.put_nowait
    writers = [
        await editors.hocuspocus("hare", server, "hare", reports="state"),
        await editors.ywebsocket("hedgehog", server, "hedgehog", reports="state"),
    ]
    async with Disk(server) as disk:
        checked: list[Report] = []
        checking = asyncio.create_task(check_reports(disk, reports, checked))
        for writer in writers:
            await writer.type(f"{writer.name}.", pause=(0, 40))
        for turn in range(more(100)):
            if turn >= more(15) and len(checked) >= 10:  # on a busy machine a light goes out less often
                break
            with locked(server):
                await asyncio.sleep(chance.uniform(0.05, 0.3))
            await asyncio.sleep(chance.uniform(0.0, 0.06))
        for writer in writers:
            await all_acknowledged(writer)
        await asyncio.sleep(0)
        reports.put_nowait(Report("end", 0.0, 0, None))
        await checking
    assert len(checked) >= 10


async def all_acknowledged(writer: Editor) -> None:
    await writer.until(acknowledged=await writer.quiet(), saved=True)


async def check_reports(disk: Disk, reports: asyncio.Queue[Report], checked: list[Report]) -> None:
    """Compare each report with the disk, at once, until the end."""
    for _ in range(10_000):
        report = await reports.get()
        if report.state is None:
            return
        assert await disk.holds(report.editor, report.state), f"{report.editor}: said to be saved, and is not on disk"
        checked.append(report)
    raise AssertionError("there was no end")
