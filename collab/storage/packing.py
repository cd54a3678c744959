"""Packing: how a checkpoint's content is made smaller on the disk.

Only what is for history is packed: what readers open lies there as it is sent. Small content stays as it is: its row
takes a page anyway, and there a doctor can still try each single bit.
"""

from __future__ import annotations

import zlib
from enum import IntEnum

from collab.storage.seals import Damaged

SMALL = 4096
"""Bytes up to which content is not packed."""

_LEVEL = 6
"""Of the 303 kB of the automerge-paper stay 101 kB."""


class Packing(IntEnum):
    """How content lies there."""

    PLAIN = 0
    ZLIB = 1


def pack(content: bytes) -> tuple[Packing, bytes]:
    """The shorter form of content."""
    if len(content) > SMALL:
        packed = zlib.compress(content, _LEVEL)
        if len(packed) < len(content):
            return Packing.ZLIB, packed
    return Packing.PLAIN, content


def unpack(packing: object, packed: bytes) -> bytes:
    """The content; raises ``Damaged``."""
    if packing == Packing.PLAIN:
        return packed
    if packing != Packing.ZLIB:
        raise Damaged("it is packed in no known way")
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise Damaged(f"it cannot be unpacked: {error}") from error


def unpack_in_part(packing: object, packed: bytes) -> bytes:
    """What can be had of damaged content: all that comes out before the damage, and beyond it where that can be.

    Raises ``Damaged``.
    """
    if packing != Packing.ZLIB:
        return unpack(packing, packed)
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)  # its own checksum is not asked
    content = bytearray()
    try:
        for at in range(2, len(packed)):
            content += unpacking.decompress(packed[at : at + 1])
    except zlib.error:
        pass  # up to here
    return bytes(content)
