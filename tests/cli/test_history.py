"""``collab documents history``, ``versions`` and ``export --at``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from collab.cli.place import Place, reach
from collab.config import Settings
from tests.cli.processes import invoke
from tests.rooms.house import Writer, shown

NAME = "notes/a b"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a document: "one" was written, then " two"."""

    async def write() -> None:
        writer = Writer(1)
        async with reach(Place(Settings.load(data_dir=tmp_path)), make=True) as api:
            for update in (writer.type("one"), writer.type(" two")):
                await api.submit(NAME, update)

    asyncio.run(write())
    return tmp_path


def run(data_dir: Path, *arguments: str) -> str:
    result = invoke("documents", *arguments, "--data-dir", data_dir)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_history_says_who_did_how_much(data: Path) -> None:
    moment, time, people = run(data, "history", NAME).rstrip("\n").split("\t")
    assert moment == "2"
    assert time.endswith("Z")
    assert "+7" in people
    (line,) = run(data, "history", NAME, "--limit", "1", "--json").splitlines()
    assert json.loads(line)["moment"] == 2


def test_versions_are_made_and_listed(data: Path) -> None:
    made = json.loads(run(data, "versions", "create", NAME, "First", "--at", "1", "--json"))
    assert (made["name"], made["moment"]) == ("First", 1)
    assert "Created v-" in run(data, "versions", "create", NAME, "Second")
    listed = [json.loads(line) for line in run(data, "versions", "list", NAME, "--json").splitlines()]
    named = [one for one in listed if not one["automatic"]]
    assert [one["name"] for one in named] == ["Second", "First"]
    assert "Best" in run(data, "versions", "rename", NAME, made["id"], "Best")
    assert any(line.endswith("\tBest") for line in run(data, "versions", "list", NAME).splitlines())
    assert "[Second]" in run(data, "history", NAME)
    run(data, "versions", "delete", NAME, made["id"])
    assert made["id"] not in run(data, "versions", "list", NAME)


def test_a_moment_is_exported(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "then.yjs"
    run(data, "export", NAME, "--at", "1", "--output", str(file))
    assert shown(file.read_bytes()) == "one"
    assert run(data, "export", NAME, "--at", "1", "--format", "text", "--output", "-") == "one"
