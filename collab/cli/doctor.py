"""``collab doctor``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from time import monotonic
from typing import Any

import click

from collab.cli.options import SettingsCommand, examples, takes_settings
from collab.config import Settings
from collab.doctor import Finding, Outcome, Repair, Repaired, Summary, file_findings, rounds, stray_findings
from collab.storage.connect import claim
from collab.storage.lock import hold, lock_file
from collab.storage.repair import RepairStore


@click.command(
    cls=SettingsCommand,
    short_help="Look documents over, and repair them.",
    epilog=examples(
        "collab doctor",
        "collab doctor notes/today --json",
        "collab doctor --repair --data-dir /var/lib/collab",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", help="Documents to look at.  [default: all]")
@click.option("--repair", "mend", is_flag=True, help="Set right what is found; the server must not be running.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: each problem, and last the summary.")
@takes_settings("data_dir", "database_url")
def doctor(settings: Settings, names: tuple[str, ...], mend: bool, as_json: bool) -> None:
    """Look over every document, or those named: is it there, whole, and what it is said to be?

    Nothing is changed, and a server may be running meanwhile. Each problem is a line that says where it is, how bad, and
    what to do: "broken" does not open, or not as it was written; "exposed" opens right, but has nothing left to stand in
    at the next fault; "marred" opens right, and has damage beside its content. The exit code is 1 where there is any.

    With --repair the database is copied first, if it is a file, and then every problem is set right that can be. A
    document that has lost something opens again at its last good state, with all that does not build on the lost; what
    could not be had is set aside in the database, and told: which changes, by whom, when. An editor that still has it
    brings it back when it reconnects. The exit code is 1 where anything was lost, or could not be repaired.
    """
    if mend:
        sys.exit(asyncio.run(_repair(settings, names, as_json=as_json)))
    summary = asyncio.run(_look_over(settings.database_url, names, _print_json if as_json else _print_finding))
    if as_json:
        counts = asdict(summary) | {"harms": dict(summary.harms)}
        click.echo(json.dumps({"summary": counts}))
    else:
        click.echo(summary)
    sys.exit(0 if summary.is_well else 1)


async def _look_over(url: str, names: Sequence[str], show: Callable[[Finding], None]) -> Summary:
    summary = Summary()
    store = await RepairStore.open_to_look(url)
    try:
        with _progress() as progress:
            for look in () if names else (partial(file_findings, url), partial(stray_findings, store)):
                for finding in await look():
                    summary.note(finding)
                    show(finding)
            async for report in rounds(store, names):
                summary.add(report)
                for finding in report.findings:
                    progress("")
                    show(finding)
                progress(f"{summary.documents} documents, {summary.changes} changes …")
    finally:
        await store.close()
    return summary


async def _repair(settings: Settings, names: Sequence[str], *, as_json: bool) -> int:
    """Repair, tell, and answer the exit code."""
    url = settings.database_url
    await (await RepairStore.open_to_look(url)).close()  # there must be one: a lock is not left where there is none
    repair = Repair(url)
    outcomes: Counter[Outcome] = Counter()
    lock = lock_file(settings.data_dir, url)
    if not lock.parent.exists():
        settings.make_data_dir()
    lost = asyncio.Event()
    async with hold(lock), claim(url, lost.set):
        with _progress() as progress:
            progress("looking everything over …")
            async for repaired in repair.run(names):
                outcomes[repaired.outcome] += 1
                progress("")
                click.echo(json.dumps(_plain(repaired)) if as_json else _told(repaired))
                progress(f"{outcomes.total()} documents treated …")
                if lost.is_set():
                    break  # a server has the documents now
    click.echo(json.dumps({"summary": _counted(repair, outcomes)}) if as_json else _summed_up(repair, outcomes))
    return 0 if outcomes.total() == outcomes[Outcome.REPAIRED] and not repair.unreadable and not repair.homeless else 1


def _plain(repaired: Repaired) -> dict[str, Any]:
    return asdict(repaired)


def _told(repaired: Repaired) -> str:
    """A document's report: what came of it, what was found, done and lost."""
    lines = [f"{repaired.outcome}: {repaired.document!r}"]
    lines += ["  found: " + ": ".join(filter(None, (finding.where, finding.what))) for finding in repaired.found]
    lines += [f"  done: {done}" for done in repaired.done]
    lines += [f"  lost: {loss}" for loss in repaired.losses]
    lines += [f"  not certain: {what}" for what in repaired.uncertain]
    lines += [f"  remains: {what}" for what in repaired.remains]
    return "\n".join(lines)


def _counted(repair: Repair, outcomes: Counter[Outcome]) -> dict[str, Any]:
    return {
        "documents": repair.looked,
        "outcomes": {outcome: outcomes[outcome] for outcome in Outcome},
        "database": [finding.what for finding in repair.faults],
        "rows_copied": repair.salvaged.rows if repair.salvaged else None,
        "rows_unreadable": repair.unreadable,
        "changes_brought_home": repair.moved,
        "rows_of_no_document": repair.homeless,
        "original": None if repair.original is None else str(repair.original),
    }


def _summed_up(repair: Repair, outcomes: Counter[Outcome]) -> str:
    if not outcomes and not repair.faults:
        return f"{repair.looked} documents looked over: all well, nothing was touched."
    lines = [f"found: {finding}" for finding in repair.faults]
    if repair.salvaged is not None:
        made = "its indexes were made anew"
        if repair.salvaged.rows is not None:
            made = f"{repair.salvaged.rows} rows were copied into a new file, {repair.unreadable} could not be read"
        lines.append(f"done: the database: {made}")
    if repair.moved:
        lines.append(f"done: changes that were brought back to their documents: {repair.moved}")
    if repair.homeless:
        rows = ", ".join(map(str, repair.homeless))
        lines.append(f"set aside: damaged rows of documents that are gone, with the row ids {rows}")
    told = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
    lines.append(f"{repair.looked} documents looked over" + (f": {told}." if told else "."))
    if outcomes[Outcome.SET_ASIDE]:
        lines.append(
            "What is lost comes back from any editor that still has it, as soon as that reconnects; not what was deleted."
        )
    if repair.original is not None:
        lines.append(f"The database as it was: {repair.original}")
    return "\n".join(lines)


def _print_finding(finding: Finding) -> None:
    click.echo(finding)


def _print_json(finding: Finding) -> None:
    click.echo(json.dumps(asdict(finding)))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line on a terminal's standard error that is written over a few times a second, and is gone in the end."""
    shown = monotonic()

    def write(line: str) -> None:
        click.echo(f"\r\033[K{line}", err=True, nl=False)

    def show(line: str) -> None:
        nonlocal shown
        if sys.stderr.isatty() and (not line or monotonic() - shown > 0.2):
            shown = monotonic()
            write(line)

    yield show
    show("")
