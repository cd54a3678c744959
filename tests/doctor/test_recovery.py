"""A log played again over what is missing in it: real Yjs updates of two who write in turns."""

from __future__ import annotations

from collab.crdt import EMPTY, DocumentState
from collab.doctor.evidence import Basis
from collab.doctor.recovery import Recovery, recover
from collab.storage.patient import FoundChange
from tests.growing_old.writing import Typist, text_of
from tests.storage.samples import NOON

ALICE, BOB = (Typist(client, seed=client).type(12).log for client in (1, 2))
LOG = [update for pair in zip(ALICE, BOB, strict=True) for update in pair]
BEGINNING = Basis(0, EMPTY, DocumentState(), place=0)


def change(sequence: int, *updates: bytes) -> FoundChange:
    return FoundChange(
        sequence, 1, sequence, NOON, "alice", updates or None, None, 9, None if updates else "it is damaged"
    )


def changes(log: list[bytes], *missing: int) -> dict[int, FoundChange]:
    return {number: change(number, update) for number, update in enumerate(log, 1) if number not in missing}


def text(recovery: Recovery) -> str:
    return text_of([recovery.content])


def test_nothing_is_missing() -> None:
    recovery = recover(BEGINNING, changes(LOG), len(LOG))
    assert recovery.is_complete
    assert text(recovery) == text_of(LOG)
    assert recovery.deeds[1] == ([(1, 0, 1)], [])
    half = recover(BEGINNING, changes(LOG), 10)
    again = recover(half.up_to(10), changes(LOG), len(LOG))
    assert (again.content, again.state.state_vector) == (recovery.content, recovery.state.state_vector)


def test_what_builds_on_the_lost_waits_and_nothing_else_does() -> None:
    recovery = recover(BEGINNING, changes(LOG, 5), len(LOG))  # alice's third
    assert recovery.lost == {5: "not there"}
    assert {one.sequence % 2 for one in recovery.waiting} == {1}
    assert text(recovery) == text_of([*ALICE[:2], *BOB])
    assert not recovery.is_complete


def test_what_comes_another_time_wakes_what_waited() -> None:
    log = [*LOG[:20], LOG[4], *LOG[20:]]  # two nodes may have logged the same edit
    recovery = recover(BEGINNING, changes(log, 5), len(log))
    assert recovery.lost == {5: "not there"}
    assert recovery.waiting == []
    assert text(recovery) == text_of(LOG)
    inserted, _ = recovery.deeds[21]
    assert len(inserted) > 1, "what it woke came with it"


def test_damaged_and_illegible_changes_are_lost() -> None:
    log = changes(LOG)
    log[7] = change(7)
    log[8] = change(8, LOG[7][:-1])
    recovery = recover(BEGINNING, log, len(LOG))
    assert recovery.lost[7] == "it is damaged"
    assert "cannot be read" in recovery.lost[8]
    assert recovery.content == recover(BEGINNING, changes(LOG, 7, 8), len(LOG)).content
