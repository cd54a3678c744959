"""Giving memory back: what was freed between things that stay is the system's again."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from collab.rooms.memory import give_back

BLOCK, COUNT, STAYS = 20_000, 5000, 50


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_is_given_back() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("this C library gives back by itself, or not at all")
    blocks: list[bytes | None] = [b"x" * BLOCK for _ in range(COUNT)]
    for place in range(COUNT):
        if place % STAYS:
            blocks[place] = None
    before = resident()
    give_back()
    assert before - resident() > BLOCK * COUNT / 2
    assert sum(map(len, filter(None, blocks))) == BLOCK * COUNT // STAYS


def test_it_may_be_asked_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab.rooms.memory._trim", None)
    give_back()
