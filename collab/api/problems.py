"""Errors become HTTP here and nowhere else: ``application/problem+json`` (RFC 9457) with a stable ``code``.

    {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "…", "code": "origin-not-allowed"}

A wrong request adds ``where`` it is wrong, a limit ``limit`` and the ``setting`` that holds it. An error nobody foresaw is
logged whole and told as nothing.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from math import ceil

from aiohttp import web
from aiohttp.typedefs import Handler

from collab.api.headers import ANSWERED, CODE
from collab.errors import (
    CollabError,
    InvalidRequest,
    LimitExceeded,
    MethodNotAllowed,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

logger = logging.getLogger(__name__)

RETRY_AFTER = 2
"""Seconds after which a client may try again what was not available."""


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a handler raise: whatever comes out of it becomes a problem document."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        answer = _foreign(error)
        failure: Exception = error
    except CollabError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.warning("%s %s", error.code, error)
        answer = problem(error)
        failure = error
    except Exception as error:
        logger.exception("an error that nobody foresaw")
        answer = problem(CollabError("the server failed; its log says why"))
        failure = error
    if request.get(ANSWERED):
        # A head cannot be taken back: aiohttp ends the connection when anything but its own exceptions comes out.
        raise CollabError("an answer ended in the middle") from failure
    return answer


def problem(error: CollabError) -> web.Response:
    """The answer that tells ``error``."""
    more: dict[str, object] = {}
    headers = {}
    match error:
        case LimitExceeded():
            if isinstance(error, RateLimited) and error.retry_after is not None:
                headers["Retry-After"] = str(ceil(error.retry_after))
            more = {key: value for key in ("limit", "setting") if (value := getattr(error, key)) is not None}
        case MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)  # RFC 9110 §15.5.6
        case InvalidRequest() if error.where is not None:
            more = {"where": error.where}
        case Unauthenticated():
            headers["WWW-Authenticate"] = (
                "Bearer"  # RFC 9110 §11.6.1 wants one with every 401; at Basic browsers would ask for it
            )
        case Unavailable():
            headers["Retry-After"] = str(RETRY_AFTER)
        case _:
            pass
    return _document(error.status, error.code, error.told, headers=headers, more=more)


def _foreign(error: web.HTTPException) -> web.Response:
    """What the router and aiohttp itself refuse."""
    status = HTTPStatus(error.status)
    code = TooLarge.code if error.status == TooLarge.status else status.phrase.lower().replace(" ", "-")
    headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
    return _document(error.status, code, status.description or status.phrase, headers=headers, more={})


def _document(status: int, code: str, detail: str, *, headers: dict[str, str], more: dict[str, object]) -> web.Response:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
    response = web.json_response(body, status=status, content_type="application/problem+json", headers=headers)
    response.headers["Cache-Control"] = "no-store"
    response[CODE] = code
    return response
