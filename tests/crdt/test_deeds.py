"""What edits did: read and written, put together, and refused where it is none."""

from __future__ import annotations

import pytest

from collab.crdt import Deeds, decode_deeds, encode_deeds, join_deeds
from collab.errors import MalformedUpdate


def test_deeds_come_back() -> None:
    inserted, deleted = ((9, 0, 300), (7, 5, 6)), ((9, 10, 12), (9, 100, 400))
    assert decode_deeds(encode_deeds(inserted, deleted)) == Deeds(inserted, deleted)
    assert decode_deeds(encode_deeds([(1, 0, 2), (1, 2, 3)], [])) == Deeds(((1, 0, 3),), ()), "neighbours are one"


def test_what_several_did_together() -> None:
    parts = [encode_deeds([(1, n, n + 1)], [(1, n - 1, n)] if n else []) for n in range(5)]
    assert decode_deeds(join_deeds(parts)) == Deeds(((1, 0, 5),), ((1, 0, 4),))
    assert decode_deeds(join_deeds([])) == Deeds((), ())


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", b"\1\1\1\0\0\0", b"\1\1\1\0", b"\xff" * 12])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        decode_deeds(data)
