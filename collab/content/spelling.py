"""An update as pycrdt understands it right.

pycrdt (0.14.13) reads three things otherwise than Yjs, or not at all. All three can be written in another way that it
reads well and that shows the same, without integrating anything:

- Half of a surrogate pair that is deleted, or has something inserted before it. Yjs cuts the string there, and both
  halves become U+FFFD; pycrdt, which counts in UTF-8, moves the cut. So the pair is written as two U+FFFD beforehand.
- ContentJSON, which editors wrote before Yjs had ContentAny: written as ContentAny.
- XmlHook: written as the YMap that it is besides its name.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from struct import pack
from typing import Any

from collab.crdt import NO_LIMITS, parsing, run
from collab.crdt.structs import ANY, JSON, STRING, TYPE, Struct
from collab.crdt.update import NOTHING, Update, encoding
from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint

_KIND = 0x1F
_XML_HOOK, _MAP = 5, b"\x01"
_REPLACEMENT = "\ufffd".encode("utf-16-le")
_UNDEFINED, _NULL, _FALSE, _TRUE, _FLOAT, _STRING, _ARRAY, _OBJECT = b"\x7f\x7e\x79\x78\x7b\x77\x75\x76"


def respell(data: bytes) -> tuple[bytes, Update]:
    """Write a whole document's update so that pycrdt shows what Yjs shows; also what it was taken apart into.

    The lengths, and so the clocks, of all structs stay. Errors: ``MalformedUpdate``.
    """
    update = run(parsing(data, NOTHING, NO_LIMITS))
    edges = _edges(update)
    for client, structs in update.sections.items():
        cuts: Collection[int] = edges.get(client, ())
        structs[:] = [_respelled(struct, cuts) for struct in structs]
    return run(encoding(update.sections, data[update.deletes_at :])), update


def _edges(update: Update) -> dict[int, set[int]]:
    """The clocks before which Yjs cuts a struct in two, by client."""
    edges: dict[int, set[int]] = {}
    for structs in update.sections.values():
        for struct in structs:
            if struct.origin is not None:
                edges.setdefault(struct.origin[0], set()).add(struct.origin[1] + 1)
            if struct.right_origin is not None:
                edges.setdefault(struct.right_origin[0], set()).add(struct.right_origin[1])
    for client, start, end in update.spans:
        edges.setdefault(client, set()).update((start, end))
    return edges


def _respelled(struct: Struct, cuts: Collection[int]) -> Struct:
    if struct.kind == STRING:
        text, _ = read_bytes(struct.raw, struct.body)
        if text.isascii():
            return struct
        words = text.decode()
        if len(words) == struct.length:  # no surrogate pairs
            return struct
        return _with_content(struct, STRING, write_bytes(_halved(words, struct.clock, cuts).encode()))
    if struct.kind == JSON:
        return _with_content(struct, ANY, _as_any(struct))
    if struct.kind == TYPE and struct.raw[struct.body] == _XML_HOOK:
        return _with_content(struct, TYPE, _MAP)
    return struct


def _halved(words: str, clock: int, cuts: Collection[int]) -> str:
    """``words`` from ``clock`` on, with each pair that is cut in the middle written as two U+FFFD."""
    wide = bytearray(words.encode("utf-16-le"))
    for at in range(1, len(wide) // 2):
        is_low = 0xDC <= wide[2 * at + 1] <= 0xDF
        if is_low and clock + at in cuts:
            wide[2 * at - 2 : 2 * at + 2] = _REPLACEMENT * 2
    return wide.decode("utf-16-le")


def _with_content(struct: Struct, kind: int, content: bytes) -> Struct:
    header = bytes([struct.raw[0] & ~_KIND | kind]) + struct.raw[1 : struct.body]
    return Struct(
        struct.client,
        struct.clock,
        struct.length,
        kind,
        struct.origin,
        struct.right_origin,
        struct.parent,
        header + content,
        struct.body,
    )


def _as_any(struct: Struct) -> bytes:
    """ContentJSON as ContentAny."""
    count, pos = read_uint(struct.raw, struct.body)
    parts = [write_uint(count)]
    for _ in range(count):
        text, pos = read_bytes(struct.raw, pos)
        # JavaScript knows one kind of number: what is too long for it becomes a float there too.
        parts.append(bytes([_UNDEFINED]) if text == b"undefined" else _any(json.loads(text, parse_int=float)))
    return b"".join(parts)


def _any(value: Any) -> bytes:
    """A JSON value in lib0's "any" encoding."""
    match value:
        case None:
            return bytes([_NULL])
        case bool():
            return bytes([_TRUE if value else _FALSE])
        case float():
            return bytes([_FLOAT]) + pack(">d", value)
        case str():
            return bytes([_STRING]) + _any_text(value)
        case list():
            return bytes([_ARRAY]) + write_uint(len(value)) + b"".join(map(_any, value))
        case _:
            entries = b"".join(_any_text(key) + _any(entry) for key, entry in value.items())
            return bytes([_OBJECT]) + write_uint(len(value)) + entries


def _any_text(text: str) -> bytes:
    """A string; a half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD."""
    return write_bytes(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode())
