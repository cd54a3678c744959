"""Access in SQL, in the database of the documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from collab.storage import grants
from collab.storage.access import events, keys, revocations, shares
from collab.storage.access.base import AccessEvent, KeyRecord, Revocation, ShareRecord
from collab.storage.base import GrantRecord
from collab.storage.engine import Database


class SqlAccessStore:
    """Follows the port ``collab.storage.access.base.AccessStore``; the database is the document store's to close."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_share(self, share: ShareRecord) -> None:
        """Keep a new link."""
        await self._database.write(partial(shares.add, share=share))

    async def share(self, id_: str) -> ShareRecord | None:
        """A link."""
        return await self._database.read(partial(shares.find, id_=id_))

    async def shares(self, document: str) -> list[ShareRecord]:
        """The links of a document."""
        return await self._database.read(partial(shares.of, document=document))

    async def change_share(self, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
        """Change a link."""
        return await self._database.write(partial(shares.change, id_=id_, changes=changes))

    async def use_share(self, id_: str, now: int) -> bool:
        """Count a use."""
        return await self._database.write(partial(shares.use, id_=id_, now=now))

    async def grants(self, document: str) -> list[GrantRecord]:
        """Everybody's roles for a document."""
        return await self._database.read(partial(grants.of, document=document))

    async def set_grant(self, document: str, grant: GrantRecord) -> bool:
        """Give somebody a role."""
        return await self._database.write(partial(grants.give, document=document, grant=grant))

    async def remove_grant(self, document: str, subject: str) -> GrantRecord | None:
        """Take somebody's role away."""
        return await self._database.write(partial(grants.take, document=document, subject=subject))

    async def add_key(self, key: KeyRecord) -> None:
        """Keep a new key."""
        await self._database.write(partial(keys.add, key=key))

    async def key(self, id_: str) -> KeyRecord | None:
        """A key."""
        return await self._database.read(partial(keys.find, id_=id_))

    async def keys(self) -> list[KeyRecord]:
        """Every key."""
        return await self._database.read(keys.every)

    async def revoke_key(self, id_: str, time: int) -> None:
        """Revoke a key."""
        await self._database.write(partial(keys.revoke, id_=id_, time=time))

    async def revoke(self, revocation: Revocation) -> None:
        """Remember a revocation."""
        await self._database.write(partial(revocations.add, revocation=revocation))

    async def revocations(self) -> list[Revocation]:
        """Every revocation."""
        return await self._database.read(revocations.every)

    async def record(self, events_: Sequence[AccessEvent], /) -> None:
        """Write events down."""
        await self._database.write(partial(events.record, events=events_))

    async def events(self, document: str, *, before: int | None, limit: int) -> list[AccessEvent]:
        """A page of a document's events."""
        return await self._database.read(partial(events.of, document=document, before=before, limit=limit))

    async def forget_events(self, before: int) -> int:
        """Forget some old events."""
        ids = await self._database.read(partial(events.old, before=before))
        return await self._database.write(partial(events.forget, ids=ids)) if ids else 0
