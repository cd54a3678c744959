"""The bytes of the clients: whole WebSocket frames, Yjs updates of one keystroke, cursors.

Frames are masked with zeros, which every server takes and which leaves the payload as it is. Editors' ids are 32 bits
long as in Yjs, so they always take five bytes, and can be looked up where they stand.
"""

from __future__ import annotations

from collab.crdt import decode_state_vector
from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint

KEY = 5
"""Bytes of an editor's id on the wire."""

SYNC, AWARENESS, AUTH, SYNC_STATUS, PING, PONG = 0, 1, 2, 8, 9, 10
STEP1, STEP2, UPDATE = 0, 1, 2

NUMBER = 7
"""Digits of the number in a cursor, which stand before its last two signs."""

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    # As every browser does; a server that took it would be sent away, because these clients cannot inflate.
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)


def frame(payload: bytes, opcode: int = 2) -> bytes:
    """A whole WebSocket message from a client."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


def editor_id(number: int) -> int:
    """The id of the editor with this number."""
    return 0x4000_0000 + number * 7919


def typing(editor: int, clock: int, text: bytes) -> bytes:
    """The update that typing ``text`` behind an editor's last character makes."""
    mark = write_uint(editor)
    if clock:
        place = b"\x84" + mark + write_uint(clock - 1)
    else:
        place = b"\x04\x01\x04text"
    return b"\x01\x01" + mark + write_uint(clock) + place + write_bytes(text) + b"\0"


def skip_typed(data: bytes, pos: int) -> tuple[int, int]:
    """The length of the typed characters that stand at ``pos``, and the position behind them."""
    if data[pos] == 0x84:
        _, pos = read_uint(data, pos + 1 + KEY)
    elif data[pos] == 0x04:
        _, pos = read_bytes(data, pos + 2)
    else:
        raise ValueError(f"a struct that nobody here typed: {data[pos]}")
    text, pos = read_bytes(data, pos)
    return len(text), pos


def missing(state_vector: bytes, editors: dict[int, int]) -> bytes:
    """The update that a document of these editors' clocks answers a state vector with."""
    known = decode_state_vector(state_vector)
    lacking = [(editor, known.get(editor, 0), clock) for editor, clock in editors.items()]
    sections = [typing(editor, start, b"x" * (end - start))[1:-1] for editor, start, end in lacking if start < end]
    return write_uint(len(sections)) + b"".join(sections) + b"\0"


def cursor(editor: int, number: int) -> bytes:
    """A cursor as an editor's binding shows it, as an awareness message with its number in it."""
    item = f'{{"type":null,"tname":"text","item":{{"client":{editor},"clock":{number}}},"assoc":0}}'
    state = (
        f'{{"user":{{"name":"Ada Lovelace","color":"#30bced","colorLight":"#30bced33"}},'
        f'"cursor":{{"anchor":{item},"head":{item}}},"n":"{number:0{NUMBER}}"}}'
    )
    return b"\x01" + write_uint(editor) + write_uint(number + 1) + write_bytes(state.encode())
