"""The generations of a document: does each hold what it says, and what can the document be opened from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collab.crdt import DeleteSet, DocumentState, decode_state_vector
from collab.doctor.findings import Findings, Harm, Part
from collab.doctor.forms import served_fault, state_of
from collab.errors import BadInput, LimitExceeded
from collab.storage.base import Checkpoint, Damage, KeptCheckpoint

RESTORE = (
    "`collab doctor --repair` opens it as far as it can be had, and a backup may hold more; until then it is refused, and "
    "kept as it is"
)
REPORT = "The disk is not at fault: report it; `collab doctor --repair` writes the document anew, and keeps a copy"
NEXT_FOLD = (
    "Nothing is lost where the log before it is sound: the next fold, or `collab doctor --repair`, makes a new one; have a "
    "look at the disk"
)


FROM_SERVED = (
    "It opens, and takes edits, and none of them is lost; but its past cannot be read, and it cannot be folded, until "
    "`collab doctor --repair` mends its content or makes it of what readers open, which lacks only the text that had been "
    "deleted: a backup may hold that"
)
_ADVICE = {
    Harm.BROKEN: RESTORE,
    Harm.EXPOSED: "Nothing is lost: the newest checkpoint holds it, and `collab doctor --repair` a second one; have a look at the disk",
    Harm.MARRED: "Nothing is lost: two checkpoints hold it; have a look at the disk",
}


@dataclass(frozen=True, slots=True)
class Generation:
    """A sound checkpoint with the state it holds."""

    checkpoint: Checkpoint
    state: DocumentState

    @property
    def sequence(self) -> int:
        """The last change in it."""
        return self.checkpoint.sequence


@dataclass(frozen=True, slots=True)
class Footing:
    """What of a log is needed, and for what. Sequences; 0 is the document's beginning."""

    opens_from: int
    """Where the server begins: the newest checkpoint, where what readers open of it is sound; else ``reads_from``."""
    reads_from: int
    """Where looking back and folding begin: the newest checkpoint whose checksum holds."""
    spare_from: int
    """Where it would begin, were that one damaged."""
    folded_to: int
    """Changes up to here may have been let go: two checkpoints hold them."""

    @classmethod
    def find(cls, kept: Sequence[KeptCheckpoint], head: int) -> Footing:
        """``kept``: every generation that is there, the newest first."""
        inside = [one for one in kept if one.sequence <= head]
        usable = [one.sequence for one in inside if isinstance(one.checkpoint, Checkpoint)]
        reads_from, spare_from, *_ = [*usable, 0, 0]
        is_served = bool(inside) and isinstance(inside[0].served, bytes)
        opens_from = inside[0].sequence if is_served else reads_from
        return cls(opens_from, reads_from, spare_from, folded_to=kept[-1].sequence if len(kept) > 1 else 0)

    def harm(self, sequence: int) -> Harm:
        """What it means when the change at ``sequence`` is damaged."""
        if sequence > self.opens_from:
            return Harm.BROKEN
        return Harm.EXPOSED if sequence > self.spare_from else Harm.MARRED

    def advice(self, sequence: int) -> str:
        """What to do about that."""
        is_only_served = self.reads_from < sequence <= self.opens_from
        return FROM_SERVED if is_only_served else _ADVICE[self.harm(sequence)]

    @property
    def mends(self) -> str:
        """What makes a checkpoint anew that is damaged."""
        if self.reads_from >= self.folded_to:
            return NEXT_FOLD
        return FROM_SERVED if self.opens_from > self.reads_from else RESTORE


def examine_checkpoint(kept: KeptCheckpoint, footing: Footing, head: int, findings: Findings) -> Generation | None:
    """Look at one generation; it is answered where it is sound."""
    at = kept.sequence
    if not 0 < at <= head:
        findings.note(Part.CHECKPOINT, at, Harm.EXPOSED, f"it stands outside of the log, whose head is {head}", REPORT)
        return None
    if isinstance(kept.checkpoint, Damage):
        findings.note(Part.CHECKPOINT, at, Harm.EXPOSED, f"it is damaged: {kept.checkpoint.reason}", footing.mends)
        return None
    checkpoint = kept.checkpoint
    harm = Harm.BROKEN if at == footing.opens_from else Harm.EXPOSED
    try:
        state = state_of(checkpoint.squashed)
        if decode_state_vector(checkpoint.state_vector) != state.state_vector:
            findings.note(Part.CHECKPOINT, at, harm, "its state vector is not that of its content", REPORT)
            return None
        if DeleteSet.decode(checkpoint.delete_set) != state.deletes:
            findings.note(Part.CHECKPOINT, at, harm, "its delete set is not that of its content", REPORT)
            return None
    except (BadInput, LimitExceeded) as error:
        findings.note(Part.CHECKPOINT, at, harm, f"it was written well and cannot be read: {error}", REPORT)
        return None
    _examine_served(kept, checkpoint, harm, findings)
    return Generation(checkpoint, state)


def _examine_served(kept: KeptCheckpoint, checkpoint: Checkpoint, harm: Harm, findings: Findings) -> None:
    if isinstance(kept.served, Damage):
        what = f"what readers open is damaged: {kept.served.reason}"
        advice = "Nothing is lost: it is made from the rest at every opening, and kept anew by the next fold"
        findings.note(Part.CHECKPOINT, kept.sequence, Harm.MARRED, what, advice)
    elif kept.served is not None:
        fault = served_fault(kept.served, checkpoint.squashed)
        if fault is not None:
            findings.note(Part.CHECKPOINT, kept.sequence, harm, fault, REPORT)
