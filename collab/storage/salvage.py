"""SQLite's own damage: indexes that have lost rows, pages that cannot be read; and a copy of everything before.

Indexes are made anew. Where that does not help, every row that can still be read is copied into a new database, which
then takes the place of the old one in a single transaction. These functions block: they are a command's, not a server's.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Table, Text
from sqlalchemy.engine import make_url

from collab.errors import StorageUnavailable
from collab.storage.tables import documents, metadata

_PROBES = 10_000
"""Row ids without a row that are looked at one by one behind the last one that is known."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was done to a database's file."""

    faults: tuple[str, ...]
    """What SQLite found, in its words."""
    rows: int | None = None
    """Rows that were copied into a new database; ``None``: making the indexes anew was enough."""
    unreadable: int = 0
    """Row ids whose rows could not be read, or pointed nowhere."""


def database_file(url: str) -> Path | None:
    """The file of an SQLite database; ``None``: it is another kind of database."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def keep_original(file: Path, now: datetime) -> Path:
    """Copy a database that nobody writes to, byte for byte, with what stands in its write-ahead log; the copy's path.

    Opened under its name, the copy is the database as it was. Raises ``StorageUnavailable``.
    """
    name = f"{file.name}.before-repair-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    target = file.with_name(name)
    number = 1
    while target.exists():  # two repairs in one second
        number += 1
        target = file.with_name(f"{name}-{number}")
    try:
        for suffix in ("-wal", ""):  # the file itself last: once it is there, all of it is
            source = file.with_name(file.name + suffix)
            if source.exists():
                _copy(source, target.with_name(target.name + suffix))
    except OSError as error:
        raise StorageUnavailable(f"the database cannot be copied before the repair: {error}") from error
    return target


def faults(file: Path) -> tuple[str, ...]:
    """What SQLite finds wrong with a database, at most a hundred lines; nothing is changed. Raises ``StorageUnavailable``."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _faults(connection)
    except sqlite3.Error as error:
        raise StorageUnavailable(f"the database is not available: {error}") from error


def salvage(file: Path) -> Salvaged:
    """Make indexes anew, or the whole file where that is not enough. Raises ``StorageUnavailable``."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            found = _faults(connection)
            if _reindex(connection) and not _faults(connection):
                return Salvaged(found)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            return _rebuild(file, connection, found)
    except (sqlite3.Error, OSError) as error:
        raise StorageUnavailable(f"the database's file cannot be repaired: {error}") from error


def _reindex(connection: sqlite3.Connection) -> bool:
    """Make the indexes anew; False: rows clash, or a page is damaged, so the rows have to be picked out."""
    try:
        connection.execute("REINDEX")
    except sqlite3.IntegrityError:
        return False
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        return False
    return True


def _is_damage(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _faults(connection: sqlite3.Connection) -> tuple[str, ...]:
    try:
        lines = [str(line) for (line,) in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        return (str(error),)
    return () if lines == ["ok"] else tuple(lines)


def _rebuild(file: Path, connection: sqlite3.Connection, found: tuple[str, ...]) -> Salvaged:
    fresh = file.with_name(f"{file.name}.repairing")
    _begin(fresh)
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as new:
            # Pages move from one into the other, so they have to have one size, and what can only be chosen now.
            (page_size,) = connection.execute("PRAGMA page_size").fetchone()
            new.execute(f"PRAGMA page_size = {page_size}")
            new.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _copy_schema(connection, new)
            new.execute("PRAGMA synchronous = OFF")  # it is only scaffolding
            new.execute("ATTACH ? AS old", (str(file),))
            # No transaction around it: within one, SQLite reads nothing more once a page was found to be damaged.
            numbered = [name for name in metadata.tables if _has_row_ids(name)]
            counts = [_copy_table(new, name) for name in ("alembic_version", *numbered)]
            counts += [_copy_keyed(new, table) for table in metadata.tables.values() if table.name not in numbered]
            _name_lost(new)
            new.execute("DETACH old")
            new.backup(connection)
    finally:
        fresh.unlink(missing_ok=True)
    return Salvaged(found, sum(copied for copied, _ in counts), sum(lost for _, lost in counts))


def _copy_schema(connection: sqlite3.Connection, new: sqlite3.Connection) -> None:
    query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'"
    for (statement,) in connection.execute(query).fetchall():
        new.execute(statement)


def _copy_table(new: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Copy what can be read of a table: the rows that were, and the row ids that could not be."""
    last = _last_row(new, table)
    copied = lost = 0
    spans = [(1, last)]
    while spans:
        start, end = spans.pop()
        try:
            # Table names are this program's own. A row that is there twice is one.
            copied += new.execute(
                f"INSERT OR IGNORE INTO main.{table} SELECT * FROM old.{table} NOT INDEXED WHERE rowid BETWEEN ? AND ?",  # noqa: S608
                (start, end),
            ).rowcount
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            if start >= end:
                lost += 1
                continue
            middle = (start + end) // 2
            spans += [(middle + 1, end), (start, middle)]
    return copied, lost


def _has_row_ids(table: str) -> bool:
    return bool(metadata.tables[table].dialect_options["sqlite"]["with_rowid"])


def _copy_keyed(new: sqlite3.Connection, table: Table) -> tuple[int, int]:
    """Copy what can be read of a table without row ids: from its beginning, and from its end, up to where it is damaged."""
    keys = [column.name for column in table.primary_key]
    copied = 0
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{key} {direction}" for key in keys)
        try:
            # One by one: a statement that meets damage takes back all that it has done.
            for row in new.execute(f"SELECT * FROM old.{table.name} NOT INDEXED ORDER BY {order}"):  # noqa: S608
                places = ", ".join("?" * len(row))
                copied += new.execute(f"INSERT OR IGNORE INTO main.{table.name} VALUES ({places})", row).rowcount  # noqa: S608
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        else:
            return copied, 0
    return copied, 1  # at least one: how many there were nobody can say


def _name_lost(new: sqlite3.Connection) -> None:
    """Give documents whose rows could not be read rows of their own, where the index of names still knows them.

    Nothing but id and name is right in them, and their checksum does not hold: whoever mends documents goes on.
    """
    blank = {
        column.name: "" if isinstance(column.type, Text) else 0 for column in documents.columns if not column.nullable
    }
    names = ", ".join(blank)
    places = ", ".join(f":{name}" for name in blank)
    try:
        query = "SELECT id, name FROM old.documents INDEXED BY sqlite_autoindex_documents_1 WHERE name > ''"
        for row, name in new.execute(query):
            values = blank | {"id": row, "name": name, "lineage": secrets.token_hex(16)}
            new.execute(f"INSERT OR IGNORE INTO main.documents ({names}) VALUES ({places})", values)  # noqa: S608
    except sqlite3.DatabaseError:
        return  # as many as the index could tell


def _last_row(new: sqlite3.Connection, table: str) -> int:
    """A row id that no row of the old table lies behind, as far as anything there can tell."""
    known = 0
    for query in (
        f"SELECT max(rowid) FROM old.{table}",  # noqa: S608
        f"SELECT max(seq) FROM old.sqlite_sequence WHERE name = '{table}'",  # noqa: S608
        f"SELECT max(rowid) FROM old.{table} INDEXED BY sqlite_autoindex_{table}_1",  # noqa: S608
    ):
        try:
            known = max(known, *(value for (value,) in new.execute(query) if value is not None), 0)
        except sqlite3.DatabaseError:
            continue
    if known:
        return known
    try:
        for (row,) in new.execute(f"SELECT rowid FROM old.{table} NOT INDEXED ORDER BY rowid"):  # noqa: S608
            known = row
    except sqlite3.DatabaseError:
        return known + _PROBES
    return known


def _begin(path: Path) -> None:
    """Make an empty file for its owner alone: documents are nobody else's, whatever this command's umask is."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy(source: Path, target: Path) -> None:
    partial = target.with_name(f"{target.name}.part")
    _begin(partial)
    try:
        shutil.copy2(source, partial)
        with partial.open("rb+") as copy:
            os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
