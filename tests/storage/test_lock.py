"""One process at a time: held by one, seen by others, gone with its process."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from collab.errors import ConfigurationError
from collab.storage.lock import Holder, hold, holder, lock_file

HOLD = """
import asyncio, sys
from pathlib import Path
from collab.storage.lock import hold

async def main():
    async with hold(Path(sys.argv[1])) as lock:
        lock.tell("http://127.0.0.1:4711")
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "collab.db.lock"


async def test_held_and_let_go(path: Path) -> None:
    assert holder(path) is None
    async with hold(path) as lock:
        assert holder(path) == Holder(os.getpid(), None)
        lock.tell("http://127.0.0.1:8080")
        assert holder(path) == Holder(os.getpid(), "http://127.0.0.1:8080")
        lock.tell("http://[::1]:80")
        assert holder(path) == Holder(os.getpid(), "http://[::1]:80")
    assert holder(path) is None
    assert mode(path) == 0o600


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_second_one_is_refused_and_told_who_has_it(path: Path) -> None:
    async with hold(path) as lock:
        lock.tell("http://127.0.0.1:8080")
        with pytest.raises(ConfigurationError, match=rf"process {os.getpid()}, which listens on http://127.0.0.1:8080"):
            async with hold(path, patience=0):
                pytest.fail("two hold it")


async def test_a_lock_that_is_let_go_soon_is_waited_for(path: Path) -> None:
    first = hold(path)
    await first.__aenter__()

    async def second() -> Holder | None:
        async with hold(path, patience=30):
            return holder(path)

    waiting = asyncio.create_task(second())
    await asyncio.sleep(0)  # it has met the lock
    await first.__aexit__(None, None, None)
    assert await waiting == Holder(os.getpid(), None)


async def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, str(path), stdout=PIPE)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"held\n"
        assert holder(path) == Holder(process.pid, "http://127.0.0.1:4711")
    finally:
        process.kill()
        await process.communicate()
    assert holder(path) is None, "although what it wrote still stands there"
    async with hold(path, patience=0):
        assert holder(path) == Holder(os.getpid(), None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may hand a file over")
async def test_what_root_locks_stays_the_servers(path: Path) -> None:
    os.chown(path.parent, 4711, 4712)
    async with hold(path):
        assert owner(path) == (4711, 4712)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"pid": "x", "url": null}', '{"pid": 1, "url": 2}', "\0" * 100])
async def test_what_a_holder_has_not_said_yet(path: Path, text: str) -> None:
    async with hold(path):
        say(path, text)
        assert holder(path) == Holder(None, None)
        with pytest.raises(ConfigurationError, match="another process"):
            async with hold(path, patience=0):
                pytest.fail("two hold it")


def owner(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


def say(path: Path, text: str) -> None:
    path.write_text(text)


async def test_a_lock_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        async with hold(tmp_path / "nowhere" / "lock"):
            pytest.fail("it is held nowhere")


def test_where_it_is(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    assert lock_file(data, f"sqlite:///{data}/collab.db") == data / "collab.db.lock"
    assert lock_file(data, f"sqlite:///{elsewhere}/my.db") == elsewhere / "my.db.lock"
    assert lock_file(data, "postgresql://joe:hunter2@db/collab") == data / "lock"
    elsewhere.mkdir()
    (elsewhere / "link.db").symlink_to(elsewhere / "my.db")
    assert lock_file(data, f"sqlite:///{elsewhere}/link.db") == elsewhere / "my.db.lock", "one file is one lock"
    with pytest.raises(ConfigurationError):
        lock_file(data, "no url")
