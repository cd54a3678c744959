"""What a client says before it is let in: it waits, within limits over all documents of its socket."""

from __future__ import annotations

from collab.config import ConnectionLimits
from collab.errors import TooLarge, TooMany


class Waiting:
    """Frames that wait for their documents to be entered: how many, and of how many bytes."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._messages = 0
        self._bytes = 0

    def can_hold(self, size: int, *, share: float = 1.0) -> bool:
        """Whether another frame of ``size`` bytes may wait, within a share of the limit."""
        messages, total = self._limits.handshake_messages * share, self._limits.handshake_bytes * share
        return self._messages < messages and self._bytes + size <= total

    def hold(self, size: int) -> None:
        """A frame waits. Errors: ``TooMany``, ``TooLarge``."""
        messages, total = self._limits.handshake_messages, self._limits.handshake_bytes
        if self._messages >= messages:
            raise TooMany(
                f"{messages} messages before being let in, which is the limit",
                limit=messages,
                setting="handshake_messages",
            )
        if self._bytes + size > total:
            raise TooLarge(f"more than {total} bytes before being let in", limit=total, setting="handshake_bytes")
        self._messages += 1
        self._bytes += size

    def release(self, size: int) -> None:
        """A frame waits no more."""
        self._messages -= 1
        self._bytes -= size
