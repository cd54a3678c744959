"""Work on people's roles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from collab.storage import documents
from collab.storage.base import GrantRecord
from collab.storage.tables import grants

OWNER = 4
"""``collab.auth.roles.Role.OWNER``."""

_OF = (
    select(grants.c.subject, grants.c.role, grants.c.created, grants.c.author)
    .where(grants.c.document == bindparam("id"))
    .order_by(grants.c.created, grants.c.subject)
)
_THIS = (grants.c.document == bindparam("id"), grants.c.subject == bindparam("who"))
_ROLE = select(grants.c.subject, grants.c.role, grants.c.created, grants.c.author).where(*_THIS)
_CHANGE = (
    update(grants)
    .where(*_THIS)
    .values(role=bindparam("new_role"), created=bindparam("new_created"), author=bindparam("new_author"))
)
_TAKE = delete(grants).where(*_THIS)


def of(connection: Connection, document: str) -> list[GrantRecord]:
    """Everybody's roles for a document."""
    row = documents.find(connection, (document,)).get(document)
    return [] if row is None else [GrantRecord(*each) for each in connection.execute(_OF, {"id": row.id})]


def give(connection: Connection, document: str, grant: GrantRecord) -> bool:
    """Give a role; False: they had it."""
    row = documents.find_one(connection, document, lock=True)
    this = {"id": row.id, "who": grant.subject}
    before = connection.execute(_ROLE, this).one_or_none()
    if before is None:
        _insert(connection, row.id, grant)
        return True
    if before.role == grant.role:
        return False
    new = {"new_role": grant.role, "new_created": grant.created, "new_author": grant.author}
    connection.execute(_CHANGE, this | new)
    return True


def take(connection: Connection, document: str, subject: str) -> GrantRecord | None:
    """Take a role away; what it was."""
    this = {"id": documents.find_one(connection, document, lock=True).id, "who": subject}
    before = connection.execute(_ROLE, this).one_or_none()
    if before is None:
        return None
    connection.execute(_TAKE, this)
    return GrantRecord(*before)


def own(connection: Connection, owners: Mapping[int, tuple[str, int]]) -> None:
    """Whoever made these documents, by their rows, becomes their owner: the subject, and when it was."""
    for document, (subject, time) in owners.items():
        _insert(connection, document, GrantRecord(subject, OWNER, time, subject))


def _insert(connection: Connection, document: int, grant: GrantRecord) -> None:
    values = {"subject": grant.subject, "role": grant.role, "created": grant.created, "author": grant.author}
    connection.execute(insert(grants).values(document=document, **values))
