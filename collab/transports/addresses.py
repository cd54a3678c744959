"""How the clients of each dialect are addressed: see ``rooms.peer.Address``. Equal addresses are sent the very same bytes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from collab.protocol import hocuspocus, ywebsocket
from collab.protocol.messages import Message, Step2, SyncStatus, Update
from collab.transports.outbox import websocket_frame


@lru_cache(maxsize=4096)
def _saved(key: bytes) -> bytes:
    """The frame that most edits are answered with."""
    return websocket_frame(hocuspocus.encode(key, SyncStatus(saved=True)))


class HocuspocusAddress(NamedTuple):
    """Everyone who is addressed with the same bytes is sent the same bytes."""

    key: bytes

    def frame(self, message: Message) -> bytes:
        """A WebSocket frame that carries ``message``."""
        return websocket_frame(hocuspocus.encode(self.key, message))

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:  # noqa: ARG002 - see peer
        """SyncStatus: exactly one for each frame the client counts."""
        return _saved(self.key) * due


class YWebsocketAddress(NamedTuple):
    """There is no address in the frames: all clients of a room are sent the same bytes."""

    def frame(self, message: Message) -> bytes:
        """A WebSocket frame that carries ``message``; empty where the dialect has no word for it."""
        payload = ywebsocket.encode(message)
        return b"" if payload is None else websocket_frame(payload)

    def receipt(self, message: Update | Step2, due: int, *, brings_news: bool) -> bytes:  # noqa: ARG002 - see peer
        """The echo: what a client gets back of its own is saved."""
        if isinstance(message, Step2) and not brings_news:
            return b""
        return self.frame(Update(message.update))
