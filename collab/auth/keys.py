"""API keys: how servers come in without making tokens, with grants of their own, until they are revoked."""

from __future__ import annotations

from collections.abc import Sequence

from collab.auth.access import Access
from collab.auth.credentials import Credential
from collab.auth.tokens import Grant, Principal
from collab.errors import Conflict
from collab.storage.access.base import KeyRecord

MOST_KEYS = 1000
"""Keys that there may be, revoked ones too."""


class Keys:
    """The keys of this server."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._store = access.store

    async def list(self) -> list[KeyRecord]:
        """Every key, the newest first."""
        return await self._store.keys()

    async def create(
        self, name: str, grants: Sequence[Grant], by: Principal, *, expires: int | None
    ) -> tuple[KeyRecord, str]:
        """Make a key; it, and its secret, which is shown only now. Raises Conflict."""
        if len(await self._store.keys()) >= MOST_KEYS:
            raise Conflict(f"there are {MOST_KEYS} keys, which is the limit")
        credential = Credential.make()
        spelled = tuple((str(grant.document), grant.role.label) for grant in grants)
        key = KeyRecord(
            credential.id, credential.digest, name, spelled, self._access.now(), by.subject, expires=expires
        )
        await self._store.add_key(key)
        return key, credential.secret

    async def revoke(self, id_: str) -> None:
        """Revoke a key. Raises NotFound."""
        await self._access.revoke_key(id_)
