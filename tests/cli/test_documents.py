"""``collab documents`` list, show, create, delete and restore."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from click.testing import Result

from collab.cli.place import Place, reach
from collab.config import Settings
from tests.cli.processes import Terminal, invoke
from tests.cli.states import state

CTRL_C = chr(3)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a few documents."""
    data_dir = tmp_path_factory.mktemp("written")
    asyncio.run(create(data_dir, {"notes/today": "Was heute war", "notes/plan": "", "Ärger": "\u202eGNIRTS"}))
    return data_dir


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(written, tmp_path / "data")


async def create(data_dir: Path, titles: Mapping[str, str]) -> None:
    async with reach(Place(Settings.load(data_dir=data_dir)), make=True) as api:
        for name, title in titles.items():
            await api.create(name, title)


def run(data_dir: Path, *arguments: str) -> Result:
    return invoke("documents", *arguments, "--data-dir", data_dir)


def objects(result: Result) -> list[dict[str, Any]]:
    """What ``--json`` wrote."""
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


def names(data_dir: Path, *arguments: str) -> list[str]:
    return [document["name"] for document in objects(run(data_dir, "list", "--json", *arguments))]


def test_a_list_for_programs(data: Path) -> None:
    listed = run(data, "list")
    assert listed.exit_code == 0
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    assert [row[:2] for row in rows] == [
        ["notes/plan", ""], ["notes/today", "Was heute war"], ["Ärger", r"\u202eGNIRTS"],
    ]  # fmt: skip
    assert [row[2] for row in rows] == [each["modified"] for each in objects(run(data, "list", "--json"))]


def test_a_part_of_the_list(data: Path) -> None:
    assert names(data, "--search", "ä") == ["Ärger"]
    assert names(data, "--search", "HEUTE") == ["notes/today"]
    assert names(data, "--sort", "modified", "--limit", "2") == ["Ärger", "notes/plan"]
    assert names(data, "--search", "nothing") == []
    assert run(data, "list", "--limit", "0").exit_code == 2


def test_a_list_for_people(data: Path) -> None:
    with Terminal("documents", "list", "--data-dir", data, NO_COLOR="1", TERM="xterm") as terminal:
        shown = terminal.read()
    assert terminal.code == 0
    assert [line.split() for line in unstyle(shown).splitlines() if line.strip()] == [
        ["TITLE", "NAME", "MODIFIED"],
        ["–", "notes/plan", "just", "now"],
        ["Was", "heute", "war", "notes/today", "just", "now"],
        [r"\u202eGNIRTS", "Ärger", "just", "now"],
    ]
    assert "\x1b[3" not in shown, "no colours"


def test_a_document_of_which_everything_is_shown(data: Path) -> None:
    shown = run(data, "show", "notes/today")
    facts = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines() if not line.startswith(("Your", "Open")))
    assert (facts["Name"], facts["Title"], facts["Size"]) == ("notes/today", "Was heute war", "2 bytes to open it")
    assert facts["Modified"].endswith("(just now)")
    assert "Deleted" not in facts
    assert "Open now   nobody" in shown.stdout
    (document,) = objects(run(data, "show", "notes/today", "--json"))
    assert (document["name"], document["bytes"], document["people"]) == ("notes/today", 2, [])


def test_a_deleted_document_with_a_name_that_no_search_may_hold_is_shown(data: Path) -> None:
    name = "two\u2028lines"
    run(data, "create", name)
    run(data, "delete", "--yes", name)
    (document,) = objects(run(data, "show", name, "--json"))
    assert (document["name"], document["deleted"] is None) == (name, False)


def test_a_deleted_document_is_shown_to_its_owner(data: Path) -> None:
    run(data, "create", "notes/today/2")
    for name in ("notes/today", "notes/today/2"):
        assert run(data, "delete", "--yes", name).exit_code == 0
    (document,) = objects(run(data, "show", "notes/today", "--json"))
    assert document["name"] == "notes/today"
    assert document["deleted"] is not None
    assert document["bytes"] is None
    assert "Deleted" in run(data, "show", "notes/today").stdout
    failed = run(data, "show", "notes")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "there is no" in failed.stderr


def test_a_document_is_created_once(data: Path) -> None:
    (document,) = objects(run(data, "create", "new", "--title", "Neu", "--json"))
    assert (document["name"], document["title"]) == ("new", "Neu")
    for arguments, says in (
        (("new",), "this name already"),
        (("a\nb",), "control characters"),
        (("x", "--title", "a\nb"), "title"),
    ):
        failed = run(data, "create", *arguments)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert says in failed.stderr


def test_deleted_and_restored(data: Path) -> None:
    deleted = run(data, "delete", "--yes", "notes/plan", "nothing", "Ärger")
    assert (deleted.exit_code, deleted.stdout) == (1, "Deleted notes/plan.\nDeleted Ärger.\n")
    assert re.fullmatch(r"Error: nothing: there is no .*\n", deleted.stderr)
    assert names(data) == ["notes/today"]
    assert names(data, "--deleted") == ["notes/plan", "Ärger"]
    restored = run(data, "restore", "Ärger", "nothing", "--json")
    assert restored.exit_code == 1
    done, failed = objects(restored)
    assert (done["name"], done["deleted"]) == ("Ärger", None)
    assert (failed["name"], failed["error"]["code"]) == ("nothing", "not-found")
    assert objects(run(data, "restore", "notes/today", "--json"))[0]["deleted"] is None, "that it is not is no failure"
    assert names(data) == ["notes/today", "Ärger"]


def test_nothing_is_deleted_unasked(data: Path) -> None:
    refused = run(data, "delete", "notes/plan")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--yes" in refused.stderr
    assert len(names(data)) == 3


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 1), (CTRL_C, 130, 3)])
def test_a_person_is_asked(data: Path, answer: str, code: int, left: int) -> None:
    with Terminal("documents", "delete", "notes/plan", "notes/today", "--data-dir", data) as terminal:
        terminal.read("Delete 2 documents? [y/N]")
        terminal.enter(answer)
        shown = terminal.read(again=answer if answer == CTRL_C else None)
    assert terminal.code == code
    assert "Traceback" not in shown
    assert ("Deleted notes/plan." in shown) == (code == 0)
    assert len(names(data)) == left


def test_a_server_that_is_gone_is_said_once(tmp_path: Path) -> None:
    failed = invoke("documents", "restore", "a", "b", COLLAB_SERVER="http://127.0.0.1:1", COLLAB_TOKEN="t")
    assert failed.exit_code == 1
    assert failed.stderr.count("Error: ") == 1


def test_a_state_changes_when_it_was_modified(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.yjs"
    file.write_bytes(state("more"))
    assert run(data, "import", str(file), "--name", "notes/today").exit_code == 0
    assert names(data, "--sort", "modified")[0] == "notes/today"
