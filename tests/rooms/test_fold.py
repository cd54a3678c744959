"""Folding: the same document in fewer bytes, everything deleted still in it, and nothing of it served."""

from __future__ import annotations

import random

import pytest

from collab.crdt import DeleteSet, decode_state_vector
from collab.rooms.fold import fold
from collab.storage.base import Batch, Change, Checkpoint
from collab.storage.memory import MemoryStore
from tests.rooms.house import Writer, shown


async def log(store: MemoryStore, *updates: bytes) -> None:
    for update in updates:
        batch = random.randbytes(16)
        await store.append([Batch("notes", "lineage", (Change(batch, "alice", 1, (update,)),))])


async def test_a_log_becomes_one_piece_with_all_that_was_ever_written() -> None:
    store, hers = MemoryStore(), Writer(1)
    await log(store, *(hers.type(letter) for letter in "keep secret keep"), hers.erase(5, 7))
    made = await fold(store, "notes")
    assert made is not None
    assert made.sequence == 17
    assert decode_state_vector(made.state_vector) == {1: 16}
    assert list(DeleteSet.decode(made.delete_set)) == [(1, 5, 12)]
    assert b"secret" in made.squashed
    assert made.served is not None
    assert b"secret" not in made.served
    assert shown(made.squashed) == shown(made.served) == "keep keep"
    stored = await store.load("notes")
    assert stored is not None
    assert (stored.checkpoint, stored.tail) == (made, ())


async def test_what_there_is_nothing_of_is_not_folded() -> None:
    store, hers = MemoryStore(), Writer(1)
    assert await fold(store, "notes") is None
    await log(store, hers.type("a"))
    assert await fold(store, "notes") is not None
    assert await fold(store, "notes") is None


async def test_an_edit_that_was_logged_twice_is_in_it_once() -> None:
    store, hers = MemoryStore(), Writer(1)
    typed, more = hers.type("abc"), hers.type("def")
    await log(store, typed, typed, hers.update(), more)
    made = await fold(store, "notes")
    assert made is not None
    assert shown(made.squashed) == "abcdef"
    assert decode_state_vector(made.state_vector) == {1: 6}


@pytest.mark.parametrize("seed", range(10))
async def test_folding_now_and_then_ends_where_folding_once_does(seed: int) -> None:
    chance = random.Random(seed)
    step_by_step, at_once = MemoryStore(), MemoryStore()
    writers = [Writer(1), Writer(2)]
    raw: list[bytes] = []
    for _ in range(60):
        writer = chance.choice(writers).hear(*raw)
        if writer.text and chance.random() < 0.3:
            raw.append(writer.erase(chance.randrange(len(writer.text))))
        else:
            raw.append(writer.type(chance.choice("abc"), chance.randint(0, len(writer.text))))
        await log(step_by_step, raw[-1])
        await log(at_once, raw[-1])
        if chance.random() < 0.2:
            await fold(step_by_step, "notes")
    await fold(step_by_step, "notes")
    await fold(at_once, "notes")
    made: list[Checkpoint] = []
    for store in (step_by_step, at_once):
        stored = await store.load("notes")
        assert stored is not None
        assert stored.checkpoint is not None
        made.append(stored.checkpoint)
        assert shown(stored.checkpoint.squashed) == shown(*raw)
    assert made[0] == made[1]
