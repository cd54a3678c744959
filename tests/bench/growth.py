"""Growing old: documents of the same length, written in ever more edits, and what it costs to open them.

The edits are written into the log as a server would have, then a server folds them, is stopped, and opens them cold.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

from collab.lib0 import write_uint
from collab.storage.base import Batch, Change
from collab.storage.connect import connect
from collab.storage.schema import admit
from collab.storage.sql import SqlStore
from tests.bench.load import wire
from tests.bench.workloads import Numbers, Run, rest

LENGTH = 200_000
"""Characters that are left in each document."""

_ROUND = 5_000
"""Edits in a row of the log."""

_TIMES = 15


def opening_old(run: Run) -> Numbers:
    """The same length after 1,000 to 1,000,000 edits: CPU for each kB served, the document in memory of nobody."""
    counts = [count for count in (1_000, 10_000, 100_000, 1_000_000) if count <= 1_000_000 * run.scale]
    folder = run.folder / "data"
    folder.mkdir()
    asyncio.run(_fill(folder / "collab.db", counts))
    with run.running() as server:  # whoever opens a document first has it folded, and the others wait for that
        for count in counts:
            run.load.do("open", names=[f"old-{count}"])
        rest(server)
        server.stop()
    numbers = {}
    for count in counts:
        spent = served = 0.0
        for _ in range(2):
            with run.running() as server:
                run.load.do("open", names=["warm-up"])
                time.sleep(0.6)
                before = server.cpu()
                told = run.load.do("open", names=[f"old-{count}"] * _TIMES)
                spent += server.cpu() - before
                served += told["bytes"]
        numbers[f"us_per_kb_{count}"] = 1e6 * spent / (served / 1e3)
    return numbers | {"growth": max(numbers.values()) / numbers[f"us_per_kb_{counts[0]}"]}


async def _fill(file: Path, counts: list[int]) -> None:
    database = connect(f"sqlite:///{file}")
    await admit(database)
    store = SqlStore(database)
    for count in counts:
        updates = _edits(count)
        for start in range(0, len(updates), _ROUND):
            now = time.time_ns() // 1_000_000
            change = Change(os.urandom(16), "person", now, tuple(updates[start : start + _ROUND]))
            await store.append([Batch(f"old-{count}", f"lineage-{count}", (change,))], retried=False)
    await store.close()


def _edits(count: int) -> list[bytes]:
    """So many edits of one editor that leave ``LENGTH`` characters: long ones, or short ones some of which go again."""
    editor, chance = wire.editor_id(1), random.Random(count)
    gone = max(0, (count - LENGTH) // 2)
    typed = count - gone
    size = max(1, LENGTH // typed)
    updates: list[bytes] = []
    clock = 0
    while clock < typed * size:
        burst = chance.randint(5, 40)
        for _ in range(burst):
            updates.append(wire.typing(editor, clock, b"x" * size))
            clock += size
        places = range(clock - 1, clock - 1 - burst * gone // typed, -1)
        updates += [b"\0\1" + write_uint(editor) + b"\1" + write_uint(place) + b"\1" for place in places]
    return updates
