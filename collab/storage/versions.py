"""Work on versions: moments that have names."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, or_, select, update

from collab.errors import NotFound
from collab.storage import documents
from collab.storage.archive import Version, VersionPlace
from collab.storage.seals import WRONG_KIND, version_checksum
from collab.storage.tables import changes, steps, versions

logger = logging.getLogger(__name__)

_OF_DOCUMENT = versions.c.document == bindparam("row")
_ONE = and_(_OF_DOCUMENT, versions.c.id == bindparam("key"))
_READABLE = select(
    or_(
        exists().where(changes.c.document == bindparam("row"), changes.c.sequence == bindparam("at")),
        exists().where(
            steps.c.document == bindparam("row"),
            steps.c.sequence == bindparam("at"),
            steps.c.moment == bindparam("at"),
        ),
    )
)
_TAKEN = select(exists().where(versions.c.document == bindparam("row"), versions.c.moment == bindparam("at")))
_NEWEST_FIRST = (versions.c.moment.desc(), versions.c.id.desc())
_FIRST_PAGE = select(versions).where(_OF_DOCUMENT).order_by(*_NEWEST_FIRST).limit(bindparam("at_most"))
_NEXT_PAGE = _FIRST_PAGE.where(
    or_(
        versions.c.moment < bindparam("moment_after"),
        and_(versions.c.moment == bindparam("moment_after"), versions.c.id < bindparam("id_after")),
    )
)
_INSERT = insert(versions)
_RENAME = update(versions).where(_ONE).values(name=bindparam("title"), automatic=False, checksum=bindparam("seal"))
_REMOVE = delete(versions).where(_ONE)


def add(connection: Connection, name: str, version: Version) -> bool:
    """Name a moment; False: an automatic version where there is one of any kind."""
    row = documents.find_one(connection, name, lock=True)
    row.living()
    at = {"row": row.id, "at": version.moment}
    if version.moment and not connection.execute(_READABLE, at).scalar_one():
        raise NotFound(f"moment {version.moment} cannot be read, so it cannot be named")
    if version.automatic and connection.execute(_TAKEN, at).scalar_one():
        return False
    connection.execute(_INSERT, values_of(row.id, version))
    return True


def page(connection: Connection, name: str, after: VersionPlace | None, limit: int) -> list[Version]:
    """Versions, those of the newest moment first; what is damaged is logged and passed over."""
    row = documents.find_one(connection, name)
    row.living()
    values: dict[str, Any] = {"row": row.id, "at_most": limit}
    if after is None:
        found = connection.execute(_FIRST_PAGE, values).all()
    else:
        found = connection.execute(_NEXT_PAGE, {**values, "moment_after": after.moment, "id_after": after.id}).all()
    return [version for version in map(_version, found) if version is not None]


def one(connection: Connection, name: str, id_: str) -> Version:
    """One version."""
    row = documents.find_one(connection, name)
    row.living()
    return _find(connection, row.id, id_)


def rename(connection: Connection, name: str, id_: str, title: str) -> Version:
    """Give a version another name: somebody has chosen it now."""
    row = documents.find_one(connection, name, lock=True)
    row.living()
    before = _find(connection, row.id, id_)
    renamed = Version(before.id, title, before.moment, before.time, before.created, before.subject, automatic=False)
    connection.execute(_RENAME, {"row": row.id, "key": id_, "title": title, "seal": _checksum(row.id, renamed)})
    return renamed


def remove(connection: Connection, name: str, id_: str) -> None:
    """Forget a version, a damaged one too."""
    row = documents.find_one(connection, name, lock=True)
    row.living()
    if not connection.execute(_REMOVE, {"row": row.id, "key": id_}).rowcount:
        raise NotFound("there is no such version")


def values_of(document: int, version: Version) -> dict[str, Any]:
    """A row."""
    return {
        "document": document,
        "id": version.id,
        "moment": version.moment,
        "time": version.time,
        "created": version.created,
        "subject": version.subject,
        "name": version.name,
        "automatic": version.automatic,
        "checksum": _checksum(document, version),
    }


def _find(connection: Connection, document: int, id_: str) -> Version:
    found = connection.execute(select(versions).where(_ONE), {"row": document, "key": id_}).one_or_none()
    version = None if found is None else _version(found)
    if version is None:
        raise NotFound("there is no such version")
    return version


def is_sound(row: Row[Any]) -> bool:
    """Whether a row is as it was written."""
    try:
        return bool(row.checksum == _checksum(row.document, _of(row)))
    except WRONG_KIND:
        return False


def _of(row: Row[Any]) -> Version:
    return Version(row.id, row.name, row.moment, row.time, row.created, row.subject, row.automatic)


def _version(row: Row[Any]) -> Version | None:
    if not is_sound(row):
        logger.error("version %r of document number %d is damaged, going without it", row.id, row.document)
        return None
    return _of(row)


def _checksum(document: int, version: Version) -> int:
    return version_checksum(
        document,
        version.id,
        version.moment,
        version.time,
        version.created,
        version.subject,
        automatic=version.automatic,
    )
