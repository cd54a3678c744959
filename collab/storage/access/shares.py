"""Work on share links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from collab.errors import NotFound
from collab.storage import documents
from collab.storage.access.base import ShareRecord
from collab.storage.tables import documents as named
from collab.storage.tables import shares

_ALL = select(shares, named.c.name.label("document_name")).join(named, named.c.id == shares.c.document)
_ONE = _ALL.where(shares.c.id == bindparam("key"))
_OF = _ALL.where(shares.c.document == bindparam("document")).order_by(shares.c.created.desc(), shares.c.id)
_USE = (
    update(shares)
    .where(shares.c.id == bindparam("key"), shares.c.revoked.is_(None))
    .where(or_(shares.c.expires.is_(None), shares.c.expires > bindparam("now")))
    .where(or_(shares.c.max_uses.is_(None), shares.c.uses < shares.c.max_uses))
    .values(uses=shares.c.uses + 1)
)
_COLUMNS = tuple(column.name for column in shares.columns if column.name != "document")


def add(connection: Connection, share: ShareRecord) -> None:
    """Insert a link."""
    document = documents.find_one(connection, share.document).id
    values = {column: getattr(share, column) for column in _COLUMNS}
    connection.execute(insert(shares).values(document=document, **values))


def find(connection: Connection, id_: str) -> ShareRecord | None:
    """A link."""
    row = connection.execute(_ONE, {"key": id_}).one_or_none()
    return None if row is None else _record(row)


def of(connection: Connection, document: str) -> list[ShareRecord]:
    """The links of a document."""
    row = documents.find(connection, (document,)).get(document)
    return [] if row is None else [_record(each) for each in connection.execute(_OF, {"document": row.id})]


def change(connection: Connection, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
    """Change a link; as it is then."""
    connection.execute(update(shares).where(shares.c.id == id_).values(dict(changes)))
    changed = find(connection, id_)
    if changed is None:
        raise NotFound("there is no such link")
    return changed


def use(connection: Connection, id_: str, now: int) -> bool:
    """Count a use, unless the link is at its end."""
    return connection.execute(_USE, {"key": id_, "now": now}).rowcount == 1


def _record(row: Row[Any]) -> ShareRecord:
    return ShareRecord(document=row.document_name, **{column: getattr(row, column) for column in _COLUMNS})
