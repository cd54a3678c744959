"""What may be found: where, how bad it is, and what to do about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Harm(StrEnum):
    """What a finding means for the document, the worst first."""

    BROKEN = "broken"
    """It does not open, or not as it was written."""
    EXPOSED = "exposed"
    """It opens right, but something that would stand in at the next fault is damaged."""
    MARRED = "marred"
    """It opens right; what is damaged is beside its content."""


class Part(StrEnum):
    """What a finding is about."""

    DATABASE = "database"
    """Not one document: its name is empty."""

    DOCUMENT = "document"
    CHECKPOINT = "checkpoint"
    CHANGE = "change"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, for the person who can mend it."""

    document: str
    part: Part
    sequence: int | None
    """Of the change or the checkpoint; ``None``: the document as a whole."""
    last: int | None
    """The last one of a run of changes that begins at ``sequence``; the same number where it is one."""
    harm: Harm
    what: str
    advice: str

    @property
    def where(self) -> str:
        """The change or the checkpoint, in words; empty where it is about the whole."""
        if self.sequence is None:
            return ""
        return (
            f"{self.part} {self.sequence}"
            if self.last == self.sequence
            else f"{self.part}s {self.sequence} to {self.last}"
        )

    def __str__(self) -> str:
        whole = "the database" if self.part is Part.DATABASE else repr(self.document)
        place = f"{whole}, {self.where}" if self.where else whole
        return f"{self.harm}: {place}: {self.what}. {self.advice}."


class Findings(list[Finding]):
    """The findings of one document in the order they are made; neighbours that say the same become one."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self._document = document

    def note(
        self, part: Part, sequence: int | None, harm: Harm, what: str, advice: str, last: int | None = None
    ) -> None:
        """Note something about the change or checkpoint at ``sequence``, or the changes up to ``last``."""
        last = sequence if last is None else last
        found = Finding(self._document, part, sequence, last, harm, what, advice)
        if self and part is Part.CHANGE and sequence is not None:
            before = self[-1]
            if before.last == sequence - 1 and before == replace(found, sequence=before.sequence, last=before.last):
                self[-1] = replace(before, last=last)
                return
        self.append(found)


@dataclass(frozen=True, slots=True)
class Report:
    """A document that was looked over."""

    document: str
    deleted: bool
    changes: int
    checkpoints: int
    size: int
    """Bytes that were read of it."""
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Summary:
    """All documents that were looked over."""

    documents: int = 0
    deleted: int = 0
    changes: int = 0
    checkpoints: int = 0
    size: int = 0
    ill: int = 0
    """Documents with findings."""
    faults: int = 0
    """Findings in the database itself."""
    harms: Counter[Harm] = field(default_factory=Counter)
    """Findings by what they mean."""

    def add(self, report: Report) -> None:
        """Count a document in."""
        self.documents += 1
        self.deleted += report.deleted
        self.changes += report.changes
        self.checkpoints += report.checkpoints
        self.size += report.size
        self.ill += bool(report.findings)
        self.harms.update(finding.harm for finding in report.findings)

    def note(self, finding: Finding) -> None:
        """Count in something that is wrong with the database itself."""
        self.faults += 1
        self.harms[finding.harm] += 1

    @property
    def is_well(self) -> bool:
        """Whether nothing was found."""
        return not self.ill and not self.faults

    def __str__(self) -> str:
        deleted = f" ({self.deleted} deleted)" if self.deleted else ""
        seen = (
            f"{_count(self.documents, 'document')}{deleted}, {_count(self.checkpoints, 'checkpoint')}, "
            f"{_count(self.changes, 'change')}, {self.size / 1e6:.1f} MB"
        )
        if self.is_well:
            return f"{seen}: all well."
        harms = ", ".join(f"{self.harms[harm]} {harm}" for harm in Harm if self.harms[harm])
        places = [_count(self.ill, "document")] * bool(self.ill) + ["the database"] * bool(self.faults)
        return f"{seen}: {_count(self.harms.total(), 'problem')} in {' and '.join(places)} ({harms})."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
