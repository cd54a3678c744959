"""The sync messages that all dialects share: ``vu(sub-type)`` and one byte array. Source: y-protocols ``sync.js``."""

from __future__ import annotations

from collab.errors import MalformedMessage
from collab.lib0 import read_bytes, write_bytes
from collab.protocol.messages import Step1, Step2, Update

SyncMessage = Step1 | Step2 | Update


def decode_sync(frame: bytes, pos: int, *, wants_step1: bool = True) -> tuple[SyncMessage, int]:
    """Decode the sync message at ``pos``. ``wants_step1`` is what a Step1 in it means by itself."""
    kind = frame[pos]
    payload, pos = read_bytes(frame, pos + 1)
    if kind == 2:
        return Update(payload), pos
    if kind == 1:
        return Step2(payload), pos
    if kind == 0:
        return Step1(payload, wants_step1), pos
    raise MalformedMessage(f"a sync message of the unknown kind {kind}")


def encode_sync(message: SyncMessage) -> bytes:
    """Encode a sync message, without the type in front of it."""
    match message:
        case Update(update):
            return b"\2" + write_bytes(update)
        case Step2(update):
            return b"\1" + write_bytes(update)
        case Step1(state_vector):
            return b"\0" + write_bytes(state_vector)
