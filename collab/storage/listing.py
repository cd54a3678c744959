"""Work on the list of documents: which of them, in which order, page by page.

Documents are listed by name, or the newest-modified first. An index of ``modified`` would have to be written with every
edit (on PostgreSQL all indexes of the table with it), so there is one of its *hour*: within an hour documents are sorted
when they are asked for. A search looks at names and titles as they come in that order, however few it finds, so it gives
up after ``SCAN`` of them, and the next page goes on there.

At 100,000 documents a page takes 1 ms, a search that finds enough 5 ms, and one that finds nothing 0.1 s (SQLite).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from collab.storage.base import DocumentRecord, Given, Listing, NamePattern, Order, Page, Position
from collab.storage.documents import DocumentRow
from collab.storage.keys import HOUR, folded, hour_of
from collab.storage.tables import documents, grants

logger = logging.getLogger(__name__)

SCAN = 100_000
"""Documents that one call looks at, about: the whole hour of the last one counts."""

FETCH = 200
"""Documents that are fetched at a time where not all that are fetched will be shown."""

ROUNDS = 10
"""How often."""

MOST_GIVEN = 10_000
"""Documents that one person has roles for by grants and is shown in lists."""

_ORDER = {
    Order.NAME: (documents.c.name,),
    Order.MODIFIED: (documents.c.hour.desc(), documents.c.modified.desc(), documents.c.name),
}


def page(connection: Connection, wanted: Page) -> Listing:
    """A page. A damaged row does not keep the others from being listed."""
    names = None if wanted.names is None else _widest(wanted.names)
    is_open = names is None or any(pattern.is_prefix and not pattern.prefix for pattern in names)
    is_exact = names is None or all(pattern.is_prefix for pattern in names)
    conditions: list[ColumnElement[bool]] = [
        documents.c.deleted.is_not(None) if wanted.deleted else documents.c.deleted.is_(None)
    ]
    if wanted.order is Order.MODIFIED:  # of two that disagree one is damaged, and no place to go on from
        beginning = documents.c.hour * HOUR
        conditions += (documents.c.modified >= beginning, documents.c.modified < beginning + HOUR)
    end: Position | None = None
    if wanted.search or not is_exact or not (is_open or wanted.order is Order.NAME):  # or else an index leads there
        end, reach = _horizon(connection, wanted, conditions[0])
        conditions += reach
    given = frozenset[int]() if wanted.given is None or is_open else _given(connection, wanted.given)
    if names is not None and not is_open:
        conditions.append(or_(documents.c.id.in_(given), *(_begins(pattern.prefix) for pattern in names)))
    if wanted.search:
        conditions.append(documents.c.folded.contains(folded(wanted.search), autoescape=True))
    at_most = wanted.limit + 1 if is_exact else max(wanted.limit + 1, FETCH)
    found: list[DocumentRecord] = []
    position = wanted.after
    for _ in range(ROUNDS):
        query = select(*DocumentRow.COLUMNS).where(*conditions, *_behind(wanted.order, position))
        rows = connection.execute(query.order_by(*_ORDER[wanted.order]).limit(at_most)).all()
        for id_, record in ((row.id, row.record) for row in map(DocumentRow.of, rows)):
            if not _is_legible(record):
                logger.error("document %r is left out of a list: its row is damaged", record.name)
            elif names is None or is_exact or id_ in given or any(pattern.matches(record.name) for pattern in names):
                if len(found) == wanted.limit:
                    return Listing(tuple(found), position)
                found.append(record)
            position = _position(record)
        if len(rows) < at_most:
            return Listing(tuple(found), end)
    return Listing(tuple(found), position)


def _widest(names: Iterable[NamePattern]) -> Sequence[NamePattern]:
    """The patterns without those that another takes all names of."""
    kept: list[NamePattern] = []
    for pattern in sorted(names, key=lambda one: (one.prefix, not one.is_prefix)):
        if not any(wide.is_prefix and pattern.prefix.startswith(wide.prefix) for wide in kept):
            kept.append(pattern)
    return kept


def _given(connection: Connection, given: Given) -> frozenset[int]:
    """The rows of the documents that somebody has such a role for."""
    theirs = (grants.c.subject == given.subject, grants.c.role >= given.least, grants.c.role <= given.most)
    return frozenset(connection.execute(select(grants.c.document).where(*theirs).limit(MOST_GIVEN)).scalars())


def _begins(prefix: str) -> ColumnElement[bool]:
    """Whether a name begins so; as a range, which an index can serve."""
    beginning = prefix.rstrip(chr(sys.maxunicode))
    if not beginning:
        return documents.c.name >= prefix
    following = ord(beginning[-1]) + 1
    if following == 0xD800:  # what follows there is half of a pair
        following = 0xE000
    return and_(documents.c.name >= prefix, documents.c.name < beginning[:-1] + chr(following))


def _behind(order: Order, position: Position | None) -> Sequence[ColumnElement[bool]]:
    """What comes after a position."""
    if position is None:
        return ()
    if order is Order.NAME:
        return (documents.c.name > position.name,)
    later_name = and_(documents.c.modified == position.modified, documents.c.name > position.name)
    return documents.c.hour <= hour_of(position.modified), or_(documents.c.modified < position.modified, later_name)


def _horizon(
    connection: Connection, wanted: Page, state: ColumnElement[bool]
) -> tuple[Position | None, Sequence[ColumnElement[bool]]]:
    """Where a search ends that has looked at enough, and what keeps it there; None: it comes to the end before."""
    if wanted.order is Order.NAME:
        by_name = select(documents.c.name).where(state, *_behind(wanted.order, wanted.after)).order_by(documents.c.name)
        name = connection.execute(by_name.limit(1).offset(SCAN)).scalar()
        return (None, ()) if name is None else (Position(0, name), (documents.c.name <= name,))
    within = () if wanted.after is None else (documents.c.hour <= hour_of(wanted.after.modified),)
    by_hour = select(documents.c.hour).where(state, *within).order_by(documents.c.hour.desc())
    hour = connection.execute(by_hour.limit(1).offset(SCAN)).scalar()
    if hour is None:
        return None, ()
    return Position(hour * HOUR - 1, ""), (documents.c.hour >= hour,)


def _position(record: DocumentRecord) -> Position:
    modified: object = record.modified  # where it is damaged, the order is one that does not ask for it
    return Position(modified if isinstance(modified, int) else 0, record.name)


def _is_legible(record: DocumentRecord) -> bool:
    """Whether every column is of its kind: in SQLite a flipped bit can make a text of a number."""
    columns: tuple[object, ...] = (record.created, record.modified, record.deleted or 0)
    return all(isinstance(column, int) for column in columns)
