"""Shell completion, asked as shells ask."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from collab.cli import main
from collab.cli.completion import complete_living
from collab.cli.place import Place, reach
from collab.config import Settings
from collab.storage.lock import hold, lock_file
from tests.cli.processes import SECRET, environment, invoke
from tests.parts import require
from tests.servers import Server

NAMES = ["notes/plan", "notes/today", "Notes", "no tes", "no$(tes)", "Ärger"]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests is no reason to offer nothing."""
    monkeypatch.setattr("collab.cli.completion.PATIENCE", 60.0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with documents, one of them deleted."""

    async def write() -> None:
        async with reach(Place(Settings.load(data_dir=tmp_path)), make=True) as api:
            for name in [*NAMES, "noted"]:
                await api.create(name)
            await api.delete("noted")

    asyncio.run(write())
    return tmp_path


def complete(line: str, **variables: str) -> list[str]:
    """What is offered for the last word of a line."""
    words = line.split(" ")
    asked = {"_COLLAB_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    answer = invoke(**asked, **variables)
    assert (answer.exit_code, answer.stderr) == (0, "")
    return [offered.partition(",")[2] for offered in answer.stdout.splitlines() if offered]


def test_commands_and_options() -> None:
    assert complete("collab doc") == ["doctor", "documents"] or complete("collab doc") == ["documents", "doctor"]
    assert complete("collab documents e") == ["export"]
    assert "--search" in complete("collab documents list --s")
    assert complete("collab completion ") == ["bash", "zsh", "fish"]


def test_names_of_a_data_directory(data: Path) -> None:
    here = {"COLLAB_DATA_DIR": str(data)}
    assert complete("collab documents show no", **here) == ["notes/plan", "notes/today"], "what a shell takes as it is"
    assert complete("collab documents export notes/plan Ä", **here) == ["Ärger"]
    assert complete("collab documents restore no", **here) == ["noted"]
    assert complete(f"collab documents delete --data-dir {data} notes/t") == ["notes/today"]


async def test_names_while_others_are_at_work(data: Path) -> None:
    """A server is asked. A command that has the documents open has no time, and a lock keeps nobody from starting."""
    here = {"COLLAB_DATA_DIR": str(data)}
    async with hold(lock_file(data, f"sqlite:///{data}/collab.db")):
        assert await asyncio.to_thread(complete, "collab documents show no", **here) == []


@pytest.mark.parametrize(
    ("line", "variables"),
    [
        ("collab documents show a", {"COLLAB_DATA_DIR": "/nowhere"}),
        ("collab documents show a", {"COLLAB_SERVER": "http://127.0.0.1:1", "COLLAB_TOKEN": "t"}),
        ("collab documents show a", {"COLLAB_SERVER": "http://127.0.0.1:1"}),
        ("collab documents show a", {"COLLAB_PORT": "x"}),
        ("collab documents show --server ftp:// a", {}),
        ("collab documents show --data-dir /nowhere --server http://127.0.0.1:1 a", {}),
    ],
)
def test_what_fails_is_silent(line: str, variables: dict[str, str]) -> None:
    assert complete(line, **variables) == []


def test_the_script_in_bash() -> None:
    bash = require("Bash", "bash")
    script = invoke("completion", "bash").stdout
    ask = """
        COMP_WORDS=(collab documents sh); COMP_CWORD=2
        _collab_completion collab; printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script + ask],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert (done.stdout, done.stderr) == ("show\n", "")


@pytest.mark.parametrize(
    ("shell", "sign"), [("zsh", "#compdef collab"), ("fish", "complete --no-files --command collab")]
)
def test_the_script_of_another_shell(tmp_path: Path, shell: str, sign: str) -> None:
    script = invoke("completion", shell)
    assert script.exit_code == 0
    assert sign in script.stdout
    assert "_COLLAB_COMPLETE" in script.stdout
    if program := shutil.which(shell):
        (tmp_path / "script").write_text(script.stdout)
        assert subprocess.run([program, "-n", str(tmp_path / "script")], check=False).returncode == 0


async def test_names_of_the_server_that_runs(data: Path) -> None:
    async with Server(data) as server:
        async with reach(Place(Settings.load(data_dir=data))) as api:
            await api.create("new")
        assert await asyncio.to_thread(offered, data, "ne") == ["new"]
        await server.stop()
        assert "GET /api/v1/documents 200" in server.log


def offered(data: Path, incomplete: str) -> list[str]:
    command = main.commands["documents"].commands["show"]  # type: ignore[attr-defined]  # a group
    context = click.Context(command)
    context.params = {"data_dir": str(data)}
    return [item.value for item in complete_living(context, command.params[0], incomplete)]


async def test_names_that_take_too_long_are_not_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the question and never answers."""
    monkeypatch.setattr("collab.cli.completion.PATIENCE", 0.1)
    done = asyncio.Event()

    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await done.wait()
        finally:  # the test's end cancels whoever still waits
            writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with hold(lock_file(data, f"sqlite:///{data}/collab.db")) as lock:
            lock.tell(url)
            (data / "secret").write_text(SECRET)
            (data / "secret").chmod(0o600)
            assert await asyncio.to_thread(offered, data, "ne") == []
        done.set()
