"""SIGTERM under load: what was typed reaches the disk, everyone is told, the server goes at once (FAULTS §4, row 2)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.editors import Editors, View
from tests.promises.disk import locked
from tests.servers import Server

pytestmark = pytest.mark.node

GOING_AWAY = 1001

WRITERS = 5
"""On each client: enough that some are in the middle of sending when they are told to go."""

QUICKLY = 5.0
"""Seconds: the server may drain for ten, but with a disk that works and clients that answer there is no reason to."""


async def test_a_stop_saves_and_says_goodbye(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    async with server, Editors() as editors:
        writers = [
            await opening(f"{letter}{number}", server, "busy")
            for number in range(WRITERS)
            for letter, opening in (("h", editors.hocuspocus), ("y", editors.ywebsocket))
        ]
        for writer in writers:
            await writer.type(f"{writer.name}.", pause=(0, 10))
        for writer in writers:
            await writer.until(acknowledged=20)
        await asyncio.sleep(0.2)
        began = time.monotonic()
        code = await server.stop()
        took = time.monotonic() - began
        for writer in writers:
            await writer.until(closes=1)
            await writer.disconnect()
        views = {writer.name: await writer.look() for writer in writers}
    assert code == 0
    assert took < QUICKLY
    for name, view in views.items():
        assert view.closes[0]["code"] == GOING_AWAY, f"{name} was not told why"
    async with server, Editors() as editors:
        reader = await editors.hocuspocus("reader", server, "busy")
        await reader.until(synced=True)
        found = (await reader.look()).text.splitlines()
    assert len(found) == len(set(found))
    assert found_or_never_shown(views, set(found)) == []


def found_or_never_shown(views: dict[str, View], found: set[str]) -> list[str]:
    """What is missing though its writer was told that it is saved, or though another editor had been shown it."""
    missing = []
    for name, view in views.items():
        saved = {f"{name}.{number}" for number in range(view.acknowledged)}
        shown = {
            line
            for other, theirs in views.items()
            if other != name
            for line in theirs.text.splitlines()
            if line.startswith(f"{name}.")
        }
        assert shown, f"nobody saw {name} write"
        missing += sorted((saved | shown) - found)
    return missing


async def test_a_stop_waits_for_the_disk(server: Server, editors: Editors) -> None:
    """The disk takes nothing for a second after SIGTERM: then the edit is saved, its writer told so, and sent away."""
    alice = await editors.hocuspocus("alice", server, "notes")
    bob = await editors.ywebsocket("bob", server, "notes")
    await alice.until(saved=True)
    await bob.until(saved=True)
    with locked(server):
        await alice.edit(insert="on its way")
        await bob.until(text="on its way")
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(1)
        assert not stopping.done()
        assert (await alice.look()).acknowledged == 0
    assert await stopping == 0
    for editor in (alice, bob):
        await editor.until(closes=1)
        await editor.disconnect()
        assert (await editor.look()).closes[0]["code"] == GOING_AWAY
    assert (await alice.look()).acknowledged == 1
    await server.restart()
    reader = await editors.hocuspocus("reader", server, "notes")
    await reader.until(synced=True, text="on its way")


async def test_who_comes_back_after_a_stop_goes_on(server: Server, editors: Editors) -> None:
    alice = await editors.hocuspocus("alice", server, "notes")
    bob = await editors.ywebsocket("bob", server, "notes")
    await alice.type("alice.", pause=(0, 10))
    await bob.type("bob.", pause=(0, 10))
    await alice.until(acknowledged=5)
    assert await server.stop() == 0
    await server.restart()
    for writer in (alice, bob):
        at_restart = (await writer.look()).edits
        await writer.until(acknowledged=at_restart + 5)
        await writer.quiet()
    await alice.until(saved=True)
    await bob.until(saved=True, same=alice)
    text = await alice.text()
    for writer in (alice, bob):
        lines = {f"{writer.name}.{number}" for number in range((await writer.look()).edits)}
        assert lines == {line for line in text.splitlines() if line.startswith(f"{writer.name}.")}
