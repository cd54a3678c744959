"""The worker: a process that does one job with one document at a time, and may die of it.

It is started with an empty environment and no files but its two pipes, and bounds itself before it reads the first
question: memory, CPU time, no files to write, no core dumps, no processes. Whatever goes wrong in it ends it; only
what a document is known to be refused for is said as an answer.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import traceback
from contextlib import suppress
from math import ceil

from collab.content.differing import differ
from collab.content.formats import Question
from collab.content.jobs import Comparison, Edit, Job, Restoring, Result, Undoing
from collab.content.rendering import render
from collab.content.restoring import restore, undo
from collab.content.wire import QUESTION, READY, Outcome, Refusal, decode_question, encode_answer
from collab.errors import BadInput, ContentUnavailable, InvalidRequest

_IN, _OUT = 0, 1

_MAX_FILES = 16
"""Descriptors: the pipes, and what importing a module takes."""

RECURSION = 20_000
"""Calls inside each other: some ten for each level of a document that nests as deep as is allowed."""


def main() -> None:
    """Answer questions until there are none. Arguments: memory in bytes, seconds of CPU a document, bytes of an answer."""
    memory, seconds, longest = (int(word) for word in sys.argv[1:])
    sys.setrecursionlimit(RECURSION)
    _confine(memory)
    # What a document is made into hangs together in circles. They are looked for once its answer is given: in between,
    # looking through all there is again and again takes as long as the work itself.
    gc.disable()
    gc.freeze()
    _write(READY)
    while True:
        try:
            head_bytes, past_bytes, update_bytes = QUESTION.unpack(_read(QUESTION.size))
            job, update = decode_question(_read(head_bytes), _read(past_bytes)), _read(update_bytes)
        except EOFError:
            return
        _allow(seconds)
        answer: Result | Refusal
        try:
            answer = do(job, update)
        except InvalidRequest as error:
            answer = Refusal(Outcome.REFUSED, str(error))
        except (BadInput, ContentUnavailable) as error:
            answer = Refusal(Outcome.UNRENDERABLE, str(error))
        except Exception as error:
            _write(encode_answer(Refusal(Outcome.FAILED, _place(error))))
            raise
        encoded = encode_answer(answer)
        if len(encoded) > longest:
            encoded = encode_answer(Refusal(Outcome.UNRENDERABLE, f"it comes to more than {longest} bytes"))
        _write(encoded)
        del job, update, answer, encoded
        gc.collect()


def do(job: Job, update: bytes) -> Result:
    """Do one job with a document. Errors: those of what it asks for."""
    match job:
        case Question():
            return render(update, job)
        case Comparison():
            return differ(update, job)
        case Restoring():
            return Edit(restore(update, job.then, job.client))
        case Undoing():
            return Edit(undo(update, job.written, job.deleted, job.client))


def _place(error: Exception) -> str:
    """What went wrong and where, without a word of the document."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno} of {os.path.basename(last.filename)}"  # noqa: PTH119


def _confine(memory: int) -> None:
    """Give up what a renderer does not need. A limit that this system does not know is not missed."""
    limits = [
        ("RLIMIT_AS", memory),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", _MAX_FILES),
        ("RLIMIT_NPROC", 0),
    ]
    for name, value in limits:
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _allow(seconds: int) -> None:
    """Let the next document have so much CPU time; the system ends the process that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(used.ru_utime + used.ru_stime) + seconds, hard))


def _read(size: int) -> bytes:
    """So many bytes of the pipe. Errors: ``EOFError`` when the server has closed it."""
    parts = []
    while size:
        part = os.read(_IN, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_OUT, view) :]
