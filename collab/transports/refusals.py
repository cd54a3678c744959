"""Who was sent away lately. A client that comes straight back would be sent away ten times a second.

y-websocket 1 and 2 come back a tenth of a second after the close of a socket that had opened, whatever the close said;
only a refused upgrade makes them wait, and of that a browser shows them nothing. So whoever is sent away for the second
time within a minute is told why at once, and closed a little later.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

PAUSE = 5.0
"""Seconds after which the socket of a client that came straight back is closed."""

_REMEMBERED = 60.0
"""Seconds for which it is known who was sent away."""

_MOST = 10_000
"""Refusals that are known at a time; above it the oldest is forgotten."""


class Refusals:
    """The refusals of the last minute. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def pause(self, document: str, token: str) -> float:
        """Someone with this token was refused this document: in how many seconds they are to be closed."""
        key = hashlib.sha256(f"{document}\0{token}".encode(errors="surrogateescape")).digest()
        now = self._clock()
        last = self._seen.pop(key, None)
        self._seen[key] = now
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return PAUSE if last is not None and now - last < _REMEMBERED else 0.0

    def __len__(self) -> int:
        return len(self._seen)
