"""``collab doctor``: what it prints where, and how it ends."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from pathlib import Path

from click.testing import CliRunner, Result

from collab.cli import main
from collab.doctor.checkpoints import RESTORE
from collab.storage.sql import SqlStore
from tests.doctor.surgery import NEWER, flip, meddle


def doctor(file: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLLAB_DATABASE_URL": f"sqlite:///{file}"}).invoke(main, ["doctor", *arguments])


async def test_the_command(store: SqlStore, log: list[bytes], file: Path) -> None:
    async def run(*arguments: str) -> tuple[int, list[str]]:
        result = await asyncio.to_thread(doctor, file, *arguments)
        return result.exit_code, result.output.splitlines()

    status, lines = await run()
    assert status == 0
    assert [re.sub(r"[\d.]+ MB", "MB", line) for line in lines] == [
        "2 documents, 4 checkpoints, 120 changes, MB: all well."
    ]
    flip(file, "checkpoints", "squashed", f"document = 1 AND sequence = {NEWER}")
    status, lines = await run()
    assert status == 1
    assert lines[0].startswith("exposed: 'notes', checkpoint 40: it is damaged: its checksum does not hold. Nothing is")
    assert lines[1].endswith("1 problem in 1 document (1 exposed).")
    status, lines = await run("other")
    assert (status, len(lines)) == (0, 1)
    status, lines = await run("nowhere", "other")
    assert (status, lines[0]) == (
        1,
        "broken: 'nowhere': there is no such document. See how it is spelt: upper and lower case differ.",
    )


async def test_the_command_for_machines(store: SqlStore, log: list[bytes], file: Path) -> None:
    flip(file, "changes", "payload", "document = 1 AND sequence = 60")
    result = await asyncio.to_thread(doctor, file, "--json")
    assert result.exit_code == 1
    finding, summary = map(json.loads, result.stdout.splitlines())
    assert finding == {
        "document": "notes",
        "part": "change",
        "sequence": 60,
        "last": 60,
        "harm": "broken",
        "what": "damaged: its checksum does not hold",
        "advice": RESTORE,
    }
    assert summary["summary"]["harms"] == {"broken": 1}
    assert (summary["summary"]["documents"], summary["summary"]["ill"]) == (2, 1)


def test_the_command_makes_no_database(tmp_path: Path) -> None:
    result = doctor(tmp_path / "collab.db")
    assert result.exit_code == 1
    assert "unable to open" in result.output
    assert list(tmp_path.iterdir()) == []


async def test_the_command_changes_nothing(store: SqlStore, log: list[bytes], file: Path) -> None:
    flip(file, "checkpoints", "squashed", f"document = 1 AND sequence = {NEWER}")
    await store.close()
    before = zlib.crc32(await asyncio.to_thread(file.read_bytes))
    assert (await asyncio.to_thread(doctor, file)).exit_code == 1
    assert zlib.crc32(await asyncio.to_thread(file.read_bytes)) == before


async def test_the_command_that_repairs(store: SqlStore, log: list[bytes], file: Path) -> None:
    flip(file, "changes", "payload", "document = 1 AND sequence = 60")
    meddle(file, "DELETE FROM changes WHERE document = 2 AND sequence = 52")
    await store.close()
    result = await asyncio.to_thread(doctor, file, "--repair")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0] == "repaired: 'notes'"
    assert "  done: a flipped bit was set right in 1 change" in lines
    assert lines.index("set aside: 'other'") > 0
    assert "  lost: change 52: not there" in lines
    assert any(re.match(r"  lost: changes? 5\d( to 60)? by 'alice', 2025-06-15", line) for line in lines)
    assert lines[-3] == "2 documents looked over: 1 repaired, 1 set aside."
    assert "any editor that still has it" in lines[-2]
    assert Path(lines[-1].removeprefix("The database as it was: ")).parent == file.parent
    again = await asyncio.to_thread(doctor, file, "--repair")
    assert (again.exit_code, again.output) == (0, "2 documents looked over: all well, nothing was touched.\n")
