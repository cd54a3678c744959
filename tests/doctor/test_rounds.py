"""Where nothing is wrong nothing is found, whatever the age, and whoever writes meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from collab.rooms.fold import fold, squash_tail
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from tests.doctor.surgery import OLDER, findings, reports, write
from tests.growing_old.writing import Typist, keep
from tests.storage.samples import NOON, batch, change


async def test_nothing_is_found_where_nothing_is(store: SqlStore, log: list[bytes]) -> None:
    await store.create("empty", lineage="l", time=NOON)
    await store.append([batch("once", change(*log[:5]))])
    await store.delete("other", time=NOON)
    seen = await reports(store)
    assert [(one.document, one.deleted, one.changes, one.checkpoints) for one in seen] == [
        ("notes", False, 60, 2),
        ("other", True, 60, 2),
        ("empty", False, 0, 0),
        ("once", False, 1, 0),
    ]
    assert [one.findings for one in seen] == [()] * 4
    assert seen[0].size > sum(map(len, log[OLDER:]))


async def test_it_is_the_same_in_memory() -> None:
    store = MemoryStore()
    await write(store)
    assert await findings(store) == []


async def test_a_document_is_well_at_every_age() -> None:
    """After each step of its life, whatever was folded how often."""
    store = MemoryStore()
    typist = Typist(seed=3)
    for age in range(1, 12):
        await keep(store, "notes", typist.type(7 * age).log, each=age)
        assert await findings(store) == []
        if age % 3:
            await fold(store, "notes")
            assert await findings(store) == []


async def test_the_same_edit_twice_in_the_log_is_well(store: SqlStore, log: list[bytes]) -> None:
    """Two nodes may have logged it: it brings nothing the second time."""
    await store.append([batch("notes", change(log[-1], log[-2]), change(*log[:3]))])
    assert await findings(store) == []
    await fold(store, "notes")
    await fold(store, "notes")
    assert await findings(store) == []


async def test_a_fold_that_was_cut_short_is_well(store: SqlStore, log: list[bytes], file: Path) -> None:
    """Ranges written and no checkpoint; then a third generation, and nothing pruned or let go yet."""
    before = file.with_name("before.db")
    connection = sqlite3.connect(file)
    connection.execute("VACUUM INTO ?", (str(before),))
    await squash_tail(store, "notes")
    connection.execute("ATTACH ? AS before", (str(before),))
    connection.execute("INSERT OR IGNORE INTO checkpoints SELECT * FROM before.checkpoints")
    connection.commit()
    counts = "SELECT count(ranges), count(payload) FROM changes WHERE document = 1"
    assert connection.execute(counts).fetchone() == (60, 40)
    assert [(one.checkpoints, one.findings) for one in await reports(store, "notes")] == [(3, ())]
    connection.execute("DELETE FROM checkpoints WHERE sequence = 60")
    connection.commit()
    connection.close()
    assert [(one.checkpoints, one.findings) for one in await reports(store, "notes")] == [(2, ())]


async def test_it_looks_while_others_write(store: SqlStore, log: list[bytes], file: Path) -> None:
    looking = await SqlStore.open_to_look(f"sqlite:///{file}")
    typist = Typist(7)

    async def age() -> None:
        for number in range(12):
            await keep(store, "busy", typist.type(30).log)
            if number % 2:
                await fold(store, "busy")

    aging = asyncio.create_task(age())
    seen = set()
    while not aging.done():
        for report in await reports(looking):
            assert report.findings == ()
            seen.add((report.document, report.changes, report.checkpoints))
    await aging
    assert len({one for one in seen if one[0] == "busy"}) > 3
    await looking.close()
