"""Long work in short steps.

A function that may take long is a generator: it yields ``None`` wherever the caller may turn to something else, and
returns its result. ``run`` drives one to its end at once; a server drives one between other things. So the same code
serves a test, a command line and an event loop, and none of it awaits.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work that yields between steps of well under a millisecond and returns a ``T``."""

STRIDE = 128
"""How many structs, ranges or values are handled between two yields."""


def run(steps: Steps[T]) -> T:
    """Drive ``steps`` to the end and return the result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
