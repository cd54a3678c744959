"""One flipped bit is found wherever it is; more than one is not taken for one."""

from __future__ import annotations

import random
from zlib import crc32

import pytest

from collab.storage.bits import mended


def flipped(message: bytes, *bits: int) -> bytes:
    changed = bytearray(message)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("size", [1, 2, 30, 200])
def test_every_single_bit(size: int) -> None:
    message = random.Random(size).randbytes(size)
    checksum = crc32(message)
    for bit in range(8 * size):
        assert mended(flipped(message, bit), checksum) == message
    for bit in range(32):
        assert mended(message, checksum ^ 1 << bit) == message
    assert mended(message, checksum) == message


def test_more_than_one_bit_is_left_alone() -> None:
    chance = random.Random(1)
    message = chance.randbytes(300)
    for _ in range(200):
        bits = chance.sample(range(8 * len(message)), chance.randint(2, 9))
        assert mended(flipped(message, *bits), crc32(message)) is None
    assert mended(bytes(300), crc32(message)) is None
    assert mended(b"", 3) is None
