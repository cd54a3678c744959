"""Allowances: so many at once, then so many a second, each key its own, and no flood of keys takes memory."""

from __future__ import annotations

import pytest

from collab.auth import allowances
from collab.auth.allowances import Allowance
from collab.errors import RateLimited


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_then_so_many_a_second() -> None:
    clock = Clock()
    allowance = Allowance(2.0, 3, clock, what="knocks", setting="knock_rate")
    for _ in range(3):
        allowance.take("a")
    with pytest.raises(RateLimited, match="knocks") as refused:
        allowance.take("a")
    assert (refused.value.setting, refused.value.limit, refused.value.retry_after) == ("knock_rate", 2.0, 0.5)
    allowance.take("b")
    clock.now += 0.5
    allowance.take("a")
    with pytest.raises(RateLimited):
        allowance.take("a")
    clock.now += 100
    for _ in range(3):
        allowance.take("a")
    with pytest.raises(RateLimited):
        allowance.check("a")


def test_the_longest_unseen_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "_MOST", 3)
    allowance = Allowance(1.0, 1, Clock(), what="knocks")
    for key in "abca":
        allowance.charge(key)
    allowance.charge("d")
    assert len(allowance) == 3
    allowance.check("b")
    with pytest.raises(RateLimited):
        allowance.check("a")
