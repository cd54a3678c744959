"""Stores to test: in memory, in an SQLite file, in a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from collab.storage import migrate
from collab.storage.archive import Archive
from collab.storage.log import Log
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from collab.storage.tables import metadata
from tests.storage.faulty import FaultyStore
from tests.storage.postgres import Cluster
from tests.storage.samples import NOON

SQL = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]

MakeLog = Callable[..., Log]
Opener = Callable[[], Awaitable[Archive]]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server."""
    started = Cluster()
    yield started
    started.remove()


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """A database with the tables."""
    name = cluster.create()
    asyncio.run(migrate.upgrade(cluster.url(name)))
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where an SQLite file is to be."""
    return f"sqlite:///{tmp_path / 'collab.db'}"


@pytest.fixture
def postgres_url(cluster: Cluster, migrated: str) -> str:
    """Where an empty PostgreSQL database with the tables is."""
    tables = ", ".join(metadata.tables)
    cluster.sql(migrated, f"TRUNCATE {tables} RESTART IDENTITY")
    return cluster.url(migrated)


@pytest.fixture(params=SQL)
def url(request: pytest.FixtureRequest) -> str:
    """Where an empty database is."""
    where: str = request.getfixturevalue(f"{request.param}_url")
    return where


@pytest.fixture(params=["memory", *SQL])
def place(request: pytest.FixtureRequest) -> str | None:
    """Where an empty database is; None: in memory."""
    where: str | None = None if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    return where


@pytest.fixture
async def open_store(place: str | None) -> AsyncIterator[Opener]:
    """Open the same store as often as you like, as several processes would."""
    opened: list[Archive] = []
    memory = MemoryStore()

    async def opener() -> Archive:
        if place is None:
            return memory
        opened.append(await SqlStore.open(place))
        return opened[-1]

    yield opener
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: Opener) -> Archive:
    """An empty store."""
    return await open_store()


@pytest.fixture
async def sql_store(url: str) -> AsyncIterator[SqlStore]:
    """An empty store in SQL."""
    opened = await SqlStore.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def faulty() -> FaultyStore:
    """A store that fails on demand."""
    return FaultyStore()


@pytest.fixture
async def make_log(faulty: FaultyStore) -> AsyncIterator[MakeLog]:
    """Makes a log that hurries. It is started by the test and closed here."""
    logs: list[Log] = []

    def make(**settings: float) -> Log:
        ticks = itertools.count(NOON)
        quick = {"gather": 0.001, "retry_first": 0.001, "retry_most": 0.005, "give_up": 60.0} | settings
        logs.append(Log(faulty, clock=lambda: next(ticks), **quick))  # type: ignore[arg-type]
        return logs[-1]

    yield make
    faulty.open.set()
    for log in logs:
        await log.close(0)


@pytest.fixture
async def log(make_log: MakeLog) -> Log:
    """A log that is running, on a store that fails on demand."""
    made = make_log()
    await made.start()
    return made
