"""A real paper, typed through a server's rooms: how small its past is, and that it is right."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from collab.config import Settings
from collab.history import ByNumber, History, Past
from collab.rooms import Rooms
from collab.storage.log import Log
from collab.storage.sql import SqlStore
from tests import parts
from tests.crdt.recorded import updates
from tests.crdt.yjs import Judge
from tests.history.paper import NAME, type_out

BAR = 1_200_000
"""Bytes of the whole SQLite file: two generations, what readers open, and 7.2 hours of history in steps of ten seconds."""

LOOKS = 100
"""Moments that are looked at."""

Amounts = tuple[int, int]
"""How much was ever written, and how much of it is deleted, in UTF-16 code units: no two keystrokes have the same."""

pytestmark = [pytest.mark.node, pytest.mark.slow]


async def test_the_paper_is_small_and_right_at_any_moment(tmp_path: Path, judge: Judge) -> None:
    await type_out(tmp_path, updates("automerge-paper"))
    size = (tmp_path / "collab.db").stat().st_size
    print(f"{size:,} bytes")
    assert size <= BAR
    store = await SqlStore.open(f"sqlite:///{tmp_path / 'collab.db'}")
    settings = Settings.load(data_dir=tmp_path)
    rooms = Rooms(store, Log(store), connection_limits=settings, document_limits=settings, clock=lambda: 0.0)
    history = History(store, rooms)
    past = await history.past(NAME)
    chosen = random.Random(1).sample(past.moments[1:], LOOKS)
    reached = {moment.number: await _amounts(history, past, moment.number) for moment in chosen}
    expected = _texts(set(reached.values()))
    for moment in chosen:
        opened = judge.open(await (await history.at(NAME, ByNumber(moment.number))).state())
        assert not opened.pending
        assert json.loads(opened.shape)["text"] == {"text": [[expected[reached[moment.number]], ""]]}, moment
    await store.close()


async def _amounts(history: History, past: Past, number: int) -> Amounts:
    vector, deletes = await (await history.at(past.name, ByNumber(number))).knowing()
    return sum(vector.values()), sum(end - start for _, start, end in deletes)


def _texts(wanted: set[Amounts]) -> Mapping[Amounts, str]:
    """What stood in the paper when so much had been written and deleted, by the recording itself."""
    text = bytearray()  # of UTF-16, whose units positions count
    written = gone = 0
    found: dict[Amounts, str] = {}
    for transaction in parts.trace("automerge-paper")["txns"]:
        for position, removed, inserted in transaction["patches"]:
            units = inserted.encode("utf-16-le")
            text[2 * position : 2 * (position + removed)] = units
            written += len(units) // 2
            gone += removed
            if (written, gone) in wanted:
                found[written, gone] = text.decode("utf-16-le")
    assert found.keys() == wanted, "a moment that the paper never was in"
    return found
