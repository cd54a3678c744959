"""Looking a database over: is every document there, whole, and what it is said to be? And mending what is not.

Looking changes nothing, and nobody who writes meanwhile is held up. One document is in memory at a time.

    findings → forms → checkpoints, log → examination → rounds, database
    evidence, recovery → deeds → treatment → repairs
"""

from __future__ import annotations

from collab.doctor.database import file_findings, stray_findings
from collab.doctor.findings import Finding, Harm, Part, Report, Summary
from collab.doctor.repairs import Outcome, Repair, Repaired
from collab.doctor.rounds import rounds
from collab.doctor.treatment import Loss

__all__ = [
    "Finding",
    "Harm",
    "Loss",
    "Outcome",
    "Part",
    "Repair",
    "Repaired",
    "Report",
    "Summary",
    "file_findings",
    "rounds",
    "stray_findings",
]
