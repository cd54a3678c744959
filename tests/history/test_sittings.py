"""Sittings: what ends one, who was in it, and what is left out."""

from __future__ import annotations

from collab.crdt import Deeds, DeleteSet, run
from collab.history import Act, Index, Past, Restored, Share, attributing, shares, sitting
from collab.history.authors import Authored
from collab.rooms.windows import PAUSE
from collab.storage.archive import Step

MINUTE = 60_000


def act(number: int, time: int, actor: str | None, deeds: Deeds, restored: int | None = None) -> Act:
    return Act(Step(number, number - 1, number, time, time, actor, b"", restored), deeds)


def typed(client: int, start: int, end: int) -> Deeds:
    return Deeds(((client, start, end),), ())


def erased(client: int, start: int, end: int) -> Deeds:
    return Deeds((), ((client, start, end),))


ACTS = [
    act(1, 0, "alice", typed(1, 0, 5)),
    act(2, MINUTE, "bob", typed(2, 0, 3)),
    act(3, MINUTE + PAUSE, "alice", erased(2, 0, 2)),
    act(4, 2 * MINUTE + 2 * PAUSE, None, erased(1, 0, 1)),
    act(5, 3 * MINUTE + 2 * PAUSE, "bob", typed(1, 5, 7), restored=2),
]
INDEX = Index()
run(INDEX.adding(ACTS))
PAST = Past("notes", "lineage", INDEX, None, [], DeleteSet())


def test_a_long_pause_ends_a_sitting() -> None:
    first, second = run(sitting(ACTS))
    assert (first.before, first.moment, first.began, first.ended, first.steps) == (0, 3, 0, MINUTE + PAUSE, 3)
    assert (second.before, second.moment, second.steps) == (4, 5, 1), "what nobody did is left out"
    assert (first.restored, second.restored) == ([], [Restored(5, 2, "bob", 3 * MINUTE + 2 * PAUSE)])
    assert run(sitting([])) == []


def test_a_sitting_that_has_become_one_window_is_one() -> None:
    """Each in it has a step of their own; between those of two people, a third one's edits may have been."""
    window = [
        Act(Step(10, 0, 60, 0, MINUTE, "alice", b""), typed(1, 0, 5)),
        Act(Step(40, 0, 60, 30 * MINUTE, 31 * MINUTE, "carol", b""), typed(3, 0, 5)),
        Act(Step(60, 0, 60, MINUTE, 60 * MINUTE, "bob", b""), typed(2, 0, 5)),
    ]
    (one,) = run(sitting([*window, act(61, 62 * MINUTE, "alice", typed(1, 5, 6))]))
    assert (one.before, one.moment, one.began, one.ended, one.steps) == (0, 61, 0, 62 * MINUTE, 2)
    assert len(one.acts) == 4


def test_what_somebody_brings_along_is_its_authors() -> None:
    first, second = run(sitting(ACTS))
    assert shares(PAST, first.acts) == [Share("alice", 5, 2), Share("bob", 3, 0)]
    assert shares(PAST, second.acts) == [Share("alice", 2, 0), Share("bob", 0, 0)]


def test_who_wrote_what_is_there() -> None:
    assert run(attributing(PAST, PAST.now)) == [
        Authored(1, 1, 5, "alice", 0, 1),
        Authored(2, 2, 3, "bob", MINUTE, 2),
        Authored(1, 5, 7, "alice", 3 * MINUTE + 2 * PAUSE, 5),
    ]
    assert run(attributing(PAST, PAST.at_number(1))) == [Authored(1, 0, 5, "alice", 0, 1)]


def test_moments_of_a_past() -> None:
    assert [moment.number for moment in PAST.moments] == [0, 1, 2, 3, 4, 5]
    assert PAST.at_time(MINUTE - 1).number == 1
    assert PAST.at_time(-1).number == 0
    assert [one.step.sequence for one in PAST.between(PAST.at_number(1), PAST.at_number(3))] == [2, 3]
    vector, deletes = run(PAST.knowing(PAST.at_number(3)))
    assert (vector, deletes) == ({1: 5, 2: 3}, DeleteSet([(2, 0, 2)]))
    assert (PAST.owner(1), PAST.owner(2), PAST.owner(3)) == ("alice", "bob", None)
