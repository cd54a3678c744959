"""SQLite's own damage: lost indexes, pages that cannot be read, and the copy that is made before."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collab.errors import StorageUnavailable
from collab.storage.salvage import database_file, faults, keep_original, salvage
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON, batch, change

PAGE = 4096
WHEN = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Two hundred documents, the first one of them long; nothing is left in the write-ahead log."""
    path = tmp_path / "collab.db"
    store = await SqlStore.open(f"sqlite:///{path}")
    await store.append([batch("long", *(change(bytes([number % 256]) * 200) for number in range(600)))])
    await store.append([batch(f"short {number:03}") for number in range(200)])
    await store.spend("code", NOON)
    await store.close()
    return path


def query(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute(statement).fetchall()
        connection.commit()
    return found


def everything(file: Path) -> dict[str, list[tuple[object, ...]]]:
    tables = ("documents", "changes", "spent_codes", "alembic_version")
    return {
        table: query(
            file, f"SELECT * FROM {table} ORDER BY 1, 2" if table != "alembic_version" else f"SELECT * FROM {table}"
        )
        for table in tables
    }


def pages(file: Path, name: str) -> list[int]:
    """The pages of a table or an index that hold its entries."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            rows = connection.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (name,)
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite cannot tell which page is whose")
    return [page for (page,) in rows]


def wreck(file: Path, *numbers: int) -> None:
    with file.open("r+b") as opened:
        for number in numbers:
            opened.seek((number - 1) * PAGE)
            opened.write(b"\xff" * PAGE)


def test_a_sound_file_has_no_faults(file: Path) -> None:
    before = file.read_bytes()
    assert faults(file) == ()
    assert file.read_bytes() == before


def test_an_index_that_has_lost_rows_is_made_anew(file: Path) -> None:
    """The same with one bit of a key changed: in the index, and not in the table."""
    whole = everything(file)
    data = bytearray(file.read_bytes())
    (page, *_) = pages(file, "sqlite_autoindex_documents_1")
    start = (page - 1) * PAGE
    at = data.index(b"short 1", start, start + PAGE)
    data[at] ^= 1
    file.write_bytes(data)
    found = faults(file)
    assert found
    assert all("index" in line for line in found)
    salvaged = salvage(file)
    assert (salvaged.rows, salvaged.unreadable) == (None, 0)
    assert salvaged.faults == found
    assert faults(file) == ()
    assert everything(file) == whole


def test_a_page_of_an_index_that_cannot_be_read(file: Path) -> None:
    whole = everything(file)
    wreck(file, pages(file, "sqlite_autoindex_changes_1")[1])
    assert faults(file)
    salvage(file)
    assert faults(file) == ()
    assert everything(file) == whole


def test_pages_of_a_table_that_cannot_be_read(file: Path) -> None:
    """What was on them is lost, and nothing else is."""
    whole = everything(file)
    damaged = pages(file, "changes")
    wreck(file, damaged[3], damaged[-1])
    assert faults(file)
    salvaged = salvage(file)
    assert faults(file) == ()
    left = everything(file)
    assert left["documents"] == whole["documents"]
    assert left["spent_codes"] == whole["spent_codes"]
    assert set(left["changes"]) < set(whole["changes"])
    assert len(whole["changes"]) - len(left["changes"]) == salvaged.unreadable > 0
    assert len(left["changes"]) > 700
    assert query(file, "PRAGMA journal_mode") == [("wal",)]
    assert query(file, "PRAGMA auto_vacuum") == [(2,)]


def test_rows_of_documents_that_cannot_be_read_keep_their_names(file: Path) -> None:
    names = query(file, "SELECT id, name FROM documents ORDER BY id")
    wreck(file, pages(file, "documents")[1])
    salvage(file)
    assert faults(file) == ()
    assert query(file, "SELECT id, name FROM documents ORDER BY id") == names
    blank = query(file, "SELECT id FROM documents WHERE checksum = 0 AND created = 0")
    assert 10 < len(blank) < 100
    assert list(file.parent.glob("*.repairing*")) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "collab.db"
    path.write_bytes(b"this is no database" * 1000)
    assert faults(path)
    with pytest.raises(StorageUnavailable, match="cannot be repaired"):
        salvage(path)
    assert path.read_bytes() == b"this is no database" * 1000


async def test_the_original_is_kept_with_what_its_log_holds(file: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{file}")
    await store.append([batch("last")])
    log = file.with_name("collab.db-wal").read_bytes()
    assert log
    kept = keep_original(file, WHEN)
    again = keep_original(file, WHEN)
    await store.close()
    assert (kept.name, again.name) == (
        "collab.db.before-repair-20261122T233000Z",
        "collab.db.before-repair-20261122T233000Z-2",
    )
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == log
    opened = await SqlStore.open(f"sqlite:///{kept}")
    assert await opened.load("last") is not None
    await opened.close()


def test_a_copy_is_as_private_as_the_original(file: Path) -> None:
    file.chmod(0o600)
    assert keep_original(file, WHEN).stat().st_mode & 0o777 == 0o600


def test_what_is_still_being_made_is_private_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds every document, and whoever runs the command may have any umask."""
    seen: dict[str, int] = {}

    def look(*_: object, **__: object) -> None:
        seen.update({path.suffix: path.stat().st_mode & 0o777 for path in file.parent.iterdir()})

    monkeypatch.setattr(shutil, "copystat", look)
    monkeypatch.setattr("collab.storage.salvage._name_lost", look)
    before = os.umask(0)
    try:
        keep_original(file, WHEN)
        wreck(file, pages(file, "changes")[3])
        salvage(file)
    finally:
        os.umask(before)
    assert (seen[".part"], seen[".repairing"]) == (0o600, 0o600)


def test_where_there_is_no_room_for_a_copy_it_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    before = sorted(path.name for path in file.parent.iterdir())
    with pytest.raises(StorageUnavailable, match="No space left"):
        keep_original(file, WHEN)
    assert sorted(path.name for path in file.parent.iterdir()) == before


def test_which_databases_are_files() -> None:
    assert database_file("sqlite:////var/lib/collab.db") == Path("/var/lib/collab.db")
    assert database_file("postgresql://host/collab") is None


async def test_grants_on_both_sides_of_a_damaged_page_are_saved(file: Path) -> None:
    """A table without row ids is read from its beginning and from its end."""
    rows = [(1, f"person {number:04}", 3, NOON, "alice") for number in range(1000)]
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany("INSERT INTO grants VALUES (?, ?, ?, ?, ?)", rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    leaves = pages(file, "grants")
    assert len(leaves) > 4
    wreck(file, leaves[len(leaves) // 2])
    assert faults(file) != ()
    salvage(file)
    assert faults(file) == ()
    saved = query(file, "SELECT * FROM grants ORDER BY subject")
    assert set(saved) < set(rows)
    assert saved[0] == rows[0]
    assert saved[-1] == rows[-1]
    assert len(saved) > 800
