"""A proxy on this machine that does not say whom it heard: everybody who comes through it is taken for this machine."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from collab.api.callers import address_of
from collab.auth import HERE

logger = logging.getLogger(__name__)

_SIGNS = ("Via", "Forwarded", "X-Real-IP")
"""Headers that only a proxy adds."""


def watching_for_proxies() -> Middleware:
    """A middleware that warns once, at the first request that such a proxy has passed on."""
    has_warned = False

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal has_warned
        if not has_warned and any(sign in request.headers for sign in _SIGNS) and address_of(request) == HERE:
            has_warned = True
            logger.warning(
                "a proxy on this machine sends no X-Forwarded-For: whoever comes through it is taken for this machine, "
                "and is held to no limit by address. Have it send that header, and name it in --trusted-forwarders"
            )
        return await handler(request)

    return watch
