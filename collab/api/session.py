"""``POST /api/v1/session``: signing in with an owner link's code, and tokens for a signed-in page.

The body says which of the two it is, and both answer the same: a token, whose it is, and what it is good for.
"""

from __future__ import annotations

from aiohttp import web

from collab.api.answers import answer, spell_time
from collab.api.callers import brings_cookie, check_page, cookie_name, origin_of
from collab.api.dispatch import Call
from collab.api.keys import SESSIONS
from collab.auth import SECURE_SESSION_COOKIE
from collab.errors import Unauthenticated


async def open_session(call: Call) -> web.StreamResponse:
    """Answer with a short-lived token. Raises Unauthenticated, OriginNotAllowed, and what the store does."""
    request = call.request
    sessions = call.app[SESSIONS]
    name = cookie_name(request)
    code = (call.body or {}).get("code")
    if code is not None:
        if origin_of(request) is not None:  # a script has none, and no use for the cookie either
            check_page(request, cookie=True)
        cookie = await sessions.exchange(code)
    else:
        if brings_cookie(request):
            check_page(request, cookie=True)
        cookie = request.cookies.get(name, "")
        if not cookie:
            raise Unauthenticated(
                "nobody is signed in here: open an owner link (`collab link` prints one)", tried=False
            )
    made = await sessions.socket_token(cookie)
    response = answer(
        {
            "token": made.token,
            "expires": spell_time(made.principal.expires * 1000),
            "subject": made.principal.subject,
            "name": made.principal.name,
            "grants": [grant.claim for grant in made.principal.grants],
        }
    )
    if code is not None:
        response.set_cookie(
            name,
            cookie,
            max_age=round(sessions.lifetime),
            path="/",
            secure=name == SECURE_SESSION_COOKIE,
            httponly=True,
            samesite="Strict",
        )
    return response
