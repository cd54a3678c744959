"""What items hold, read into values; as pycrdt reads them, so that one tree can be held against the other.

Source: lib0 ``readAny``, Yjs ``readItemContent``. The bytes were checked when they were let in.
"""

from __future__ import annotations

import json
from struct import unpack_from
from typing import Any

from collab.content.tree import Subdocument
from collab.crdt.structs import ANY, BINARY, DOC, EMBED, JSON, STRING, Struct
from collab.lib0 import read_bytes, read_uint

_WORDS = {127: None, 126: None, 121: False, 120: True}


def mark(struct: Struct) -> tuple[str, Any]:
    """The name and the value of a mark that begins here; None as its value ends it."""
    name, pos = read_bytes(struct.raw, struct.body)
    return name.decode(), _json(read_bytes(struct.raw, pos)[0])


def type_of(struct: Struct) -> tuple[int, str]:
    """The kind of a shared type (YArray 0, YMap, YText, YXmlElement, YXmlFragment, YXmlHook, YXmlText) and its tag."""
    kind, pos = read_uint(struct.raw, struct.body)
    return kind, read_bytes(struct.raw, pos)[0].decode() if kind in (3, 5) else ""


class Contents:
    """Reads what items hold; of a struct that is many items, once."""

    def __init__(self) -> None:
        self._words: dict[Struct, str] = {}
        self._letters: dict[Struct, bytes] = {}
        self._values: dict[Struct, list[Any]] = {}

    def text(self, struct: Struct, start: int, end: int) -> str:
        """Letters of a string; a half of a surrogate pair is U+FFFD."""
        words = self._words.get(struct)
        if words is None:
            words = self._words[struct] = read_bytes(struct.raw, struct.body)[0].decode()
        if len(words) == struct.length:  # no surrogate pairs, so each letter is one clock
            return words[start:end]
        return self.letters(struct, start, end).decode("utf-16-le", "replace")

    def letters(self, struct: Struct, start: int, end: int) -> bytes:
        """Letters of a string, as UTF-16: two bytes for each of its clocks."""
        wide = self._letters.get(struct)
        if wide is None:
            wide = self._letters[struct] = read_bytes(struct.raw, struct.body)[0].decode().encode("utf-16-le")
        return wide[2 * start : 2 * end]

    def values(self, struct: Struct, start: int, end: int) -> list[Any]:
        """Values of any content but marks and types; letters, where values stand, are values."""
        if struct.kind == STRING:
            wide = self.letters(struct, start, end)
            return [wide[at : at + 2].decode("utf-16-le", "replace") for at in range(0, len(wide), 2)]
        found = self._values.get(struct)
        if found is None:
            found = self._values[struct] = _values(struct)
        return found[start:end]


def _values(struct: Struct) -> list[Any]:
    raw, pos = struct.raw, struct.body
    if struct.kind == EMBED:
        return [_json(read_bytes(raw, pos)[0])]
    if struct.kind == BINARY:
        return [read_bytes(raw, pos)[0]]
    if struct.kind == DOC:
        return [Subdocument(read_bytes(raw, pos)[0].decode())]
    found: list[Any] = []
    if struct.kind not in (ANY, JSON):
        return found
    _, pos = read_uint(raw, pos)
    for _ in range(struct.length):
        if struct.kind == ANY:
            value, pos = _any(raw, pos)
        else:
            text, pos = read_bytes(raw, pos)
            value = None if text == b"undefined" else _json(text)
        found.append(value)
    return found


def _json(text: bytes) -> Any:
    # JavaScript knows one kind of number: what is too long for it becomes a float there too.
    return json.loads(text, parse_int=float)


def _any(data: bytes, pos: int) -> tuple[Any, int]:
    kind = data[pos]
    pos += 1
    match kind:
        case 125:
            return _integer(data, pos)
        case 124:
            return unpack_from(">f", data, pos)[0], pos + 4
        case 123:
            return unpack_from(">d", data, pos)[0], pos + 8
        case 122:
            return unpack_from(">q", data, pos)[0], pos + 8
        case 119:
            text, pos = read_bytes(data, pos)
            return text.decode(), pos
        case 116:
            return read_bytes(data, pos)
        case 117:
            count, pos = read_uint(data, pos)
            entries = []
            for _ in range(count):
                entry, pos = _any(data, pos)
                entries.append(entry)
            return entries, pos
        case 118:
            count, pos = read_uint(data, pos)
            members = {}
            for _ in range(count):
                key, pos = read_bytes(data, pos)
                members[key.decode()], pos = _any(data, pos)
            return members, pos
        case _:
            return _WORDS[kind], pos


def _integer(data: bytes, pos: int) -> tuple[int, int]:
    """lib0 ``readVarInt``: six bits and a sign in the first byte, then seven bits a byte."""
    byte = data[pos]
    value = byte & 0x3F
    sign = -1 if byte & 0x40 else 1
    shift = 6
    while byte >= 0x80:
        pos += 1
        byte = data[pos]
        value |= (byte & 0x7F) << shift
        shift += 7
    return sign * value, pos + 1
