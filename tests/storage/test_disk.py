"""What the disk does to SQLite: it fills up, it fails to sync, it loses power, it is held by somebody else."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage import schema
from collab.storage.log import Log
from collab.storage.sql import SqlStore
from collab.storage.sqlite import SqliteDatabase
from tests import parts
from tests.storage.faulty import Room
from tests.storage.samples import batch, change, checkpoint, let_go

FAULT = [
    {"moment": "before", "acked": 1, "stored": ["before"], "failures": 0},
    {"moment": "during", "acked": 1, "stored": ["before"], "failures": 0},
    {"moment": "mended", "acked": 2, "stored": ["before", "during"], "failures": 0},
    {"moment": "after", "acked": 3, "stored": ["before", "during", "after "], "failures": 0},
]
"""What ``child.live_through`` must see."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collab.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(make_url(f"sqlite:///{path}"), busy_timeout=0.05)
    await schema.admit(opened)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: SqliteDatabase) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
async def log(store: SqlStore) -> AsyncIterator[Log]:
    started = Log(store, retry_first=0.01, retry_most=0.05)
    await started.start()
    yield started
    await started.close(5)


async def child(scenario: str, *arguments: str, environment: dict[str, str] | None = None) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.storage.child", scenario, *arguments),
        cwd=parts.ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def pragmas(connection: Connection) -> dict[str, Any]:
    names = (
        "journal_mode",
        "synchronous",
        "fullfsync",
        "checkpoint_fullfsync",
        "auto_vacuum",
        "foreign_keys",
        "query_only",
    )
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}


# Power loss (FAULTS row 6).


async def test_the_writer_syncs_every_commit(database: SqliteDatabase) -> None:
    assert await database.write(pragmas) == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
        "auto_vacuum": 2,  # INCREMENTAL
        "foreign_keys": 1,
        "query_only": 0,
    }


async def test_a_reader_cannot_write(database: SqliteDatabase) -> None:
    assert (await database.read(pragmas))["query_only"] == 1
    with pytest.raises(StorageUnavailable):
        await database.read(lambda connection: connection.exec_driver_sql("DELETE FROM changes"))


async def test_every_commit_is_synced_before_it_is_acknowledged(shim: Path, tmp_path: Path, path: Path) -> None:
    counted = tmp_path / "count"
    environment = {"LD_PRELOAD": str(shim), "SYNC_COUNT": str(counted)}
    said = await child("count_syncs", f"sqlite:///{path}", str(counted), environment=environment)
    assert len(said) == 30
    assert all(one["after"] > one["before"] for one in said)


async def test_a_write_holds_the_lock_from_its_start(database: SqliteDatabase, path: Path) -> None:
    def work(connection: Connection) -> str:
        assert connection.in_transaction()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        return "nobody else can write"

    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    assert await database.write(work) == "nobody else can write"
    other.execute("BEGIN IMMEDIATE")
    other.close()


# Disk full (row 3).


async def test_a_full_database_acknowledges_nothing_and_recovers(
    database: SqliteDatabase, store: SqlStore, log: Log
) -> None:
    async def most_pages(number: int) -> None:
        await database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {number}").close())

    await store.append([batch("notes", change(b"before"))])
    await most_pages(1)  # that is: no more than there are
    room = Room()
    journal = log.journal("notes", "lineage", room)
    journal.append("alice", bytes(100_000))
    await asyncio.sleep(0.2)
    assert room.positions == []
    with pytest.raises(StorageUnavailable, match="full"):
        await store.append([batch("other", change(bytes(100_000)))])
    document = await store.load("notes")
    assert document is not None
    assert document.head == 1
    await most_pages(1_000_000)
    await journal.flush()
    assert (room.positions, room.failures) == ([1], [])
    document = await store.load("notes")
    assert document is not None
    assert [change.updates for change in document.tail] == [(b"before",), (bytes(100_000),)]


async def test_a_full_disk_acknowledges_nothing_and_recovers(path: Path) -> None:
    assert await child("run_out_of_disk", f"sqlite:///{path}", "150000") == FAULT


# A disk that fails to sync (row 4).


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that makes syncing fail."""
    compiler = parts.require("a C compiler", "cc", "gcc", "clang")
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
    return built


async def test_a_disk_that_fails_to_sync_acknowledges_nothing(shim: Path, tmp_path: Path, path: Path) -> None:
    switch = tmp_path / "fails"
    environment = {"LD_PRELOAD": str(shim), "SYNC_FAILS": str(switch)}
    assert await child("fail_to_sync", f"sqlite:///{path}", str(switch), environment=environment) == FAULT


# Locked by another process (row 5).

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


@pytest.fixture
async def holder(database: SqliteDatabase, path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that holds the write lock until it reads a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_lock_of_another_process_is_waited_for(
    holder: asyncio.subprocess.Process, store: SqlStore, log: Log
) -> None:
    rooms = [Room(), Room()]
    journals = [log.journal(name, "lineage", room) for name, room in zip("ab", rooms, strict=True)]
    for journal in journals:
        journal.append("alice", b"1")
    async with asyncio.timeout(2):
        with pytest.raises(StorageUnavailable, match="locked"):
            await store.append([batch("c")])
        assert await store.load("a") is None  # a reader does not wait
    for journal in journals:
        journal.append("alice", b"2")
    assert [room.positions for room in rooms] == [[], []]
    await holder.communicate(b"\n")
    await asyncio.gather(*(journal.flush() for journal in journals))
    for name, room in zip("ab", rooms, strict=True):
        document = await store.load(name)
        assert document is not None
        assert [update for change in document.tail for update in change.updates] == [b"1", b"2"]
        assert room.failures == []


async def test_a_lock_that_is_never_given_back_is_given_up(holder: asyncio.subprocess.Process, store: SqlStore) -> None:
    log = Log(store, retry_first=0.01, retry_most=0.05, give_up=0.3)
    await log.start()
    journal = log.journal("a", "lineage", Room())
    journal.append("alice", b"1")
    async with asyncio.timeout(5):
        with pytest.raises(StorageUnavailable, match="could not be saved"):
            await journal.flush()
    await log.close(1)
    assert holder.returncode is None


# The file.


async def test_space_that_is_let_go_is_given_back(database: SqliteDatabase, store: SqlStore, path: Path) -> None:
    for number in range(1, 41):
        await store.append([batch("notes", change(bytes([number]) * 100_000))])

    def pages(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    large = await database.read(pages)
    for sequence in (39, 40):
        await store.add_checkpoint("notes", checkpoint(sequence), dict.fromkeys(range(1, 41), b"did"))
    await let_go(store, "notes")
    assert await database.read(pages) < large / 5


async def test_a_database_in_memory_is_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ConfigurationError, match="in memory"):
            await SqlStore.open(url)


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="unable to open"):
        await SqlStore.open(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")


async def test_a_file_that_is_something_else_is_unavailable(path: Path) -> None:
    diary = b"Dear diary, today I have met a database. " * 100
    await asyncio.to_thread(path.write_bytes, diary)
    with pytest.raises(StorageUnavailable, match="not a database"):
        await SqlStore.open(f"sqlite:///{path}")
    assert await asyncio.to_thread(path.read_bytes) == diary


async def test_a_call_that_is_cancelled_does_no_harm(store: SqlStore) -> None:
    for _ in range(20):
        task = asyncio.create_task(store.append([batch("notes")]))
        await asyncio.sleep(0)
        task.cancel()
    await store.append([batch("notes", change(b"last"))])
    document = await store.load("notes")
    assert document is not None
    assert document.tail[-1].updates == (b"last",)
    assert [change.sequence for change in document.tail] == list(range(1, document.head + 1))
