"""Steps put together: what becomes one, and what stays apart."""

from __future__ import annotations

import random

import pytest

from collab.crdt import decode_deeds, encode_deeds, run
from collab.errors import MalformedUpdate
from collab.rooms.windows import PAUSE, joining, of_a_sitting, within
from collab.storage.archive import Step

SECOND = 1000


def step(number: int, time: int, actor: str | None = "alice", restored: int | None = None) -> Step:
    """A change that brings one clock of its own."""
    deeds = encode_deeds([(1, number - 1, number)], [(1, number - 2, number - 1)] if number % 3 == 0 else [])
    return Step(number, number - 1, number, time, time, actor, deeds, restored)


def spans(
    steps: list[Step], named: frozenset[int] = frozenset(), seconds: int = 10
) -> list[tuple[int, int, list[str | None]]]:
    made = run(joining(steps, named, within(seconds * SECOND)))
    return [(window[0].before, window[0].moment, [one.actor for one in window]) for window in made]


def test_what_each_did_in_ten_seconds_is_one() -> None:
    steps = [step(n, n * SECOND, "alice" if n % 2 else "bob") for n in range(1, 26)]
    assert spans(steps) == [
        (0, 9, ["bob", "alice"]),
        (9, 19, ["bob", "alice"]),
        (19, 25, ["bob", "alice"]),
    ]
    first, second = run(joining(steps, set(), within(10 * SECOND)))[0]
    assert (first.sequence, first.began, first.ended) == (8, 2 * SECOND, 8 * SECOND)
    assert decode_deeds(second.ranges).inserted == ((1, 0, 1), (1, 2, 3), (1, 4, 5), (1, 6, 7), (1, 8, 9))


def test_versions_and_restores_end_windows() -> None:
    steps = [step(n, n) for n in range(1, 8)]
    assert spans(steps, frozenset({2})) == [(0, 2, ["alice"]), (2, 7, ["alice"])]
    steps[3] = step(4, 4, restored=1)
    assert spans(steps) == [(0, 3, ["alice"]), (3, 4, ["alice"]), (4, 7, ["alice"])]


def test_a_gap_ends_a_window() -> None:
    assert spans([step(1, 1), step(2, 2), step(4, 4)]) == [(0, 2, ["alice"]), (3, 4, ["alice"])]


def test_nothing_that_was_done_is_lost() -> None:
    chance = random.Random(3)
    steps = [step(n, chance.randrange(10**6), chance.choice(["alice", "bob", None])) for n in range(1, 200)]
    for together in (within(10 * SECOND), within(10**7), of_a_sitting):
        made = [one for window in run(joining(steps, {50, 100}, together)) for one in window]
        inserted = sorted(span for one in made for span in decode_deeds(one.ranges).inserted)
        assert sum(end - start for _, start, end in inserted) == 199
        assert {one.moment for one in made} >= {50, 100}


def test_a_pause_parts_sittings() -> None:
    steps = [step(1, 0), step(2, PAUSE), step(3, 2 * PAUSE + 1)]
    assert [window[0].moment for window in run(joining(steps, set(), of_a_sitting))] == [2, 3]


def test_what_cannot_be_read_is_said() -> None:
    steps = [step(1, 1), Step(2, 1, 2, 2, 2, "alice", b"\1")]
    with pytest.raises(MalformedUpdate):
        run(joining(steps, set(), within(10 * SECOND)))


def test_a_long_window_is_made_in_short_steps() -> None:
    steps = [step(number, number) for number in range(1, 5000)]
    assert sum(1 for _ in joining(steps, set(), within(10**9))) > 5000 / 128
