"""How a person's browser gets in without a password: a link used once, then a cookie, then short tokens.

collab link     → a code in the fragment of a URL (fragments are sent to no server and stand in no log)
the page        → POST /api/v1/session {"code": …}
the server      → spends the code, sets the cookie
the page        → POST /api/v1/session with the cookie, whenever its socket token is about to end
the server      → a token for the sockets, good for minutes
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from collab.auth.access import Access
from collab.auth.tokens import OWNER, OWNER_OF_ALL, Authority, Principal, Purpose
from collab.errors import Unauthenticated

CODE_LIFETIME = 15 * 60.0
"""Seconds an owner link is good for."""

SESSION_COOKIE = "collab-session"
SECURE_SESSION_COOKIE = "__Host-collab-session"
"""Over https the name's prefix makes the browser keep the cookie from every other host and from plain http (RFC 6265bis)."""
SESSION_COOKIES = (SESSION_COOKIE, SECURE_SESSION_COOKIE)

Spend = Callable[[str, int], Awaitable[bool]]
"""``Store.spend``: takes a code's id and when it expires anyway (ms); True the first time only, over restarts."""


@dataclass(frozen=True, slots=True)
class SocketToken:
    """A token for sockets, and whom it speaks for."""

    token: str
    principal: Principal


class Sessions:
    """Codes, cookies and the tokens made from them. Lifetimes are seconds."""

    def __init__(self, access: Access, spend: Spend, *, lifetime: float, token_lifetime: float) -> None:
        self._access = access
        self._authority = access.authority
        self._spend = spend
        self.lifetime = lifetime
        self._token_lifetime = token_lifetime

    async def exchange(self, code: str) -> str:
        """The cookie for a code that was not used before. Raises Unauthenticated, or what the store raises."""
        owner = await self._access.identify(code, Purpose.CODE)
        # the store may forget a spent code once no clock takes it any more
        if not await self._spend(owner.token_id, int(owner.expires + self._authority.leeway) * 1000):
            raise Unauthenticated("this link was used before: make a fresh one with `collab link`")
        return self._authority.issue(
            owner.subject, owner.name, owner.grants, lifetime=self.lifetime, purpose=Purpose.SESSION
        )

    async def socket_token(self, cookie: str) -> SocketToken:
        """A short-lived token for whoever has this cookie. Raises Unauthenticated."""
        person = await self._access.identify(cookie, Purpose.SESSION)
        token = self._authority.issue(
            person.subject,
            person.name,
            person.grants,
            lifetime=min(self._token_lifetime, person.expires - self._authority.now()),
            token_id=person.token_id,
        )
        return SocketToken(token, self._authority.verify(token))


def owner_code(authority: Authority) -> str:
    """A code for an owner link; any process that has the secret may make one."""
    return authority.issue(OWNER, "Owner", OWNER_OF_ALL, lifetime=CODE_LIFETIME, purpose=Purpose.CODE)
