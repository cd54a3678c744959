"""Headers that every answer carries: what a browser may do with it."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

ANSWERED = web.RequestKey("answered", bool)
"""The answer's head is on its way: an error after it can no longer become a problem document."""

CODE = web.ResponseKey("code", str)
"""Which error an answer tells."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The editor positions its menus with style attributes and adds rules of its own as it runs.
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "connect-src 'self'",
        # Documents show pictures, films and sounds from anywhere on the web; they run nothing.
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob: https:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The content security policy (row 40 of the catalogue of faults: a stored script finds nothing that would run it)."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",  # addresses of documents and links are nobody else's business
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers; an ``on_response_prepare`` signal."""
    request[ANSWERED] = True
    response.headers["Server"] = "collab"  # not the versions of what it runs on
    if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
