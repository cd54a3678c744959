"""Every HTTP request is counted, by the operation of the description that it asked for."""

from __future__ import annotations

import time
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from collab.api.dispatch import OPERATION
from collab.api.headers import CODE
from collab.api.keys import METRICS
from collab.errors import CollabError

OTHER = "other"
"""The operation of what the description does not know: the page, its parts, and paths where nothing is."""


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count what comes out of ``handler``. Sockets are counted by their connections."""
    started = time.monotonic()
    metrics = request.app[METRICS]
    try:
        response = await handler(request)
    except CollabError as error:  # an answer that ended in the middle: whatever its head said, it was none
        metrics.answered(request.get(OPERATION, OTHER), error.status, time.monotonic() - started)
        raise
    if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
        metrics.answered(request.get(OPERATION, OTHER), response.status, time.monotonic() - started)
        if CODE in response:
            metrics.refused(response[CODE], "http")
    return response
