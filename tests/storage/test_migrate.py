"""The schema: made where it may be, refused where it is another, and the same as the tables in the code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from collab.errors import ConfigurationError, StorageUnavailable
from collab.storage import migrate, schema
from collab.storage.connect import connect
from collab.storage.sql import SqlStore
from collab.storage.sqlite import SqliteDatabase
from collab.storage.tables import metadata
from tests.storage.postgres import Cluster
from tests.storage.samples import batch

HEAD = schema.REVISION


async def run(url: str, work: Callable[[Connection], Any]) -> Any:
    database = connect(url)
    try:
        return await database.write(work)
    finally:
        await database.close()


def sql(statement: str) -> Callable[[Connection], None]:
    return lambda connection: connection.exec_driver_sql(statement).close()


async def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    await migrate.upgrade(url)

    def difference(connection: Connection) -> Any:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await run(url, difference) == []


async def test_a_new_file_gets_its_tables(sqlite_url: str) -> None:
    assert await migrate.current(sqlite_url) is None
    store = await SqlStore.open(sqlite_url)
    assert await store.append([batch("notes")]) == {"notes": 1}
    await store.close()
    assert await migrate.current(sqlite_url) == HEAD


async def test_many_may_open_a_new_file_at_once(sqlite_url: str) -> None:
    databases = [SqliteDatabase(make_url(sqlite_url), busy_timeout=30.0) for _ in range(5)]
    await asyncio.gather(*(schema.admit(database) for database in databases))
    stores = [SqlStore(database) for database in databases]
    await asyncio.gather(*(store.append([batch("notes")]) for store in stores))
    document = await stores[0].load("notes")
    assert document is not None
    assert document.head == 5
    await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.postgres
async def test_a_new_database_on_a_server_wants_to_be_migrated(cluster: Cluster) -> None:
    url = cluster.url(cluster.create())
    with pytest.raises(ConfigurationError, match="collab migrate"):
        await SqlStore.open(url)
    assert await migrate.current(url) is None
    await asyncio.gather(migrate.upgrade(url), migrate.upgrade(url))
    assert await migrate.current(url) == HEAD
    await (await SqlStore.open(url)).close()


@pytest.mark.postgres
async def test_a_missing_database_on_a_server_is_unavailable(cluster: Cluster) -> None:
    with pytest.raises(StorageUnavailable, match="does not exist"):
        await SqlStore.open(cluster.url("nowhere"))


@pytest.mark.postgres
async def test_a_server_that_lies_about_commits_is_refused(cluster: Cluster) -> None:
    name = cluster.create()
    await migrate.upgrade(cluster.url(name))
    cluster.sql(name, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(ConfigurationError, match="synchronous_commit"):
        await SqlStore.open(cluster.url(name))


async def test_upgrading_twice_is_upgrading_once(url: str) -> None:
    await migrate.upgrade(url)
    store = await SqlStore.open(url)
    await store.append([batch("notes")])
    await store.close()
    await migrate.upgrade(url)
    store = await SqlStore.open(url)
    assert await store.load("notes") is not None
    await store.close()


async def test_another_file_is_left_alone(sqlite_url: str) -> None:
    await run(sqlite_url, sql("CREATE TABLE recipes (name TEXT)"))
    with pytest.raises(ConfigurationError, match=r"has schema none.*`collab migrate`"):
        await SqlStore.open(sqlite_url)


async def test_a_newer_schema_is_refused(url: str) -> None:
    await migrate.upgrade(url)
    await run(url, sql("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(ConfigurationError, match="9999, which a newer version of collab has made"):
            await SqlStore.open(url)
    finally:
        await run(url, sql(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


async def test_a_migration_that_fails_leaves_nothing(sqlite_url: str) -> None:
    await run(sqlite_url, sql("CREATE TABLE checkpoints (mine TEXT)"))
    with pytest.raises(StorageUnavailable, match="already exists"):
        await migrate.upgrade(sqlite_url)

    def tables(connection: Connection) -> list[str]:
        return list(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())

    assert await run(sqlite_url, tables) == ["checkpoints"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://somewhere/collab", "neither sqlite nor postgresql"),
        ("data/collab.db", "not a URL"),
        ("", "not a URL"),
        ("sqlite://", "names no file"),
    ],
)
async def test_other_urls_are_refused(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        await SqlStore.open(url)


async def test_the_drivers_name_does_not_matter(tmp_path: Path) -> None:
    for driver in ("sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"):
        store = await SqlStore.open(f"{driver}:///{tmp_path / 'collab.db'}")
        await store.append([batch("notes")])
        await store.close()
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'collab.db'}")
    document = await store.load("notes")
    assert document is not None
    assert document.head == 3
    await store.close()


async def test_a_password_is_not_told() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        await SqlStore.open("postgresql://collab:hunter2@127.0.0.1:1/collab")
    assert "hunter2" not in str(caught.value)
