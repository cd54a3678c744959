"""Going from document to document with something in hand.

First everything is looked over, and where nothing is found nothing is touched. Otherwise an SQLite file is copied before
the first write, byte for byte (on every database, rows that are taken out go into the table ``set_aside``). Then the
file is set right, rows without a document find theirs or become one, and each ill document is treated, in one
transaction that is committed only if the doctor finds nothing in its outcome. So an end at any moment leaves each
document as it was or well, and whoever begins again goes on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from collab.doctor.database import file_findings, stray_findings
from collab.doctor.examination import Examination
from collab.doctor.findings import Finding, Part, Report
from collab.doctor.rounds import look_over
from collab.doctor.treatment import Loss, Plan, plan
from collab.errors import ConfigurationError, DocumentUnreadable
from collab.storage.base import DocumentRecord, KeptDocument, RowsRefused
from collab.storage.patient import Patient
from collab.storage.repair import RepairStore, Treatment
from collab.storage.salvage import Salvaged, database_file, keep_original, salvage


class Outcome(StrEnum):
    """What came of the treatment of a document."""

    REPAIRED = "repaired"
    """All of it is there."""
    SET_ASIDE = "set aside"
    """It opens at its last good state; something is lost, or nobody can vouch for it."""
    FAILED = "failed"
    """It is as it was."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A document that was ill."""

    document: str
    outcome: Outcome
    found: tuple[Finding, ...]
    done: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    uncertain: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()
    """Why it failed."""


class Untreated(Exception):
    """A treatment after which the doctor still finds something: it is not committed."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("the treatment did not help")
        self.findings = findings


class Repair:
    """One repair of a database that nothing else writes to. Attributes say what was done, as far as it has come."""

    def __init__(self, url: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Nothing is opened yet."""
        self._url = url
        self._now = now
        self.original: Path | None = None
        """Where the copy of the SQLite file is; None: nothing was wrong, or it is another database."""
        self.faults: list[Finding] = []
        """What was wrong with the database itself."""
        self.salvaged: Salvaged | None = None
        """What was done to its file."""
        self.moved = 0
        """Changes that lay under another document's number."""
        self.homeless: list[int] = []
        """Row ids of documents that are gone, under which nothing whole lay: it is set aside."""
        self.looked = 0
        """Documents that were looked over."""
        self._is_file_damaged = False
        self._absent: dict[str, None] = {}  # names that no document has

    @property
    def unreadable(self) -> int:
        """Rows of the file that could not be read, as far as that can be told."""
        return 0 if self.salvaged is None else self.salvaged.unreadable

    async def run(self, names: Collection[str] = ()) -> AsyncIterator[Repaired]:
        """Repair everything, or the documents of these ``names`` and the database around them.

        Errors: ``ConfigurationError`` where servers are connected, ``StorageUnavailable``.
        """
        ill = await self._look(names)
        if not ill and not self.faults:
            for name in self._absent:
                yield _absent(name)
            return
        file = database_file(self._url)
        if file is not None:
            self.original = await asyncio.to_thread(keep_original, file, self._now())
            if self._is_file_damaged:
                self.salvaged = await asyncio.to_thread(salvage, file)
        store = await RepairStore.open_to_repair(self._url)
        try:
            adopted = await self._bring_home(store, list(ill))
            async for row, name in _rows(store):
                before = ill.get(row)
                if names and name not in names and before is None and row not in adopted:
                    continue
                report = await look_over(store, row, name)
                if report is not None and report.findings:
                    yield _without_row(await self._treat(store, row, report, before), is_adopted=row in adopted)
                elif row in adopted:
                    yield _without_row(Repaired(name, Outcome.REPAIRED, ()), is_adopted=True)
                elif before is not None:  # by what was done to the file, or to its rows
                    yield Repaired(name, Outcome.REPAIRED, before.findings, ("set right with the database around it",))
            for name in self._absent:
                yield _absent(name)
        finally:
            await store.close()

    async def _look(self, names: Collection[str]) -> dict[int, Report]:
        """Look everything over without touching it: the ill documents by their row ids."""
        store = await RepairStore.open_to_look(self._url)
        ill: dict[int, Report] = {}
        try:
            strangers = await store.strangers()
            if strangers:
                raise ConfigurationError(
                    f"{strangers} connections of servers are open on the database: stop the servers, then repair it"
                )
            try:
                self.faults = await file_findings(self._url)
                self._is_file_damaged = bool(self.faults)
                self.faults += await stray_findings(store)
                self._absent = dict.fromkeys(names)
                async for row, name in _rows(store):
                    self._absent.pop(name, None)
                    if names and name not in names:
                        continue
                    self.looked += 1
                    report = await look_over(store, row, name)
                    if report is not None and report.findings:
                        ill[row] = report
            except RowsRefused:
                if not self.faults:
                    raise
        finally:
            await store.close()
        return ill

    async def _bring_home(self, store: RepairStore, ill: list[int]) -> set[int]:
        """Bring rows to their documents; the row ids that have become documents."""
        time = self._milliseconds()
        for row in await store.lost():
            self.moved += await store.send_home(row, time=time)
        for row in ill:
            self.moved += await store.send_home(row, time=time)
        adopted = set()
        for row in await store.lost():
            name = f"recovered-{row}-{secrets.token_hex(4)}"
            record = DocumentRecord(name, "", secrets.token_hex(16), 0, time, time, None)
            if await store.adopt(row, record, time=time):
                adopted.add(row)
            else:
                self.homeless.append(row)
        return adopted

    async def _treat(self, store: RepairStore, row: int, report: Report, before: Report | None) -> Repaired:
        name, found = report.document, (before or report).findings
        try:
            try:
                only_row = all(finding.part in (Part.DOCUMENT, Part.VERSION) for finding in report.findings)
                made = await self._attempt(store, row, only_row=only_row)
            except Untreated:  # more was wrong than the row
                made = await self._attempt(store, row, only_row=False)
        except Untreated as error:
            return Repaired(name, Outcome.FAILED, found, remains=tuple(map(str, error.findings)))
        except (DocumentUnreadable, RowsRefused) as error:
            return Repaired(name, Outcome.FAILED, found, remains=(str(error),))
        is_whole = not made.losses and not made.uncertain
        outcome = Outcome.REPAIRED if is_whole else Outcome.SET_ASIDE
        return Repaired(name, outcome, found, made.done, made.losses, made.uncertain)

    async def _attempt(self, store: RepairStore, row: int, *, only_row: bool) -> Plan:
        plans: list[Plan] = []

        def decide(patient: Patient) -> Treatment:
            plans.append(plan(patient, only_row=only_row, time=self._milliseconds()))
            return plans[-1].treatment

        mended = await store.treat(row, decide, _check)
        made = plans[-1]
        return replace(made, done=(*made.done, *mended.done), uncertain=(*made.uncertain, *mended.lost))

    def _milliseconds(self) -> int:
        return int(self._now().timestamp() * 1000)


def _absent(name: str) -> Repaired:
    return Repaired(name, Outcome.FAILED, (), remains=("there is no such document",))


def _without_row(repaired: Repaired, *, is_adopted: bool) -> Repaired:
    if not is_adopted:
        return repaired
    what = "its row is gone, and with it its name, its title and its lineage: this name was made up"
    outcome = Outcome.SET_ASIDE if repaired.outcome is Outcome.REPAIRED else repaired.outcome
    done = ("a row was made for what lay there without one", *repaired.done)
    return replace(repaired, outcome=outcome, done=done, uncertain=(what, *repaired.uncertain))


def _check(kept: KeptDocument) -> None:
    report = Examination(kept.record.name).look(kept)
    if report.findings:
        raise Untreated(report.findings)


async def _rows(store: RepairStore) -> AsyncIterator[tuple[int, str]]:
    after = 0
    while page := await store.rows(after=after):
        for row, name in page:
            after = row
            yield row, name
