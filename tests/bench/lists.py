"""What lists of documents cost: 100,000 of them in an SQLite file.

Times are on the wall, the best of a few rounds, with a warm cache.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from functools import partial
from pathlib import Path

from collab.auth import Glob
from collab.storage import documents
from collab.storage.base import DocumentRecord, Order, Page, Position
from collab.storage.connect import connect
from collab.storage.keys import HOUR
from collab.storage.schema import admit
from collab.storage.sql import SqlStore
from tests.bench.crdt import told

COUNT = 100_000
ROUNDS = 5
PAGE_MILLISECONDS, SEARCH_MILLISECONDS = 5.0, 500.0
"""The bars: a page that an index leads to, and a search that finds nothing."""

NOON = 1_750_000_000_000
_CHUNK = 1000
_WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "notes",
    "report",
    "plan",
    "Übersicht",
    "meeting",
    "minutes",
    "draft",
    "final",
    "customer",
    "budget",
]


def main() -> None:
    """Print a line for each measurement."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    database = connect(f"sqlite:///{folder / 'collab.db'}")
    await admit(database)
    chance = random.Random(1)

    def record(number: int) -> DocumentRecord:
        name = f"{chance.choice(_WORDS)}/{chance.choice(_WORDS)}/{number:06}"
        title = f"{chance.choice(_WORDS).title()} {number}"
        modified = NOON + chance.randrange(2 * 365 * 24 * HOUR)
        deleted = NOON if number % 20 == 0 else None
        return DocumentRecord(name, title, "lineage", 0, created=NOON, modified=modified, deleted=deleted)

    for start in range(0, COUNT, _CHUNK):
        records = [record(number) for number in range(start, start + _CHUNK)]
        await database.write(partial(documents.make, records=records))
    store = SqlStore(database)
    middle = Position(NOON + 365 * 24 * HOUR, "m")
    newest = Order.MODIFIED
    for what, page, bar in (
        ("a page by name", Page(), PAGE_MILLISECONDS),
        ("in the middle", Page(after=middle), PAGE_MILLISECONDS),
        ("a page, the newest first", Page(order=newest), PAGE_MILLISECONDS),
        ("in the middle", Page(order=newest, after=middle), PAGE_MILLISECONDS),
        ("of the deleted ones", Page(order=newest, deleted=True), PAGE_MILLISECONDS),
        ("a search that finds enough", Page(order=newest, search="budget"), SEARCH_MILLISECONDS),
        ("a search that finds nothing", Page(order=newest, search="nothing"), SEARCH_MILLISECONDS),
        ("for who may see notes/plan/**", Page(order=newest, names=_globs("notes/plan/**")), SEARCH_MILLISECONDS),
        ("for who may see **/000777", Page(names=_globs("**/000777")), SEARCH_MILLISECONDS),
    ):
        milliseconds = 1000 * min([await _time(store, page) for _ in range(ROUNDS)])
        told(what, f"{milliseconds:.1f} ms", f"{bar:g} ms", milliseconds <= bar)
    await store.close()


async def _time(store: SqlStore, page: Page) -> float:
    started = time.perf_counter()
    await store.documents(page)
    return time.perf_counter() - started


def _globs(*patterns: str) -> list[Glob]:
    return [Glob.parse(pattern) for pattern in patterns]
