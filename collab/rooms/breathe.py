"""Driving long work from the event loop: a few milliseconds at a time, so that nobody else waits longer."""

from __future__ import annotations

import asyncio
import time
from typing import TypeVar

from collab.crdt import Steps

T = TypeVar("T")

BREATH = 0.008
"""Seconds of work between two turns of the loop, by all long jobs together."""

_SHORTEST = 0.0005
"""Seconds that a job works at a time at least, however many there are: a turn of the loop costs something too."""


class _Jobs:
    """The long jobs under way in this process, which share one breath."""

    count = 0


async def breathe(steps: Steps[T]) -> T:
    """Drive ``steps`` to the end, letting the loop turn every ``BREATH``. Short work never lets go of the loop."""
    _Jobs.count += 1
    try:
        pause = time.monotonic() + max(BREATH / _Jobs.count, _SHORTEST)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            if time.monotonic() > pause:
                await asyncio.sleep(0)
                pause = time.monotonic() + max(BREATH / _Jobs.count, _SHORTEST)
    finally:
        _Jobs.count -= 1
