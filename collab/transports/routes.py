"""The sockets' paths, in one place."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from collab.auth import SESSION_COOKIES, check_origin, client_address, own_origins
from collab.config import Settings
from collab.transports.admission import Admission
from collab.transports.connections import Connections
from collab.transports.hocuspocus import HocuspocusConnection
from collab.transports.ywebsocket import PATH, YWebsocketConnection

ADMISSION = web.AppKey("admission", Admission)
CONNECTIONS = web.AppKey("connections", Connections)
SETTINGS = web.AppKey("transport-settings", Settings)


def routes() -> Sequence[web.RouteDef]:
    """The paths and who answers them."""
    return (
        web.get("/collab", _hocuspocus, allow_head=False),  # an upgrade is a GET (RFC 6455 §4.2.1)
        web.get(PATH + "{name:(?s:.*)}", _ywebsocket, allow_head=False),
    )


async def _hocuspocus(request: web.Request) -> web.StreamResponse:
    _check_origin(request, token="")
    connections = request.app[CONNECTIONS]
    connection = HocuspocusConnection(request.app[ADMISSION], connections.limits, connections.clock)
    return connections.serve(connection, request, _address(request))


async def _ywebsocket(request: web.Request) -> web.StreamResponse:
    token = request.query.get("token", "")
    _check_origin(request, token)
    connections = request.app[CONNECTIONS]
    connection = YWebsocketConnection(
        request.app[ADMISSION],
        connections.limits,
        connections.clock,
        connections.refusals,
        raw_path=request.rel_url.raw_path,
        token=token,
    )
    return connections.serve(connection, request, _address(request))


def _check_origin(request: web.Request, token: str) -> None:
    """Sockets believe tokens, never cookies. Still a browser that brings ours from a foreign page is refused at once."""
    settings = request.app[SETTINGS]
    check_origin(
        ", ".join(request.headers.getall("Origin", ())) or None,
        own=own_origins(settings.public_url, request.host),
        allowed=settings.allowed_origins,
        cookie=not token and any(name in request.cookies for name in SESSION_COOKIES),
    )


def _address(request: web.Request) -> str:
    trusted = request.app[SETTINGS].trusted_forwarders
    return client_address(request.remote, request.headers.getall("X-Forwarded-For", ()), trusted)
