"""Somebody opens a document while others write in it: no gap, and nobody is left out (FAULTS §4, rows 17 and 18)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.editors import Editor, Editors
from tests.promises.proxy import Proxy
from tests.servers import Server

pytestmark = pytest.mark.node

NEWCOMERS = 40
CROWD = 200

PAUSE = (0.0, 12.0)
"""Milliseconds between two edits of one who never stops."""


async def test_edits_during_a_handshake(server: Server, editors: Editors, more: Callable[[int], int]) -> None:
    """Newcomers at random moments, over links of random length, beside two who never stop; some type at once."""
    chance = random.Random(18)
    alice = await editors.hocuspocus("alice", server, "open")
    bob = await editors.ywebsocket("bob", server, "open")
    await alice.type("alice.", pause=PAUSE)
    await bob.type("bob.", pause=PAUSE)
    await alice.until(acknowledged=1)

    newcomers: list[Editor] = []
    async with Proxy(server.port) as proxy:
        for number in range(more(NEWCOMERS)):
            proxy.delay = chance.choice((0.0, chance.uniform(0, 0.005), chance.uniform(0, 0.03)))
            before = (await alice.look()).acknowledged
            opening = chance.choice((editors.hocuspocus, editors.ywebsocket))
            newcomer = await opening(f"newcomer{number}", server, "open", port=proxy.port)
            if chance.random() < 0.5:
                await newcomer.edit(0, insert=f"newcomer{number}\n")
            await newcomer.until(synced=True)
            there = set((await newcomer.look()).text.splitlines())
            assert there >= {f"alice.{edit}" for edit in range(before)}, "synced, but not with all that was there"
            newcomers.append(newcomer)
            if len(newcomers) % 10 == 0:
                await compare(newcomers, alice, bob)
    assert "closed" not in server.log


async def compare(newcomers: list[Editor], alice: Editor, bob: Editor) -> None:
    """Everyone pauses: all see the same, without a reconnect, and nothing waits for anything. Newcomers then go."""
    for writer in (alice, bob):
        await writer.quiet()
    for editor in (alice, bob, *newcomers):
        await editor.until(saved=True, same=alice)
        view = await editor.look()
        assert view.closes == []
        assert not view.pending
    for newcomer in newcomers:
        await newcomer.destroy()
    newcomers.clear()
    for writer in (alice, bob):
        await writer.type(f"{writer.name}.", pause=PAUSE)


async def test_a_crowd_opens_a_new_document(server: Server, editors: Editors) -> None:
    """200 at the same moment, where there is nothing yet; each writes a line as soon as it is in."""
    crowd = await asyncio.gather(
        *(
            (editors.ywebsocket if number % 4 == 0 else editors.hocuspocus)(f"guest{number}", server, "party")
            for number in range(CROWD)
        )
    )
    await asyncio.gather(*(guest.until(synced=True) for guest in crowd))
    await asyncio.gather(*(guest.edit(0, insert=f"{guest.name}\n") for guest in crowd))
    await asyncio.gather(*(guest.until(saved=True, length=sum(len(g.name) + 1 for g in crowd)) for guest in crowd))
    await asyncio.gather(*(guest.until(same=crowd[0], present=CROWD) for guest in crowd))
    text = await crowd[0].text()
    assert sorted(text.splitlines()) == sorted(guest.name for guest in crowd)
    assert [close for guest in crowd for close in (await guest.look()).closes] == []
