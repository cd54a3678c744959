"""Access in memory, beside the documents in memory: the port without a disk, for tests of what stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from collab.errors import NotFound
from collab.storage.access.base import AccessEvent, KeyRecord, Revocation, Revoked, ShareRecord
from collab.storage.access.events import AT_A_TIME
from collab.storage.base import GrantRecord
from collab.storage.memory import MemoryStore


class MemoryAccessStore:
    """Follows the port ``collab.storage.access.base.AccessStore``."""

    def __init__(self, store: MemoryStore) -> None:
        """Nobody has access yet, but to what they have made in ``store``."""
        self._store = store
        self._shares: dict[str, ShareRecord] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._revocations: dict[tuple[Revoked, str], Revocation] = {}
        self._events: list[AccessEvent] = []
        self._last_event = 0

    async def add_share(self, share: ShareRecord) -> None:
        """Keep a new link."""
        await self._known(share.document)
        self._shares[share.id] = share

    async def share(self, id_: str) -> ShareRecord | None:
        """A link."""
        return self._shares.get(id_)

    async def shares(self, document: str) -> list[ShareRecord]:
        """The links of a document."""
        found = [share for share in self._shares.values() if share.document == document]
        return sorted(found, key=lambda share: (-share.created, share.id))

    async def change_share(self, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
        """Change a link."""
        if id_ not in self._shares:
            raise NotFound("there is no such link")
        changed = self._shares[id_] = replace(self._shares[id_], **changes)
        return changed

    async def use_share(self, id_: str, now: int) -> bool:
        """Count a use."""
        share = self._shares.get(id_)
        if share is None or share.revoked is not None:
            return False
        if share.expires is not None and share.expires <= now:
            return False
        if share.max_uses is not None and share.uses >= share.max_uses:
            return False
        self._shares[id_] = replace(share, uses=share.uses + 1)
        return True

    async def grants(self, document: str) -> list[GrantRecord]:
        """Everybody's roles for a document."""
        found = self._store.grants.get(document, {}).values()
        return sorted(found, key=lambda grant: (grant.created, grant.subject))

    async def set_grant(self, document: str, grant: GrantRecord) -> bool:
        """Give somebody a role."""
        await self._known(document)
        grants = self._store.grants.setdefault(document, {})
        before = grants.get(grant.subject)
        if before is not None and before.role == grant.role:
            return False
        grants[grant.subject] = grant
        return True

    async def remove_grant(self, document: str, subject: str) -> GrantRecord | None:
        """Take somebody's role away."""
        await self._known(document)
        return self._store.grants.get(document, {}).pop(subject, None)

    async def add_key(self, key: KeyRecord) -> None:
        """Keep a new key."""
        self._keys[key.id] = key

    async def key(self, id_: str) -> KeyRecord | None:
        """A key."""
        return self._keys.get(id_)

    async def keys(self) -> list[KeyRecord]:
        """Every key."""
        return sorted(self._keys.values(), key=lambda key: (-key.created, key.id))

    async def revoke_key(self, id_: str, time: int) -> None:
        """Revoke a key."""
        if id_ not in self._keys:
            raise NotFound("there is no such key")
        if self._keys[id_].revoked is None:
            self._keys[id_] = replace(self._keys[id_], revoked=time)

    async def revoke(self, revocation: Revocation) -> None:
        """Remember a revocation."""
        this = (revocation.kind, revocation.value)
        before = self._revocations.get(this)
        if before is None or before.before < revocation.before:
            self._revocations[this] = revocation

    async def revocations(self) -> list[Revocation]:
        """Every revocation."""
        return sorted(self._revocations.values(), key=lambda one: (-one.created, one.kind, one.value))

    async def record(self, events: Sequence[AccessEvent], /) -> None:
        """Write events down."""
        for event in events:
            if await self._store.document(event.document) is not None:
                self._last_event += 1
                self._events.append(replace(event, id=self._last_event))

    async def events(self, document: str, *, before: int | None, limit: int) -> list[AccessEvent]:
        """A page of a document's events."""
        found = [one for one in self._events if one.document == document and (before is None or one.id < before)]
        return found[::-1][:limit]

    async def forget_events(self, before: int) -> int:
        """Forget some old events."""
        old = [event for event in self._events if event.began < before][:AT_A_TIME]
        gone = {event.id for event in old}
        self._events = [event for event in self._events if event.id not in gone]
        return len(old)

    async def _known(self, document: str) -> None:
        if await self._store.document(document) is None:
            raise NotFound(f"there is no document {document!r}")
