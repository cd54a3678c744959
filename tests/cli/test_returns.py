"""``collab documents diff`` and ``undo``, and ``restore --at``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import Result

from collab.cli.place import Place, reach
from collab.cli.returns import plain_lines
from collab.config import Settings
from tests.cli.processes import invoke
from tests.rooms.house import Writer, shown

NAME = "notes/a b"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a document: "one" was written, then " two", then the o was deleted."""

    async def write() -> None:
        writer = Writer(1)
        async with reach(Place(Settings.load(data_dir=tmp_path)), make=True) as api:
            for update in (writer.type("one"), writer.type(" two"), writer.erase(0)):
                await api.submit(NAME, update)

    asyncio.run(write())
    return tmp_path


def run(data_dir: Path, *arguments: str) -> Result:
    return invoke("documents", *arguments, "--data-dir", data_dir)


def text(data_dir: Path) -> str:
    async def read() -> bytes:
        async with reach(Place(Settings.load(data_dir=data_dir))) as api:
            return await api.state(NAME)

    return shown(asyncio.run(read()))


def test_a_difference_as_text(data: Path) -> None:
    lines = run(data, "diff", NAME, "--from", "1").stdout.splitlines()
    assert lines[0].startswith("--- moment 1\t")
    assert lines[1].startswith("+++ moment 3\t")
    assert lines[2:] == ["@@ -1 +1 @@", "-one", "+ne two"]
    assert run(data, "diff", NAME, "--from", "3").stdout == ""


def test_a_difference_as_json(data: Path) -> None:
    (block,) = json.loads(run(data, "diff", NAME, "--to", "2", "--json").stdout)["blocks"]
    assert [run["text"] for run in block["runs"]] == ["one two"]


def test_back_to_a_moment(data: Path) -> None:
    assert run(data, "restore", NAME, "--at", "2").stdout == f"Brought {NAME} back to moment 2.\n"
    assert text(data) == "one two"
    told = json.loads(run(data, "restore", NAME, "--at", "1", "--json").stdout)
    assert told == {"name": NAME, "moment": 5, "restored": 1, "changed": True}
    assert text(data) == "one"
    assert run(data, "restore", NAME, "--at", "now").stdout == f"Nothing had to change in {NAME}.\n"


def test_what_somebody_did_is_undone(data: Path) -> None:
    who = json.loads(run(data, "diff", NAME, "--json").stdout)["blocks"][0]["runs"][0]["subject"]
    assert run(data, "undo", NAME, who, "--from", "1", "--to", "2").stdout == f"Undone in {NAME} what {who} did.\n"
    assert text(data) == "ne"
    assert json.loads(run(data, "undo", NAME, "nobody", "--json").stdout)["changed"] is False


def test_what_is_refused_is_told(data: Path) -> None:
    for arguments, words in (
        (("restore", NAME, "--at", "99"), "there is no moment 99 yet"),
        (("restore", NAME, "other", "--at", "1"), "--at is for one document"),
        (("diff", "other"), "there is no such document"),
        (("diff", NAME, "--from", "then"), "is no moment"),
    ):
        refused = run(data, *arguments)
        assert refused.exit_code != 0
        assert words in refused.stderr


def test_a_terminal_is_told_nothing_but_text() -> None:
    assert plain_lines("a\tb\n\x1b[31m\n") == "a\tb\n" + plain_lines("\x1b[31m")
    assert "\x1b" not in plain_lines("\x1b[31m")
