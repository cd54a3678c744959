"""Packed content: it comes back, small content is left as it is, and damage is told."""

from __future__ import annotations

import pytest

from collab.storage.packing import SMALL, Packing, pack, unpack, unpack_in_part
from collab.storage.seals import Damaged


def test_content_comes_back() -> None:
    long = b"once upon a time " * 1000
    packing, packed = pack(long)
    assert (packing, len(packed) < len(long) / 10) == (Packing.ZLIB, True)
    assert unpack(packing, packed) == unpack_in_part(packing, packed) == long


def test_what_is_small_or_does_not_shrink_stays() -> None:
    assert pack(bytes(SMALL)) == (Packing.PLAIN, bytes(SMALL))
    assert unpack(Packing.PLAIN, b"as it is") == unpack_in_part(Packing.PLAIN, b"as it is") == b"as it is"


def test_damage_is_told() -> None:
    packing, packed = pack(b"once upon a time " * 1000)
    for damaged in (packed[:-1], packed[:20], b"", b"x" + packed):
        with pytest.raises(Damaged):
            unpack(packing, damaged)
    with pytest.raises(Damaged):
        unpack(7, packed)
    assert unpack_in_part(packing, packed[:-8]).startswith(b"once upon a time ")
