"""The y-websocket dialect: one socket, one document, named by the URL; frames carry no address.

Frame: ``vu(type) payload``. Source: ``y-websocket`` 1 to 3. It has no word for "saved": there an edit counts as saved
when the server echoes it to its sender.
"""

from __future__ import annotations

from collab.errors import MalformedMessage
from collab.lib0 import read_bytes, read_uint, write_bytes
from collab.protocol.messages import Awareness, Denied, Message, QueryAwareness, Step1, Step2, Update
from collab.protocol.sync import decode_sync, encode_sync

SYNC, AWARENESS, AUTH, QUERY_AWARENESS = range(4)
_DENIED = 0


def decode(frame: bytes) -> Message:
    """Decode a client's frame. Errors: ``MalformedMessage``."""
    try:
        kind, pos = read_uint(frame, 0)
        message: Message
        if kind == SYNC:
            message, pos = decode_sync(frame, pos, wants_step1=False)
        elif kind == AWARENESS:
            payload, pos = read_bytes(frame, pos)
            message = Awareness(payload)
        elif kind == QUERY_AWARENESS:
            message = QueryAwareness()
        else:
            raise MalformedMessage(f"a message of the unknown type {kind}")
    except (IndexError, OverflowError) as error:
        raise MalformedMessage(f"a frame of {len(frame)} bytes that ends too early: {error}") from None
    if pos != len(frame):
        raise MalformedMessage(f"a frame with {len(frame) - pos} bytes behind its message")
    return message


def encode(message: Message) -> bytes | None:
    """Encode a message as a frame; None where the dialect has no word for it."""
    match message:
        case Update() | Step1() | Step2():
            return bytes([SYNC]) + encode_sync(message)
        case Awareness(payload):
            return bytes([AWARENESS]) + write_bytes(payload)
        case QueryAwareness():
            return bytes([QUERY_AWARENESS])
        case Denied(reason):
            return bytes([AUTH, _DENIED]) + write_bytes(reason.encode())
        case _:
            return None
