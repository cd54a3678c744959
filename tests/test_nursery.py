"""A server that was forked is what Python would have started: nothing of its birth is left in it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.servers import Server

pytestmark = pytest.mark.parametrize("afresh", [False, True], ids=["forked", "afresh"])


def descriptors(process: int) -> dict[int, str]:
    """What is open in a process, as the system calls it."""
    return {int(path.name): str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir() if path.is_symlink()}


async def test_its_session_environment_and_descriptors_are_its_own(
    tmp_path: Path, afresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_PORT", "a word that ends any server that reads it")
    async with Server(tmp_path, afresh=afresh) as server:
        assert os.getsid(server.pid) == os.getpgid(server.pid) == server.pid
        opened = descriptors(server.pid)
        assert opened.pop(0) == opened.pop(1) == os.devnull
        assert opened.pop(2).startswith("pipe:")
        ways = {name for name in opened.values() if name.startswith(("pipe:", "socket:"))}
        assert not ways & set(descriptors(os.getpid()).values())


async def test_its_end_is_told(tmp_path: Path, afresh: bool) -> None:
    server = Server(tmp_path, afresh=afresh)
    await server.start()
    assert await server.stop() == 0
    await server.start()
    process = server.pid
    server.strike()
    assert await server.ended() == -signal.SIGKILL
    assert not server.runs
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
