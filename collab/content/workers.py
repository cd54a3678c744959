"""The worker processes, seen from the server: a few of them, kept warm, one document in each at a time.

A worker is spawned, not forked: it has nothing of the server's memory, an empty environment, and no descriptors but
its pipes. One that dies, takes too long or answers nonsense is killed and is no more; the next document finds another.
What it was asked about is then the document's fault (``ContentUnavailable``), not the server's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Self

from collab.config import ContentLimits
from collab.content.formats import Content, Format, Question, Schema
from collab.content.jobs import Comparison, Edit, Job, Restoring, Result, Undoing
from collab.content.sanitise import sanitise
from collab.content.wire import ANSWER, MAX_HEAD_BYTES, READY, Outcome, Refusal, decode_answer, encode_question
from collab.errors import ContentUnavailable, InvalidRequest, Overloaded, RestoreUnavailable, ShuttingDown, Unavailable

logger = logging.getLogger(__name__)

_DOCUMENTS = 200
"""What a worker does before a new one takes its place: what leaks, or was damaged, does not live long."""

_READY_WITHIN = 30.0
"""Seconds that a process may take to come up: a tenth of one is usual, but the machine may be busy."""

_CHUNK = 1024 * 1024
"""Bytes of an answer that are read ahead."""

# The search path is the server's own: the environment that may have given it is not there.
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from collab.content.worker import main; main()"


class Workers:
    """Has work on documents done. No process is started before the first document comes."""

    def __init__(self, limits: ContentLimits) -> None:
        self._limits = limits
        self._turn = asyncio.Semaphore(limits.content_workers)
        self._waiting = 0
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closing = asyncio.Event()

    async def render(
        self, update: bytes, format_: Format, *, root: str | None = None, schema: Schema | None = None
    ) -> Content:
        """Write a whole document, given as one checked update; HTML comes out clean.

        Errors: ``InvalidRequest`` for a root that it does not have, ``ContentUnavailable`` for a document that cannot
        be written out within the limits or ends the worker, ``Overloaded``, ``ShuttingDown``, ``Unavailable`` where no
        process can be started.
        """
        answer = await self._done(Question(format_, root, schema), update)
        if not isinstance(answer, Content):
            raise _impossible("written out", answer)
        if answer.format is not Format.HTML:
            return answer
        try:
            return replace(answer, text=await asyncio.to_thread(sanitise, answer.text))
        except ValueError as error:
            raise ContentUnavailable(f"this document cannot be written out: it comes to {error}") from error

    async def compare(self, update: bytes, comparison: Comparison) -> Content:
        """Say what became of a document, given whole with what was deleted. Errors: as ``render``."""
        answer = await self._done(comparison, update)
        if not isinstance(answer, Content):
            raise _impossible("compared", answer)
        return answer

    async def find_edit(self, update: bytes, job: Restoring | Undoing) -> bytes | None:
        """The edit that restores or undoes something in a document, given whole; None where nothing is to be done.

        It is what the worker says and no more: let it in like any client's. Errors: as ``render``, with
        ``RestoreUnavailable`` where that has ``ContentUnavailable``.
        """
        answer = await self._done(job, update)
        if not isinstance(answer, Edit):
            raise RestoreUnavailable(str(_impossible("restored", answer)))
        return answer.update

    async def _done(self, job: Job, update: bytes) -> Result | Refusal:
        """What came of a job, in its turn. Errors: those of ``render`` that are not the document's fault."""
        if self._closing.is_set():
            raise ShuttingDown("the server is going away")
        if self._turn.locked() and self._waiting >= self._limits.content_queue:
            raise Overloaded(f"{self._waiting} documents wait to be written out already")
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            answer = await self._ask(job, update)
        finally:
            self._turn.release()
        if isinstance(answer, Refusal) and answer.outcome is Outcome.REFUSED:
            raise InvalidRequest(answer.reason)
        return answer

    async def close(self) -> None:
        """End every worker, also those at work; whoever waits for one is told that the server goes away."""
        self._closing.set()
        for worker in self._all:
            worker.kill()
        for worker in self._idle:
            await self._end(worker)
        for _ in range(self._limits.content_workers):  # whoever is at work hears of it, and ends its worker itself
            await self._turn.acquire()

    async def _ask(self, job: Job, update: bytes) -> Result | Refusal:
        worker = await self._worker()
        try:
            async with asyncio.timeout(self._limits.content_deadline):
                answer: Result | Refusal = await worker.ask(job, update, self._limits.content_max_bytes)
        except TimeoutError:
            answer = Refusal(Outcome.UNRENDERABLE, f"it takes longer than {self._limits.content_deadline:g} s")
        except (OSError, EOFError, ValueError) as error:
            answer = Refusal(Outcome.UNRENDERABLE, "it ends the process that reads it")
            logger.info("a document ended its worker: %s", type(error).__name__)
        except BaseException:
            await self._end(worker)
            raise
        else:
            if isinstance(answer, Refusal) and answer.outcome is Outcome.FAILED:
                logger.warning("work on a document failed: %r", answer.reason)
                answer = replace(answer, reason="the program that does it failed")
            elif not self._closing.is_set() and worker.documents < _DOCUMENTS:
                self._idle.append(worker)
                return answer
        await self._end(worker)
        if self._closing.is_set():
            raise ShuttingDown("the server is going away")
        return answer

    async def _worker(self) -> _Worker:
        """One that is warm, or a new one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.lives:
                return worker
            await self._end(worker)  # it died of nobody's document: the system was short of memory
        if self._closing.is_set():
            raise ShuttingDown("the server is going away")
        try:
            worker = await _Worker.start(self._limits)
        except OSError as error:
            raise Unavailable(f"no process could be started to write the document out: {error.strerror}") from error
        self._all.add(worker)
        if self._closing.is_set():  # meanwhile
            worker.kill()
        try:
            async with asyncio.timeout(_READY_WITHIN):
                await worker.ready()
        except BaseException as error:
            await self._end(worker)
            if self._closing.is_set():
                raise ShuttingDown("the server is going away") from error
            if isinstance(error, OSError | EOFError | ValueError):  # TimeoutError is an OSError
                logger.exception("a process that writes documents out did not come up")
                raise Unavailable("the process that writes documents out did not come up") from error
            raise
        return worker

    async def _end(self, worker: _Worker) -> None:
        await worker.end()
        self._all.discard(worker)


def _impossible(what: str, answer: Result | Refusal) -> ContentUnavailable:
    reason = answer.reason if isinstance(answer, Refusal) else "the answer is of another question"
    return ContentUnavailable(f"this document cannot be {what}: {reason}")


def _search_path() -> list[str]:
    """Where the server finds its modules; the working directory, which is not the worker's, by its name."""
    return [str(Path(place).absolute()) for place in sys.path]


class _Worker:
    """One process, and its pipes."""

    def __init__(self, process: Process, to: asyncio.StreamWriter, from_: asyncio.StreamReader) -> None:
        self._process = process
        self._to, self._from = to, from_
        self.documents = 0

    @classmethod
    async def start(cls, limits: ContentLimits) -> Self:
        """Start one. Errors: ``OSError``."""
        numbers = (limits.content_memory, ceil(limits.content_deadline), limits.content_max_bytes)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", _PROGRAM, json.dumps(_search_path()), *map(str, numbers)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # what a document makes pycrdt say may hold what the document says
            env={},
            cwd="/",
            start_new_session=True,  # an interrupt from the keyboard is for the server, which ends its workers itself
            limit=_CHUNK,
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without its pipes")
        return cls(process, process.stdin, process.stdout)

    @property
    def lives(self) -> bool:
        """Whether the process is there, as far as the loop has heard."""
        return self._process.returncode is None

    async def ready(self) -> None:
        """Wait until it can be asked. Errors: ``EOFError`` when it dies, ``ValueError`` for nonsense."""
        if await self._from.readexactly(len(READY)) != READY:
            raise ValueError("a process that is no worker")

    async def ask(self, job: Job, update: bytes, longest: int) -> Result | Refusal:
        """Ask about one document. Errors: ``OSError`` and ``EOFError`` when it dies, ``ValueError`` for nonsense."""
        self.documents += 1
        self._to.write(encode_question(job, update))
        await self._to.drain()
        outcome, head_bytes, body_bytes = ANSWER.unpack(await self._from.readexactly(ANSWER.size))
        if head_bytes > MAX_HEAD_BYTES or body_bytes > longest:
            raise ValueError("an answer of impossible length")
        head = await self._from.readexactly(head_bytes)
        body = await self._from.readexactly(body_bytes)
        return decode_answer(outcome, head, body, job)

    def kill(self) -> None:
        """Kill it: whoever waits for its answer hears the end of it."""
        if self.lives:
            with suppress(ProcessLookupError):
                # Its own ``kill`` first asks whether it is dead, and takes the news away from the loop that waits for it.
                os.kill(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill it, and wait until it and its pipes are gone. Nobody may wait for its answer any more."""
        self.kill()
        with suppress(OSError):
            await self._process.communicate()
