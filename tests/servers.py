"""The real server as a child process, to be killed, stopped and started again over the same documents."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from collab.auth import Authority, Grant
from collab.auth.secret import FILE as SECRET_FILE
from tests.nursery import Born, fork
from tests.parts import ROOT

_LISTENING = "listening on "

_PATIENCE = 30.0
"""Seconds for a start or a stop on a busy machine: a bound, never a wait."""


def free_port() -> int:
    """A port that nothing listens on, and that no outgoing connection is given while our server is down.

    So not one the system would choose: a client that tries again and again to reach a dead port of that range is
    sooner or later given this very port as its own, and is then connected to itself.
    """
    while True:
        port = random.randint(10_000, 32_000)
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def _start(arguments: Sequence[str], environment: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "collab", *arguments),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )


class Server:
    """``collab serve`` over a data directory of its own; it keeps its port. Use it as ``async with Server(…)``.

    ``flags`` are arguments of ``collab serve`` such as ``"--commit-give-up", "5s"``. ``afresh`` has Python itself start
    for it, as it does for an operator: for tests of the start, and of what a process takes.
    """

    def __init__(self, data_dir: Path, *flags: str, afresh: bool = False) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.flags = flags
        self.afresh = afresh
        self._process: Process | Born | None = None
        self._reading: asyncio.Task[None] | None = None
        self._lines: list[str] = []
        self._written = asyncio.Event()
        self._has_run = False

    @property
    def url(self) -> str:
        """Where its page is, and ``/api/v1``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The file its documents are in."""
        return self.data_dir / "collab.db"

    @property
    def log(self) -> str:
        """All it has written so far, over all its lives."""
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        """The id of its process, which is also that of its process group."""
        return self._running.pid

    @property
    def runs(self) -> bool:
        """Whether there is such a process at this moment."""
        return self._process is not None and self._process.returncode is None

    def token(
        self, subject: str, *grants: str, name: str | None = None, lifetime: float = 3600.0, age: float = 0.0
    ) -> str:
        """A token for ``subject``, issued ``age`` seconds ago; grants are written ``"notes/**:editor"``, none means
        editor of every document.
        """
        secret = (self.data_dir / SECRET_FILE).read_text().strip()
        authority = Authority(secret, clock=lambda: time.time() - age)
        parsed = [Grant.parse(*grant.rsplit(":", 1)) for grant in grants or ("**:editor",)]
        return authority.issue(subject, name or subject, parsed, lifetime=lifetime)

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        while not await self._begin():
            is_taken = not self._has_run and "address already in use" in self.log
            assert is_taken, "the server did not start: its log is above"
            await self.ended()
            self.port = free_port()  # somebody else took the first one meanwhile
            self._lines.clear()
        self._has_run = True

    async def _begin(self) -> bool:
        """Whether it has come to listen."""
        assert self._process is None, "it runs already"
        command = ["serve", "--data-dir", str(self.data_dir), "--port", str(self.port), *self.flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLAB_")}
        self._process = await (_start if self.afresh else fork)(command, environment)
        listens = asyncio.Event()
        self._reading = asyncio.create_task(self._read_log(self._process, listens))
        waiting = asyncio.create_task(listens.wait())
        await asyncio.wait({waiting, self._reading}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return listens.is_set()

    async def logs(self, text: str) -> None:
        """Wait until ``text`` stands in its log: an answer may be here before the line that tells of it."""
        async with asyncio.timeout(_PATIENCE):
            while text not in self.log:
                self._written.clear()
                await self._written.wait()

    def strike(self) -> None:
        """SIGKILL to its whole process group, at this instant: as a power cut, nothing is flushed, nobody is told."""
        with suppress(ProcessLookupError):  # it may have ended in this very moment
            os.killpg(self._running.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Strike, and wait until it is gone."""
        self.strike()
        await self.ended()

    async def stop(self) -> int:
        """SIGTERM, as an operator does; its exit code."""
        self._running.send_signal(signal.SIGTERM)
        return await self.ended()

    async def restart(self) -> None:
        """Start it again after ``strike``, ``kill`` or ``stop``: same port, same documents."""
        if self._process is not None:
            await self.ended()
        await self.start()

    async def ended(self) -> int:
        """Wait until it is gone, after ``strike``; its exit code."""
        process, reading = self._running, self._reading
        assert reading is not None
        async with asyncio.timeout(_PATIENCE):
            code = await process.wait()
            await reading
        self._process = self._reading = None
        return code

    @property
    def _running(self) -> Process | Born:
        assert self._process is not None, "it does not run"
        return self._process

    async def _read_log(self, process: Process | Born, listens: asyncio.Event) -> None:
        """Keep its log, and repeat it as our output, which pytest shows when a test fails."""
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").rstrip()
            self._lines.append(text)
            self._written.set()
            print("server:", text)
            if _LISTENING in text:
                listens.set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            if self.runs:
                self.strike()
            await self.ended()
