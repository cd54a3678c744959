"""What somebody may do with a document at this moment: the one place that decides it.

    role = the greatest of  what the token says
                            what a grant in the database says for its subject
                            what the share link says that a guest came by, as it is now

and none of it counts where the token was revoked or the link has ended. REST, sockets and lists all ask here.

What is asked again and again is remembered: revocations whole, links and the grants of documents up to a number. Whatever
changes goes through here as well, so that it counts at once, and whoever is connected is looked at again (``watch``).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from collab.auth.credentials import Credential
from collab.auth.issuers import Issuers
from collab.auth.roles import Action, Role, least_for, may
from collab.auth.tokens import KEY, LAST_MOMENT, Authority, Grant, Principal, Purpose
from collab.errors import AccessError, Forbidden, Unauthenticated
from collab.storage.access.base import AccessStore, KeyRecord, Revocation, Revoked, ShareRecord
from collab.storage.base import Given, GrantRecord, NamePattern

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

Concerns = Callable[[Principal, str], bool]
"""Whether a change is about somebody in a document."""

Watcher = Callable[[Concerns], Awaitable[None]]
"""Looks again at everybody whom a change is about, and returns when it counts for them."""

Judge = Callable[[], Awaitable[object]]
"""Looks once more whether somebody may still do what they have asked for: after a wait. Raises what is wrong by now."""

_MOST = 10_000

_LINK_EXPIRED = "the link that you came by has expired"
_KEY_EXPIRED = "the API key has expired"


class Access:
    """Decides, remembers, and tells of changes."""

    def __init__(self, store: AccessStore, authority: Authority, issuers: Issuers | None = None) -> None:
        """``issuers`` are others whose tokens are believed."""
        self._issuers = issuers
        self.store = store
        self.authority = authority
        self._watchers: list[Watcher] = []
        self._shares: _Memory[ShareRecord | None] = _Memory(store.share)
        self._grants: _Memory[dict[str, GrantRecord]] = _Memory(self._load_grants)
        self._keys: _Memory[KeyRecord | None] = _Memory(store.key)
        self._tokens: set[str] = set()
        self._subjects: dict[str, int] = {}
        self._everybody = -1
        self._changing: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Learn what was revoked. Raises what the store does."""
        for revocation in await self.store.revocations():
            self._learn(revocation)

    async def close(self, drain: float) -> None:
        """Wait up to ``drain`` seconds for changes that are under way, though nobody else may: they need the store."""
        if self._changing:
            await asyncio.wait(self._changing, timeout=drain)

    def now(self) -> int:
        """Milliseconds since the epoch, by the clock that tokens are held against."""
        return int(self.authority.now() * 1000)

    # --- who

    async def identify(self, text: str, purpose: Purpose = Purpose.TOKEN) -> Principal:
        """Who brought ``text``, and is still let in; an API key does where a token does. Raises Unauthenticated, Forbidden."""
        if purpose is Purpose.TOKEN and ":" in text:  # no token has one
            return await self.identify_key(Credential.parse_key(text))
        if self._issuers is not None and purpose is Purpose.TOKEN and self._issuers.claims_to_sign(text):
            principal = await self._issuers.verify(text)
        else:
            principal = self.authority.verify(text, purpose)
        await self.check(principal)
        return principal

    async def identify_key(self, credential: Credential | None) -> Principal:
        """Who brought an API key. Raises Unauthenticated."""
        key = None if credential is None else await self._keys.get(credential.id)
        known = credential is not None and credential.matches(None if key is None else key.digest)
        if key is None or not known:
            raise Unauthenticated("there is no such API key")
        subject = f"{KEY}{key.id}"
        expires = LAST_MOMENT if key.expires is None else key.expires // 1000
        grants = tuple(Grant.parse(*grant) for grant in key.grants)
        principal = Principal(subject, key.name, subject, key.created // 1000, expires, grants, key=key.id)
        await self.check(principal)
        return principal

    async def check(self, principal: Principal) -> None:
        """Raises Unauthenticated where what ``principal`` came with was revoked, Forbidden where a guest's link has ended."""
        if principal.key is not None:
            await self._living_key(principal.key)
        issued = principal.issued * 1000
        if principal.token_id in self._tokens:
            raise Unauthenticated("the token was revoked")
        if issued <= self._subjects.get(principal.subject, -1) or issued <= self._everybody:
            raise Unauthenticated("the token was revoked: sign in again")
        if principal.share is not None:
            await self._living_share(principal.share)

    async def end_for(self, principal: Principal) -> End | None:
        """When the link or the key that somebody came by ends, however long their token is good. Raises as ``check``."""
        if principal.share is not None:
            share = await self._living_share(principal.share)
            return None if share.expires is None else End(share.expires, Forbidden(_LINK_EXPIRED))
        if principal.key is not None:
            key = await self._living_key(principal.key)
            return None if key.expires is None else End(key.expires, Unauthenticated(_KEY_EXPIRED))
        return None

    # --- what

    async def role_for(self, principal: Principal, document: str) -> Role | None:
        """What somebody is to a document; None: nothing. Raises Forbidden where a guest's link has ended."""
        role = principal.role_for(document)
        if role is Role.OWNER:
            return role
        roles: list[Role | None] = [role]
        grant = (await self._grants.get(document)).get(principal.subject)
        if grant is not None:
            roles.append(Role(grant.role))
        if principal.share is not None:
            share = await self._living_share(principal.share)
            roles.append(Role(share.role) if share.document == document else None)
        return max((each for each in roles if each is not None), default=None)

    async def via_for(self, principal: Principal, document: str) -> Via:
        """What lets somebody into a document: for the access log."""
        if principal.share is not None:
            return Via("link", principal.share)
        if principal.key is not None:
            return Via("key", principal.key)
        grant = (await self._grants.get(document)).get(principal.subject)
        token = principal.role_for(document)
        return Via("grant", None) if grant is not None and grant.role > (token or 0) else Via("token", None)

    async def names_for(self, principal: Principal, action: Action) -> tuple[Sequence[NamePattern], Given]:
        """The documents for which their role is enough for ``action``: by their names, and by grants."""
        names: list[NamePattern] = list(principal.globs_for(action))
        if principal.share is not None:
            share = await self._living_share(principal.share)
            if may(Role(share.role), action):
                names.append(Exactly(share.document))
        return names, Given(principal.subject, least_for(action).value, Role.OWNER.value)

    async def grant_of(self, document: str, subject: str) -> GrantRecord | None:
        """What somebody was granted for a document in the database."""
        return (await self._grants.get(document)).get(subject)

    async def _living_share(self, id_: str) -> ShareRecord:
        share = await self._shares.get(id_)
        if share is None or share.revoked is not None:
            raise Forbidden("the link that you came by was revoked")
        if share.expires is not None and share.expires <= self.now():
            raise Forbidden(_LINK_EXPIRED)
        return share

    async def _living_key(self, id_: str) -> KeyRecord:
        key = await self._keys.get(id_)
        if key is None or key.revoked is not None:
            raise Unauthenticated("the API key was revoked")
        if key.expires is not None and key.expires <= self.now():
            raise Unauthenticated(_KEY_EXPIRED)
        return key

    async def _load_grants(self, document: str) -> dict[str, GrantRecord]:
        return {grant.subject: grant for grant in await self.store.grants(document)}

    # --- changes

    def watch(self, watcher: Watcher) -> None:
        """Have ``watcher`` look again after each change."""
        self._watchers.append(watcher)

    async def change_share(self, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
        """Change a link; whoever came by it is looked at again. Raises what the store does."""

        async def counts() -> None:
            self._shares.forget(id_)
            await self._tell(lambda principal, _: principal.share == id_)

        return await self._change(self.store.change_share(id_, changes), counts)

    async def set_grant(self, document: str, grant: GrantRecord) -> bool:
        """Give somebody a role instead of what they had; False: they had it already. Raises what the store does."""
        return await self._change(self.store.set_grant(document, grant), self._regrant(document, grant.subject))

    async def remove_grant(self, document: str, subject: str) -> GrantRecord | None:
        """Take somebody's role away; what it was. Raises what the store does."""
        return await self._change(self.store.remove_grant(document, subject), self._regrant(document, subject))

    async def revoke_key(self, id_: str) -> None:
        """Revoke a key. Raises what the store does."""

        async def counts() -> None:
            self._keys.forget(id_)
            await self._tell(lambda principal, _: principal.key == id_)

        await self._change(self.store.revoke_key(id_, self.now()), counts)

    async def revoke(self, revocation: Revocation) -> None:
        """Revoke tokens, and remember it. Raises what the store does; then it counts until a restart, if not longer."""
        value = revocation.value

        async def counts() -> None:
            self._learn(revocation)
            match revocation.kind:
                case Revoked.TOKEN:
                    await self._tell(lambda principal, _: principal.token_id == value)
                case Revoked.SUBJECT:
                    await self._tell(lambda principal, _: principal.subject == value)
                case Revoked.EVERYBODY:
                    await self._tell(lambda _, __: True)

        await self._change(self.store.revoke(revocation), counts)

    def _regrant(self, document: str, subject: str) -> Callable[[], Awaitable[None]]:
        async def counts() -> None:
            self._grants.forget(document)
            await self._tell(lambda principal, of: of == document and principal.subject == subject)

        return counts

    async def _change(self, write: Coroutine[Any, Any, Value], counts: Callable[[], Awaitable[None]]) -> Value:
        """Write a change and have it count, to the end: whoever asked may go meanwhile, and the write goes on.

        A write that has failed may be in the database for all that is known, so then it counts as well: what is
        remembered is read anew.
        """

        async def carry_out() -> Value:
            try:
                return await write
            finally:
                await counts()

        task = asyncio.create_task(carry_out())
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report)
            raise

    def _learn(self, revocation: Revocation) -> None:
        match revocation.kind:
            case Revoked.TOKEN:
                self._tokens.add(revocation.value)
            case Revoked.SUBJECT:
                before = self._subjects.get(revocation.value, -1)
                self._subjects[revocation.value] = max(before, revocation.before)
            case Revoked.EVERYBODY:
                self._everybody = max(self._everybody, revocation.before)

    async def _tell(self, concerns: Concerns) -> None:
        for watcher in self._watchers:
            await watcher(concerns)


def _report(task: asyncio.Task[Any]) -> None:
    """Whoever asked for a change has gone, and is not told that it failed."""
    if not task.cancelled() and (failure := task.exception()) is not None:
        logger.error("a change of access failed, and may count or not after a restart", exc_info=failure)


class End(NamedTuple):
    """When what let somebody in ends by itself, in milliseconds since the epoch, and what they are told then."""

    at: int
    error: AccessError


class Via(NamedTuple):
    """What let somebody in: a ``token``, a ``grant``, a ``link`` or a ``key``, and its id."""

    kind: str
    id: str | None


class Exactly:
    """The one name, as a pattern of names."""

    def __init__(self, name: str) -> None:
        self.prefix = name
        self.is_prefix = False

    def matches(self, name: str) -> bool:
        """Whether it is the one."""
        return name == self.prefix


class _Memory(Generic[Value]):
    """What was read lately, by its key. What changes while it is being read is not remembered, and nothing is not either:
    a document that is not there yet will have an owner as soon as somebody writes in it.
    """

    def __init__(self, read: Callable[[str], Awaitable[Value]]) -> None:
        self._read = read
        self._known: OrderedDict[str, Value] = OrderedDict()
        self._forgotten = 0

    async def get(self, key: str) -> Value:
        """From memory, or read. Raises what reading does."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        before = self._forgotten
        value = await self._read(key)
        if value and before == self._forgotten:
            self._known[key] = value
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return value

    def forget(self, key: str) -> None:
        """It is another now."""
        self._known.pop(key, None)
        self._forgotten += 1
