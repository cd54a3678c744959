"""What the server and a worker say to each other, over a pipe.

    ready      one byte, from the worker, when it can be asked
    question   u32 length of the head, u32 length of the past, u32 length of the update, head (JSON), past, update
    answer     u8 outcome, u32 length of the head, u32 length of the body, head (JSON), body (a text in UTF-8, or an edit)

Numbers are big-endian. The worker reads what the server wrote and may believe it; the server reads what somebody's
document made of a worker and believes nothing: ``ValueError`` for whatever is no answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct as Layout
from typing import Any

from collab.content.formats import Content, Question, Schema
from collab.content.jobs import Comparison, Edit, Job, Result, decode_job, encode_job

QUESTION = Layout(">III")
ANSWER = Layout(">BII")

READY = b"\x06"

MAX_HEAD_BYTES = 64 * 1024
"""The head of an answer: a name, or a sentence."""


_LONGEST_REASON = 500
"""Characters of a reason that are passed on."""


class Outcome(IntEnum):
    """How it went: done; refused as asked; not possible with this document; not foreseen, and the worker ends."""

    DONE = 0
    REFUSED = 1
    UNRENDERABLE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none, with the reason."""

    outcome: Outcome
    reason: str


def encode_question(job: Job, update: bytes) -> bytes:
    """One question about a document, ready for the pipe."""
    told, past = encode_job(job)
    head = json.dumps(told).encode()
    return QUESTION.pack(len(head), len(past), len(update)) + head + past + update


def decode_question(head: bytes, past: bytes) -> Job:
    """What a question asks."""
    return decode_job(json.loads(head), past)


def encode_answer(answer: Result | Refusal) -> bytes:
    """One answer, ready for the pipe."""
    match answer:
        case Refusal():
            return _framed(answer.outcome, {"reason": answer.reason}, b"")
        case Edit():
            return _framed(Outcome.DONE, {"changes": answer.update is not None}, answer.update or b"")
        case Content():
            return _framed(Outcome.DONE, {"root": answer.root, "schema": answer.schema}, answer.text.encode())


def _framed(outcome: Outcome, head: dict[str, Any], body: bytes) -> bytes:
    encoded = json.dumps(head).encode()
    return ANSWER.pack(outcome, len(encoded), len(body)) + encoded + body


def decode_answer(outcome: int, head: bytes, body: bytes, job: Job) -> Result | Refusal:
    """The parts of an answer to ``job``. Errors: ``ValueError`` for nonsense."""
    known = Outcome(outcome)
    try:
        told = json.loads(head)
    except RecursionError as error:
        raise ValueError("a head that nests") from error
    if not isinstance(told, dict):
        raise ValueError("a head that is no object")
    if known is not Outcome.DONE:
        return Refusal(known, (_text(told.get("reason")) or "")[:_LONGEST_REASON])
    if not isinstance(job, Question | Comparison):
        return Edit(body if told.get("changes") is True else None)
    schema = _text(told.get("schema"))
    return Content(job.format, body.decode(), _text(told.get("root")), None if schema is None else Schema(schema))


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("a head with something else than words")
    return value
