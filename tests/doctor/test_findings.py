"""What is said of findings."""

from __future__ import annotations

from dataclasses import replace

from collab.doctor import Finding, Harm, Part, Report, Summary
from collab.doctor.findings import Findings


def test_neighbours_that_say_the_same_are_one() -> None:
    found = Findings("notes")
    for sequence in (3, 4, 5, 7):
        found.note(Part.CHANGE, sequence, Harm.BROKEN, "gone", "Look for it")
    found.note(Part.CHANGE, 8, Harm.MARRED, "gone", "Look for it")
    found.note(Part.CHECKPOINT, 9, Harm.MARRED, "gone", "Look for it")
    assert [str(one) for one in found] == [
        "broken: 'notes', changes 3 to 5: gone. Look for it.",
        "broken: 'notes', change 7: gone. Look for it.",
        "marred: 'notes', change 8: gone. Look for it.",
        "marred: 'notes', checkpoint 9: gone. Look for it.",
    ]


def test_the_summary_adds_up() -> None:
    finding = Finding("b", Part.DOCUMENT, None, None, Harm.BROKEN, "gone", "Look for it")
    summary = Summary()
    summary.add(Report("a", deleted=True, changes=3, checkpoints=2, size=1_000_000, findings=()))
    assert str(summary) == "1 document (1 deleted), 2 checkpoints, 3 changes, 1.0 MB: all well."
    summary.add(Report("b", False, 1, 0, 500_000, (finding, replace(finding, harm=Harm.MARRED), finding)))
    assert summary.ill == 1
    assert str(summary) == (
        "2 documents (1 deleted), 2 checkpoints, 4 changes, 1.5 MB: 3 problems in 1 document (2 broken, 1 marred)."
    )
