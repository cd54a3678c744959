"""State vectors: for each client, the first clock that is not known of it.

Wire form: ``vu(n)`` then n times ``vu(client) vu(clock)``. Source: Yjs ``writeStateVector``.
"""

from __future__ import annotations

from collections.abc import Mapping

from collab.crdt.steps import STRIDE, Steps, run
from collab.errors import MalformedUpdate, TooMany
from collab.lib0 import read_uint, write_uint

StateVector = dict[int, int]

MAX_CLOCK = 2**31
"""Clocks stay below this: yrs keeps them in 32 bits and aborts near the edge."""


def decode_state_vector(data: bytes) -> StateVector:
    """Decode a state vector. Errors: ``MalformedUpdate``.

    A client that stands in it twice keeps the last clock, as in Yjs; a clock beyond ``MAX_CLOCK`` is refused.
    """
    return run(decoding_state_vector(data, max_clients=len(data)))


def decoding_state_vector(data: bytes, *, max_clients: int) -> Steps[StateVector]:
    """``decode_state_vector`` in steps. Errors: also ``TooMany`` above ``max_clients``."""
    try:
        count, pos = read_uint(data, 0)
        if count > max_clients:
            raise TooMany(f"a state vector of {count} clients, {max_clients} are allowed", limit=max_clients)
        vector: StateVector = {}
        for number in range(count):
            if number % STRIDE == STRIDE - 1:
                yield
            client, pos = read_uint(data, pos)
            clock, pos = read_uint(data, pos)
            if clock > MAX_CLOCK:
                raise MalformedUpdate(f"a state vector with clock {clock} for client {client}")
            if clock:
                vector[client] = clock
    except IndexError:
        raise MalformedUpdate("a state vector that ends too early") from None
    except OverflowError as error:
        raise MalformedUpdate(f"a state vector with {error}") from None
    if pos != len(data):
        raise MalformedUpdate(f"a state vector with {len(data) - pos} bytes behind its end")
    return vector


def encode_state_vector(vector: Mapping[int, int]) -> bytes:
    """Encode a state vector, the highest client first, as Yjs does."""
    parts = [write_uint(len(vector))]
    for client in sorted(vector, reverse=True):
        parts.append(write_uint(client))
        parts.append(write_uint(vector[client]))
    return b"".join(parts)


def covers(vector: Mapping[int, int], other: Mapping[int, int]) -> bool:
    """Whether everything ``other`` knows is known to ``vector``."""
    return all(vector.get(client, 0) >= clock for client, clock in other.items())
