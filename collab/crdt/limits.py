"""How much of what the format allows is taken from one update."""

from __future__ import annotations

from dataclasses import dataclass

MAX_DEPTH = 64
"""How deep values may nest: yrs overflows its stack at some ten thousand, a browser sooner than one would think."""

MAX_VALUES = 100_000
"""How many values one JSON text may hold: it is checked in one go, by the standard library, in some 50 ms."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one update may bring that is *new*: a grown document's whole delete set comes with every Step2."""

    structs: int = 1_000_000
    """New structs."""
    clients: int = 50_000
    """Clients with new structs."""
    ranges: int = 1_000_000
    """Deleted ranges beyond those that are known already."""


NO_LIMITS = Limits(structs=2**53, clients=2**53, ranges=2**53)
"""For what is stored: it was let in once."""
