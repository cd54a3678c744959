"""Sockets: frames in, frames out, deadlines and closes. What they carry is decided in ``rooms``.

routes → connections (all of them) → connection (one), in a dialect: hocuspocus, ywebsocket
admission leads from a token to a place in a room; outbox is the way out
"""

from __future__ import annotations

from collab.transports.admission import Admission
from collab.transports.connections import Connections
from collab.transports.routes import ADMISSION, CONNECTIONS, SETTINGS, routes

__all__ = ["ADMISSION", "CONNECTIONS", "SETTINGS", "Admission", "Connections", "routes"]
