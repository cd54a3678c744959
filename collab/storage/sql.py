"""The store in SQL, on SQLite or PostgreSQL. ``tables`` says where things lie."""

from __future__ import annotations

import asyncio
import time as clock
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from collab.errors import DocumentUnreadable, StorageUnavailable
from collab.storage import (
    changes,
    checkpoints,
    codes,
    documents,
    grants,
    inspection,
    listing,
    people,
    schema,
    steps,
    versions,
)
from collab.storage.archive import Foldable, Recollection, Signature, Step, Version, VersionPlace
from collab.storage.base import (
    Batch,
    Checkpoint,
    DocumentRecord,
    KeptDocument,
    Listing,
    Opening,
    Page,
    Result,
    RowsRefused,
    StoredDocument,
)
from collab.storage.connect import connect
from collab.storage.engine import Database, RowsDamaged, Work
from collab.storage.packing import pack

CHUNK = 500
"""Rows that one transaction of a long piece of housekeeping touches; commits of edits pass between two."""

LOOK_TIMEOUT = 600.0
"""Seconds that whoever looks a document over may take between two statements."""


class SqlStore:
    """Follows the ports ``collab.storage.base.Store`` and ``collab.storage.archive.Archive``, and owns its database."""

    def __init__(self, database: Database) -> None:
        """The database's schema must be the current one."""
        self._database = database

    @classmethod
    async def open(cls, url: str) -> SqlStore:
        """Open the store at a database URL (see ``connect``).

        A new SQLite file gets its tables. Any other database with another schema than this program's raises
        ``ConfigurationError``, which names ``collab migrate``. Raises ``StorageUnavailable`` when there is none.
        """
        database = connect(url)
        try:
            await schema.admit(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    @classmethod
    async def open_to_look(cls, url: str) -> Self:
        """Open the store of a database that is there, to read it only; whatever else uses it is not disturbed.

        Raises as ``open`` does. Nothing is made or brought up to date.
        """
        database = connect(url, statement_timeout=LOOK_TIMEOUT, read_only=True)
        try:
            await schema.compare(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def load(self, name: str) -> StoredDocument | None:
        """One consistent moment of a document: see the port."""
        try:
            return await self._database.read(partial(_load, name=name))
        except RowsDamaged as error:
            raise DocumentUnreadable(f"document {name!r} cannot be read: {error}") from error

    async def load_to_serve(self, name: str) -> Opening | StoredDocument | None:
        """What opens a document: see the port."""
        try:
            return await self._database.read(partial(_load_to_serve, name=name))
        except RowsDamaged as error:
            raise DocumentUnreadable(f"document {name!r} cannot be read: {error}") from error

    async def append(self, batches: Sequence[Batch], *, retried: bool = False) -> dict[str, int]:
        """Append in one transaction: see the port."""
        work = partial(changes.append, batches=batches, retried=retried)
        try:
            return await self._database.write(work)
        except RowsRefused as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
        # Another node may have made one of the documents in the same moment: now its row is to be seen.
        return await self._database.write(work)

    async def add_checkpoint(self, name: str, checkpoint: Checkpoint, ranges: Mapping[int, bytes]) -> None:
        """Add a generation and let go of what it made superfluous: see the port.

        Every step is a transaction, and the document is whole after each. What a change did is written down before
        the checkpoint, because later nobody has the change in hand.
        """
        wanted = sorted(ranges)
        for start in range(0, len(wanted), CHUNK):
            chunk = {sequence: ranges[sequence] for sequence in wanted[start : start + CHUNK]}
            await self._database.write(partial(changes.set_ranges, name=name, ranges=chunk))
        packed = await asyncio.to_thread(pack, checkpoint.squashed)  # no edit waits for that
        await self._database.write(partial(checkpoints.insert_new, name=name, checkpoint=checkpoint, packed=packed))
        document, keep, drop = await self._database.read(partial(checkpoints.review, name=name))
        if not keep or keep[0] < checkpoint.sequence:
            await self._database.write(partial(checkpoints.remove, document=document, sequences=(checkpoint.sequence,)))
            raise StorageUnavailable(
                f"the checkpoint of {name!r} at {checkpoint.sequence} did not read back as it was written"
            )
        await self._database.write(partial(checkpoints.prune, document=document, keep=keep, drop=drop))

    async def tidy(self) -> None:
        """Give space back: see the port."""
        await self._database.tidy()

    async def document(self, name: str) -> DocumentRecord | None:
        """The row of a document, deleted or not."""
        row = (await self._database.read(partial(documents.find, names=(name,)))).get(name)
        return None if row is None else row.sound()

    async def documents(self, page: Page = Page()) -> Listing:  # noqa: B008 - it is frozen
        """A page of the list of documents: see the port."""
        return await self._database.read(partial(listing.page, wanted=page))

    async def create(self, name: str, *, lineage: str, title: str = "", time: int, owner: str | None = None) -> bool:
        """Make an empty document; False: the name is taken."""
        record = DocumentRecord(name, title, lineage, head=0, created=time, modified=time, deleted=None)
        return await self._unless_taken(partial(_create, record=record, owner=owner))

    async def retitle(self, name: str, title: str, *, time: int) -> None:
        """Change the title."""
        await self._database.write(partial(documents.retitle, name=name, title=title, time=time))

    async def delete(self, name: str, *, time: int) -> None:
        """Soft-delete."""
        await self._database.write(partial(documents.delete, name=name, time=time))

    async def restore(self, name: str) -> None:
        """Undo ``delete``."""
        await self._database.write(partial(documents.restore, name=name))

    async def rows(self, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
        """A page of all documents in the order they were made: see the port."""
        return await self._database.read(partial(inspection.rows, after=after, limit=limit))

    async def inspect(self, row: int, examine: Callable[[KeptDocument], Result]) -> Result | None:
        """Let ``examine`` look at all that is stored of a document: see the port."""
        try:
            return await self._database.read(partial(inspection.inspect, row=row, examine=examine))
        except RowsDamaged as error:
            raise DocumentUnreadable(str(error)) from error

    async def spend(self, code: str, expires: int) -> bool:
        """Spend a one-time code: True the first time only."""
        now = clock.time_ns() // 1_000_000
        return await self._unless_taken(partial(codes.spend, code=code, expires=expires, now=now))

    async def recall(self, name: str, known: Signature | None = None) -> Recollection | None:
        """A document and what was done to it: see the port."""
        try:
            return await self._database.read(partial(_recall, name=name, known=known))
        except RowsDamaged as error:
            raise DocumentUnreadable(f"document {name!r} cannot be read: {error}") from error

    async def foldable(self, name: str, at_most: int) -> Foldable:
        """The next changes that steps may be made of: see the port."""
        return await self._database.read(partial(steps.foldable, name=name, at_most=at_most))

    async def condense(self, name: str, new: Sequence[Step]) -> bool:
        """Put steps in the place of what they were made of: see the port."""
        try:
            return await self._database.write(partial(steps.condense, name=name, new=new))
        except steps.Drawn:
            return False

    async def aging(self, spans: Sequence[tuple[int, int]], after: str, limit: int) -> list[str]:
        """Names of documents whose steps become old: see the port."""
        return await self._database.read(partial(steps.aging, spans=spans, after=after, limit=limit))

    async def add_version(self, name: str, version: Version) -> bool:
        """Name a moment: see the port."""
        return await self._database.write(partial(versions.add, name=name, version=version))

    async def versions(self, name: str, *, after: VersionPlace | None = None, limit: int = 100) -> list[Version]:
        """Versions, those of the newest moment first."""
        return await self._database.read(partial(versions.page, name=name, after=after, limit=limit))

    async def version(self, name: str, id_: str) -> Version:
        """One version."""
        return await self._database.read(partial(versions.one, name=name, id_=id_))

    async def rename_version(self, name: str, id_: str, title: str) -> Version:
        """Give a version another name."""
        return await self._database.write(partial(versions.rename, name=name, id_=id_, title=title))

    async def remove_version(self, name: str, id_: str) -> None:
        """Forget a version."""
        await self._database.write(partial(versions.remove, name=name, id_=id_))

    async def remember(self, called: Mapping[str, str], *, seen: int) -> None:
        """What people are called: see the port."""
        work = partial(people.remember, called=called, seen=seen)
        try:
            await self._database.write(work)
        except RowsRefused as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
            await self._database.write(work)  # another node has met one of them in the same moment

    async def people(self, subjects: Collection[str]) -> dict[str, str]:
        """What they are called."""
        return await self._database.read(partial(people.names, subjects=subjects))

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    async def _unless_taken(self, work: Work[bool]) -> bool:
        try:
            return await self._database.write(work)
        except RowsRefused as error:
            if isinstance(error.__cause__, IntegrityError):  # another node was first, by less than a transaction
                return False
            raise


def _create(connection: Connection, record: DocumentRecord, owner: str | None) -> bool:
    row = documents.create(connection, record)
    if row is not None and owner is not None:
        grants.own(connection, {row.id: (owner, record.created)})
    return row is not None


def _recall(connection: Connection, name: str, known: Signature | None) -> Recollection | None:
    row = documents.find(connection, (name,)).get(name)
    if row is None:
        return None
    document = _read(connection, name, row)
    last = 0 if document.checkpoint is None else document.checkpoint.sequence
    signature = steps.signature(connection, row.id, last)
    if signature == known:
        return Recollection(document, None, signature)
    found, damaged = steps.until(connection, row.id, name, last)
    return Recollection(document, found, signature, damaged)


def _load(connection: Connection, name: str) -> StoredDocument | None:
    row = documents.find(connection, (name,)).get(name)
    return None if row is None else _read(connection, name, row)


def _load_to_serve(connection: Connection, name: str) -> Opening | StoredDocument | None:
    row = documents.find(connection, (name,)).get(name)
    if row is None:
        return None
    head = row.living().head
    opens = checkpoints.to_serve(connection, row.id, head)
    if opens is None:
        return _read(connection, name, row)
    return Opening(name, *opens, changes.tail(connection, row.id, name, opens.sequence, head))


def _read(connection: Connection, name: str, row: documents.DocumentRow) -> StoredDocument:
    record = row.living()
    checkpoint = checkpoints.newest(connection, row.id, name, record.head)
    after = 0 if checkpoint is None else checkpoint.sequence
    tail = changes.tail(connection, row.id, name, after, record.head)
    return StoredDocument(name, record.title, record.lineage, record.head, checkpoint, tail)
