"""Who makes a request: by a token or an API key in its head, or by the cookie of a signed-in browser and the page it comes from.

A token is in the hands of whoever sends it. A cookie is sent by the browser whoever made the page, so it counts only
from an allowed origin. A browser names the origin with every request that changes something, but not with a reading one
to the page's own server; there it says ``Sec-Fetch-Site: same-origin``, which no page can say for itself.
"""

from __future__ import annotations

from base64 import b64decode

from aiohttp import web

from collab.api.keys import ACCESS, SETTINGS
from collab.auth import (
    SECURE_SESSION_COOKIE,
    SESSION_COOKIE,
    SESSION_COOKIES,
    Credential,
    Principal,
    Purpose,
    check_origin,
    client_address,
    own_origins,
)
from collab.errors import Unauthenticated

_SAFE = frozenset({"GET", "HEAD"})


async def caller_of(request: web.Request) -> Principal:
    """Whoever makes the request. Raises Unauthenticated, Forbidden and OriginNotAllowed."""
    credentials = request.headers.getall("Authorization", ())
    if credentials:
        check_page(request, cookie=False)
        scheme, _, token = credentials[0].partition(" ")
        if len(credentials) == 1 and scheme.lower() == "basic":
            return await request.app[ACCESS].identify_key(_key(token.strip()))
        if len(credentials) > 1 or scheme.lower() != "bearer":
            raise Unauthenticated("a token is sent once, as Authorization: Bearer <token>")
        return await request.app[ACCESS].identify(token.strip())
    if not brings_cookie(request):
        raise Unauthenticated(
            "there is no token: send one as Authorization: Bearer <token> (`collab token` prints one)", tried=False
        )
    if not (request.method in _SAFE and _is_own_page(request)):
        check_page(request, cookie=True)
    cookie = request.cookies.get(cookie_name(request), "")
    return await request.app[ACCESS].identify(cookie, Purpose.SESSION)


def brings_cookie(request: web.Request) -> bool:
    """Whether a browser sent one of our cookies, even if it is not the one that counts."""
    return any(name in request.cookies for name in SESSION_COOKIES)


def cookie_name(request: web.Request) -> str:
    """The name of the cookie that counts.

    Over https it is the one that only https can set. A proxy may have ended TLS, so it is the page's own origin that
    tells.
    """
    url = request.app[SETTINGS].public_url or origin_of(request) or ""
    return SECURE_SESSION_COOKIE if url.startswith("https://") or _is_secure(request) else SESSION_COOKIE


def origin_of(request: web.Request) -> str | None:
    """The Origin header; several make one that is no origin."""
    return ", ".join(request.headers.getall("Origin", ())) or None


def address_of(request: web.Request) -> str:
    """The address that a request comes from; of who comes over a local socket there is none."""
    trusted = request.app[SETTINGS].trusted_forwarders
    return client_address(request.remote, request.headers.getall("X-Forwarded-For", ()), trusted)


def check_page(request: web.Request, *, cookie: bool) -> None:
    """Raises OriginNotAllowed where the page that makes the request may not; ``cookie``: it would be believed for one."""
    settings = request.app[SETTINGS]
    own = own_origins(settings.public_url, request.host)
    check_origin(origin_of(request), own=own, allowed=settings.allowed_origins, cookie=cookie)


def _key(text: str) -> Credential | None:
    """The key in HTTP Basic credentials (RFC 7617): its id is the user, its secret the password."""
    try:
        return Credential.parse_key(b64decode(text, validate=True).decode())
    except ValueError:
        return None


def _is_own_page(request: web.Request) -> bool:
    return origin_of(request) is None and request.headers.getall("Sec-Fetch-Site", ()) == ["same-origin"]


def _is_secure(request: web.Request) -> bool:
    """Whether TLS ends here, or the browser sent the cookie that it would only send over https."""
    return request.secure or (origin_of(request) is None and SECURE_SESSION_COOKIE in request.cookies)
