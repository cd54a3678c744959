"""What all commands have in common: help, examples, exit codes, the version."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from collab import __version__
from collab.cli import main
from collab.cli.place import Place, reach
from collab.config import Settings
from tests.cli.processes import collab, environment, invoke
from tests.parts import ROOT


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, and the words that call it."""
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = invoke(*path, "--help")
    assert result.exit_code == 0
    assert f"Usage: collab {' '.join(path)} " in result.stdout
    for param in COMMANDS[path].params:
        assert getattr(param, "help", ""), param.name
    assert "\n  Examples:\n" in result.stdout
    assert COMMANDS[path].get_short_help_str(80) == COMMANDS[path].get_short_help_str(62), "one line says what it does"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_can_be_typed(path: tuple[str, ...]) -> None:
    """Each is a line of a shell; the part of it that calls us is understood, up to what it would do."""
    text = invoke(*path, "--help").stdout.partition("\n  Examples:\n")[2]
    examples = [line.strip() for line in text.splitlines() if line.strip()]
    assert examples
    for example in examples:
        assert subprocess.run(["sh", "-n", "-c", example], check=False).returncode == 0, example
        calls = re.findall(r"(?<![\w/.])collab ((?:'[^']*'|\"[^\"]*\"|[^|>)'\"])+)", example)
        assert calls, example
        for call in calls:
            assert understood(shlex.split(call)), example


def understood(words: list[str]) -> bool:
    """Whether Click takes these arguments. What has required arguments in a pipe's other half is not asked for them."""
    command: click.Command = main
    context = click.Context(main, info_name="collab")
    while isinstance(command, click.Group):
        name, command_or_none, words = command.resolve_command(context, words)
        assert command_or_none is not None
        command, context = command_or_none, click.Context(command_or_none, context, info_name=name)
    parser = command.make_parser(context)
    parser.parse_args(words)
    return True


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path for path in COMMANDS if f"collab {' '.join(path)}" not in text] == []


def test_the_version() -> None:
    assert collab("--version").stdout == f"collab, version {__version__}\n"


def test_without_a_command_there_is_help() -> None:
    text = invoke("--help").stdout
    assert "Commands:" in text
    assert "130 interrupted" in text
    assert invoke("nothing").exit_code == 2


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A data directory with more documents than a pipe holds lines of."""

    async def write() -> None:
        async with reach(Place(Settings.load(data_dir=tmp_path)), make=True) as api:
            await api.create("0")

    asyncio.run(write())
    connection = sqlite3.connect(tmp_path / "collab.db")
    columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(documents)") if name != "id"]
    chosen = ", ".join("printf('%0200d', n)" if name in {"name", "folded"} else name for name in columns)
    connection.execute(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000) "
        f"INSERT INTO documents ({', '.join(columns)}) SELECT {chosen} FROM documents, numbers"
    )
    connection.commit()
    connection.close()
    return tmp_path


async def test_an_interrupted_command_says_nothing_more() -> None:
    """Ctrl-C while a server is waited for that never answers."""
    asked = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        try:
            await reader.read()
        finally:  # the test's end cancels whoever still waits
            writer.close()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collab", "documents", "list"),
            stdout=PIPE,
            stderr=PIPE,
            env=environment(COLLAB_SERVER=f"http://127.0.0.1:{port}", COLLAB_TOKEN="t"),
        )
        async with asyncio.timeout(30):
            await asked.wait()
            process.send_signal(signal.SIGINT)
            assert await process.communicate() == (b"", b"\n")
        assert process.returncode == 130


async def test_a_reader_that_leaves_ends_a_command_quietly(many: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "collab", "documents", "list", "--data-dir", str(many)),
        stdout=PIPE,
        stderr=PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert await process.stdout.readline() != b""
    process.stdout._transport.close()  # type: ignore[attr-defined]  # as head does
    errors = await process.stderr.read()
    assert (await process.wait(), errors) == (141, b"")
