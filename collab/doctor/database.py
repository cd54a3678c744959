"""What is wrong beside the documents: the file that they are in, and what lies there and belongs to none of them."""

from __future__ import annotations

import asyncio

from collab.doctor.findings import Finding, Harm, Part
from collab.storage.repair import RepairStore
from collab.storage.salvage import database_file, faults

_INDEX = ("missing from index", "in index", "entries in index")
"""What SQLite says where only an index is damaged: the rows are there."""


async def file_findings(url: str) -> list[Finding]:
    """What SQLite finds wrong with its file; another database looks after itself. Errors: ``StorageUnavailable``."""
    found = []
    file = database_file(url)
    for line in await asyncio.to_thread(faults, file) if file is not None else ():
        harm = Harm.EXPOSED if any(words in line for words in _INDEX) else Harm.BROKEN
        advice = "`collab doctor --repair` makes indexes anew, and saves what can be read"
        found.append(Finding("", Part.DATABASE, None, None, harm, line, advice))
    return found


async def stray_findings(store: RepairStore) -> list[Finding]:
    """What lies there and belongs to no document. Errors: ``StorageUnavailable``."""
    what = "changes or checkpoints of a document that is not there, with the row id {}"
    advice = "`collab doctor --repair` makes a document of them, or sets them aside"
    return [Finding("", Part.DATABASE, None, None, Harm.BROKEN, what.format(row), advice) for row in await store.lost()]
