"""Work on revocations."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from collab.storage.access.base import Revocation, Revoked
from collab.storage.tables import revocations


def add(connection: Connection, revocation: Revocation) -> None:
    """Remember a revocation, or move one about the same on to a later moment."""
    values = {"before": revocation.before, "created": revocation.created, "author": revocation.author}
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(revocations)
    # One statement: of two at once, neither finds a gap that the other fills.
    connection.execute(
        insert.values(kind=revocation.kind.value, value=revocation.value, **values).on_conflict_do_update(
            index_elements=[revocations.c.kind, revocations.c.value],
            set_=values,
            where=revocations.c.before < revocation.before,
        )
    )


def every(connection: Connection) -> list[Revocation]:
    """All of them, the newest first."""
    query = select(revocations).order_by(revocations.c.created.desc(), revocations.c.kind, revocations.c.value)
    return [
        Revocation(Revoked(row.kind), row.value, row.before, row.created, row.author)
        for row in connection.execute(query)
    ]
