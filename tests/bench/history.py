"""What the past costs: the automerge-paper typed through rooms in 7.2 hours, as ``tests/history/paper.py`` has it.

Times are on the wall, the best of a few rounds; ``cold`` is the first one after the server's start.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from collab.config import Settings
from collab.content.differing import differ
from collab.content.formats import Format
from collab.content.jobs import Comparison
from collab.content.restoring import restore
from collab.history import ByNumber, History, attributing, shares, sitting
from collab.rooms import Rooms
from collab.rooms.breathe import breathe
from collab.storage.log import Log
from collab.storage.sql import SqlStore
from tests.content.paper import typed_by_seven
from tests.crdt.recorded import updates
from tests.history.paper import NAME, type_out

ROUNDS = 7
FILE_BYTES, PAGE_MILLISECONDS, STATE_MILLISECONDS = 1_200_000, 50.0, 100.0
COMPARE_SECONDS = 1.0
"""The bars."""


def main() -> None:
    """Print a line for each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))
    _compare()


def _compare() -> None:
    """What the worker takes, without its start: seconds of a processor."""
    paper = typed_by_seven()
    then = paper.moments[2]
    for what, work in (
        ("a difference", partial(differ, paper.whole, Comparison(then, paper.now, paper.written, paper.deleted))),
        ("the same as text", partial(differ, paper.whole, Comparison(then, paper.now, format=Format.TEXT))),
        ("a restore", partial(restore, paper.whole, then, 2**32 - 7)),
    ):
        started = time.process_time()
        work()
        print(f"{what}: {time.process_time() - started:.2f} s, bar {COMPARE_SECONDS:g} s")


async def _measure(folder: Path) -> None:
    await type_out(folder, updates("automerge-paper"))
    print(f"the whole file {(folder / 'collab.db').stat().st_size:,} bytes, bar {FILE_BYTES:,}")
    store = await SqlStore.open(f"sqlite:///{folder / 'collab.db'}")
    settings = Settings.load(data_dir=folder)
    rooms = Rooms(store, Log(store), connection_limits=settings, document_limits=settings, clock=lambda: 0.0)

    async def page(history: History) -> None:
        past = await history.past(NAME)
        for one in await breathe(sitting(past.acts)):
            shares(past, one.acts)

    async def state(history: History) -> None:
        past = await history.past(NAME)
        number = random.randrange(past.now.number)
        await (await history.at(NAME, ByNumber(number))).state()

    async def authors(history: History) -> None:
        past = await history.past(NAME)
        await breathe(attributing(past, past.now))

    known = History(store, rooms)
    for what, work, bar in (
        ("the first page of sittings", page, PAGE_MILLISECONDS),
        ("the state of a moment", state, STATE_MILLISECONDS),
        ("who wrote what is there", authors, STATE_MILLISECONDS),
    ):
        cold = min([await _timed(work, History(store, rooms)) for _ in range(ROUNDS)])
        warm = min([await _timed(work, known) for _ in range(ROUNDS)])
        print(f"{what}: {warm:.1f} ms, cold {cold:.1f} ms, bar {bar:g} ms")
    await store.close()


async def _timed(work: Callable[[History], Awaitable[None]], history: History) -> float:
    started = time.perf_counter()
    await work(history)
    return 1000 * (time.perf_counter() - started)
