"""Statements on the way of every edit, said to SQLite's driver as they are spelled.

SQLAlchemy compiles a statement once and yet does much at each execution: of a commit of one edit that was two thirds of the
CPU. These few are spelled out at start, from the same objects that PostgreSQL is given. What is read and written is integers,
text and bytes, which the driver takes as they are; what goes wrong is the driver's own error, as ``sqlite.translated`` knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="named")


class Spelled:
    """A statement with named parameters. ``columns``: those that an INSERT fills."""

    def __init__(self, statement: Insert | Update | Select[Any], columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._text = str(statement.compile(dialect=_DIALECT, column_keys=list(columns) or None))

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row."""
        if is_spelled_for(connection):
            _driver(connection).executemany(self._text, rows).close()
        else:
            connection.execute(self._statement, rows)

    def read(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row, if there is one."""
        if is_spelled_for(connection):
            row: Sequence[Any] | None = _driver(connection).execute(self._text, values).fetchone()
            return row
        return connection.execute(self._statement, values).one_or_none()


def is_spelled_for(connection: Connection) -> bool:
    """Whether the database at the other end is told so."""
    return connection.dialect.name == "sqlite"


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
