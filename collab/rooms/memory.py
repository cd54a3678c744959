"""Memory: what is held back from the garbage collector, and what is given back to the system.

The C library keeps what is freed for the next time it is asked, and documents of all sizes leave holes that it cannot
give back by itself: of 250 MB that a thousand rooms had held, 100 MB stayed.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _find_trim() -> Callable[[int], int] | None:
    """``malloc_trim`` of the GNU C library. Source: https://man7.org/linux/man-pages/man3/malloc_trim.3.html."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, which has its own ways
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim


_trim = _find_trim()
_NEVER = 2**31 - 1


def give_back() -> None:
    """Give the pages that hold nothing any more back to the system. Takes milliseconds, and lets other threads run."""
    if _trim is not None:
        _trim(0)


@contextmanager
def full_collections_held_back() -> Iterator[None]:
    """Keep full garbage collections from coming by themselves, for as long as a server runs.

    A full one looks at every object there is, a tenth of a second while half a million structs are in memory, and by
    itself it comes just then. What this server drops is freed by its reference counts; cycles are few, and wait until
    the server calls for them.
    """
    gc.collect()
    gc.freeze()
    young, middle, full = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, full)
        gc.unfreeze()
