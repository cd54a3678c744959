"""What a driver says, in this package's words: the whole database's failure, or that of the rows."""

from __future__ import annotations

import socket
import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from collab.errors import StorageUnavailable
from collab.storage import postgres, sqlite
from collab.storage.base import RowsRefused
from collab.storage.engine import RowsDamaged


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, StorageUnavailable),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StorageUnavailable),
        (sqlite3.SQLITE_LOCKED, StorageUnavailable),
        (sqlite3.SQLITE_FULL, StorageUnavailable),
        (sqlite3.SQLITE_IOERR_FSYNC, StorageUnavailable),
        (sqlite3.SQLITE_IOERR_WRITE, StorageUnavailable),
        (sqlite3.SQLITE_READONLY, StorageUnavailable),
        (sqlite3.SQLITE_CANTOPEN, StorageUnavailable),
        (sqlite3.SQLITE_NOTADB, StorageUnavailable),
        (sqlite3.SQLITE_CORRUPT, RowsDamaged),
        (sqlite3.SQLITE_CORRUPT_INDEX, RowsDamaged),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, RowsRefused),
        (sqlite3.SQLITE_TOOBIG, RowsRefused),
        (sqlite3.SQLITE_ERROR, RowsRefused),
    ],
)
def test_sqlite(code: int, kind: type[StorageUnavailable]) -> None:
    error = sqlite3.DatabaseError("what it says")
    error.sqlite_errorcode = code
    for said in (error, DBAPIError("a statement", {}, error)):
        translated = sqlite.translated(said)
        assert type(translated) is kind
        assert "what it says" in str(translated)


class ServerError(Exception):
    """What asyncpg raises: it has a state of five letters."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("what it says")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08003", StorageUnavailable),  # no connection
        ("28P01", StorageUnavailable),  # the wrong password
        ("3D000", StorageUnavailable),  # no such database
        ("53100", StorageUnavailable),  # disk full
        ("57P01", StorageUnavailable),  # going down
        ("58030", StorageUnavailable),  # I/O
        ("25006", StorageUnavailable),  # a standby
        ("XX001", RowsDamaged),
        ("23505", RowsRefused),  # not unique
        ("22021", RowsRefused),  # NUL in a text
        ("55P03", RowsRefused),  # a lock of somebody else's
        ("40P01", RowsRefused),  # deadlock
    ],
)
def test_postgres(state: str, kind: type[StorageUnavailable]) -> None:
    for said in (ServerError(state), DBAPIError("a statement", {}, ServerError(state))):
        translated = postgres.translated(said)
        assert type(translated) is kind
        assert "what it says" in str(translated)
        assert "what it says" not in translated.told, "addresses, users, rows: they are nobody else's business"
        assert "what it says" not in translated.reason


def test_a_connection_that_is_closed_is_the_whole_databases_failure() -> None:
    assert type(postgres.translated(DBAPIError("a statement", {}, ServerError(None)))) is StorageUnavailable


@pytest.mark.parametrize(
    "error",
    [TimeoutError(), ConnectionRefusedError(111, "refused"), socket.gaierror(-2, "no name"), PoolTimeout("full")],
)
def test_a_network_that_fails_is_the_whole_databases_failure(error: Exception) -> None:
    translated = postgres.translated(error)
    assert type(translated) is StorageUnavailable
    assert not str(translated).endswith(": ")
