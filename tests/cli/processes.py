"""The commands as a person or a script runs them: real processes, or the same in this one."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from click.testing import CliRunner, Result

from collab.auth import Authority
from collab.cli import main

SECRET = "a configured secret of more than 32 bytes"


def environment(**more: str) -> dict[str, str]:
    """Ours, without settings but for ``more``."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COLLAB_")} | more


def collab(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own."""
    command = [sys.executable, "-m", "collab", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(**variables), timeout=60, check=False
    )


def invoke(*arguments: str | Path, **variables: str) -> Result:
    """Run a command in this process: the same but for what the interpreter adds, and without a second's start."""
    return feed(b"", *arguments, **variables)


def feed(given: bytes, *arguments: str | Path, **variables: str) -> Result:
    """The same, with something on its standard input."""
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith("COLLAB_")}
    runner = CliRunner(env=cleared | variables)
    return runner.invoke(main, [*map(str, arguments)], input=given, prog_name="collab")


def authority(data_dir: Path) -> Authority:
    """Signs with the secret that is kept there."""
    return Authority((data_dir / "secret").read_text())


class Terminal:
    """A command in a process of its own at a terminal of its own, 80 columns wide: ``with Terminal("documents", "list")``.

    ``code`` is how it ended.
    """

    def __init__(self, *arguments: str | Path, **variables: str) -> None:
        self._command = [sys.executable, "-m", "collab", *map(str, arguments)]
        self._variables = variables
        self.code: int | None = None

    def __enter__(self) -> Self:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execve(sys.executable, self._command, environment(COLUMNS="80", **self._variables))
        return self

    def read(self, sign: str | None = None, *, again: str | None = None) -> str:
        """What it shows until the sign comes, or to its end.

        ``again`` is typed once more where nothing comes of it: a Ctrl-C just before a program begins to read is lost.
        """
        shown = b""
        while sign is None or sign.encode() not in shown:
            ready, _, _ = select.select([self._terminal], [], [], 3 if again else 30)
            if again and not ready:
                self.enter(again)
                again = None
                continue
            assert ready, f"nothing more came after {shown!r}"
            try:
                part = os.read(self._terminal, 65536)
            except OSError:  # how a terminal says that nobody is there any more
                part = b""
            if not part:
                break
            shown += part
        text = shown.decode()
        assert sign is None or sign in text
        return text

    def enter(self, text: str) -> None:
        """Type something; ``chr(3)`` is Ctrl-C."""
        os.write(self._terminal, text.encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._terminal)  # what still runs is hung up
        _, status = os.waitpid(self._pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
