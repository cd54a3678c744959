"""Work on revocations."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from collab.storage.access.base import Revocation, Revoked
from collab.storage.tables import revocations


def add(connection: Connection, revocation: Revocation) -> None:
    """Remember a revocation, or move one about the same on to a later moment."""
    this = (revocations.c.kind == revocation.kind.value, revocations.c.value == revocation.value)
    before = connection.execute(select(revocations.c.before).where(*this).with_for_update()).scalar()
    values = {"before": revocation.before, "created": revocation.created, "author": revocation.author}
    if before is None:
        key = {"kind": revocation.kind.value, "value": revocation.value}
        connection.execute(insert(revocations).values(**key, **values))
    elif before < revocation.before:
        connection.execute(update(revocations).where(*this).values(**values))


def every(connection: Connection) -> list[Revocation]:
    """All of them, the newest first."""
    query = select(revocations).order_by(revocations.c.created.desc(), revocations.c.kind, revocations.c.value)
    return [
        Revocation(Revoked(row.kind), row.value, row.before, row.created, row.author)
        for row in connection.execute(query)
    ]
