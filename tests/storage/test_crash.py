"""A process that dies, at any moment and at every step: what was acknowledged is there, and documents are whole."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from collab.storage.sql import SqlStore
from tests import parts
from tests.storage.child import DIED, everything
from tests.storage.samples import batch, change, checkpoint, let_go

STEPS = 12
"""More than the transactions of one ``add_checkpoint`` in ``child.crash``."""


async def start(scenario: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.storage.child", scenario, *arguments),
        cwd=parts.ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
    )


async def read_all(store: SqlStore) -> tuple[int, bytes, int]:
    """A document's head, all that can be read of it, and where its checkpoint is."""
    document = await store.load("notes")
    if document is None:
        return 0, b"", 0
    pieces = [update for stored in document.tail for update in stored.updates]
    if document.checkpoint is None:
        return document.head, b" ".join(pieces), 0
    text = document.checkpoint.squashed.removeprefix(b"squashed ")
    return document.head, b" ".join([text, *pieces]), document.checkpoint.sequence


def counts(path: Path) -> tuple[int, int, int]:
    """Generations, those of them that can be served, and payloads, as a stranger sees them."""
    connection = sqlite3.connect(path)
    generations = connection.execute("SELECT count(*), count(served) FROM checkpoints").fetchone()
    (payloads,) = connection.execute("SELECT count(payload) FROM changes").fetchone()
    connection.close()
    return (*generations, payloads)


async def test_a_crash_at_any_step_of_a_checkpoint_leaves_old_or_new(tmp_path: Path) -> None:
    async def crash(step: int) -> tuple[int, int]:
        """Die between this step and the one before: how the process ended, and where the checkpoint was then."""
        path = tmp_path / f"{step}.db"
        async with turns:
            process = await start("crash", f"sqlite:///{path}", str(step))
            await process.communicate()
        store = await SqlStore.open(f"sqlite:///{path}")
        head, text, at = await read_all(store)
        assert (head, text) == (120, everything(120))
        assert at in (80, 120)
        # The next one finishes what this one began.
        await store.append([batch("notes", change(b"121"))])
        await store.add_checkpoint("notes", checkpoint(121, everything(121)), dict.fromkeys(range(81, 122), b"did"))
        await let_go(store, "notes")
        assert await read_all(store) == (121, everything(121), 121)
        await store.close()
        generations, servable, payloads = counts(path)
        assert (generations, servable) == (2, 1)
        assert payloads == 121 - at
        return process.returncode or 0, at

    turns = asyncio.Semaphore(2)
    outcomes = await asyncio.gather(*(crash(step) for step in range(1, STEPS + 1)))
    died = [at for status, at in outcomes if status == DIED]
    assert len(died) >= 5  # ranges in two steps, checkpoint, review, prune
    assert died == sorted(died)
    assert set(died) == {80, 120}
    assert outcomes[-1] == (0, 120)  # the last one was beyond the last step: all steps were tried


async def test_kill_9_loses_nothing_acknowledged(tmp_path: Path, more: Callable[[int], int]) -> None:
    chance = random.Random(3)
    url = f"sqlite:///{tmp_path / 'collab.db'}"
    acked = 0
    for _ in range(more(8)):
        process = await start("write", url)
        assert process.stdout is not None
        first = await process.stdout.readline()
        await asyncio.sleep(chance.uniform(0, 0.15))
        process.kill()
        lines = [
            line for line in (first + await process.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")
        ]
        await process.wait()
        previous, acked = acked, json.loads(lines[-1])["acked"]
        assert acked > previous
        store = await SqlStore.open(url)
        head, text, _ = await read_all(store)
        assert head in (acked, acked + 1)  # one more may have been committed, and the word of it lost
        assert text == everything(head)
        acked = head
        await store.close()
