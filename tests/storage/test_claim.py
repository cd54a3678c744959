"""One server at a time on a PostgreSQL database, wherever its data directory is, and whatever becomes of PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage.claim import Claim
from collab.storage.connect import claim
from tests.cli.processes import collab
from tests.servers import Server
from tests.storage.postgres import Cluster
from tests.storage.proxy import Proxy

pytestmark = pytest.mark.postgres

HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
END = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"


@pytest.fixture
async def proxy(cluster: Cluster) -> AsyncIterator[Proxy]:
    started = Proxy(cluster.port)
    await started.start()
    yield started
    await started.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is looked at all the time."""
    monkeypatch.setattr("collab.storage.claim.LOOK", 0.02)


def never() -> None:
    pytest.fail("nobody else has it")


async def sql(cluster: Cluster, url: str, statement: str) -> str:
    return await asyncio.to_thread(cluster.sql, make_url(url).database or "", statement)


async def until(cluster: Cluster, url: str, count: int) -> None:
    """Wait until so many have the lock."""
    for _ in range(1000):
        if int(await sql(cluster, url, HELD)) == count:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"there never were {count}")


async def again(caplog: pytest.LogCaptureFixture, times: int) -> None:
    """Wait until it was taken again so often."""
    for _ in range(1000):
        if caplog.text.count("kept from other servers again") == times:
            return
        await asyncio.sleep(0.02)
    pytest.fail("it was not taken again")


async def is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="in use by another collab server"):
        async with claim(url, never, patience=0):
            pytest.fail("two have it")


async def test_a_second_one_is_refused_and_told_who_has_it(postgres_url: str) -> None:
    secret = postgres_url.replace("collab@", "collab:hunter2@")
    async with claim(secret, never):
        with pytest.raises(ConfigurationError) as refused:
            async with claim(secret, never, patience=0):
                pytest.fail("two have it")
    said = str(refused.value)
    assert f"in use by another collab server: collab, process {os.getpid()} on " in said
    assert "from 127.0.0.1" in said
    assert "hunter2" not in said
    async with claim(secret, never):
        pass


async def test_one_that_goes_is_waited_for(postgres_url: str) -> None:
    first = claim(postgres_url, never)
    await first.__aenter__()

    async def second() -> bool:
        async with claim(postgres_url, never, patience=30):
            return True

    waiting = asyncio.create_task(second())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await first.__aexit__(None, None, None)
    assert await waiting


async def test_another_database_is_free_and_so_is_a_file(cluster: Cluster, postgres_url: str, sqlite_url: str) -> None:
    other = cluster.url(cluster.create())
    async with claim(postgres_url, never), claim(other, never, patience=0), claim(sqlite_url, never):
        assert not list(Path(make_url(sqlite_url).database or "").parent.iterdir()), "which has a lock beside it"


async def test_where_there_is_no_database(cluster: Cluster) -> None:
    for url in (cluster.url("nowhere"), "postgresql://joe:hunter2@127.0.0.1:1/x"):
        with pytest.raises(StorageUnavailable) as failed:
            async with claim(url, never):
                pytest.fail("it is nowhere")
        assert "hunter2" not in str(failed.value)
    with pytest.raises(ConfigurationError, match="is not a URL"):
        async with claim("no url", never):
            pytest.fail("it is nowhere")


@pytest.mark.usefixtures("quick")
async def test_a_session_that_is_ended_is_made_again(
    cluster: Cluster, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with claim(postgres_url, never):
        for times in (1, 2, 3):
            await sql(cluster, postgres_url, END)
            await again(caplog, times)
            await is_refused(postgres_url)
    assert "is lost" in caplog.text
    await until(cluster, postgres_url, 0)


@pytest.mark.usefixtures("quick")
async def test_it_outlives_postgresql(cluster: Cluster, postgres_url: str) -> None:
    async with claim(postgres_url, never):
        await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
        await asyncio.sleep(0.2)  # so it has looked, and tried again
        await asyncio.to_thread(cluster.start)
        await until(cluster, postgres_url, 1)
        await is_refused(postgres_url)


async def test_it_may_be_left_while_postgresql_is_away(cluster: Cluster, postgres_url: str) -> None:
    async with claim(postgres_url, never):
        await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
    await asyncio.to_thread(cluster.start)


@pytest.mark.usefixtures("quick")
async def test_who_comes_meanwhile_has_it(cluster: Cluster, postgres_url: str, proxy: Proxy) -> None:
    lost = asyncio.Event()
    behind = make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False)

    async def first() -> None:
        async with claim(behind, lost.set), asyncio.timeout(20):
            has_it.set()
            await lost.wait()

    has_it = asyncio.Event()
    serving = asyncio.create_task(first())
    await has_it.wait()
    proxy.stalled = True
    await sql(cluster, postgres_url, END)
    async with claim(postgres_url, never):
        assert not lost.is_set()
        proxy.stalled = False
        with pytest.raises(ConfigurationError, match=r"server has taken the database: collab, process \d+"):
            await serving


@pytest.mark.usefixtures("quick")
async def test_what_is_left_of_its_own_session_is_nobody_else(
    cluster: Cluster, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL has not noticed yet that the network broke."""
    claimed = Claim(make_url(postgres_url))
    await claimed.take(5)
    left, claimed._connection = claimed._connection, None
    assert left is not None
    keeping = asyncio.create_task(claimed.keep())
    await asyncio.sleep(0.3)
    assert not keeping.done()
    await left.invalidate()
    await left.close()
    await again(caplog, 1)
    await is_refused(postgres_url)
    assert not keeping.done()
    keeping.cancel()
    await asyncio.wait({keeping})
    await claimed.close()
    await until(cluster, postgres_url, 0)


async def test_two_servers_with_data_directories_of_their_own(postgres_url: str, tmp_path: Path) -> None:
    database = ("--database-url", postgres_url)
    async with Server(tmp_path / "first", *database) as server:
        for command in (("serve", "--port", "0"), ("doctor", "--repair")):
            second = await asyncio.to_thread(collab, *command, "--data-dir", tmp_path / "second", *database)
            assert second.returncode == 1
            assert f"in use by another collab server: collab, process {server.pid} on" in second.stderr
            assert "Traceback" not in second.stderr
        await server.kill()
        await server.start()
        assert await server.stop() == 0


async def test_a_server_stops_when_another_one_has_the_database(
    cluster: Cluster, postgres_url: str, tmp_path: Path, proxy: Proxy
) -> None:
    behind = make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False)
    async with Server(tmp_path / "first", "--database-url", behind) as first:
        proxy.stalled = True
        await sql(cluster, postgres_url, END)
        async with Server(tmp_path / "second", "--database-url", postgres_url) as second:
            proxy.stalled = False
            assert await first.ended() == 1
            assert f"another collab server has taken the database: collab, process {second.pid} on" in first.log
            assert "Traceback" not in first.log
            assert await second.stop() == 0


async def test_a_server_outlives_postgresql(cluster: Cluster, postgres_url: str, tmp_path: Path) -> None:
    async with Server(tmp_path, "--database-url", postgres_url) as server:
        await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
        await server.logs("the session that keeps other servers off the database is lost")
        await asyncio.to_thread(cluster.start)
        await server.logs("the database is kept from other servers again")
        await is_refused(postgres_url)
        assert await server.stop() == 0
