"""The Yjs update format: parse, check, squash, cut, encode; state vectors, delete sets and awareness.

Sans I/O: bytes in, values out, nothing awaits, standard library only. Long work comes in steps (``steps``).

    lib0 → values → structs → update → document (with its short way, keystroke), compact
    state_vector, delete_set, deeds and awareness beside them
"""

from __future__ import annotations

from collab.crdt.awareness import AwarenessEntry, decode_awareness, encode_awareness, encode_entry, join_entries
from collab.crdt.clash import clashing
from collab.crdt.compact import (
    cut,
    cutting,
    moment,
    recalling,
    squash,
    squashing,
    tombstone,
    tombstoning,
)
from collab.crdt.deeds import Deeds, decode_deeds, encode_deeds, join_deeds, joining_deeds
from collab.crdt.delete_set import DeleteSet, Span
from collab.crdt.document import DocumentState, Extension
from collab.crdt.limits import NO_LIMITS, Limits
from collab.crdt.state_vector import (
    StateVector,
    covers,
    decode_state_vector,
    decoding_state_vector,
    encode_state_vector,
)
from collab.crdt.steps import Steps, run
from collab.crdt.update import EMPTY, parsing

__all__ = [
    "EMPTY",
    "NO_LIMITS",
    "AwarenessEntry",
    "Deeds",
    "DeleteSet",
    "DocumentState",
    "Extension",
    "Limits",
    "Span",
    "StateVector",
    "Steps",
    "clashing",
    "covers",
    "cut",
    "cutting",
    "decode_awareness",
    "decode_deeds",
    "decode_state_vector",
    "decoding_state_vector",
    "encode_awareness",
    "encode_deeds",
    "encode_entry",
    "encode_state_vector",
    "join_deeds",
    "join_entries",
    "joining_deeds",
    "moment",
    "parsing",
    "recalling",
    "run",
    "squash",
    "squashing",
    "tombstone",
    "tombstoning",
]
