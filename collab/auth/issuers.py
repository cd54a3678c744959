"""Others whose tokens are believed: by their public keys, from a file or from where an identity provider publishes them.

Which key has signed is told by the token's ``kid``, or tried out; nothing else in its header counts (``jku``, ``x5u``, ``jwk``
and the like name keys of whoever made it). A token of theirs must say that it is meant for this server, and, where that is
set, who issued it. Only tokens may be theirs: sessions, codes and guests are this server's own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import jwt

from collab.auth.keyring import ALGORITHMS, PublicKey, read_jwks
from collab.auth.tokens import Authority, Principal, check_form, claims_of
from collab.errors import Unauthenticated

logger = logging.getLogger(__name__)

FRESH = 600.0
"""Seconds after which published keys are fetched again when they are needed."""

STALE = 86400.0
"""Seconds for which they are believed while they cannot be fetched."""

AGAIN = 30.0
"""Seconds between two fetches, whatever is asked."""

Fetch = Callable[[], Awaitable[bytes]]
"""Fetches a JWKS, within bounds of time and size. Raises OSError or ValueError."""


class Published:
    """Keys that somebody publishes and changes. ``clock`` is monotonic, in seconds."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Sequence[PublicKey] = ()
        self._fetched: float | None = None
        self._tried: float | None = None
        self._fetching = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def keys(self, kid: str | None) -> Sequence[PublicKey]:
        """The keys that a token may be signed with that names ``kid``. One that is not known is looked for, now and then."""
        if not self._named(kid):
            await self._refresh(kid)
        elif self._is_old() and self._may_try() and self._renewing is None:  # nobody waits for what they can do without
            self._renewing = asyncio.create_task(self._refresh(kid))
            self._renewing.add_done_callback(self._renewed)
        return self._named(kid)

    async def close(self) -> None:
        """Fetch no more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._renewing = None
        if not task.cancelled() and (mistake := task.exception()) is not None:
            logger.error("the published keys could not be renewed", exc_info=mistake)

    def _named(self, kid: str | None) -> Sequence[PublicKey]:
        if self._fetched is None or self._clock() - self._fetched > STALE:
            return ()
        return [key for key in self._keys if kid is None or key.kid is None or key.kid == kid]

    def _is_old(self) -> bool:
        return self._fetched is None or self._clock() - self._fetched > FRESH

    async def _refresh(self, kid: str | None) -> None:
        async with self._fetching:  # who waited finds what the other has fetched
            if (self._named(kid) and not self._is_old()) or not self._may_try():
                return
            self._tried = self._clock()
            try:
                self._keys = read_jwks(await self._fetch())
            except (OSError, ValueError) as error:
                logger.warning("the published keys could not be fetched; those from before stay: %s", error)
            else:
                self._fetched = self._clock()

    def _may_try(self) -> bool:
        return self._tried is None or self._clock() - self._tried >= AGAIN


class Issuers:
    """Those whose tokens are believed."""

    def __init__(self, authority: Authority, keys: Iterable[PublicKey], published: Published | None) -> None:
        """``authority`` says which audience and issuer their tokens have to carry; an audience they always do."""
        self._authority = authority
        self._keys = tuple(keys)
        self._published = published

    def claims_to_sign(self, text: str) -> bool:
        """Whether a token says that it is signed with a public key's algorithm. Raises Unauthenticated for no token."""
        return self._header(text)[0] in ALGORITHMS

    async def verify(self, text: str) -> Principal:
        """Who brought a token of theirs. Raises Unauthenticated, which repeats nothing of it."""
        _, kid = self._header(text)
        published = () if self._published is None else await self._published.keys(kid)
        claims = claims_of(text, ((key.algorithm, key.key) for key in (*self._keys, *published)))
        if claims is None:
            raise Unauthenticated("the token was not signed with a key that this server believes")
        self._authority.check_audience(claims)
        self._authority.check_issuer(claims)
        return self._authority.believe(claims, are_ours=False)

    @staticmethod
    def _header(text: str) -> tuple[str | None, str | None]:
        check_form(text)
        try:
            header = jwt.get_unverified_header(text)
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not a JWT") from None
        algorithm, kid = header.get("alg"), header.get("kid")
        return (algorithm if isinstance(algorithm, str) else None), (kid if isinstance(kid, str) else None)
