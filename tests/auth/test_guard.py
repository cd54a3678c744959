"""How much one address, and one subject, may ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collab.auth import Guard
from collab.auth import guard as guarding
from collab.auth.allowances import BURST
from collab.auth.forwarders import HERE
from collab.auth.guard import MOST_TOLD
from collab.config import Settings
from collab.errors import RateLimited, TooMany, Unauthenticated

THERE, ELSEWHERE = "203.0.113.7", "198.51.100.1"
BAD = Unauthenticated("the token has expired")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Guard:
    settings = Settings.load(
        connection_rate=1,
        request_rate=1,
        auth_failure_rate=1,
        max_connections_per_address=4,
        max_connections_per_subject=2,
        message_rate_per_address=4,
        message_rate_per_subject=2,
    )
    return Guard(settings, clock)


def asking(guard: Guard) -> dict[str, Callable[[str], object]]:
    return {
        "request": guard.asking,
        "request of a subject": lambda address: guard.asking_as("bob", address),
        "bad token": lambda address: guard.failed(address, BAD),
    }


@pytest.mark.parametrize("what", ["request", "request of a subject", "bad token"])
def test_each_has_an_allowance(guard: Guard, what: str) -> None:
    ask = asking(guard)[what]
    for _ in range(BURST):
        ask(THERE)
    with pytest.raises(RateLimited) as refused:
        ask(THERE)
    assert refused.value.retry_after == 1
    for _ in range(3 * BURST):
        ask(HERE)
    if what == "request of a subject":
        with pytest.raises(RateLimited):
            ask(ELSEWHERE)
    else:
        ask(ELSEWHERE)


def test_who_brings_nothing_has_not_guessed(guard: Guard) -> None:
    for _ in range(3 * BURST):
        guard.failed(THERE, Unauthenticated("there is no token", tried=False))
    guard.failed(THERE, BAD)


# ---- sockets --------------------------------------------------------------------------------------------------------


def test_an_address_opens_so_many_in_a_time(guard: Guard, clock: Clock) -> None:
    for _ in range(BURST):
        visitor = guard.connecting(THERE)
        assert visitor.refusal is None
        visitor.gone()
    refused = guard.connecting(THERE)
    assert refused.refusal is not None
    assert refused.refusal.setting == "connection_rate"
    refused.gone()
    clock.now += 1
    assert guard.connecting(THERE).refusal is None


def test_an_address_has_so_many_open_and_those_that_are_refused_take_no_place(guard: Guard) -> None:
    visitors = [guard.connecting(THERE) for _ in range(6)]
    assert [each.refusal and each.refusal.setting for each in visitors] == [None] * 4 + [
        "max_connections_per_address"
    ] * 2
    assert guard.connecting(ELSEWHERE).refusal is None
    visitors.pop().gone()
    assert guard.connecting(THERE).refusal is not None, "one that was let in has to go"
    visitors.pop(0).gone()
    assert guard.connecting(THERE).refusal is None, "though some are still being told"


def test_who_has_many_more_is_not_even_told_on_a_socket(guard: Guard) -> None:
    visitors = [guard.connecting(THERE) for _ in range(4 + MOST_TOLD)]
    with pytest.raises(RateLimited) as refused:
        guard.connecting(THERE)
    assert refused.value.retry_after is not None
    visitors.pop().gone()
    assert guard.connecting(THERE).refusal is not None
    assert guard.connecting(ELSEWHERE).refusal is None


def test_a_subject_has_so_many_open_from_wherever(guard: Guard) -> None:
    first = guard.connecting(THERE)
    for _ in range(3):
        first.known_as("bob")  # many documents on one socket
    guard.connecting(ELSEWHERE).known_as("bob")
    third = guard.connecting("198.51.100.2")
    with pytest.raises(RateLimited, match="2 connections of this subject"):
        third.known_as("bob")
    third.known_as("alice")
    first.gone()
    guard.connecting(THERE).known_as("bob")  # the third one lingers, to be told, and takes no place of bob's


def test_a_subject_opens_so_many_in_a_time(guard: Guard) -> None:
    for number in range(BURST):
        visitor = guard.connecting(f"198.51.100.{number}")
        visitor.known_as("bob")
        visitor.gone()
    with pytest.raises(RateLimited) as refused:
        guard.connecting(ELSEWHERE).known_as("bob")
    assert refused.value.setting == "connection_rate"


def test_a_socket_is_not_for_any_number_of_subjects(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_MOST_SUBJECTS", 3)
    visitor = guard.connecting(THERE)
    for number in range(3):
        visitor.known_as(f"guest {number}")
    with pytest.raises(TooMany) as refused:
        visitor.known_as("one more")
    assert not isinstance(refused.value, RateLimited)


def test_messages_are_counted_over_all_sockets(guard: Guard) -> None:
    """Of a subject: 2 a second, 40 at once. Of an address: 4 a second, 80 at once."""
    one, other, third = (guard.connecting(THERE) for _ in range(3))
    for visitor in (one, other):
        visitor.known_as("bob")
    third.known_as("alice")
    assert [one.spoke() for _ in range(20)] == [0] * 20
    assert [other.spoke() for _ in range(20)] == [0] * 20
    assert (one.spoke(), other.spoke()) == (0.5, 1.0), "who waits is owed for"
    assert [third.spoke() for _ in range(38)] == [0] * 38
    assert third.spoke() == 0.25, "nobody else was slowed down before the address was"


def test_this_machine_is_not_limited(guard: Guard) -> None:
    for _ in range(100):
        visitor = guard.connecting(HERE)
        visitor.known_as("bob")
        assert visitor.refusal is None
        assert visitor.spoke(64) == 0
