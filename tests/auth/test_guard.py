"""How much one address, and one subject, may ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collab.auth import Guard
from collab.auth.guard import BURST
from collab.config import Settings
from collab.errors import TooMany

HERE, THERE, ELSEWHERE = "127.0.0.1", "203.0.113.7", "198.51.100.1"


@pytest.fixture
def guard() -> Guard:
    return Guard(Settings.load(connection_rate=1, request_rate=1, auth_failure_rate=1), lambda: 0.0)


def asking(guard: Guard) -> list[Callable[[str], None]]:
    return [guard.connecting, guard.asking, lambda address: guard.asking_as("bob", address)]


@pytest.mark.parametrize("which", range(3))
def test_each_has_an_allowance(guard: Guard, which: int) -> None:
    ask = asking(guard)[which]
    for _ in range(BURST):
        ask(THERE)
    with pytest.raises(TooMany):
        ask(THERE)
    for _ in range(3 * BURST):
        ask(HERE)
    if which < 2:
        ask(ELSEWHERE)


def test_after_many_that_were_not_good_none_is_looked_at(guard: Guard) -> None:
    for _ in range(BURST):
        guard.trying(THERE)
        guard.failed(THERE)
    for refused in (guard.trying, guard.asking):
        with pytest.raises(TooMany):
            refused(THERE)
    guard.trying(ELSEWHERE)
    for _ in range(2 * BURST):
        guard.failed(HERE)
    guard.trying(HERE)
