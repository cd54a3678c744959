"""The port of access: what is kept of links, roles, keys and revocations, and what a store promises.

Roles are numbers here, as ``collab.auth.roles`` orders them; documents are named, and must have a row. Times are
milliseconds since the epoch, UTC. No secret is kept: of a link's and of a key's there is a SHA-256 digest (they are random, so
that is enough), of a password what argon2 makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

from collab.storage.base import GrantRecord


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """A share link."""

    id: str
    document: str
    digest: bytes
    """Of its secret, 32 bytes."""
    role: int
    created: int
    subject: str
    """Who made it."""
    author: str
    """What people call them."""
    name: str | None = None
    """What its maker calls it."""
    password: str | None = None
    """As argon2 spells it."""
    expires: int | None = None
    max_uses: int | None = None
    uses: int = 0
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key."""

    id: str
    digest: bytes
    name: str
    grants: tuple[tuple[str, str], ...]
    """Globs and roles, as a token spells them."""
    created: int
    author: str
    expires: int | None = None
    revoked: int | None = None


class Revoked(IntEnum):
    """What a revocation names."""

    TOKEN = 1
    SUBJECT = 2
    EVERYBODY = 3


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens that are not good any more, though they have not expired."""

    kind: Revoked
    value: str
    """A token's id, or a subject; empty for everybody."""
    before: int
    """What was issued up to this moment is not good any more. For a token's id it does not count."""
    created: int
    author: str


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """Something that happened to who has access to a document: a visit, or sharing."""

    document: str
    kind: str
    subject: str
    name: str
    via: str
    """``token``, ``grant``, ``link``, ``key`` or ``session``: what let them in."""
    via_id: str | None
    role: int | None
    began: int
    ended: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""
    id: int = 0
    """Given by the store; it rises."""


class AccessStore(Protocol):
    """Durable access.

    Every method answers within a bounded time and raises nothing outside ``collab.errors``: ``StorageUnavailable`` from any
    of them, and what each one names besides. A failed write has no effect, as far as is known. Whether a document is
    deleted does not count here.
    """

    async def add_share(self, share: ShareRecord) -> None:
        """Keep a new link. Raises ``NotFound`` where there is no such document."""
        ...

    async def share(self, id_: str) -> ShareRecord | None:
        """A link, revoked or not."""
        ...

    async def shares(self, document: str) -> list[ShareRecord]:
        """The links of a document, the newest first, revoked ones too."""
        ...

    async def change_share(self, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
        """Change fields of a link, by their names here; the link as it is then. Raises ``NotFound``."""
        ...

    async def use_share(self, id_: str, now: int) -> bool:
        """Count a use; False: it is revoked, expired or used up, and nothing was counted."""
        ...

    async def grants(self, document: str) -> list[GrantRecord]:
        """Everybody's roles for a document, the oldest first; none where there is no such document."""
        ...

    async def set_grant(self, document: str, grant: GrantRecord) -> bool:
        """Give somebody a role instead of what they had; False: they had it already. Raises ``NotFound``."""
        ...

    async def remove_grant(self, document: str, subject: str) -> GrantRecord | None:
        """Take somebody's role away; what it was. Raises ``NotFound`` where there is no such document."""
        ...

    async def add_key(self, key: KeyRecord) -> None:
        """Keep a new key."""
        ...

    async def key(self, id_: str) -> KeyRecord | None:
        """A key, revoked or not."""
        ...

    async def keys(self) -> list[KeyRecord]:
        """Every key, the newest first, revoked ones too."""
        ...

    async def revoke_key(self, id_: str, time: int) -> None:
        """Revoke a key; the first time counts. Raises ``NotFound``."""
        ...

    async def revoke(self, revocation: Revocation) -> None:
        """Remember a revocation; of two about the same the later moment counts."""
        ...

    async def revocations(self) -> list[Revocation]:
        """Every revocation, the newest first."""
        ...

    async def record(self, events: Sequence[AccessEvent], /) -> None:
        """Write events down. Those of documents without a row are left out."""
        ...

    async def events(self, document: str, *, before: int | None, limit: int) -> list[AccessEvent]:
        """The events of a document, the newest first, from the one before this id on."""
        ...

    async def forget_events(self, before: int) -> int:
        """Forget some of the events that began earlier; how many. 0: there are no more."""
        ...
