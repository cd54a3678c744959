"""Going from document to document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from collab.doctor.examination import Examination
from collab.doctor.findings import Finding, Harm, Part, Report
from collab.errors import DocumentUnreadable
from collab.storage.base import Store


async def rounds(store: Store, names: Collection[str] = ()) -> AsyncIterator[Report]:
    """Look every document over, or those of these ``names``: living, deleted and damaged ones.

    A document that comes meanwhile is met, one that goes is not. Errors: ``StorageUnavailable``.
    """
    absent = dict.fromkeys(names)
    after = 0
    while page := await store.rows(after=after):
        for row, name in page:
            after = row
            if names and name not in absent:
                continue
            absent.pop(name, None)
            report = await look_over(store, row, name)
            if report is not None:
                yield report
    for name in absent:
        advice = "See how it is spelt: upper and lower case differ"
        finding = Finding(name, Part.DOCUMENT, None, None, Harm.BROKEN, "there is no such document", advice)
        yield Report(name, deleted=False, changes=0, checkpoints=0, size=0, findings=(finding,))


async def look_over(store: Store, row: int, name: str) -> Report | None:
    """Look one document over; None: its row has gone."""
    examination = Examination(name)
    try:
        return await store.inspect(row, examination.look)
    except DocumentUnreadable as error:
        return examination.cut_short(error)
