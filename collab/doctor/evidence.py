"""What of a damaged generation can be proven: its checksum says whether what somebody makes of it is right.

The state vector, the delete set and the entries follow from the content, so each may be damaged; so may the checksum,
by one bit, the sequence, by one bit, and the content of a small document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from collab.crdt import DeleteSet, DocumentState, StateVector, decode_state_vector, encode_state_vector, moment
from collab.doctor.forms import is_same, state_of
from collab.errors import BadInput, LimitExceeded
from collab.storage.base import Checkpoint
from collab.storage.patient import FoundCheckpoint

_SMALL = 4096
"""Bytes of content of which each bit is tried: half a second."""


@dataclass(frozen=True, slots=True)
class Basis:
    """A document's bytes up to a change, with what they hold: something to begin from."""

    sequence: int
    content: bytes
    state: DocumentState
    """With the entries that were known."""
    place: int
    """The sequence under which it lies; 0: this is the document's beginning."""


def prove(found: FoundCheckpoint) -> Basis | None:
    """The generation as it was written; None where that cannot be shown, or where it was written wrong."""
    if not found.is_legible:
        return None
    for candidate in _candidates(found.checkpoint):
        if found.vouches(candidate):
            return _basis(found, candidate)
    return None


def prove_served(found: FoundCheckpoint) -> Basis | None:
    """What readers open of the generation, as it was written: all of it but the text that had been deleted."""
    served = found.served
    if served is None:
        return None
    vector, deletes = served.state_vector, served.delete_set
    basis = _basis(found, Checkpoint(served.sequence, vector, deletes, served.served, None, served.entries))
    try:
        is_right = basis is not None and (
            (basis.state.state_vector, basis.state.deletes) == (decode_state_vector(vector), DeleteSet.decode(deletes))
        )
    except (BadInput, LimitExceeded):
        return None
    return basis if is_right else None


def believe(found: FoundCheckpoint) -> Basis | None:
    """The generation as it lies there, where it can be read at all: nobody vouches for its letters."""
    return _basis(found, found.checkpoint) if found.is_legible else None


def contradicts(one: Basis, other: Basis) -> bool:
    """Whether two accounts of a document hold different content at the same clocks."""
    shared: StateVector = {
        client: min(clock, other.state.state_vector[client])
        for client, clock in one.state.state_vector.items()
        if client in other.state.state_vector
    }
    return not is_same(*(moment(basis.content, shared, DeleteSet()) for basis in (one, other)))


def _basis(found: FoundCheckpoint, checkpoint: Checkpoint) -> Basis | None:
    try:
        state = state_of(checkpoint.squashed)
    except (BadInput, LimitExceeded):
        return None
    try:
        # Squashing may lose what says that a value sits in a map, so what was known of that counts, too.
        state.entries.update(span for span in DeleteSet.decode(checkpoint.entries) if _is_of(span, state.state_vector))
    except (BadInput, LimitExceeded):
        pass
    return Basis(checkpoint.sequence, checkpoint.squashed, state, found.place)


def _is_of(span: tuple[int, int, int], known: StateVector) -> bool:
    client, _, end = span
    return end <= known.get(client, 0)


def _candidates(lies: Checkpoint) -> Iterator[Checkpoint]:
    """What the generation may have been, the likeliest first."""
    yield lies
    try:
        state = state_of(lies.squashed)
    except (BadInput, LimitExceeded):
        pass
    else:
        vectors = (lies.state_vector, encode_state_vector(state.state_vector))
        deletes = (lies.delete_set, state.deletes.encode())
        entries = (lies.entries, state.entries.encode())
        for vector, delete_set, entry in product(vectors, deletes, entries):
            yield replace(lies, state_vector=vector, delete_set=delete_set, entries=entry)
    for bit in range(63):
        yield replace(lies, sequence=lies.sequence ^ 1 << bit)
    if len(lies.squashed) <= _SMALL:
        for at, byte in enumerate(lies.squashed):
            for bit in range(8):
                flipped = bytes((byte ^ 1 << bit,))
                yield replace(lies, squashed=lies.squashed[:at] + flipped + lies.squashed[at + 1 :])
