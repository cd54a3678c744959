"""Looking at all that is stored: nothing passed over, nothing believed, nothing changed."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from collab.errors import ConfigurationError, DocumentUnreadable, StorageUnavailable
from collab.storage import inspection
from collab.storage.archive import Archive, Step
from collab.storage.base import Checkpoint, Damage, KeptChange, KeptCheckpoint, KeptDocument, KeptStep
from collab.storage.connect import connect
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON, batch, change, checkpoint

Seen = tuple[KeptDocument, list[KeptChange]]


def see(kept: KeptDocument) -> Seen:
    return kept, list(kept.changes)


async def look(store: Archive, row: int) -> Seen:
    seen = await store.inspect(row, see)
    assert seen is not None
    return seen


def bare(made: Checkpoint) -> Checkpoint:
    return replace(made, served=None)


async def fill(store: Archive) -> None:
    """A document of seven changes, of which two have become a step, and two generations; and a deleted one."""
    await store.append([batch("notes", *(change(b"%d" % number) for number in range(1, 4)))])
    await store.append([batch("gone", change(b"a", b"b"))])
    await store.add_checkpoint("notes", checkpoint(2), {1: b"did 1", 2: b"did 2"})
    await store.append([batch("notes", *(change(b"%d" % number) for number in range(4, 8)))])
    await store.add_checkpoint("notes", checkpoint(5), {number: b"did %d" % number for number in (3, 4, 5)})
    assert await store.condense("notes", [Step(2, 0, 2, NOON, NOON, "alice", b"did 1 and 2")])
    await store.delete("gone", time=NOON)


async def test_all_that_is_stored_is_shown(store: Archive) -> None:
    await fill(store)
    assert await store.rows() == [(1, "notes"), (2, "gone")]
    kept, changes = await look(store, 1)
    assert (kept.record.name, kept.record.head, kept.damage) == ("notes", 7, None)
    assert kept.checkpoints == (
        KeptCheckpoint(5, bare(checkpoint(5)), checkpoint(5).served),
        KeptCheckpoint(2, bare(checkpoint(2)), None),
    )
    assert kept.steps == (KeptStep(2, 0, 2, b"did 1 and 2"),)
    assert changes == [
        *(KeptChange(number, (b"%d" % number,), b"did %d" % number) for number in (3, 4, 5)),
        *(KeptChange(number, (b"%d" % number,), None) for number in (6, 7)),
    ]
    kept, changes = await look(store, 2)
    assert (kept.record.name, kept.record.deleted, kept.checkpoints) == ("gone", NOON, ())
    assert changes == [KeptChange(1, (b"a", b"b"), None)]


async def test_what_is_not_there_is_none(store: Archive) -> None:
    assert await store.rows() == []
    assert await store.inspect(1, see) is None
    await fill(store)
    assert await store.inspect(3, see) is None
    assert await store.inspect(0, see) is None


async def test_rows_come_page_by_page(store: Archive) -> None:
    for name in ("b", "c", "a"):
        await store.create(name, lineage="l", time=NOON)
    assert await store.rows(limit=2) == [(1, "b"), (2, "c")]
    assert await store.rows(after=2, limit=2) == [(3, "a")]
    assert await store.rows(after=3) == []


async def test_a_long_log_is_not_read_at_once(sql_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await sql_store.append([batch("notes", *(change(b"%d" % number) for number in range(1, 1001)))])
    walked = inspection.FETCH * 2 + 1

    def see_some(kept: KeptDocument) -> list[KeptChange]:
        return [next(kept.changes) for _ in range(walked)]

    seen = await sql_store.inspect(1, see_some)
    assert seen is not None
    assert [change.updates for change in seen] == [(b"%d" % number,) for number in range(1, walked + 1)]
    _, changes = await look(sql_store, 1)  # whoever stopped on the way has left nothing open
    assert len(changes) == 1000


async def test_one_moment_is_seen(sqlite_url: str) -> None:
    writer = await SqlStore.open(sqlite_url)
    await fill(writer)
    reader = await SqlStore.open_to_look(sqlite_url)
    loop = asyncio.get_running_loop()

    def see_while_it_grows(kept: KeptDocument) -> Seen:
        first = next(kept.changes)
        growing = writer.append([batch("notes", change(b"8"))])
        assert asyncio.run_coroutine_threadsafe(growing, loop).result(5) == {"notes": 8}
        return kept, [first, *kept.changes]

    seen = await reader.inspect(1, see_while_it_grows)
    assert seen is not None
    assert (seen[0].record.head, len(seen[1])) == (7, 5)
    await reader.close()
    await writer.close()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE documents SET head = 6 WHERE id = 1", "record"),
        ("UPDATE documents SET lineage = 'other' WHERE id = 1", "record"),
        ("UPDATE checkpoints SET squashed = delete_set WHERE sequence = 5", "checkpoint 0"),
        ("UPDATE checkpoints SET state_vector = squashed WHERE sequence = 2", "checkpoint 1"),
        ("UPDATE checkpoints SET served = squashed WHERE sequence = 5", "served"),
        ("UPDATE changes SET payload = ranges WHERE sequence = 4 AND document = 1", "updates 4"),
        ("UPDATE changes SET actor = 'bob' WHERE sequence = 6 AND document = 1", "updates 6"),
        ("UPDATE changes SET ranges = payload WHERE sequence = 3 AND document = 1", "ranges 3"),
        ("UPDATE steps SET began = 1 WHERE sequence = 2 AND document = 1", "step 2"),
    ],
)
async def test_damage_is_shown_where_it_is(sql_store: SqlStore, url: str, statement: str, expected: str) -> None:
    await fill(sql_store)
    database = connect(url)

    def meddle(connection: Connection) -> None:
        connection.execute(text(statement))

    await database.write(meddle)
    await database.close()
    kept, changes = await look(sql_store, 1)
    damages = [
        *(["record"] if kept.damage else []),
        *(f"checkpoint {n}" for n, one in enumerate(kept.checkpoints) if isinstance(one.checkpoint, Damage)),
        *("served" for one in kept.checkpoints if isinstance(one.served, Damage)),
        *(f"updates {one.sequence}" for one in changes if isinstance(one.updates, Damage)),
        *(f"ranges {one.sequence}" for one in changes if isinstance(one.ranges, Damage)),
        *(f"step {one.sequence}" for one in kept.steps if isinstance(one.ranges, Damage)),
    ]
    assert damages[0] == expected
    # The columns beside a change's blobs are sealed with each of them.
    assert len(damages) == 1


async def test_pages_that_sqlite_cannot_read_are_said(sqlite_url: str, tmp_path: Path) -> None:
    store = await SqlStore.open(sqlite_url)
    await store.append([batch("notes", *(change(bytes(3000)) for _ in range(40)))])
    await store.close()
    file = tmp_path / "collab.db"
    whole = bytearray(await asyncio.to_thread(file.read_bytes))
    whole[-4096:] = b"\xff" * 4096
    await asyncio.to_thread(file.write_bytes, whole)
    store = await SqlStore.open_to_look(sqlite_url)
    with pytest.raises(DocumentUnreadable, match="the database file is damaged"):
        await store.inspect(1, see)
    await store.close()


# Opening to look only.


async def test_looking_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="unable to open"):
        await SqlStore.open_to_look(f"sqlite:///{tmp_path / 'collab.db'}")
    assert not (tmp_path / "collab.db").exists()


async def test_looking_brings_nothing_up_to_date(sqlite_url: str, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "collab.db").execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(ConfigurationError, match="collab migrate"):
        await SqlStore.open_to_look(sqlite_url)


async def test_looking_at_a_file_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b#%"
    folder.mkdir()
    url = f"sqlite:///{folder}/ü%3F.db"
    store = await SqlStore.open(url)
    await fill(store)
    looking = await SqlStore.open_to_look(url)
    assert await looking.rows() == [(1, "notes"), (2, "gone")]
    with pytest.raises(StorageUnavailable, match="readonly"):
        await looking.append([batch("notes")])
    await looking.close()
    await store.close()


async def test_what_a_killed_server_left_is_seen_and_left(sqlite_url: str, tmp_path: Path) -> None:
    store = await SqlStore.open(sqlite_url)
    await fill(store)
    copy = tmp_path / "copy"
    copy.mkdir()
    for suffix in ("", "-wal"):  # as they lie there at this moment, with nobody to tidy up
        content = await asyncio.to_thread((tmp_path / f"collab.db{suffix}").read_bytes)
        await asyncio.to_thread((copy / f"collab.db{suffix}").write_bytes, content)
    await store.close()
    before = await asyncio.to_thread((copy / "collab.db").read_bytes)
    looking = await SqlStore.open_to_look(f"sqlite:///{copy / 'collab.db'}")
    _, changes = await look(looking, 1)
    assert len(changes) == 5
    await looking.close()
    assert await asyncio.to_thread((copy / "collab.db").read_bytes) == before
    assert (copy / "collab.db-wal").stat().st_size
