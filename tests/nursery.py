"""Servers that start at once: a process that has read all of ``collab``, and forks into each server that is asked for.

Most of what ``python -m collab serve …`` takes is reading modules: a second of CPU, a hundred times over. What is forked
has done no more than that. It gets a session, descriptors and an environment of its own, and goes on where
``collab/__main__.py`` does; what it shares with its siblings is memory that none of them changes.

Between the nursery and each server stands a guardian, who waits for it and tells its exit code.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NoReturn

from tests.parts import ROOT

_LONGEST = 256 * 1024
"""Bytes of the longest order: arguments and an environment."""


class Born:
    """A server that was forked, with what of ``asyncio.subprocess.Process`` its tests use."""

    def __init__(self, pid: int, answers: asyncio.StreamReader, errors: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stderr = errors
        self._code = asyncio.create_task(self._hear(answers))

    @property
    def returncode(self) -> int | None:
        """Its exit code, a signal's number negated; None while it runs."""
        return self._code.result() if self._code.done() else None

    async def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        return await asyncio.shield(self._code)

    def send_signal(self, number: int) -> None:
        """Send a signal, as long as it runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    async def _hear(self, answers: asyncio.StreamReader) -> int:
        return int(await answers.read())  # to the end, which closes the pipe


async def fork(arguments: Sequence[str], environment: Mapping[str, str]) -> Born:
    """A process that does what ``python -m collab`` does with ``arguments`` and ``environment``."""
    (answers, answer), (errors, error) = os.pipe(), os.pipe()
    order = {"arguments": arguments, "environment": dict(environment)}
    try:
        socket.send_fds(_nursery(), [json.dumps(order).encode()], [answer, error])
    finally:
        os.close(answer)
        os.close(error)
    answering, erring = await _reader(answers), await _reader(errors)
    return Born(int(await answering.readline()), answering, erring)


async def _reader(pipe: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0))
    return reader


@cache
def _nursery() -> socket.socket:
    """The way to this process' own nursery, which ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.nursery", str(theirs.fileno())]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=DEVNULL, stdout=DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
        )

    def close() -> None:
        ours.close()
        process.wait()

    atexit.register(close)
    return ours


def main(orders: socket.socket) -> None:
    """Fork whenever an order comes, until nobody is left to give one."""
    from collab.cli import main as collab

    gc.collect()
    gc.freeze()  # which a server does at its start, and here once for all of them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for guardians
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, _LONGEST, 2)
        if not order:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            orders.close()
            answer, error = descriptors
            server = os.fork()
            if server != 0:
                _guard(server, answer, error)
            _leave_home(answer, error)
            said = json.loads(order)
            os.environ.clear()
            os.environ.update(said["environment"])
            collab(said["arguments"], prog_name="collab")
        for descriptor in descriptors:
            os.close(descriptor)


def _guard(server: int, answer: int, error: int) -> NoReturn:
    """Wait until a server has ended, and tell its exit code."""
    os.close(error)
    _, status = os.waitpid(server, 0)
    os.write(answer, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _leave_home(answer: int, error: int) -> None:
    """Keep nothing of the nursery's but its memory, and tell the process id."""
    os.setsid()
    os.dup2(error, 2)
    os.close(error)
    random.seed()
    os.write(answer, b"%d\n" % os.getpid())
    os.close(answer)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
