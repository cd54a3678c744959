"""What a document costs to open depends on how much there is to send, not on how often it was edited."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from collab.storage.sql import SqlStore
from tests.growing_old.client import Client
from tests.growing_old.process import cpu
from tests.growing_old.writing import Typist, Writing, keep
from tests.servers import Server

ROUNDS = 3


class Opening(NamedTuple):
    """What one opening cost the server."""

    cpu: float
    seconds: float
    size: int

    @property
    def per_kilobyte(self) -> float:
        """Microseconds of CPU for each kilobyte that was sent."""
        return self.cpu * 1e9 / self.size


async def open_once(server: Server, name: str, text: str) -> Opening:
    before = cpu(server.pid)
    async with Client(server, name) as client:
        spent = cpu(server.pid) - before
        assert client.text == text
        return Opening(spent, client.seconds, client.size)


async def until_folded(server: Server, count: int) -> None:
    """Wait until so many documents have been."""
    connection = sqlite3.connect(server.database)
    for _ in range(600):
        if connection.execute("SELECT count(*) FROM checkpoints").fetchone()[0] == count:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("they were not folded")
    connection.close()


@pytest.mark.slow
async def test_opening_costs_what_is_sent(long_writing: Writing, tmp_path: Path) -> None:
    """A hundred thousand edits against a thousand: of a letter each, and of as many letters as make the same size.

    The first thousand open for what a connection costs, so per kilobyte they are a weak rival; the others are a strong
    one. Were the log replayed at opening, the long document would take five hundred times what it does.
    """
    short = Typist().type(1000)
    dense = Typist().type(1000, piece=len(long_writing.text) * 3 // 800)
    writings = {"long": long_writing, "short": short, "dense": dense}
    server = Server(tmp_path, "--idle-room-seconds", "0.1s", afresh=True)
    store = await SqlStore.open(f"sqlite:///{server.database}")
    for name, writing in writings.items():
        await keep(store, name, writing.log)
    await store.close()
    async with server:
        first = {name: await open_once(server, name, writing.text) for name, writing in writings.items()}
        await until_folded(server, len(writings))
        openings: dict[str, list[Opening]] = {name: [] for name in writings}
        for _ in range(ROUNDS):
            await server.stop()
            await server.restart()
            await open_once(server, "another", "")  # what a server does once in its life
            for name, writing in writings.items():
                openings[name].append(await open_once(server, name, writing.text))
    cost = {name: median(one.per_kilobyte for one in openings[name]) for name in writings}
    for name, writing in writings.items():
        usual = min(openings[name], key=lambda one: one.cpu)
        print(
            f"{name}: {len(writing.log)} edits, {usual.size / 1000:.0f} kB sent; CPU {usual.cpu * 1e3:.1f} ms, "
            f"{usual.seconds * 1e3:.1f} ms in all, {cost[name]:.0f} µs per kB; "
            f"the first time, unfolded, {first[name].cpu * 1e3:.0f} ms"
        )
    assert cost["long"] < cost["short"] * 3
    assert cost["long"] < cost["dense"] * 5
