"""Long work lets the loop turn, short work does not, and what goes wrong in it goes wrong here."""

from __future__ import annotations

import asyncio
import time

import pytest

from collab.crdt import Steps
from collab.rooms.breathe import breathe
from tests.rooms.lag import Lag


def work(seconds: float, result: str = "done") -> Steps[str]:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        yield
    return result


async def test_the_result_is_the_works() -> None:
    assert await breathe(work(0)) == "done"


async def test_others_go_on_meanwhile() -> None:
    async with Lag() as lag:
        assert await breathe(work(0.3)) == "done"
    assert 0 < lag.seconds < 0.05


async def test_short_work_is_done_before_anybody_else_has_a_turn() -> None:
    turns: list[str] = []
    other = asyncio.create_task(asyncio.sleep(0))
    other.add_done_callback(lambda _: turns.append("other"))
    await breathe(work(0))
    turns.append("work")
    await other
    await asyncio.sleep(0)
    assert turns == ["work", "other"]


async def test_an_error_comes_out() -> None:
    def fails() -> Steps[None]:
        yield
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await breathe(fails())
