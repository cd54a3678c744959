"""lib0's "any" values and the JSON texts inside an update: checked where they stand, never built.

A server passes values on; it only has to know that every reader will be able to read them. So these functions answer
one question: where does the value end?

An any value is one type byte and its payload. Source: lib0 ``readAny``.

    127 undefined   126 null   121 false   120 true
    125 integer, variable length   124 float32   123 float64   122 bigint64
    119 string   116 bytes   117 array: vu(n), n values   118 object: vu(n), n times string and value
"""

from __future__ import annotations

import json
import re
from math import isinf
from typing import NoReturn

from collab.crdt.limits import MAX_DEPTH, MAX_VALUES
from collab.crdt.steps import STRIDE, Steps
from collab.errors import MalformedUpdate, TooLarge
from collab.lib0 import read_bytes, read_uint

OBJECT = 118
_ARRAY = 117
_INTEGER = 125
_STRING = 119
_BYTES = 116
_FIXED = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
_BRACKET = re.compile(rb"[][{}]")
_PLAIN_JSON = frozenset((b"true", b"false", b"null", b"{}", b'""'))


def skip_any(data: bytes, pos: int) -> Steps[int]:
    """Check the any value at ``pos`` and return the position after it.

    Errors: ``MalformedUpdate`` for an unknown type, bad UTF-8 or nesting above ``MAX_DEPTH``; ``IndexError`` where
    the bytes end.
    """
    # Open containers: how many more values each wants, and whether a key stands before each value.
    open_containers: list[tuple[int, bool]] = []
    wanted, keyed = 1, False
    handled = 0
    while True:
        while not wanted:
            if not open_containers:
                return pos
            wanted, keyed = open_containers.pop()
        wanted -= 1
        if keyed:
            pos = skip_string(data, pos)
        kind = data[pos]
        pos += 1
        fixed = _FIXED.get(kind)
        if fixed is not None:
            pos += fixed
            if pos > len(data):
                raise IndexError
        elif kind == _STRING:
            pos = skip_string(data, pos)
        elif kind == _INTEGER:
            pos = _skip_integer(data, pos)
        elif kind in (_ARRAY, OBJECT):
            if len(open_containers) >= MAX_DEPTH:
                raise MalformedUpdate(f"values nested deeper than {MAX_DEPTH} at byte {pos}")
            open_containers.append((wanted, keyed))
            wanted, pos = read_uint(data, pos)
            keyed = kind == OBJECT
        elif kind == _BYTES:
            _, pos = read_bytes(data, pos)
        else:
            raise MalformedUpdate(f"a value of the unknown type {kind} at byte {pos - 1}")
        handled += 1
        if handled % STRIDE == 0:
            yield


def skip_string(data: bytes, pos: int) -> int:
    """Check the string at ``pos`` (its length in bytes, then UTF-8) and return the position after it."""
    text, pos = read_bytes(data, pos)
    if not text.isascii():
        decode_utf8(text, pos)
    return pos


def decode_utf8(text: bytes, pos: int) -> str:
    """Decode UTF-8 as strictly as a browser's fatal decoder. ``pos`` is only for the error."""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise MalformedUpdate(f"text that is not UTF-8 before byte {pos}: {error.reason}") from None


def check_json(text: bytes, pos: int, *, or_undefined: bool = False, finite: bool = False) -> None:
    """Check one JSON text as strictly as ``JSON.parse``. ``pos`` is only for the error.

    ``or_undefined``: ContentJSON writes the value undefined as the bare word. ``finite``: refuse numbers that JavaScript
    reads as infinite, and would write back as null.
    Errors: ``MalformedUpdate`` for what is no JSON (NaN and Infinity are none) or nests above ``MAX_DEPTH``;
    ``TooLarge`` above ``MAX_VALUES`` values.
    """
    if text in _PLAIN_JSON or (or_undefined and text == b"undefined"):
        return
    brackets = text.count(b"[") + text.count(b"{")
    if brackets + text.count(b",") > MAX_VALUES:
        raise TooLarge(f"a JSON text of more than {MAX_VALUES} values before byte {pos}", limit=MAX_VALUES)
    if brackets > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise MalformedUpdate(f"JSON nested deeper than {MAX_DEPTH} before byte {pos}")
    try:
        # Numbers stay words: Python would refuse, or take long to read, integers that JavaScript reads as floats.
        number = _finite if finite else str
        json.loads(decode_utf8(text, pos), parse_constant=_refuse, parse_int=number, parse_float=number)
    except ValueError as error:
        raise MalformedUpdate(f"text that is not JSON before byte {pos}: {error}") from None


def _depth(text: bytes) -> int:
    """How deep the brackets of a JSON text nest, those in strings left out."""
    deepest = depth = 0
    # Without its escapes a text's strings are what stands between odd and even quotation marks.
    for number, part in enumerate(text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')):
        if number % 2:
            continue
        for bracket in _BRACKET.findall(part):
            if bracket in b"[{":
                depth += 1
                deepest = max(deepest, depth)
            else:
                depth -= 1
    return deepest


def _finite(number: str) -> float:
    value = float(number)
    if isinf(value):
        raise ValueError("a number beyond all that are finite")
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _skip_integer(data: bytes, pos: int) -> int:
    """lib0 ``readVarInt``: six bits and a sign in the first byte, then seven bits a byte, 53 bits in all."""
    byte = data[pos]
    value = byte & 0x3F
    shift = 6
    while byte >= 0x80:
        pos += 1
        byte = data[pos]
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > 62 or value >= 2**53:
            raise MalformedUpdate(f"an integer above 2^53 at byte {pos}")
    return pos + 1
