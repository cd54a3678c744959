"""Looking one document over.

row             its checksum
checkpoints     checksums; they parse, and nothing in them depends on what is not in them; state vector and delete
                set are those of the content; what readers open holds all of it but what is deleted
steps, changes  1 to the head without a gap; checksums; they parse, and each follows on from those before it; only
                what two checkpoints hold was let go, and what it did is kept
versions        checksums; each names a moment that can be read
together        each checkpoint is the one before it and the changes between; what all changes are said to have
                done adds up to it
"""

from __future__ import annotations

from collab.doctor.checkpoints import RESTORE, Footing, examine_checkpoint
from collab.doctor.findings import Findings, Harm, Part, Report
from collab.doctor.log import LogWalk
from collab.doctor.versions import VersionLook
from collab.errors import DocumentUnreadable
from collab.storage.base import Checkpoint, KeptCheckpoint, KeptDocument


class Examination:
    """One look at one document."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._deleted = False
        self._checkpoints = 0
        self._size = 0
        self._walk: LogWalk | None = None
        self._findings = Findings(name)

    def look(self, kept: KeptDocument) -> Report:
        """Look at everything that is stored of it, and say what was found."""
        record, findings = kept.record, self._findings
        self._deleted = record.deleted is not None
        head = None if kept.damage else record.head
        if kept.damage:
            findings.note(Part.DOCUMENT, None, Harm.BROKEN, f"its row is damaged: {kept.damage.reason}", RESTORE)
        self._checkpoints = len(kept.checkpoints)
        self._size = sum(map(_size, kept.checkpoints))
        last = max((one.sequence for one in kept.checkpoints), default=0) if head is None else head
        footing = Footing.find(kept.checkpoints, last)
        examined = [examine_checkpoint(one, footing, last, findings) for one in kept.checkpoints]
        self._walk = LogWalk(head, footing, [one for one in examined if one is not None], findings)
        versions = VersionLook(kept.versions, kept.steps)
        self._walk.walk(versions.passing(kept.changes), kept.steps)
        versions.conclude(last, findings)
        return self._report()

    def cut_short(self, error: DocumentUnreadable) -> Report:
        """The database could not get at all of it: what was found until then, and that."""
        self._findings.note(Part.DOCUMENT, None, Harm.BROKEN, str(error), RESTORE)
        return self._report()

    def _report(self) -> Report:
        count, size = (self._walk.count, self._walk.size) if self._walk else (0, 0)
        return Report(self._name, self._deleted, count, self._checkpoints, self._size + size, tuple(self._findings))


def _size(kept: KeptCheckpoint) -> int:
    served = len(kept.served) if isinstance(kept.served, bytes) else 0
    if not isinstance(kept.checkpoint, Checkpoint):
        return served
    one = kept.checkpoint
    return len(one.state_vector) + len(one.delete_set) + len(one.squashed) + served
