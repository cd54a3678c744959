"""Work on API keys."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from collab.errors import NotFound
from collab.storage.access.base import KeyRecord
from collab.storage.tables import keys

_COLUMNS = tuple(column.name for column in keys.columns if column.name != "grants")


def add(connection: Connection, key: KeyRecord) -> None:
    """Insert a key."""
    values = {column: getattr(key, column) for column in _COLUMNS}
    connection.execute(insert(keys).values(grants=json.dumps(key.grants), **values))


def find(connection: Connection, id_: str) -> KeyRecord | None:
    """A key."""
    row = connection.execute(select(keys).where(keys.c.id == id_)).one_or_none()
    return None if row is None else _record(row)


def every(connection: Connection) -> list[KeyRecord]:
    """All of them, the newest first."""
    return [_record(row) for row in connection.execute(select(keys).order_by(keys.c.created.desc(), keys.c.id))]


def revoke(connection: Connection, id_: str, time: int) -> None:
    """Revoke a key; the first time counts."""
    key = find(connection, id_)
    if key is None:
        raise NotFound("there is no such key")
    if key.revoked is None:
        connection.execute(update(keys).where(keys.c.id == id_).values(revoked=time))


def _record(row: Row[Any]) -> KeyRecord:
    grants = tuple((str(glob), str(role)) for glob, role in json.loads(row.grants))
    return KeyRecord(grants=grants, **{column: getattr(row, column) for column in _COLUMNS})
