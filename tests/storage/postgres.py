"""A PostgreSQL server of the tests' own: its programs, a temporary folder, a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

from tests import parts

_USERS = ("postgres", "nobody")


class Cluster:
    """A server and its data. It refuses to run as root, so root runs it as somebody else."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self._programs = parts.require("PostgreSQL", "initdb", *reversed(found)).resolve().parent
        self._folder = Path(tempfile.mkdtemp(prefix="collab-postgres-"))
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            user = next(pwd.getpwnam(name) for name in _USERS if _known(name))
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.port = _free_port()
        self._names = (f"test_{number}" for number in count(1))
        self._server: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--auth=trust", "--username=collab", "--encoding=UTF8", "--no-sync", self._folder / "data")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self._folder / "data", "-k", self._folder, "-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60", "-c", "shared_buffers=16MB"),
                    *("-c", "fsync=off"),  # its processes are killed here, its machine is not
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as,  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + 60
        while subprocess.call([self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]):
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT is its fast shutdown, SIGQUIT the immediate one, which must recover afterwards."""
        if self._server is not None:
            self._server.send_signal(sign)
            self._server.wait(timeout=60)
            self._server = None

    def remove(self) -> None:
        """Stop the server and forget its data."""
        self.stop(signal.SIGQUIT)  # without writing down what nobody will read
        shutil.rmtree(self._folder)

    def create(self) -> str:
        """A new database; its name."""
        name = next(self._names)
        self.sql("postgres", f"CREATE DATABASE {name}")
        return name

    def sql(self, database: str, statement: str) -> str:
        """Run a statement as a stranger to the code under test; what it printed."""
        command = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "collab", "-d", database, "-c", statement)
        return self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), *command)

    def url(self, database: str, *, port: int | None = None) -> str:
        """Where it is."""
        return f"postgresql://collab@127.0.0.1:{port or self.port}/{database}"

    def _run(self, program: str, *arguments: str | Path) -> str:
        done = subprocess.run(
            [self._programs / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self._folder,
            **self._as,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return str(done.stdout).strip()


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
