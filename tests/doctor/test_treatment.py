"""What a damaged document is to become, decided on paper; ``test_repairs`` has it done to a database."""

from __future__ import annotations

from dataclasses import replace

from collab.crdt import DeleteSet, moment, squash
from collab.doctor.forms import state_of
from collab.doctor.treatment import Loss, Plan, plan
from collab.storage.base import Checkpoint, DocumentRecord
from collab.storage.checkpoints import Served
from collab.storage.patient import FoundChange, FoundCheckpoint, Patient
from collab.storage.seals import checkpoint_checksum
from tests.doctor.surgery import made_of
from tests.growing_old.writing import Typist, text_of
from tests.storage.samples import NOON

LOG = Typist(seed=8).type(30).log
LATER = NOON + 5000


def change(sequence: int, update: bytes) -> FoundChange:
    return FoundChange(sequence, 1, sequence, NOON + sequence, "alice", (update,), None, 20, None)


def found(made: Checkpoint, *, lies: Checkpoint | None = None) -> FoundCheckpoint:
    pieces = (made.state_vector, made.delete_set, made.squashed, made.entries)
    checksum = checkpoint_checksum(1, made.sequence, *pieces)
    return FoundCheckpoint(made.sequence, replace(lies or made, served=None), True, 1, checksum)


def patient(*generations: FoundCheckpoint, folded: int = 0, **fields: object) -> Patient:
    """A document of thirty changes, the first ones folded away without a word of what they did."""
    changes = {number: change(number, update) for number, update in enumerate(LOG, 1)}
    for number in range(1, folded + 1):
        changes[number] = replace(changes[number], updates=None, size=0)
    record = DocumentRecord("notes", "", "lineage", len(LOG), NOON, NOON, None)
    return replace(Patient(1, record, True, True, changes, [], generations), **fields)  # type: ignore[arg-type]


def text(made: Plan) -> str:
    return text_of([made.treatment.checkpoints[-1].squashed])


def test_the_repair_has_its_place_in_the_history() -> None:
    made = plan(patient(), only_row=False, time=LATER)
    treatment = made.treatment
    assert treatment.changes is not None
    assert [one.sequence for one in treatment.changes] == list(range(1, 32))
    assert {one.updates for one in treatment.changes[:-1]} == {None}
    assert (treatment.changes[-1].time, treatment.changes[-1].actor) == (LATER, None)
    assert (treatment.record.head, treatment.record.modified, treatment.record.lineage) == (31, LATER, "lineage")
    assert [one.sequence for one in treatment.checkpoints] == [30, 31]
    assert [one.served is None for one in treatment.checkpoints] == [True, False]
    assert text(made) == text_of(LOG)
    assert (made.losses, made.uncertain) == ((), ())


def test_only_the_row() -> None:
    made = plan(patient(is_sound=False), only_row=True, time=LATER)
    assert made.treatment.changes is None
    assert made.treatment.aside == {("documents", 0): "its checksum does not hold"}
    assert made.treatment.record.head == 30


def test_a_log_without_a_gap_refutes_a_checkpoint() -> None:
    lying = found(made_of([update.replace(b"a", b"z") for update in LOG[:20]], 20))
    made = plan(patient(lying), only_row=False, time=LATER)
    assert text(made) == text_of(LOG)
    assert ("checkpoints", 20) in made.treatment.aside
    assert made.treatment.record.lineage != "lineage", "editors know other letters under these clocks"


def test_a_log_with_a_gap_refutes_nothing() -> None:
    sound = found(made_of(LOG[:20], 20))
    ill = patient(sound)
    damaged = {**ill.changes, 5: replace(ill.changes[5], updates=None, damage="it is damaged")}
    made = plan(replace(ill, changes=damaged), only_row=False, time=LATER)
    assert text(made) == text_of(LOG)
    assert made.losses == ()
    assert made.treatment.aside == {("changes", 5): "it is damaged"}


def test_what_nobody_vouches_for_is_better_than_nothing() -> None:
    """Its letters may be wrong, so editors must not take it for what they have: a new lineage."""
    whole = made_of(LOG[:20], 20)
    letter = whole.squashed.index(b"default") + 10
    content = bytearray(whole.squashed)
    content[letter] = ord("X")
    content[letter + 1] = ord("Y")
    lying = found(whole, lies=replace(whole, squashed=bytes(content)))
    made = plan(patient(lying, folded=20), only_row=False, time=LATER)
    assert "X" in text(made)
    assert len(text(made)) == len(text_of(LOG))
    assert "letters may be wrong" in made.uncertain[0]
    assert made.treatment.record.lineage != "lineage"


def test_what_readers_open_stands_in_for_damaged_content() -> None:
    """All of it is there, the same to editors; what had been deleted behind the sound generation has lost its text."""
    whole = made_of(LOG[:20], 20)
    opens = Served(20, whole.state_vector, whole.delete_set, whole.entries, whole.served or b"", len(whole.squashed))
    ill = replace(found(whole, lies=replace(whole, squashed=bytes(300))), served=opens)
    for older, first in (((), 1), ((found(made_of(LOG[:10], 10)),), 11)):
        made = plan(patient(ill, *older, folded=20), only_row=False, time=LATER)
        assert text(made) == text_of(LOG)
        assert [(loss.first, loss.last) for loss in made.losses] == [(first, 20)]
        assert "had been deleted" in made.losses[0].what
        assert made.treatment.record.lineage == "lineage"
        assert ("checkpoints", 20) in made.treatment.aside
        content = made.treatment.checkpoints[-1].squashed
        before = moment(content, state_of(squash(LOG[:5])).state_vector, DeleteSet())
        assert (text_of([before]) == text_of(LOG[:5])) == bool(older), "what the sound one has, it still has"


def test_what_readers_open_counts_only_where_it_is_what_it_says() -> None:
    whole = made_of(LOG[:20], 20)
    opens = Served(20, whole.state_vector, whole.delete_set, whole.entries, made_of(LOG[:19], 19).served or b"", 1)
    ill = replace(found(whole, lies=replace(whole, squashed=bytes(300))), served=opens)
    made = plan(patient(ill, folded=20), only_row=False, time=LATER)
    assert {loss.what for loss in made.losses} == {"let go", "it builds on what was lost"}


def test_what_was_let_go_too_early_is_taken_from_where_it_stands() -> None:
    """The older generation is proven, and what came after it stands in the damaged newer one alone."""
    older, newer = found(made_of(LOG[:10], 10)), made_of(LOG[:20], 20)
    letter = newer.squashed.index(b"default") + 10
    content = newer.squashed[:letter] + b"XY" + newer.squashed[letter + 2 :]
    lying = found(newer, lies=replace(newer, squashed=content))
    made = plan(patient(lying, older, folded=20), only_row=False, time=LATER)
    assert len(text(made)) == len(text_of(LOG))
    assert made.losses == ()
    assert made.uncertain
    kept = plan(patient(lying, older, folded=10), only_row=False, time=LATER)
    assert (text(kept), kept.losses) == (text_of(LOG), ())
    assert kept.treatment.record.lineage == "lineage", "nothing unproven was needed"


def test_losses_are_told_in_runs() -> None:
    ill = patient()
    changes = dict(ill.changes)
    del changes[11]
    changes[12] = replace(changes[12], updates=None, damage="its checksum does not hold", actor="bob")
    changes[13] = replace(changes[13], updates=None, damage="its checksum does not hold", actor="bob", size=5)
    made = plan(replace(ill, changes=changes), only_row=False, time=LATER)
    gone, damaged, *_ = made.losses
    assert gone == Loss(11, 11, None, None, None, 0, "not there")
    assert damaged == Loss(12, 13, "bob", NOON + 12, NOON + 13, 25, "its checksum does not hold")
    assert str(gone) == "change 11: not there"
    assert str(damaged) == "changes 12 to 13 by 'bob', 2025-06-15 15:06:40 UTC, 25 bytes: its checksum does not hold"
    assert all(loss.what == "it builds on what was lost" for loss in made.losses[2:])


def test_what_was_committed_and_not_counted_is_taken_in() -> None:
    ill = patient()
    made = plan(replace(ill, record=replace(ill.record, head=25)), only_row=False, time=LATER)
    assert made.treatment.record.head == 31
    assert text(made) == text_of(LOG)
    changes = dict(ill.changes)
    del changes[28]
    made = plan(replace(ill, record=replace(ill.record, head=25), changes=changes), only_row=False, time=LATER)
    assert made.treatment.record.head == 28
    assert made.treatment.aside == {("changes", number): "behind the end of the log" for number in (29, 30)}


def test_a_row_beyond_proof() -> None:
    record = DocumentRecord("notes", "Notes", "lineage", 7, "noon", 1, "gone")  # type: ignore[arg-type]
    made = plan(patient(record=record, is_sound=False, is_proven=False), only_row=False, time=LATER)
    treated = made.treatment.record
    assert (treated.name, treated.title, treated.lineage, treated.head) == ("notes", "Notes", "lineage", 31)
    assert (treated.created, treated.deleted) == (NOON + 1, LATER), "it does not come back to life by itself"
    assert made.uncertain


def test_a_document_without_anything() -> None:
    empty = patient(changes={}, record=DocumentRecord("notes", "", "lineage", 0, NOON, NOON, None), is_sound=False)
    made = plan(empty, only_row=False, time=LATER)
    assert (made.treatment.changes, made.treatment.record.head) == (None, 0)


def test_all_of_it_is_lost() -> None:
    made = plan(patient(changes={}), only_row=False, time=LATER)
    assert (text(made), made.treatment.record.head) == ("", 31)
    assert [(loss.first, loss.last) for loss in made.losses] == [(1, 30)]
    assert squash([one.squashed for one in made.treatment.checkpoints[:1]]) == b"\0\0"
