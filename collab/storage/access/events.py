"""Work on the access log."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from collab.storage import documents
from collab.storage.access.base import AccessEvent
from collab.storage.tables import access_events

AT_A_TIME = 500
"""Events that one transaction forgets; commits of edits pass between two."""

_COLUMNS = tuple(column.name for column in access_events.columns if column.name not in ("document", "detail"))
_OF = (
    select(access_events)
    .where(access_events.c.document == bindparam("document"), access_events.c.id < bindparam("before"))
    .order_by(access_events.c.id.desc())
    .limit(bindparam("most"))
)
_OLD = (
    select(access_events.c.id)
    .where(access_events.c.began < bindparam("before"))
    .order_by(access_events.c.id)
    .limit(bindparam("most"))
)
_LAST_ID = 2**62


def record(connection: Connection, events: Sequence[AccessEvent]) -> None:
    """Insert events, but those of documents without a row."""
    rows = documents.find(connection, {event.document for event in events})
    values = [
        {column: getattr(event, column) for column in _COLUMNS if column != "id"}
        | {"document": rows[event.document].id, "detail": json.dumps(dict(event.detail), ensure_ascii=False)}
        for event in events
        if event.document in rows
    ]
    if values:
        connection.execute(insert(access_events), values)


def of(connection: Connection, document: str, before: int | None, limit: int) -> list[AccessEvent]:
    """A page of a document's events."""
    row = documents.find(connection, (document,)).get(document)
    if row is None:
        return []
    wanted = {"document": row.id, "before": _LAST_ID if before is None else before, "most": limit}
    return [
        AccessEvent(
            document=document,
            detail=json.loads(each.detail),
            **{column: getattr(each, column) for column in _COLUMNS},
        )
        for each in connection.execute(_OF, wanted)
    ]


def old(connection: Connection, before: int) -> list[int]:
    """The ids of some of the events that began earlier, the first written first.

    Times have no index: events are read from the first on until enough are found. Only what a clock that was wrong left
    among the first is read again and again; a look that finds none reads them all, once an hour, beside the writer.
    """
    return list(connection.execute(_OLD, {"before": before, "most": AT_A_TIME}).scalars())


def forget(connection: Connection, ids: Sequence[int]) -> int:
    """Forget these events."""
    return connection.execute(delete(access_events).where(access_events.c.id.in_(ids))).rowcount
