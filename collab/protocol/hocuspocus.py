"""The Hocuspocus dialect: one socket, many documents, each frame addressed to one.

Frame: ``vs(address) vu(type) payload``; a bare byte 9 or 10 is a ping or pong of the whole socket. The address is the
document's name, or ``name NUL session id`` where several providers of one socket share a document. A client finds its
provider by the address's very bytes, so replies repeat them. Source: ``@hocuspocus/provider`` 2 to 4.
"""

from __future__ import annotations

from typing import assert_never

from collab.errors import MalformedMessage
from collab.lib0 import read_bytes, read_uint, write_bytes
from collab.protocol.messages import (
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Denied,
    Message,
    Ping,
    Pong,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    SyncStatus,
    TokenWanted,
    Update,
)
from collab.protocol.sync import decode_sync, encode_sync

SYNC, AWARENESS, AUTH, QUERY_AWARENESS, SYNC_REPLY, STATELESS, BROADCAST_STATELESS, CLOSE, SYNC_STATUS, PING, PONG = (
    range(11)
)
_TOKEN, _DENIED, _AUTHENTICATED = range(3)
_UPDATE, _UNSAVED, _SAVED = bytes((SYNC, 2)), bytes((SYNC_STATUS, 0)), bytes((SYNC_STATUS, 1))

MAX_ADDRESS = 1024
"""Bytes of an address: a name of 255 and a session id fit many times."""


def decode(frame: bytes) -> tuple[bytes, Message]:
    """Decode a client's frame into its address (empty for a bare ping or pong) and its message.

    Errors: ``MalformedMessage``.
    """
    if len(frame) == 1:
        if frame[0] == PING:
            return b"", Ping()
        if frame[0] == PONG:
            return b"", Pong()
    try:
        address, pos = read_bytes(frame, 0)
        if not address or len(address) > MAX_ADDRESS:
            raise MalformedMessage(f"an address of {len(address)} bytes, 1 to {MAX_ADDRESS} are allowed")
        kind, pos = read_uint(frame, pos)
        message, pos = _decode_payload(frame, pos, kind)
    except (IndexError, OverflowError) as error:
        raise MalformedMessage(f"a frame of {len(frame)} bytes that ends too early: {error}") from None
    if pos != len(frame):
        raise MalformedMessage(f"a frame with {len(frame) - pos} bytes behind its message")
    return address, message


def _decode_payload(frame: bytes, pos: int, kind: int) -> tuple[Message, int]:
    if kind == SYNC:
        return decode_sync(frame, pos)
    if kind == AWARENESS:
        payload, pos = read_bytes(frame, pos)
        return Awareness(payload), pos
    if kind == AUTH:
        return _decode_auth(frame, pos)
    if kind == QUERY_AWARENESS:
        return QueryAwareness(), pos
    if kind == SYNC_REPLY:
        return decode_sync(frame, pos, wants_step1=False)
    if kind == STATELESS:
        payload, pos = read_bytes(frame, pos)
        _text(payload)
        return Stateless(payload), pos
    if kind == CLOSE:
        return Close(), pos
    if kind == BROADCAST_STATELESS:
        raise MalformedMessage("a message that only servers send to each other (type 6)")
    raise MalformedMessage(f"a message of the unknown type {kind}")


def _decode_auth(frame: bytes, pos: int) -> tuple[Message, int]:
    kind, pos = read_uint(frame, pos)
    if kind != _TOKEN:
        raise MalformedMessage(f"an auth message of the unknown kind {kind}")
    token, pos = read_bytes(frame, pos)
    version = None
    if pos < len(frame):
        raw, pos = read_bytes(frame, pos)
        version = _text(raw)
    return Authenticate(_text(token), version), pos


def encode(address: bytes, message: Message) -> bytes:
    """Encode a message as a frame for ``address``."""
    if isinstance(message, Update):  # what is said most comes first
        return b"".join((write_bytes(address), _UPDATE, write_bytes(message.update)))
    if isinstance(message, SyncStatus):
        return write_bytes(address) + (_SAVED if message.saved else _UNSAVED)
    if isinstance(message, Ping):
        return bytes([PING])
    if isinstance(message, Pong):
        return bytes([PONG])
    return write_bytes(address) + _encode_payload(message)


def _encode_payload(message: Message) -> bytes:
    match message:
        case Update() | Step1() | Step2():
            return bytes([SYNC]) + encode_sync(message)
        case SyncStatus(saved):
            return bytes([SYNC_STATUS, saved])
        case Awareness(payload):
            return bytes([AWARENESS]) + write_bytes(payload)
        case QueryAwareness():
            return bytes([QUERY_AWARENESS])
        case Authenticate(token, version):
            tail = b"" if version is None else write_bytes(version.encode())
            return bytes([AUTH, _TOKEN]) + write_bytes(token.encode()) + tail
        case TokenWanted():
            return bytes([AUTH, _TOKEN])
        case Denied(reason):
            return bytes([AUTH, _DENIED]) + write_bytes(reason.encode())
        case Authenticated(read_only):
            return bytes([AUTH, _AUTHENTICATED]) + write_bytes(b"readonly" if read_only else b"read-write")
        case Stateless(payload):
            return bytes([STATELESS]) + write_bytes(payload)
        case Close(reason):
            return bytes([CLOSE]) + write_bytes(reason.encode())
        case Ping() | Pong():
            return b""
        case _:
            assert_never(message)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"text that is not UTF-8: {error.reason}") from None
