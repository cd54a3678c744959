"""A process of its own for a store to die in, or to run out of disk in. It prints what it saw as JSON, line by line.

python -m tests.storage.child SCENARIO URL [ARGUMENT …]
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from collab.storage import schema, sql
from collab.storage.connect import connect
from collab.storage.log import Log
from collab.storage.sql import SqlStore
from tests.storage.faulty import Room
from tests.storage.lossy import LossyDatabase
from tests.storage.samples import batch, change, checkpoint

DIED = 9
"""The exit status of a process that ended itself without a word."""


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def size(path: str) -> int:
    return Path(path).stat().st_size


def everything(last: int) -> bytes:
    """What a checkpoint of changes 1 to ``last`` holds, in these tests."""
    return b" ".join(b"%d" % number for number in range(1, last + 1))


async def crash(url: str, step: str) -> None:
    """Add a third checkpoint, and die before this step of it: ``3`` is its third transaction."""
    sql.CHUNK = 20  # a document of hundreds of rows is long enough to be folded in several steps
    database = connect(url)
    await schema.admit(database)
    lossy = LossyDatabase(database)
    store = SqlStore(lossy)
    for end in (40, 80, 120):
        new = range(end - 39, end + 1)
        await store.append([batch("notes", *(change(b"%d" % number) for number in new))])
        if end == 120:
            lossy.before = die_at(int(step))
        await store.add_checkpoint("notes", checkpoint(end, everything(end)), dict.fromkeys(new, b"did"))
    await store.close()


def die_at(step: int) -> Callable[[], None]:
    steps = count(1)

    def tick() -> None:
        if next(steps) == step:
            os._exit(DIED)

    return tick


async def write(url: str) -> None:
    """Append and add checkpoints until killed, saying what is on disk."""
    store = await SqlStore.open(url)
    document = await store.load("notes")
    head = document.head if document else 0
    while True:
        head += 1
        await store.append([batch("notes", change(b"%d" % head))])
        say(acked=head)
        if head % 7 == 0:
            await store.add_checkpoint(
                "notes", checkpoint(head, everything(head)), dict.fromkeys(range(head - 6, head + 1), b"did")
            )


async def count_syncs(url: str, counted: str) -> None:
    """Append, and say how many syncs there had been before and when it was acknowledged."""
    store = await SqlStore.open(url)
    for _ in range(30):
        before = size(counted)
        await store.append([batch("notes")])
        say(before=before, after=size(counted))
    await store.close()


async def fail_to_sync(url: str, switch: str) -> None:
    """Commit through a log while syncing works, while it fails, and again when it works."""
    disk = Path(switch)
    await live_through(url, disk.touch, disk.unlink)


async def run_out_of_disk(url: str, most: str) -> None:
    """The same, while no file may grow beyond so many bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    await live_through(url, lambda: limit(int(most)), lambda: limit(hard))


async def live_through(url: str, break_it: Callable[[], None], mend_it: Callable[[], None]) -> None:
    """Three edits: before, during and after a fault of the disk, each told by what is acknowledged and readable."""
    store = await SqlStore.open(url)
    log = Log(store, retry_first=0.01, retry_most=0.05)
    await log.start()
    room = Room()
    journal = log.journal("notes", "lineage", room)

    async def tell(moment: str) -> None:
        document = await store.load("notes")
        stored = [update[:6].decode() for stored in document.tail for update in stored.updates] if document else []
        say(moment=moment, acked=journal.committed, stored=stored, failures=len(room.failures))

    journal.append("alice", b"before")
    await journal.flush()
    await tell("before")
    break_it()
    journal.append("alice", b"during" + bytes(100_000))
    await asyncio.sleep(0.3)
    await tell("during")
    mend_it()
    await journal.flush()
    await tell("mended")
    journal.append("alice", b"after ")
    await journal.flush()
    await tell("after")
    await log.close(1)
    await store.close()


SCENARIOS = {scenario.__name__: scenario for scenario in (crash, write, count_syncs, fail_to_sync, run_out_of_disk)}

if __name__ == "__main__":
    asyncio.run(SCENARIOS[sys.argv[1]](*sys.argv[2:]))
