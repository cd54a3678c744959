"""Work on what people are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, insert, select, update

from collab.storage.tables import people

_NAMES = select(people.c.subject, people.c.name).where(people.c.subject.in_(bindparam("subjects", expanding=True)))
_INSERT = insert(people)
_UPDATE = (
    update(people)
    .where(people.c.subject == bindparam("who"))
    .values(name=bindparam("new_name"), seen=bindparam("new_seen"))
)


def remember(connection: Connection, called: Mapping[str, str], seen: int) -> None:
    """Write down what is new or has changed."""
    known = names(connection, called)
    new = sorted(called.keys() - known.keys())
    changed = [subject for subject in sorted(known) if known[subject] != called[subject]]
    if new:
        connection.execute(_INSERT, [{"subject": one, "name": called[one], "seen": seen} for one in new])
    if changed:
        connection.execute(_UPDATE, [{"who": one, "new_name": called[one], "new_seen": seen} for one in changed])


def names(connection: Connection, subjects: Collection[str]) -> dict[str, str]:
    """What these subjects are called, as far as it is known."""
    if not subjects:
        return {}
    return {row.subject: row.name for row in connection.execute(_NAMES, {"subjects": list(subjects)})}
