"""The open sockets of one address, or of one subject: how many they are, and how fast they talk together.

A crowd is known for a while after its last socket has gone, so that nobody has a fresh allowance for messages by
connecting anew; of crowds without a socket only so many are known, the oldest is forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from collab.auth.allowances import BURST
from collab.errors import RateLimited

_MOST_EMPTY = 20_000

_RETRY_AFTER = 5.0
"""Seconds after which one of them may well have gone."""


class Crowd:
    """The sockets of one key."""

    __slots__ = ("_at", "_clock", "_left", "_rate", "key", "sockets")

    def __init__(self, key: str, rate: float, clock: Callable[[], float]) -> None:
        self.key = key
        self.sockets = 0
        self._rate = rate
        self._clock = clock
        self._left = rate * BURST
        self._at = clock()

    def spoke(self, messages: int = 1) -> float:
        """So many have come on one of them: seconds they are to wait, so that all of them together keep to the rate.

        Whoever waits is owed for, so who comes meanwhile waits longer; a socket has one message, or lot, that waits.
        """
        now = self._clock()
        self._left = min(self._rate * BURST, self._left + (now - self._at) * self._rate) - messages
        self._at = now
        return 0.0 if self._left >= 0 else -self._left / self._rate


class Crowds:
    """The crowds of all addresses, or of all subjects. ``most`` sockets each; ``rate``: messages a second."""

    def __init__(self, most: int, rate: float, clock: Callable[[], float], *, what: str, setting: str) -> None:
        """``what`` and ``setting`` are for who is told that it was too much."""
        self.most = most
        self._rate = rate
        self._clock = clock
        self._what = what
        self._setting = setting
        self._open: dict[str, Crowd] = {}
        self._empty: OrderedDict[str, Crowd] = OrderedDict()

    def join(self, key: str) -> Crowd:
        """Another socket. Raises RateLimited where it would be one too many, and then it is none."""
        crowd = self._open.get(key)
        if crowd is not None and crowd.sockets >= self.most:
            raise RateLimited(
                f"{self.most} connections {self._what}, which is the limit: close some",
                limit=self.most,
                setting=self._setting,
                retry_after=_RETRY_AFTER,
            )
        crowd = crowd or self._empty.pop(key, None) or Crowd(key, self._rate, self._clock)
        self._open[key] = crowd
        crowd.sockets += 1
        return crowd

    def leave(self, crowd: Crowd) -> None:
        """One of its sockets has gone."""
        crowd.sockets -= 1
        if not crowd.sockets:
            self._empty[crowd.key] = self._open.pop(crowd.key)
            if len(self._empty) > _MOST_EMPTY:
                self._empty.popitem(last=False)

    def __len__(self) -> int:
        return len(self._open) + len(self._empty)
