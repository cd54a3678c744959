"""Pages of other origins that were allowed (``--allowed-origins``) may use the API from their own scripts.

A browser asks first whether it may send a request of that kind (the preflight), and lets the page read an answer only
when it names the page's origin (Fetch standard, CORS). No other origin is told anything, so its pages get nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from collab.api.answers import NO_STORE
from collab.api.callers import origin_of
from collab.api.keys import SETTINGS
from collab.config import parse_origin

_REMEMBERED = 600
"""Seconds for which a browser need not ask again."""


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks if it may send a request, and sends none yet."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(methods: Collection[str]) -> web.Response:
    """What may be sent to a path; ``share`` says to whom."""
    headers = {
        **NO_STORE,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": str(_REMEMBERED),
    }
    return web.Response(status=204, headers=headers)


async def share(request: web.Request, response: web.StreamResponse) -> None:
    """Let a page of an allowed origin read the answer; an ``on_response_prepare`` signal."""
    if not request.path.startswith("/api/"):
        return
    response.headers["Vary"] = "Origin"
    origin = origin_of(request)
    if origin is not None and _is_allowed(origin, request.app[SETTINGS].allowed_origins):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = "Allow, Location, Retry-After"


def _is_allowed(origin: str, allowed: Collection[str]) -> bool:
    try:
        return parse_origin(origin) in allowed
    except ValueError:
        return False
