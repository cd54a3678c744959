"""How often somebody may do something: each key (an address, a subject, a link) has an allowance that grows back.

It is a bucket: so many at once, then so many a second. Keys are known up to a number; the one that was not seen for the
longest is forgotten first, so that no flood of addresses takes memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from collab.errors import RateLimited

BURST = 20
"""How many seconds' worth of what is limited by a rate may come at once."""

_MOST = 20_000


class _Bucket(NamedTuple):
    left: float
    at: float


class Allowance:
    """``rate`` a second, ``burst`` at once. ``clock`` is monotonic, in seconds."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float], *, what: str, setting: str | None = None
    ) -> None:
        """``what`` and ``setting`` are for who is told that it was too much."""
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._what = what
        self._setting = setting
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def check(self, key: str) -> None:
        """Raises RateLimited where nothing is left; takes nothing."""
        left = self._left(key)
        if left < 1:
            raise RateLimited(
                f"too many {self._what}: try again a little later",
                limit=self._rate if self._setting else None,
                setting=self._setting,
                retry_after=(1 - left) / self._rate,
            )

    def take(self, key: str) -> None:
        """Take one. Raises RateLimited where nothing is left."""
        self.check(key)
        self.charge(key)

    def charge(self, key: str) -> None:
        """Take one, left or not."""
        left = max(0.0, self._left(key) - 1)
        self._buckets.pop(key, None)
        self._buckets[key] = _Bucket(left, self._clock())
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)

    def _left(self, key: str) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return self._burst
        return min(self._burst, bucket.left + (self._clock() - bucket.at) * self._rate)

    def __len__(self) -> int:
        return len(self._buckets)
