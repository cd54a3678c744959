"""Share links: made, changed and revoked by those who may; and guests, who come by one without a token of their own.

    a link's token  ── name, password ──>  a session: a token for minutes, and a pass
    a pass          ────────────────────>  the same guest's next token, without a use and without the password

A guest's token names the link and has no grants (see ``tokens``), so what the link is at each moment is what counts. A pass
ends with the link, with the link's password, and when its subject is revoked.

Token and pass of a guest have one id from the first to the last, so whichever of them is revoked, they are out.

Only who has a whole link is told that it has expired or is used up; a wrong, an unknown and a revoked one are not told
apart. Passwords may be guessed at by few, slowly: see ``GUESSES``. They are looked at one after the other (``Passwords.turn``).
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from collab.auth.access import Access, Judge
from collab.auth.allowances import Allowance
from collab.auth.credentials import Credential
from collab.auth.passwords import Passwords, mark_of
from collab.auth.roles import Role
from collab.auth.tokens import GUEST, Principal, Purpose
from collab.errors import (
    Conflict,
    LinkExpired,
    LinkUsedUp,
    NotFound,
    PasswordRequired,
    PasswordWrong,
    Unauthenticated,
)
from collab.storage.access.base import ShareRecord
from collab.storage.base import DocumentRecord

GUESSES = 10
"""Wrong passwords for one link, and from one address, that are looked at without a pause; then one in ``PAUSE`` seconds."""

PAUSE = 30.0

PASS_LIFETIME = 30 * 86400.0
"""Seconds for which a guest's browser may come back as the same guest."""

MOST_SHARES = 1000
"""Links that one document may have, revoked ones too."""


@dataclass(frozen=True, slots=True)
class GuestSession:
    """What a guest gets: a token for minutes, who they are by it, and a pass for the next one."""

    token: str
    principal: Principal
    pass_: str
    share: ShareRecord
    document: DocumentRecord


class Shares:
    """The links of all documents. ``clock`` is monotonic, ``token_lifetime`` in seconds."""

    def __init__(
        self, access: Access, passwords: Passwords, *, token_lifetime: float, clock: Callable[[], float]
    ) -> None:
        self._access = access
        self._store = access.store
        self._passwords = passwords
        self._token_lifetime = token_lifetime
        self._by_link = Allowance(1 / PAUSE, GUESSES, clock, what="wrong passwords for this link")
        self._by_address = Allowance(1 / PAUSE, GUESSES, clock, what="wrong passwords from this address")

    # --- for those who share

    async def list(self, document: str) -> list[ShareRecord]:
        """The links of a document, the newest first."""
        return await self._store.shares(document)

    async def create(
        self,
        document: str,
        role: Role,
        by: Principal,
        *,
        name: str | None,
        password: str | None,
        expires: int | None,
        max_uses: int | None,
        judge: Judge | None = None,
    ) -> tuple[ShareRecord, str]:
        """Make a link; it, and its token, which is shown only now. ``judge`` is asked behind the queue for the hasher.

        Raises NotFound, Conflict, RateLimited, Overloaded, and what ``judge`` does.
        """
        if len(await self._store.shares(document)) >= MOST_SHARES:
            raise Conflict(f"the document has {MOST_SHARES} links, which is the limit")
        credential = Credential.make()
        share = ShareRecord(
            id=credential.id,
            document=document,
            digest=credential.digest,
            role=role.value,
            created=self._access.now(),
            subject=by.subject,
            author=by.name,
            name=name,
            password=None if password is None else await self._hash(password, document, judge),
            expires=expires,
            max_uses=max_uses,
        )
        await self._store.add_share(share)
        return share, credential.text

    async def change(self, document: str, id_: str, wanted: dict[str, Any], judge: Judge | None = None) -> ShareRecord:
        """Change a link; whoever came by it is what it says from now on. Raises as ``create``; NotFound for a revoked one."""
        await self._find(document, id_)
        changes = dict(wanted)
        if changes.get("password") is not None:
            changes["password"] = await self._hash(changes["password"], document, judge)
        return await self._access.change_share(id_, changes)

    async def revoke(self, document: str, id_: str) -> ShareRecord:
        """End a link, and the visits of those who came by it. Raises NotFound, also for one that was revoked before."""
        await self._find(document, id_)
        return await self._access.change_share(id_, {"revoked": self._access.now()})

    async def _hash(self, password: str, document: str, judge: Judge | None) -> str:
        kept = await self._passwords.hash(password, of=document)
        if judge is not None:
            await judge()
        return kept

    async def _find(self, document: str, id_: str) -> ShareRecord:
        share = await self._store.share(id_)
        if share is None or share.document != document or share.revoked is not None:
            raise NotFound("the document has no such link")
        return share

    # --- for guests

    async def look(self, token: str) -> ShareRecord:
        """The link that a token is of. Raises NotFound, LinkExpired, LinkUsedUp."""
        share = await self._living(token)
        if share.max_uses is not None and share.uses >= share.max_uses:
            raise LinkUsedUp("this link was used as often as it may be")
        return share

    async def open_session(
        self,
        token: str,
        *,
        name: str | None,
        password: str | None,
        pass_: str | None,
        address: str,
        find: Callable[[ShareRecord], Awaitable[DocumentRecord]],
    ) -> GuestSession:
        """Let a guest in. A good ``pass_`` makes them who they were; one that is not good is as none, unless it was revoked.

        ``find`` has the document that the link is of, for who may know of it, and raises where nobody can come there. A use
        is counted last, when there is nothing left that may refuse.

        Raises NotFound, LinkExpired, LinkUsedUp, PasswordRequired, PasswordWrong, RateLimited, Overloaded, InvalidRequest for
        a name that no token may carry, what ``find`` does, and Unauthenticated where the pass was revoked: who holds it is
        to know, and would else go on as somebody new.
        """
        share = await self._living(token)
        before = None if pass_ is None else await self._read_pass(share, pass_)
        if before is not None:
            return self._session(share, await find(share), before.subject, name or before.name, before.token_id)
        await self._check_password(share, password, address)
        subject = f"{GUEST}{share.id}:{secrets.token_hex(8)}"
        session = self._session(share, await find(share), subject, name or "Guest", secrets.token_urlsafe(16))
        if not await self._store.use_share(share.id, self._access.now()):
            await self._living(token)  # it may have ended in this moment
            raise LinkUsedUp("this link was used as often as it may be")
        return session

    async def _living(self, token: str) -> ShareRecord:
        credential = Credential.parse(token)
        share = None if credential is None else await self._store.share(credential.id)
        known = credential is not None and credential.matches(None if share is None else share.digest)
        if share is None or not known or share.revoked is not None:
            raise NotFound("there is no such link: it may be misspelt, or was revoked")
        if share.expires is not None and share.expires <= self._access.now():
            raise LinkExpired("this link has expired")
        return share

    async def _read_pass(self, share: ShareRecord, pass_: str) -> Principal | None:
        try:
            guest = self._access.authority.verify(pass_, Purpose.PASS)
        except Unauthenticated:
            return None
        if guest.share != share.id or guest.mark != mark_of(share.password):
            return None
        await self._access.check(guest)
        return guest

    async def _check_password(self, share: ShareRecord, password: str | None, address: str) -> None:
        if share.password is None:
            return
        if password is None:
            raise PasswordRequired("this link has a password", tried=False)
        self._check_guesses(share, address)
        async with self._passwords.turn(address):
            # Once more: many guesses that come at once are no more than one after the other.
            self._check_guesses(share, address)
            if not await self._passwords.verify(share.password, password):
                self._by_link.charge(share.id)
                self._by_address.charge(address)
                raise PasswordWrong("this is not the link's password")

    def _check_guesses(self, share: ShareRecord, address: str) -> None:
        self._by_link.check(share.id)
        self._by_address.check(address)

    def _session(
        self, share: ShareRecord, document: DocumentRecord, subject: str, name: str, token_id: str
    ) -> GuestSession:
        authority, now = self._access.authority, self._access.authority.now()
        ends = None if share.expires is None else max(share.expires / 1000 - now, 1)
        made = [
            authority.issue(
                subject,
                name,
                (),
                lifetime=lifetime if ends is None else min(lifetime, ends),
                purpose=purpose,
                token_id=token_id,
                share=share.id,
                mark=mark,
            )
            for purpose, lifetime, mark in (
                (Purpose.TOKEN, self._token_lifetime, ""),
                (Purpose.PASS, PASS_LIFETIME, mark_of(share.password)),
            )
        ]
        return GuestSession(made[0], authority.verify(made[0]), made[1], share, document)
