"""``collab serve`` as a process: what it prints where, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from collab.auth import Purpose, Role
from tests.cli.processes import SECRET, authority, collab, environment
from tests.servers import Server


async def serve_until(data_dir: Path, sign: str, **variables: str) -> tuple[int, str, str]:
    """`collab serve` until its standard error shows the sign; then it is stopped: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "collab", "serve", "--port", "0", "--data-dir", str(data_dir)),
        stdout=PIPE,
        stderr=PIPE,
        env=environment(**variables),
    )
    assert process.stderr is not None
    errors = b""
    async with asyncio.timeout(30):
        while sign.encode() not in errors and (line := await process.stderr.readline()):
            errors += line
        process.send_signal(signal.SIGTERM)
        out, rest = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), (errors + rest).decode()


async def test_a_first_start_shows_the_way_in(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    code, out, errors = await serve_until(data_dir, "listening on")
    assert code == 0
    match = re.search(r"listening on (http://127\.0\.0\.1:\d+)\n", errors)
    assert match is not None
    link = re.search(r"^ +(\S+)/#code=(\S+)$", out, re.MULTILINE)
    assert link is not None
    assert link[1] == match[1]
    assert authority(data_dir).verify(link[2], Purpose.CODE).role_for("a") is Role.OWNER
    assert "code" not in errors, "it is shown, and not logged"
    assert errors.count("listening") == 1
    _, out, _ = await serve_until(data_dir, "listening on")
    assert out == "", "a second start is nobody's first"


async def test_minting_a_token_is_no_first_start(tmp_path: Path) -> None:
    collab("token", "--subject", "a", "--grant", "**:editor", "--data-dir", tmp_path)
    _, out, _ = await serve_until(tmp_path, "listening on")
    assert "/#code=" in out


async def test_with_a_configured_secret_nothing_is_shown(tmp_path: Path) -> None:
    code, out, _ = await serve_until(tmp_path, "listening on", COLLAB_SECRET=SECRET)
    assert (code, out) == (0, "")
    assert not (tmp_path / "secret").exists()


def test_what_is_kept_is_the_owners(tmp_path: Path) -> None:
    """A data directory made by someone else, open to all, as container volumes are."""
    tmp_path.chmod(0o755)
    asyncio.run(serve_until(tmp_path, "listening on"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {"collab.db", "secret", "url"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_a_misspelt_variable_is_warned_of(tmp_path: Path) -> None:
    _, _, errors = await serve_until(tmp_path, "listening on", COLLAB_MAX_MESAGE_BYTES="1")
    assert "WARNING collab.cli.serve: COLLAB_MAX_MESAGE_BYTES is no setting" in errors


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["--port", "x"], {}, "--port or COLLAB_PORT"),
        ([], {"COLLAB_PORT": "tcp://10.0.0.1:80"}, "--port or COLLAB_PORT"),
        (["--allowed-origins", "*"], {}, "an origin is"),
        ([], {"COLLAB_SECRET": "hunter2"}, "at least 32 bytes"),
        (["--database-url", "sqlite://"], {}, "no file"),
        (["--database-url", "postgresql://joe:hunter2@127.0.0.1:1/x"], {}, ""),
    ],
)
def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], says: str
) -> None:
    failed = collab("serve", "--data-dir", tmp_path, *arguments, **({"COLLAB_PORT": "0"} | variables))
    assert (failed.returncode, failed.stdout) == (1, "")
    assert says in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in failed.stderr
    assert "hunter2" not in failed.stderr


async def test_a_server_that_is_interrupted_ends_well(tmp_path: Path) -> None:
    async with Server(tmp_path, afresh=True) as server:
        os.kill(server.pid, signal.SIGINT)
        assert await server.stop() == 0
        assert server.log.endswith("stopped")
