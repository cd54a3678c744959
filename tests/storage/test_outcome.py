"""Commits whose outcome is unknown, and servers that go away (FAULTS rows 7 and 8): nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from collab.errors import StorageUnavailable
from collab.storage import changes, documents
from collab.storage.base import RowsRefused, Store
from collab.storage.connect import connect
from collab.storage.log import Log
from collab.storage.postgres import PostgresDatabase
from collab.storage.sql import SqlStore
from tests.storage.faulty import Room
from tests.storage.lossy import LossyDatabase
from tests.storage.postgres import Cluster
from tests.storage.proxy import Proxy
from tests.storage.samples import batch, change


async def stored(store: Store, name: str) -> list[bytes]:
    document = await store.load(name)
    assert document is not None
    assert [change.sequence for change in document.tail] == list(range(1, document.head + 1))
    return [update for change in document.tail for update in change.updates]


async def write_through(store: Store, trouble: Callable[[int], None], rounds: int) -> list[Room]:
    """Write to three documents through a log, with trouble now and then; each must end with each update once."""
    log = Log(store, retry_first=0.01, retry_most=0.1)
    await log.start()
    names = ["a", "b", "c"]
    rooms = [Room() for _ in names]
    journals = [log.journal(name, "lineage", room) for name, room in zip(names, rooms, strict=True)]
    for number in range(rounds):
        trouble(number)
        for journal in journals:
            journal.append("alice", b"%d" % number)
        if number % 4:
            await asyncio.gather(*(journal.flush() for journal in journals))
    await asyncio.gather(*(journal.flush() for journal in journals))
    for name in names:
        assert await stored(store, name) == [b"%d" % number for number in range(rounds)]
    await log.close(1)
    return rooms


async def test_sqlite_commits_whose_word_was_lost(sqlite_url: str) -> None:
    """SQLite has no wire to cut: the commit is real, what follows is made up."""
    await (await SqlStore.open(sqlite_url)).close()
    database = LossyDatabase(connect(sqlite_url))
    store = SqlStore(database)
    lost = 0
    turns = count()

    def lose_two_of_three() -> None:
        nonlocal lost
        if next(turns) % 3 != 2:
            lost += 1
            raise StorageUnavailable("nobody heard it")

    database.after = lose_two_of_three
    log = Log(store, retry_first=0.001, retry_most=0.01)
    await log.start()
    room = Room()
    journal = log.journal("notes", "lineage", room)
    for number in range(60):
        journal.append("alice", b"%d" % number)
        await journal.flush()
    database.after = lambda: None
    assert await stored(store, "notes") == [b"%d" % number for number in range(60)]
    assert room.positions == list(range(1, 61))
    assert lost >= 60
    await log.close(1)
    await store.close()


@pytest.mark.postgres
class TestPostgres:
    """A server at the other end of a wire."""

    @pytest.fixture
    async def proxy(self, cluster: Cluster) -> AsyncIterator[Proxy]:
        started = Proxy(cluster.port)
        await started.start()
        yield started
        await started.close()

    @pytest.fixture
    async def store(self, postgres_url: str, proxy: Proxy) -> AsyncIterator[SqlStore]:
        """A store behind the proxy that is quick to lose its patience."""
        url = make_url(postgres_url).set(port=proxy.port)
        opened = SqlStore(PostgresDatabase(url, connect_timeout=0.5, statement_timeout=0.5))
        yield opened
        proxy.stalled = False
        await opened.close()

    async def test_commits_whose_reply_was_lost(self, store: SqlStore, proxy: Proxy) -> None:
        await store.append([batch("a", change(b"before"))])
        proxy.lose = 1
        lost = batch("a", change(b"lost")), batch("new", change(b"lost"))
        with pytest.raises(StorageUnavailable):
            await store.append(lost)
        assert proxy.lose == 0
        assert await store.append(lost, retried=True) == {"a": 2, "new": 1}
        assert await stored(store, "a") == [b"before", b"lost"]
        assert await stored(store, "new") == [b"lost"]

    async def test_a_log_whose_replies_get_lost(self, store: SqlStore, proxy: Proxy) -> None:
        lost = 0

        def trouble(number: int) -> None:
            nonlocal lost
            if number % 3 == 0:
                proxy.lose = 1
                lost += 1

        rooms = await write_through(store, trouble, 30)
        assert lost == 10
        assert proxy.lose == 0
        assert all(room.failures == [] and room.positions[-1] == 30 for room in rooms)

    async def test_a_network_that_goes_silent(self, store: SqlStore, proxy: Proxy) -> None:
        await store.append([batch("a", change(b"1"))])
        proxy.stalled = True
        async with asyncio.timeout(10):
            for call in (store.append([batch("b")]), store.load("a"), store.documents()):
                with pytest.raises(StorageUnavailable):
                    await call
        proxy.stalled = False
        assert await stored(store, "a") == [b"1"]
        await store.append([batch("a", change(b"2"))])
        assert await stored(store, "a") == [b"1", b"2"]

    async def test_a_log_over_a_network_that_goes_silent(self, store: SqlStore, proxy: Proxy) -> None:
        loop = asyncio.get_running_loop()

        def trouble(number: int) -> None:
            if number in {5, 15}:
                proxy.stalled = True
                loop.call_later(0.8, setattr, proxy, "stalled", False)

        rooms = await write_through(store, trouble, 20)
        assert all(room.failures == [] for room in rooms)

    async def test_a_commit_that_is_still_under_way_when_it_is_retried(
        self, store: SqlStore, postgres_url: str
    ) -> None:
        """The retry waits for the first try to end, and only then looks what it has stored."""
        await store.append([batch("a", change(b"0"))])
        tried = [batch("a", change(b"1"))]
        written = asyncio.Event()

        def slowly(connection: Connection) -> None:
            changes.append(connection, tried, retried=False)
            written.set()
            connection.exec_driver_sql("SELECT pg_sleep(0.15)").close()

        database = connect(postgres_url)
        first = asyncio.create_task(database.write(slowly))
        await written.wait()
        assert not first.done()
        assert await store.append(tried, retried=True) == {"a": 2}
        await first
        assert await stored(store, "a") == [b"0", b"1"]
        await database.close()

    async def test_a_restart_under_load(self, cluster: Cluster, postgres_url: str) -> None:
        """Row 7: the server ends at once, without goodbye, and recovers."""
        store = await SqlStore.open(postgres_url)
        restarting: list[asyncio.Task[None]] = []

        def restart() -> None:
            cluster.stop(signal.SIGQUIT)
            cluster.start()

        def trouble(number: int) -> None:
            if number in {5, 15}:
                restarting.append(asyncio.create_task(asyncio.to_thread(restart)))

        rooms = await write_through(store, trouble, 25)
        await asyncio.gather(*restarting)
        assert len(restarting) == 2
        assert all(room.failures == [] and room.positions[-1] == 25 for room in rooms)
        await store.close()

    async def test_a_reader_does_not_notice_a_restart(self, cluster: Cluster, postgres_url: str) -> None:
        store = await SqlStore.open(postgres_url)
        await store.append([batch("a", change(b"1"))])
        await asyncio.gather(*(store.load("a") for _ in range(5)))  # several connections that will be dead
        await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
        with pytest.raises(StorageUnavailable):
            await store.load("a")
        await asyncio.to_thread(cluster.start)
        for _ in range(5):
            assert await stored(store, "a") == [b"1"]
        await store.close()

    async def test_a_row_that_another_node_holds_holds_back_nobody_else(
        self, store: SqlStore, postgres_url: str
    ) -> None:
        await store.append([batch("held"), batch("free")])
        holding = asyncio.Event()

        def hold(connection: Connection) -> None:
            documents.find_one(connection, "held", lock=True)
            holding.set()
            connection.exec_driver_sql("SELECT pg_sleep(2)").close()

        database = connect(postgres_url)
        holder = asyncio.create_task(database.write(hold))
        await holding.wait()
        with pytest.raises(RowsRefused):
            await store.append([batch("held")])
        log = Log(store, retry_first=0.01, retry_most=0.05)
        await log.start()
        held, free = Room(), Room()
        journals = [log.journal("held", "l", held), log.journal("free", "l", free)]
        for journal in journals:
            journal.append("alice", b"1")
        await journals[1].flush()
        assert not holder.done()
        assert held.positions == []
        await holder
        await journals[0].flush()
        assert (await stored(store, "held"))[-1] == b"1"
        await log.close(1)
        await database.close()
