"""Which browser pages may speak to the server: the rule, apart from any socket.

A browser tells the origin of the page that makes a request; scripts and servers tell none. A cookie is sent by the
browser whoever made the page, so it counts only together with an origin that is ours or was allowed. A token is in the
hands of the page itself and needs no origin; but when origins were listed, the list limits browsers too.
"""

from __future__ import annotations

from collections.abc import Collection

from collab.config import parse_origin
from collab.errors import OriginNotAllowed


def own_origins(public_url: str | None, host: str) -> frozenset[str]:
    """The server's own origins: its public URL, or where none is set the ``Host`` the browser asked for.

    Without a public URL the scheme is not known (a proxy may have ended TLS), so both count. That a page elsewhere
    names itself like the host (DNS rebinding) wins it nothing: the browser keeps our cookie for our name.
    """
    if public_url is not None:
        return frozenset({public_url})
    origins = set()
    for scheme in ("http", "https"):
        try:
            origins.add(parse_origin(f"{scheme}://{host}"))
        except ValueError:
            continue  # a Host header that is none: then nothing is our own
    return frozenset(origins)


def check_origin(origin: str | None, *, own: Collection[str], allowed: Collection[str], cookie: bool) -> None:
    """Raises OriginNotAllowed unless a request from ``origin`` (None: the header is missing) may go on.

    ``own`` and ``allowed`` are spelled as ``parse_origin`` does. ``cookie`` says that the request would be believed
    for its cookie; without it, it is believed for a token or not at all.
    """
    if origin is None:
        if cookie:
            raise OriginNotAllowed("a cookie counts only with an Origin header")
        return
    if not cookie and not allowed:
        return
    try:
        known = parse_origin(origin)
    except ValueError:
        known = None  # "null", of sandboxed frames and local files, and what is no origin at all
    if known is None or not (known in own or known in allowed):
        raise OriginNotAllowed("this page's origin is not one of the server's allowed origins (--allowed-origins)")
