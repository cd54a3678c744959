"""Framing and seals: what goes in comes out, and no damage passes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.storage.seals import (
    Damaged,
    Part,
    checkpoint_checksum,
    document_checksum,
    frame,
    seal,
    unframe,
    unseal,
)

PLACE = (7, 3, 1_750_000_000_000, "alice", b"0123456789abcdef")


@given(st.lists(st.binary(max_size=300)))
def test_updates_come_out_as_they_went_in(updates: list[bytes]) -> None:
    assert unframe(frame(updates)) == tuple(updates)


@pytest.mark.parametrize("blob", [b"\0", b"\0\0\0", struct.pack(">I", 1), struct.pack(">I", 5) + b"four", b"\xff" * 9])
def test_a_frame_that_is_cut_off_is_damage(blob: bytes) -> None:
    with pytest.raises(Damaged, match="cut off"):
        unframe(blob)


@given(st.binary(max_size=60), st.data())
def test_a_flipped_bit_is_found(blob: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(Part.PAYLOAD, *PLACE, blob))
    assert unseal(Part.PAYLOAD, *PLACE, bytes(sealed)) == blob
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged):
        unseal(Part.PAYLOAD, *PLACE, bytes(sealed))


@pytest.mark.parametrize("cut", range(9))
def test_a_seal_that_is_cut_off_is_damage(cut: int) -> None:
    sealed = seal(Part.PAYLOAD, *PLACE, b"blob!")
    with pytest.raises(Damaged):
        unseal(Part.PAYLOAD, *PLACE, sealed[:cut])


def test_a_seal_holds_in_its_place_only() -> None:
    sealed = seal(Part.PAYLOAD, *PLACE, b"blob")
    document, sequence, time, actor, batch = PLACE
    others: list[tuple[int, int, int, str | None, bytes]] = [
        (document + 1, sequence, time, actor, batch),
        (document, sequence + 1, time, actor, batch),
        (document, sequence, time + 1, actor, batch),
        (document, sequence, time, "alicf", batch),
        (document, sequence, time, "", batch),
        (document, sequence, time, None, batch),
        (document, sequence, time, actor, b""),
        (document, sequence, time, "alice0", batch[1:]),  # a letter that moved from one to the other
    ]
    for place in others:
        with pytest.raises(Damaged):
            unseal(Part.PAYLOAD, *place, sealed)
    with pytest.raises(Damaged):
        unseal(Part.RANGES, *PLACE, sealed)


def test_nobody_and_the_nameless_differ() -> None:
    assert seal(Part.PAYLOAD, 1, 1, 1, None, b"", b"") != seal(Part.PAYLOAD, 1, 1, 1, "", b"", b"")


def test_a_documents_checksum_covers_each_column() -> None:
    sums = {
        document_checksum(9, "name", "lineage", 1, 2, 2, None),
        document_checksum(9, "namf", "lineage", 1, 2, 2, None),
        document_checksum(9, "name", "lineagf", 1, 2, 2, None),
        document_checksum(9, "name", "lineage", 3, 2, 2, None),
        document_checksum(9, "name", "lineage", 1, 3, 2, None),
        document_checksum(9, "name", "lineage", 1, 2, 3, None),
        document_checksum(9, "name", "lineage", 1, 2, 2, 3),
        document_checksum(9, "lineage name", "", 1, 2, 2, None),
        document_checksum(9, "name", "", 1, 2, 2, None),
        document_checksum(8, "name", "lineage", 1, 2, 2, None),
    }
    assert len(sums) == 10


def test_a_checkpoints_checksum_knows_where_a_piece_ends() -> None:
    assert checkpoint_checksum(1, 1, b"ab", b"c") != checkpoint_checksum(1, 1, b"a", b"bc")
    assert checkpoint_checksum(1, 1, b"ab") != checkpoint_checksum(1, 2, b"ab") != checkpoint_checksum(2, 1, b"ab")
