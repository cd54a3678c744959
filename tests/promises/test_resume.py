"""The connection breaks at each step of the protocol; everything arrives, once (FAULTS §4, row 19)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import pytest

from tests.editors import Editor, Editors
from tests.promises.proxy import Cut, Proxy, Way
from tests.servers import Server

pytestmark = pytest.mark.node

CLIENTS = ("hocuspocus", "y-websocket")


@pytest.fixture
def names() -> Iterator[str]:
    """A fresh name for each document."""
    return (f"resumed/{number}" for number in itertools.count())


async def write(editors: Editors, server: Server, proxy: Proxy, client: str, document: str) -> Editor:
    """Type before the handshake is done, after it, and once all that is saved; erase too. Then all is saved."""
    opening = editors.hocuspocus if client == "hocuspocus" else editors.ywebsocket
    alice = await opening(f"alice of {document}", server, document, port=proxy.port)
    await alice.edit(insert="early ")
    await alice.until(synced=True)
    await alice.edit(insert="then ")
    await alice.set("title", "first")
    await alice.until(saved=True)
    await alice.edit(0, erase=1, insert="E")
    await alice.set("title", "second")
    await alice.until(saved=True)
    return alice


async def has_arrived_once(editors: Editors, server: Server, alice: Editor, document: str) -> None:
    """Alice's work is what she meant, her light is out, and a fresh reader has the same."""
    reader = await editors.hocuspocus(f"reader of {document}", server, document)
    await reader.until(synced=True, same=alice)
    view = await reader.look()
    assert view.text == "Early then "
    assert view.map == {"title": "second"}
    assert not view.pending
    await alice.until(saved=True, unsynced=0)
    await reader.destroy()
    await alice.destroy()


def each_step(frames: dict[Way, int], connection: int) -> Iterable[Cut]:
    """A cut at each frame of a connection that went as ``frames`` counts."""
    return [Cut(way, number, connection) for way, count in frames.items() for number in range(1, count + 1)]


@pytest.mark.parametrize("client", CLIENTS)
async def test_cut_at_each_step(server: Server, editors: Editors, names: Iterator[str], client: str) -> None:
    async with Proxy(server.port) as whole:
        document = next(names)
        await has_arrived_once(editors, server, await write(editors, server, whole, client, document), document)
    steps = each_step(whole.frames[0], connection=1)
    assert len(list(steps)) > 10
    for cut in steps:
        async with Proxy(server.port) as proxy:
            proxy.cuts = {cut}
            document = next(names)
            await has_arrived_once(editors, server, await write(editors, server, proxy, client, document), document)
            assert not proxy.cuts or len(proxy.frames) == 1, cut  # it was cut, or got through with fewer frames


@pytest.mark.parametrize("client", CLIENTS)
async def test_cut_at_each_step_of_the_resume(
    server: Server, editors: Editors, names: Iterator[str], client: str
) -> None:
    """All replies after the handshake are lost, then the connection; and the next one breaks at each step as well."""
    frames = await write_deaf(editors, server, client, next(names), cut=None)
    steps = each_step(frames, connection=2)
    assert len(list(steps)) > 4
    for cut in steps:
        await write_deaf(editors, server, client, next(names), cut)


async def write_deaf(editors: Editors, server: Server, client: str, document: str, cut: Cut | None) -> dict[Way, int]:
    """Edits arrive and their receipts do not; then the connection breaks. How many frames the resume took."""
    opening = editors.hocuspocus if client == "hocuspocus" else editors.ywebsocket
    async with Proxy(server.port) as proxy:
        proxy.cuts = set() if cut is None else {cut}
        alice = await opening(f"alice of {document}", server, document, port=proxy.port)
        witness = await editors.hocuspocus(f"witness of {document}", server, document)
        await alice.edit(insert="early ")
        await alice.until(saved=True)
        await witness.until(text="early ")
        proxy.deaf = True
        await alice.edit(insert="then ")
        await alice.edit(0, erase=1, insert="E")
        await alice.set("title", "second")
        await witness.until(text="Early then ")
        await alice.until(saved=False)
        proxy.deaf = False
        proxy.cut()
        await alice.until(connected=False)
        await alice.until(saved=True)
        await witness.until(same=alice)
        await witness.destroy()
        frames = proxy.frames[1]
        await has_arrived_once(editors, server, alice, document)
    return frames
