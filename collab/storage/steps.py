"""Work on steps: what is left of changes whose bytes have gone into two generations."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, exists, func, insert, or_, select

from collab.storage import documents
from collab.storage.archive import Foldable, Signature, Step, Window, windows
from collab.storage.checkpoints import GENERATIONS
from collab.storage.seals import Damaged, Part, seal_step, unseal, unseal_step
from collab.storage.tables import changes, checkpoints, steps, versions
from collab.storage.tables import documents as documents_table
from collab.storage.versions import is_sound

logger = logging.getLogger(__name__)

_STEPS = (
    select(steps)
    .where(steps.c.document == bindparam("id"), steps.c.sequence <= bindparam("last"))
    .order_by(steps.c.sequence)
)
# Without the payload, which may still be there: it is long, and not asked for.
_CHANGES = (
    select(
        changes.c.document, changes.c.sequence, changes.c.time, changes.c.actor, changes.c.restored, changes.c.ranges
    )
    .where(changes.c.document == bindparam("id"), changes.c.sequence <= bindparam("last"))
    .where(changes.c.ranges.is_not(None))
    .order_by(changes.c.sequence)
)
_STEP_COUNT, _CHANGE_COUNT = (
    select(func.count())
    .select_from(table)
    .where(table.c.document == bindparam("id"), table.c.sequence <= bindparam("last"))
    for table in (steps, changes)
)
_FOLDABLE = _CHANGES.limit(bindparam("at_most"))
_GENERATIONS = (
    select(checkpoints.c.sequence)
    .where(checkpoints.c.document == bindparam("id"))
    .order_by(checkpoints.c.sequence.desc())
)
_OF_DOCUMENT = versions.c.document == bindparam("id")
_VERSIONS = select(versions).where(_OF_DOCUMENT)
_FORGET_AUTOMATIC = delete(versions).where(
    _OF_DOCUMENT, versions.c.automatic.is_(True), versions.c.moment == bindparam("at")
)
_SPAN: tuple[BindParameter[int], BindParameter[int]] = (bindparam("start"), bindparam("end"))
_DRAWN_OTHERWISE = select(
    exists().where(
        steps.c.document == bindparam("id"),
        or_(*(and_(steps.c.before < edge, steps.c.moment > edge) for edge in _SPAN)),
    )
)
_FORGET_CHANGES = delete(changes).where(
    changes.c.document == bindparam("id"),
    changes.c.sequence > _SPAN[0],
    changes.c.sequence <= _SPAN[1],
    changes.c.ranges.is_not(None),
)
_DOOMED_CHANGES = _CHANGES.where(changes.c.sequence > bindparam("start"))
_DOOMED_STEPS = _STEPS.where(steps.c.sequence > bindparam("start"))
_LEFT = select(changes.c.sequence).where(
    changes.c.document == bindparam("id"), changes.c.sequence > _SPAN[0], changes.c.sequence <= _SPAN[1]
)
_FORGET_STEPS = delete(steps).where(
    steps.c.document == bindparam("id"), steps.c.sequence > _SPAN[0], steps.c.sequence <= _SPAN[1]
)
_INSERT = insert(steps)
# The row of a document that nobody has written in for long says by itself that nothing in it became old since.
_AGING = (
    select(documents_table.c.name)
    .where(documents_table.c.name > bindparam("after"), documents_table.c.deleted.is_(None))
    .order_by(documents_table.c.name)
    .limit(bindparam("at_most"))
)


class _Versions(NamedTuple):
    """The versions of a document: their moments, and the ids of those of which nothing can be believed."""

    named: frozenset[int]
    automatic: frozenset[int]
    damaged: tuple[str, ...]


class Drawn(Exception):
    """The transaction must not be committed: what is there does not fit these windows."""


def until(connection: Connection, document: int, name: str, last: int) -> tuple[tuple[Step, ...], tuple[Window, ...]]:
    """What was done up to the change ``last``, and the windows of what is damaged of it, as they lie there."""
    at = {"id": document, "last": last}
    found: list[Step] = []
    damaged: list[Window] = []
    for row in connection.execute(_STEPS, at):
        try:
            found.append(_step(row))
        except Damaged as damage:
            logger.error("document %r: the step at %s is damaged: %s", name, row.sequence, damage)
            damaged.append((row.before, row.moment))
    folded = len(found)
    found += _changes(connection.execute(_CHANGES, at).all(), name, damaged)
    if 0 < folded < len(found):
        found.sort(key=attrgetter("sequence"))
    return tuple(found), tuple(window if _is_window(window) else (0, last) for window in damaged)


def signature(connection: Connection, document: int, last: int) -> Signature:
    """Tells whether that has changed since."""
    at = {"id": document, "last": last}
    counts = [connection.execute(query, at).scalar_one() for query in (_STEP_COUNT, _CHANGE_COUNT)]
    return last, counts[0], counts[1]


def foldable(connection: Connection, name: str, at_most: int) -> Foldable:
    """The first changes that two generations hold, each as a step of its own."""
    row = documents.find_one(connection, name)
    row.living()
    last = _folded_to(connection, row.id)
    rows = connection.execute(_FOLDABLE, {"id": row.id, "last": last, "at_most": at_most}).all()
    return Foldable(tuple(_changes(rows, name)), _versions(connection, row.id).named, last)


def condense(connection: Connection, name: str, new: Sequence[Step]) -> bool:
    """Put steps in the place of what they were made of; False: that does not fit what is there now."""
    row = documents.find_one(connection, name, lock=True)
    row.living()
    span = {"id": row.id, "start": new[0].before, "end": new[-1].moment}
    drawn = list(windows(new))
    there = _versions(connection, row.id)
    if there.damaged:  # it may have been named, and at any moment
        logger.error("document %r: no history is thinned, version %s is damaged", name, " and ".join(there.damaged))
        return False
    if any(_cuts(moment, drawn) for moment in there.named) or new[-1].moment > _folded_to(connection, row.id):
        return False
    if connection.execute(_DRAWN_OTHERWISE, span).scalar_one():
        return False
    if _is_damaged(connection, {"id": row.id, "start": span["start"], "last": span["end"]}, name):
        return False  # what is damaged waits for the doctor, who may mend it
    connection.execute(_FORGET_CHANGES, span)
    left = connection.execute(_LEFT, span).scalars().all()
    if any(window[0].before < sequence <= window[0].moment for sequence in left for window in drawn):
        raise Drawn
    connection.execute(_FORGET_STEPS, span)
    connection.execute(_INSERT, [values_of(row.id, step) for step in new])
    hidden = sorted(moment for moment in there.automatic if _cuts(moment, drawn))
    if hidden:
        connection.execute(_FORGET_AUTOMATIC, [{"id": row.id, "at": moment} for moment in hidden])
    return True


def aging(connection: Connection, spans: Sequence[tuple[int, int]], after: str, limit: int) -> list[str]:
    """Names of living documents with steps that ended in one of these spans of time."""
    ended = or_(*(and_(steps.c.ended >= start, steps.c.ended < end) for start, end in spans))
    query = _AGING.where(
        documents_table.c.modified >= min(start for start, _ in spans),
        exists().where(steps.c.document == documents_table.c.id, ended),
    )
    return list(connection.execute(query, {"after": after, "at_most": limit}).scalars())


def values_of(document: int, step: Step) -> dict[str, Any]:
    """A row."""
    columns = (
        document,
        step.sequence,
        step.before,
        step.moment,
        step.began,
        step.ended,
        step.actor,
        step.restored,
    )
    return {
        "document": document,
        "sequence": step.sequence,
        "before": step.before,
        "moment": step.moment,
        "began": step.began,
        "ended": step.ended,
        "restored": step.restored,
        "actor": step.actor,
        "ranges": seal_step(columns, step.ranges),
    }


def _versions(connection: Connection, document: int) -> _Versions:
    found = connection.execute(_VERSIONS, {"id": document}).all()
    sound = [one for one in found if is_sound(one)]
    return _Versions(
        named=frozenset(one.moment for one in sound if not one.automatic),
        automatic=frozenset(one.moment for one in sound if one.automatic),
        damaged=tuple(str(one.id) for one in found if not is_sound(one)),
    )


def _folded_to(connection: Connection, document: int) -> int:
    """The last change that two generations hold. ``add_checkpoint`` keeps none that it has not read back."""
    sequences = connection.execute(_GENERATIONS, {"id": document}).scalars().all()
    return sequences[GENERATIONS - 1] if len(sequences) >= GENERATIONS else 0


def _is_damaged(connection: Connection, span: dict[str, int], name: str) -> bool:
    """Whether anything that would be forgotten does not read back as it was written."""
    doomed = connection.execute(_DOOMED_CHANGES, span).all()
    try:
        for each in connection.execute(_DOOMED_STEPS, span):
            _step(each)
    except Damaged:
        return True
    return len(_changes(doomed, name)) < len(doomed)


def _cuts(moment: int, drawn: Sequence[Sequence[Step]]) -> bool:
    return any(window[0].before < moment < window[0].moment for window in drawn)


def _step(row: Any) -> Step:
    # Not by the names of the columns: that would take a third of the time in which a past is read.
    document, sequence, before, moment, began, ended, restored, actor, sealed = row
    ranges = unseal_step((document, sequence, before, moment, began, ended, actor, restored), sealed)
    return Step(sequence, before, moment, began, ended, actor, ranges, restored)


def _is_window(window: tuple[Any, Any]) -> bool:
    """In SQLite, a flipped bit can make text of a number."""
    return all(isinstance(number, int) for number in window)


def _changes(rows: Iterable[Any], name: str, damaged: list[Window] | None = None) -> list[Step]:
    found = []
    for row in rows:
        document, sequence, time, actor, restored, sealed = row
        try:
            ranges = unseal(Part.RANGES, document, sequence, time, actor, b"", sealed, restored)
        except Damaged as damage:
            logger.error("document %r: what is kept of change %s is damaged: %s", name, sequence, damage)
            if damaged is not None:
                damaged.append((sequence - 1, sequence))
            continue
        found.append(Step(sequence, sequence - 1, sequence, time, time, actor, ranges, restored))
    return found
