"""People: who was given a role for a document, by whom."""

from __future__ import annotations

from collab.auth.access import Access
from collab.auth.roles import Role
from collab.auth.tokens import Principal
from collab.errors import Conflict, NotFound
from collab.storage.base import GrantRecord

MOST_GRANTS = 5000
"""People who may have a role for one document by grants."""


class People:
    """The grants of all documents."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._store = access.store

    async def list(self, document: str) -> list[GrantRecord]:
        """Everybody's grants for a document, the oldest first."""
        return await self._store.grants(document)

    async def give(self, document: str, subject: str, role: Role, by: Principal) -> GrantRecord:
        """Give somebody a role instead of what they had; it counts at once. Raises NotFound, Conflict."""
        grants = await self._store.grants(document)
        if len(grants) >= MOST_GRANTS and all(grant.subject != subject for grant in grants):
            raise Conflict(f"{MOST_GRANTS} people have roles for this document, which is the limit")
        grant = GrantRecord(subject, role.value, self._access.now(), by.subject)
        if await self._access.set_grant(document, grant):
            return grant
        return next((each for each in grants if each.subject == subject), grant)

    async def take(self, document: str, subject: str) -> GrantRecord:
        """Take somebody's role away; it counts at once. Raises NotFound."""
        grant = await self._access.remove_grant(document, subject)
        if grant is None:
            raise NotFound("they have no role for this document by a grant")
        return grant
