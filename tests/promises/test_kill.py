"""Saved means saved: ``kill -9`` of the server and of everyone who writes, at random moments (FAULTS §4, row 1)."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.editors import Editors
from tests.servers import Server

pytestmark = [pytest.mark.node, pytest.mark.slow]

DOCUMENTS = ("one", "two")
KILLS = 50


async def test_no_acknowledged_edit_is_lost(tmp_path: Path, more: Callable[[int], int]) -> None:
    """Every edit is a line of its own; all that any writer was told is saved must be there for a fresh reader.

    Each cycle starts the server once, over the documents that the kills before have left.
    """
    chance = random.Random(1)
    server = Server(tmp_path / "data")
    acknowledged: dict[str, set[str]] = defaultdict(set)  # in each document, the lines that were said to be saved
    empty_handed = 0
    kills = more(KILLS)
    for cycle in range(kills):
        async with Editors() as editors, server:
            await check(editors, server, acknowledged)
            news = await write_until_killed(editors, server, cycle, chance)
        for document, lines in news.items():
            acknowledged[document] |= lines
        empty_handed += not any(news.values())
    async with Editors() as editors, server:
        await check(editors, server, acknowledged)
    assert empty_handed <= kills // 4, "a kill before anything was saved shows nothing"


async def write_until_killed(
    editors: Editors, server: Server, cycle: int, chance: random.Random
) -> Mapping[str, set[str]]:
    """Two writers in each document, one on each client; the lines that they were told are saved."""
    writers = []
    for document in DOCUMENTS:
        for kind, opening in (("h", editors.hocuspocus), ("y", editors.ywebsocket)):
            name = f"{kind}-{document}"
            writers.append((document, name, await opening(name, server, document, reports="count")))
    for _, name, writer in writers:
        await writer.type(f"{name}.{cycle}.", pause=(0, chance.choice((1, 5, 30))))
    if cycle % 5 != 4:  # one in five may come before anything was saved, and on a busy machine does
        await writers[0][2].until(acknowledged=1)
    await asyncio.sleep(chance.uniform(0.02, 0.3))  # the moment
    for strike in chance.sample((server.strike, editors.strike), 2):
        strike()
    await editors.ended()
    return {
        document: {
            f"{name}.{cycle}.{number}"
            for _, name, _ in (writer for writer in writers if writer[0] == document)
            for number in range(editors.acknowledged.get(name, 0))
        }
        for document in DOCUMENTS
    }


async def check(editors: Editors, server: Server, acknowledged: Mapping[str, set[str]]) -> None:
    """A fresh reader of each document finds all that was acknowledged, each line once."""
    for document, lines in acknowledged.items():
        reader = await editors.hocuspocus(f"reader-{document}", server, document)
        await reader.until(synced=True)
        found = (await reader.look()).text.splitlines()
        assert lines <= set(found), f"acknowledged and lost: {sorted(lines - set(found))[:10]}"
        assert len(found) == len(set(found)), "a line came twice"
        await reader.destroy()
