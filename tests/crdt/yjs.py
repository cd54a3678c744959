"""Real Yjs, in Node: random sessions of real editors, and a judge of what update bytes show to a newcomer."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Any, Self

from tests import parts

SCRIPTS = parts.ROOT / "tests" / "node"

PATIENCE = 120.0
"""Seconds after which an answer counts as never coming: a document that hangs Yjs is a finding, not a wait."""


@dataclass(frozen=True, slots=True)
class Session:
    """What three editors wrote together: see ``tests/node/crdt_sessions.mjs``."""

    seed: int
    splits: bool
    log: list[bytes]
    shuffled: list[bytes]
    live: list[str]


def sessions(first: int, count: int) -> Iterator[Session]:
    """The sessions numbered from ``first`` on, made by one Node process while the caller works on the ones before."""
    command = [str(parts.node()), str(SCRIPTS / "crdt_sessions.mjs"), str(first), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        try:
            for line in node.stdout:
                made = json.loads(line)
                made["log"] = [b64decode(update) for update in made["log"]]
                made["shuffled"] = [b64decode(update) for update in made["shuffled"]]
                yield Session(**made)
        except GeneratorExit:
            node.kill()
            raise
    if node.returncode != 0:
        raise RuntimeError(f"the session maker ended with {node.returncode}")


@dataclass(frozen=True, slots=True)
class Case:
    """One document to open: each step is a transaction that applies the updates with these numbers.

    ``edit``: afterwards edit it, and let one more newcomer open what it encodes. ``search``: look in the first update
    for deleted content that is still legible.
    """

    steps: Sequence[Sequence[int]]
    edit: bool = False
    search: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What Yjs made of a case: ``error``, or all the rest.

    ``pending``: after some step, something waited for more. ``found``: what ``search`` found. ``stable``: whether after
    ``edit`` the newcomer saw what the editor saw.
    """

    shape: str = ""
    pending: bool = False
    vector: dict[int, int] | None = None
    found: Sequence[str] = ()
    stable: bool | None = None
    error: str | None = None


class Judge:
    """A Node process that opens updates in fresh Yjs documents. Many questions may be asked before the first answer."""

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            [parts.node(), SCRIPTS / "crdt_judge.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._open: deque[Future[list[Opened]]] = deque()
        self._reader = Thread(target=self._read, name="judge", daemon=True)
        self._reader.start()

    def ask(self, updates: Sequence[bytes], cases: Sequence[Case]) -> Future[list[Opened]]:
        """Open each of ``cases``, which name their updates by their places in ``updates``."""
        request = {
            "updates": [b64encode(update).decode() for update in updates],
            "cases": [
                {"steps": [list(step) for step in case.steps], "edit": case.edit, "search": case.search}
                for case in cases
            ],
        }
        answer: Future[list[Opened]] = Future()
        self._open.append(answer)
        assert self._node.stdin is not None
        self._node.stdin.write(json.dumps(request).encode() + b"\n")
        self._node.stdin.flush()
        return answer

    def open(self, *updates: bytes, edit: bool = False) -> Opened:
        """What a newcomer sees who gets ``updates`` in one transaction."""
        (opened,) = self.ask(updates, [Case([range(len(updates))], edit)]).result(PATIENCE)
        return opened

    def _read(self) -> None:
        assert self._node.stdout is not None
        failure: Exception = RuntimeError("the judge ended: see its words above")
        try:
            for line in self._node.stdout:
                answers = [_opened(**answer) for answer in json.loads(line)]
                self._open.popleft().set_result(answers)
        except ValueError as error:  # whoever waits must hear of it, or waits in vain
            failure = error
        while self._open:
            self._open.popleft().set_exception(failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.kill()
        self._node.wait()
        self._reader.join()
        self._node.stdin.close()
        self._node.stdout.close()


def _opened(vector: list[tuple[int, int]] | None = None, **rest: Any) -> Opened:
    return Opened(vector=None if vector is None else dict(vector), **rest)
