"""Packed content: it comes back, small content is left as it is, and damage is told."""

from __future__ import annotations

import asyncio
import threading

import pytest

from collab.storage import sql
from collab.storage.packing import SMALL, Packing, pack, unpack, unpack_in_part
from collab.storage.seals import Damaged
from tests.storage.samples import batch, checkpoint


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


async def test_no_edit_waits_for_the_packing(sql_store: sql.SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def pack_for_long(content: bytes) -> tuple[Packing, bytes]:
        begun.set()
        assert may_go_on.wait(10)
        return pack(content)

    await sql_store.append([batch("notes")])
    monkeypatch.setattr(sql, "pack", pack_for_long)
    adding = asyncio.create_task(sql_store.add_checkpoint("notes", checkpoint(1), {}))
    assert await asyncio.to_thread(begun.wait, 10)
    heads = await asyncio.wait_for(sql_store.append([batch("notes")]), 5)
    may_go_on.set()
    await adding
    assert heads == {"notes": 2}
    stored = await sql_store.load("notes")
    assert stored is not None
    assert stored.checkpoint == checkpoint(1)
