"""The sockets of one address or subject: their number, their pace, and that both are remembered and do not take memory."""

from __future__ import annotations

import pytest

from collab.auth import crowds as module
from collab.auth.allowances import BURST
from collab.auth.crowds import Crowds
from collab.errors import RateLimited


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def crowds(clock: Clock, most: int = 2, rate: float = 10.0) -> Crowds:
    return Crowds(most, rate, clock, what="from here", setting="most_from_here")


def test_as_many_as_may_be_and_no_more() -> None:
    them = crowds(Clock())
    one = them.join("a")
    them.join("a")
    for _ in range(3):
        with pytest.raises(RateLimited, match="2 connections from here") as refused:
            them.join("a")
        assert (refused.value.limit, refused.value.setting, refused.value.retry_after) == (2, "most_from_here", 5)
    them.join("b")
    them.leave(one)
    them.join("a")


def test_many_that_wait_come_to_the_rate_together() -> None:
    clock = Clock()
    crowd = crowds(clock).join("a")
    assert [crowd.spoke() for _ in range(10 * BURST)] == [0] * 10 * BURST
    begun, said = clock.now, 0
    due = sorted(begun + crowd.spoke() for _ in range(5))
    while due[0] < begun + 10:
        clock.now = due.pop(0)
        said += 1
        due = sorted([*due, clock.now + crowd.spoke()])
    assert said == pytest.approx(100, abs=2)


def test_what_counts_as_several_is_owed_for_as_several() -> None:
    crowd = crowds(Clock()).join("a")
    assert crowd.spoke(10 * BURST - 1) == 0
    assert crowd.spoke(21) == 2


def test_who_connects_anew_has_no_fresh_allowance() -> None:
    them = crowds(Clock())
    crowd = them.join("a")
    for _ in range(10 * BURST):
        crowd.spoke()
    them.leave(crowd)
    assert them.join("a").spoke() > 0


def test_no_flood_of_addresses_takes_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_EMPTY", 3)
    them = crowds(Clock())
    stays = them.join("stays")
    for number in range(10):
        them.leave(them.join(str(number)))
    assert len(them) == 4
    assert them.join("stays") is stays
