"""Looking at versions: each names a moment that can be read, and is as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collab.doctor.findings import Findings, Harm, Part
from collab.storage.base import KeptChange, KeptStep, KeptVersion

_ADVICE = "`collab doctor --repair` mends or sets aside what it can of it; the document itself is not concerned"


class VersionLook:
    """Looks at the versions of one document, while its log is walked by somebody else."""

    def __init__(self, versions: tuple[KeptVersion, ...], steps: Iterable[KeptStep]) -> None:
        self._versions = versions
        self._unread = {version.moment for version in versions} - {0}
        self._unread.difference_update(step.moment for step in steps if step.sequence == step.moment)

    def passing(self, changes: Iterator[KeptChange]) -> Iterator[KeptChange]:
        """The same changes, noted as moments that can be read."""
        for change in changes:
            self._unread.discard(change.sequence)
            yield change

    def conclude(self, head: int, findings: Findings) -> None:
        """Say what is wrong, once the whole log has passed."""
        for version in self._versions:
            what = None
            if version.damage is not None:
                what = f"its row is damaged: {version.damage.reason}"
            elif version.moment > head:
                what = f"it names moment {version.moment}, and the document ends at {head}"
            elif version.moment in self._unread:
                what = f"its moment, {version.moment}, cannot be read any more"
            if what is not None:
                findings.note(Part.VERSION, None, Harm.MARRED, f"version {version.id}: {what}", _ADVICE)
