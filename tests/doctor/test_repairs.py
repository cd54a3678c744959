"""``collab doctor --repair``: documents broken in every way that is known, all in one database, mended by one command."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collab.crdt import DocumentState, squash
from collab.doctor import Outcome, Repair, Repaired
from collab.storage.base import Checkpoint, StoredDocument
from collab.storage.lock import hold, lock_file
from collab.storage.sql import SqlStore
from tests import parts
from tests.crdt.yjs import Judge
from tests.doctor.breakages import BREAKAGES, Breakage, Victim
from tests.doctor.surgery import reports, write
from tests.doctor.test_command import doctor
from tests.growing_old.client import Client
from tests.growing_old.writing import Typist, keep, text_of
from tests.servers import Server

LINEAGE = "lineage"


@dataclass(frozen=True, slots=True)
class Ward:
    """A database in which every document was broken in its own way, and then repaired."""

    folder: Path
    logs: dict[str, list[bytes]]
    before: dict[str, bytes]
    """Its files before the repair, by their names."""
    status: int
    """How the command ended."""
    told: dict[str, dict[str, Any]]
    summary: dict[str, Any]

    @property
    def file(self) -> Path:
        return self.folder / "collab.db"

    def left(self, breakage: Breakage) -> list[bytes]:
        """The updates that are not lost."""
        return [update for number, update in enumerate(self.logs[breakage.name], 1) if number not in breakage.lost]

    def expected(self, breakage: Breakage) -> str:
        """The text of all that is not lost, and does not build on it."""
        state = DocumentState()
        return text_of([news for update in self.left(breakage) if (news := state.extend(update).news)])


async def break_all(folder: Path) -> dict[str, list[bytes]]:
    file = folder / "collab.db"
    store = await SqlStore.open(f"sqlite:///{file}")
    logs = {breakage.name: await write(store, breakage.name, seed=number) for number, breakage in enumerate(BREAKAGES)}
    logs["well"] = await write(store, "well", seed=99)
    rows = {name: row for row, name in await store.rows()}
    await store.close()
    for breakage in BREAKAGES:
        breakage.harm(Victim(file, rows[breakage.name], logs[breakage.name]))
    return logs


def files(folder: Path) -> dict[str, bytes]:
    """The database's files that hold anything: its readers leave an empty log, and a lock."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-shm", ".lock"))}
    return {name: data for name, data in found.items() if data}


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    folder = tmp_path_factory.mktemp("ward")
    logs = asyncio.run(break_all(folder))
    found = doctor(folder / "collab.db", "--json")
    assert found.exit_code == 1
    ill = {json.loads(line)["document"] for line in found.stdout.splitlines()[:-1]}
    assert ill == {breakage.name for breakage in BREAKAGES}
    before = files(folder)
    result = doctor(folder / "collab.db", "--repair", "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    *told, summary = map(json.loads, result.stdout.splitlines())
    return Ward(folder, logs, before, result.exit_code, {one["document"]: one for one in told}, summary["summary"])


async def load(ward: Ward, name: str) -> StoredDocument:
    store = await SqlStore.open(f"sqlite:///{ward.file}")
    stored = await store.load(name)
    await store.close()
    assert stored is not None
    return stored


def updates(stored: StoredDocument) -> list[bytes]:
    checkpoint = [] if stored.checkpoint is None else [stored.checkpoint.squashed]
    return [*checkpoint, *(update for change in stored.tail for update in change.updates)]


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
async def test_what_is_broken_is_mended_or_set_aside(ward: Ward, breakage: Breakage) -> None:
    told = ward.told[breakage.name]
    assert told["outcome"] == breakage.outcome, told
    assert told["found"]
    assert told["done"]
    assert {loss["first"] for loss in told["losses"]} >= set(breakage.lost[:1])
    assert bool(told["losses"] or told["uncertain"]) == (breakage.outcome is Outcome.SET_ASIDE)
    stored = await load(ward, breakage.name)
    assert text_of(updates(stored)) == ward.expected(breakage)
    assert (stored.lineage == LINEAGE) == breakage.keeps_lineage or breakage.name == "a bit in the lineage"
    if not breakage.lost:
        whole = text_of(ward.logs[breakage.name])
        assert text_of(updates(stored)) == whole


async def test_afterwards_nothing_is_found_and_nothing_is_done(ward: Ward) -> None:
    store = await SqlStore.open(f"sqlite:///{ward.file}")
    assert [report.document for report in await reports(store) if report.findings] == []
    await store.close()
    result = await asyncio.to_thread(doctor, ward.file)
    assert result.exit_code == 0
    listed = sorted(path.name for path in ward.folder.iterdir())
    result = await asyncio.to_thread(doctor, ward.file, "--repair")
    assert (result.exit_code, "nothing was touched" in result.output) == (0, True)
    assert sorted(path.name for path in ward.folder.iterdir()) == listed


def test_the_original_is_kept_byte_for_byte(ward: Ward) -> None:
    original = Path(ward.summary["original"])
    assert original.parent == ward.folder
    for name, data in ward.before.items():
        kept = original.with_name(original.name + name.removeprefix("collab.db"))
        assert kept.read_bytes() == data, name


def test_the_command_says_how_it_went(ward: Ward) -> None:
    assert ward.status == 1, "something was set aside"
    counts = {outcome: sum(one.outcome is outcome for one in BREAKAGES) for outcome in Outcome}
    assert ward.summary["outcomes"] == counts
    assert ward.summary["documents"] == len(BREAKAGES) + 1
    assert set(ward.told) == {one.name for one in BREAKAGES}
    lost = ward.told["change in the tail that is not there"]["losses"]
    assert (lost[0]["first"], lost[0]["what"]) == (52, "not there")
    assert (lost[-1]["actor"], lost[-1]["what"]) == ("alice", "it builds on what was lost")


def test_what_is_lost_is_set_aside_as_it_lay_there(ward: Ward) -> None:
    connection = sqlite3.connect(ward.file)
    query = "SELECT part, reason, content FROM set_aside JOIN documents ON document = documents.id WHERE name = ?"
    rows = connection.execute(query, ("change in the tail, beyond one bit",)).fetchall()
    connection.close()
    contents = [(part, reason, json.loads(content)) for part, reason, content in rows]
    damaged = [content for part, reason, content in contents if "checksum" in reason]
    assert [(one["sequence"], one["actor"], one["payload"]["base64"]) for one in damaged] == [
        (50, "alice", "A" * 54 + "==")
    ]
    builds = {content["sequence"] for part, reason, content in contents if "builds on" in reason}
    assert builds
    assert builds <= set(range(51, 61))


@pytest.mark.node
async def test_real_yjs_opens_what_was_mended(ward: Ward) -> None:
    with Judge() as judge:
        for breakage in BREAKAGES:
            stored = await load(ward, breakage.name)
            assert isinstance(stored.checkpoint, Checkpoint)
            opened = await asyncio.to_thread(judge.open, *updates(stored))
            assert opened.error is None, breakage.name
            assert not opened.pending, breakage.name
            # Yjs itself keeps back what builds on something that it was not given.
            wanted = await asyncio.to_thread(judge.open, *ward.left(breakage))
            assert wanted.pending == bool(breakage.lost and breakage.lost[-1] < 60), breakage.name
            assert opened.shape == wanted.shape, breakage.name


async def test_a_server_opens_every_one_and_an_editor_brings_the_lost_back(ward: Ward, tmp_path: Path) -> None:
    await asyncio.to_thread(shutil.copy, ward.file, tmp_path / "collab.db")
    async with Server(tmp_path) as server:
        for breakage in BREAKAGES:
            async with Client(server, breakage.name) as client:
                assert client.text == ward.expected(breakage), breakage.name
        for breakage in BREAKAGES:
            whole = ward.logs[breakage.name]
            async with Client(server, breakage.name) as client:
                if breakage.lost:
                    await client.edit(squash(whole))  # somebody who has it all in memory reconnects
            async with Client(server, breakage.name) as client:
                letters = text_of(whole)
                assert client.text == letters, breakage.name


# ---- one at a time ----------------------------------------------------------------------------------------------------


async def repaired(file: Path, *names: str) -> tuple[Repair, list[Repaired]]:
    repair = Repair(f"sqlite:///{file}")
    return repair, [one async for one in repair.run(names)]


async def test_where_nothing_is_wrong_nothing_is_touched(store: SqlStore, log: list[bytes], file: Path) -> None:
    await store.close()
    before = files(file.parent)
    repair, told = await repaired(file)
    assert (told, repair.original, repair.looked) == ([], None, 2)
    assert files(file.parent) == before


async def test_only_the_named_are_treated(store: SqlStore, log: list[bytes], file: Path) -> None:
    await store.close()
    for row in (1, 2):
        Victim(file, row, log).flip("changes", "payload", 50)
    _, told = await repaired(file, "other", "nowhere")
    assert [(one.document, one.outcome) for one in told] == [
        ("other", Outcome.REPAIRED),
        ("nowhere", Outcome.FAILED),
    ]
    _, told = await repaired(file)
    assert [(one.document, one.outcome) for one in told] == [("notes", Outcome.REPAIRED)]


async def test_rows_that_lie_under_another_documents_number(store: SqlStore, log: list[bytes], file: Path) -> None:
    await store.close()
    Victim(file, 1, log).set("changes", 60, "document = 3")  # where no document is
    Victim(file, 2, log).set("changes", 59, "document = 0")
    repair, told = await repaired(file)
    assert repair.moved == 2
    assert {(one.document, one.outcome) for one in told} == {
        ("notes", Outcome.REPAIRED),
        ("other", Outcome.REPAIRED),
    }
    assert (await repaired(file))[1] == []


async def test_a_document_whose_row_is_gone_gets_another(store: SqlStore, log: list[bytes], file: Path) -> None:
    await store.close()
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM documents WHERE id = 1")
    connection.execute("UPDATE changes SET document = 77, batch = randomblob(16) WHERE document = 2 AND sequence = 60")
    connection.commit()
    connection.close()
    repair, told = await repaired(file)
    assert repair.original is not None
    made = next(one for one in told if one.document.startswith("recovered-1-"))
    assert made.outcome is Outcome.SET_ASIDE
    assert "its name" in made.uncertain[0]
    opened = await SqlStore.open(f"sqlite:///{file}")
    stored = await opened.load(made.document)
    assert stored is not None
    assert text_of(updates(stored)) == text_of(log)
    assert [report.findings for report in await reports(opened)] == [(), ()]
    await opened.close()
    assert (await repaired(file))[1] == []


async def test_damaged_rows_of_no_document_are_set_aside_and_told(
    store: SqlStore, log: list[bytes], file: Path
) -> None:
    await store.close()
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO changes (document, sequence, time, payload) VALUES (500, 1, 1, x'0102030405')")
    connection.commit()
    connection.close()
    result = await asyncio.to_thread(doctor, file, "--repair")
    assert result.exit_code == 1
    assert "with the row ids 500" in result.output
    assert (await asyncio.to_thread(doctor, file)).exit_code == 0


async def test_what_does_not_build_on_the_lost_stays(store: SqlStore, file: Path) -> None:
    alice, bob = Typist(1, seed=1), Typist(2, seed=2)
    first, second = alice.type(10).log, bob.type(10).log
    both = [update for pair in zip(first, second, strict=True) for update in pair]
    await keep(store, "together", both)
    await store.close()
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM changes WHERE sequence = 3")  # alice's second
    connection.commit()
    connection.close()
    _, (told,) = await repaired(file)
    assert told.losses[0].first == 3
    assert {loss.first % 2 for loss in told.losses} == {1}, "of bob nothing is lost"
    opened = await SqlStore.open(f"sqlite:///{file}")
    stored = await opened.load("together")
    assert stored is not None
    assert text_of(updates(stored)) == text_of([*first[:1], *second])
    await opened.close()


async def test_a_deleted_document_is_mended_and_stays_deleted(store: SqlStore, log: list[bytes], file: Path) -> None:
    await store.delete("notes", time=1)
    await store.close()
    Victim(file, 1, log).set("checkpoints", 40, "squashed = zeroblob(300)")
    _, (told,) = await repaired(file)
    assert told.outcome is Outcome.REPAIRED
    opened = await SqlStore.open(f"sqlite:///{file}")
    (record,) = [one for one in [await opened.document("notes")] if one is not None]
    assert record.deleted == 1
    await opened.restore("notes")
    stored = await opened.load("notes")
    assert stored is not None
    assert text_of(updates(stored)) == text_of(log)
    await opened.close()


async def test_never_beside_a_server(
    store: SqlStore, log: list[bytes], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.cli.doctor.hold", partial(hold, patience=0.1))
    await store.close()
    Victim(file, 1, log).flip("changes", "payload", 50)
    before = files(file.parent)
    async with hold(lock_file(file.parent, f"sqlite:///{file}")):
        result = await asyncio.to_thread(doctor, file, "--repair")
    assert result.exit_code == 1
    assert f"in use by process {os.getpid()}" in result.output
    assert files(file.parent) == before


# ---- ended in the middle ------------------------------------------------------------------------------------------------

_DIE = """
import asyncio, os, sys
from collab.doctor import Repair
from collab.storage import repair

step = int(sys.argv[2])
calls = 0

def dying(work):
    def run(*arguments, **keywords):
        global calls
        calls += 1
        if calls == step:
            os._exit(9)
        return work(*arguments, **keywords)
    return run

for name in ("_put_aside", "_write_record", "_change_values", "checkpoint_row"):
    setattr(repair, name, dying(getattr(repair, name)))
repair.inspection.inspect = dying(repair.inspection.inspect)

async def main():
    async for one in Repair(sys.argv[1]).run():
        print(one.outcome, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("step", [4, 68, 69])
async def test_ended_in_the_middle_it_is_as_it_was_or_well(
    store: SqlStore, log: list[bytes], file: Path, step: int
) -> None:
    await store.close()
    victim = Victim(file, 1, log)
    victim.set("checkpoints", 40, "squashed = zeroblob(300)")
    victim.flip("changes", "payload", 50)
    rows = _rows(file)
    command = (sys.executable, "-c", _DIE, f"sqlite:///{file}", str(step))
    process = await asyncio.create_subprocess_exec(*command, cwd=parts.ROOT, env=os.environ)
    status = await process.wait()
    if status == 9:
        assert _rows(file) == rows, "nothing of it was committed"
    else:
        assert (status, step) == (0, 69), "the steps do not reach the end"
    _, told = await repaired(file)
    assert [one.outcome for one in told] == ([Outcome.REPAIRED] if status else [])
    opened = await SqlStore.open(f"sqlite:///{file}")
    stored = await opened.load("notes")
    assert stored is not None
    assert text_of(updates(stored)) == text_of(log)
    await opened.close()


def _rows(file: Path) -> Sequence[object]:
    connection = sqlite3.connect(file)
    found = [
        connection.execute(f"SELECT * FROM {table}").fetchall()
        for table in ("documents", "changes", "checkpoints", "set_aside")
    ]
    connection.close()
    return found
