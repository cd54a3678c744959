"""Ways in which a stored document can be broken, and what a repair has to make of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from collab.doctor import Outcome
from collab.storage.checkpoints import values_of
from collab.storage.packing import Packing
from collab.storage.seals import Part, frame, seal
from tests.doctor.surgery import NEWER, OLDER, column, flip, made_of, meddle
from tests.storage.samples import NOON


@dataclass(frozen=True, slots=True)
class Victim:
    """A document of two generations and a tail (``surgery.write``), to be broken."""

    file: Path
    row: int
    log: Sequence[bytes]

    def at(self, sequence: int) -> str:
        return f"document = {self.row} AND sequence = {sequence}"

    def flip(self, table: str, name: str, sequence: int) -> None:
        flip(self.file, table, name, self.at(sequence))

    def set(self, table: str, sequence: int, assignment: str, *values: object) -> None:
        meddle(self.file, f"UPDATE {table} SET {assignment} WHERE {self.at(sequence)}", *values)

    def drop(self, first: int, last: int) -> None:
        meddle(self.file, "DELETE FROM changes WHERE document = ? AND sequence BETWEEN ? AND ?", self.row, first, last)

    def document(self, assignment: str) -> None:
        meddle(self.file, f"UPDATE documents SET {assignment} WHERE id = {self.row}")

    def put_updates(self, sequence: int, *updates: bytes) -> None:
        """Other updates in the place of those of a change, sealed well."""
        batch = column(self.file, "batch", f"changes WHERE {self.at(sequence)}")
        assert isinstance(batch, bytes)
        sealed = seal(Part.PAYLOAD, self.row, sequence, NOON, "alice", batch, frame(updates))
        self.set("changes", sequence, "payload = ?", sealed)

    def put_content(self, sequence: int, log: Sequence[bytes]) -> None:
        """Another content in the place of that of a checkpoint, sealed well."""
        made = made_of(log, sequence)
        if sequence == OLDER:
            made = replace(made, served=None)
        row = values_of(self.row, made, (Packing.PLAIN, made.squashed))
        self.set("checkpoints", sequence, ", ".join(f"{name} = ?" for name in row), *row.values())


@dataclass(frozen=True, slots=True)
class Breakage:
    """One way to break a document."""

    name: str
    harm: Callable[[Victim], None]
    outcome: Outcome = Outcome.REPAIRED
    lost: tuple[int, ...] = ()
    """Changes of which nothing can be had; what builds on them goes with them."""
    keeps_lineage: bool = True


def _both(victim: Victim, *, value: str) -> None:
    for sequence in (OLDER, NEWER):
        victim.set("checkpoints", sequence, f"squashed = {value}")


def _flip_both(victim: Victim) -> None:
    victim.flip("checkpoints", "squashed", OLDER)
    victim.flip("checkpoints", "squashed", NEWER)


def _flip_number(column: str, bit: int) -> str:
    """An SQL expression for a number with one bit flipped: SQLite has no exclusive or."""
    return f"{column} = ({column} | {1 << bit}) - ({column} & {1 << bit})"


def _newest_and_log(victim: Victim) -> None:
    victim.set("checkpoints", NEWER, "squashed = zeroblob(300)")
    victim.drop(30, 30)


def _all_of_newest_and_log(victim: Victim) -> None:
    _newest_and_log(victim)
    victim.flip("checkpoints", "served", NEWER)


def _nothing_to_begin_from(victim: Victim) -> None:
    _both(victim, value="zeroblob(300)")
    victim.flip("checkpoints", "served", NEWER)


def _two_untold(victim: Victim) -> None:
    for sequence in (10, 12):
        victim.set("changes", sequence, "ranges = NULL")


BREAKAGES = [
    # generations
    Breakage("newest checkpoint, beyond proof", lambda v: v.set("checkpoints", NEWER, "squashed = zeroblob(300)")),
    Breakage("older checkpoint, beyond proof", lambda v: v.set("checkpoints", OLDER, "squashed = zeroblob(300)")),
    Breakage("a bit in both checkpoints", _flip_both),
    Breakage("state vector", lambda v: v.set("checkpoints", NEWER, "state_vector = x'01'")),
    Breakage("delete set", lambda v: v.set("checkpoints", NEWER, "delete_set = x'00'")),
    Breakage("entries", lambda v: v.set("checkpoints", NEWER, "entries = x'0101'")),
    Breakage("checksum of a checkpoint", lambda v: v.set("checkpoints", NEWER, "checksum = zeroblob(16)")),
    Breakage("what readers open", lambda v: v.flip("checkpoints", "served", NEWER)),
    Breakage("checkpoint outside of the log", lambda v: v.set("checkpoints", NEWER, "sequence = 99")),
    Breakage("checkpoint that lacks something", lambda v: v.put_content(NEWER, v.log[: NEWER - 1])),
    Breakage(
        "checkpoint of other letters",
        lambda v: v.put_content(NEWER, [update.replace(b"a", b"z") for update in v.log[:NEWER]]),
        keeps_lineage=False,
    ),
    # the log
    Breakage("a bit in the tail", lambda v: v.flip("changes", "payload", 50)),
    Breakage("a bit in the tail's batch id", lambda v: v.flip("changes", "batch", 55)),
    Breakage("a bit in a time", lambda v: v.set("changes", 45, _flip_number("time", 17))),
    Breakage("a bit in a sequence", lambda v: v.set("changes", 45, _flip_number("sequence", 9))),
    Breakage("folded change, beyond one bit", lambda v: v.set("changes", 30, "payload = zeroblob(40)")),
    Breakage("folded changes that are not there", lambda v: v.drop(21, 22), Outcome.SET_ASIDE),
    Breakage(
        "change in the tail, beyond one bit",
        lambda v: v.set("changes", 50, "payload = zeroblob(40)"),
        Outcome.SET_ASIDE,
        (50,),
    ),
    Breakage("change in the tail that is not there", lambda v: v.drop(52, 52), Outcome.SET_ASIDE, (52,)),
    Breakage("end of the log that is not there", lambda v: v.drop(59, 60), Outcome.SET_ASIDE, (59, 60)),
    Breakage(
        "change sealed well that cannot be read", lambda v: v.put_updates(50, v.log[49][:-1]), Outcome.SET_ASIDE, (50,)
    ),
    Breakage("newest checkpoint's content and the log behind the older", _newest_and_log, Outcome.SET_ASIDE),
    Breakage("newest checkpoint and the log behind the older", _all_of_newest_and_log, Outcome.SET_ASIDE, (30,)),
    Breakage(
        "both checkpoints and what is before them",
        lambda v: _both(v, value="zeroblob(300)"),
        Outcome.SET_ASIDE,
    ),
    Breakage(
        "both checkpoints, what is before them, and what readers open",
        _nothing_to_begin_from,
        Outcome.SET_ASIDE,
        tuple(range(1, 21)),
    ),
    Breakage("sequence of a change that is no number", lambda v: v.set("changes", 30, "sequence = 'ten'")),
    Breakage("sequence of a checkpoint that is no number", lambda v: v.set("checkpoints", NEWER, "sequence = x'28'")),
    # what changes did
    Breakage("a bit in what a change did", lambda v: v.flip("changes", "ranges", 10)),
    Breakage("what a change did, not told", lambda v: v.set("changes", 10, "ranges = NULL")),
    Breakage(
        "what two changes did, not told",
        _two_untold,
        Outcome.SET_ASIDE,
    ),
    # the row
    Breakage("a bit in the head", lambda v: v.document(_flip_number("head", 2))),
    Breakage("a bit in the lineage", lambda v: v.document("lineage = 'mineage'")),
    Breakage(
        "row, beyond one bit", lambda v: v.document("head = 7, created = 'noon', checksum = 0"), Outcome.SET_ASIDE
    ),
]
