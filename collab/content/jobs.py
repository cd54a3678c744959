"""What a worker can be asked to do with a document besides writing it out, and how that is put into bytes.

All of these are given the document whole, with all that was ever deleted from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct as Layout
from typing import Any

from collab.content.attribution import Share
from collab.content.formats import Content, Format, Question, Schema
from collab.content.items import Moment
from collab.crdt import DeleteSet, decode_state_vector, encode_state_vector
from collab.lib0 import read_bytes, write_bytes

_SHARE = Layout(">QIIiq")
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Say what became of a document from ``before`` to ``after``, as JSON or as unified text.

    ``written`` and ``deleted`` say who did what. ``root`` and ``schema`` are found out where they are None; ``names`` are
    what the two moments are called in the text.
    """

    before: Moment
    after: Moment
    written: Sequence[Share] = ()
    deleted: Sequence[Share] = ()
    format: Format = Format.JSON
    root: str | None = None
    schema: Schema | None = None
    names: tuple[str, str] = ("before", "after")


@dataclass(frozen=True, slots=True)
class Restoring:
    """Find the edit of ``client`` that brings a document back to ``then``."""

    then: Moment
    client: int


@dataclass(frozen=True, slots=True)
class Undoing:
    """Find the edit of ``client`` that takes out what was ``written`` and brings back what was ``deleted``."""

    written: DeleteSet
    deleted: DeleteSet
    client: int


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that was found; None where the document is as it is to be already."""

    update: bytes | None


Job = Question | Comparison | Restoring | Undoing
Result = Content | Edit


def encode_job(job: Job) -> tuple[dict[str, Any], bytes]:
    """The head of a job, which is JSON, and what goes with it."""
    match job:
        case Question():
            return {"job": "render", "format": job.format, "root": job.root, "schema": job.schema}, b""
        case Comparison():
            subjects = {share.subject: None for share in (*job.written, *job.deleted) if share.subject is not None}
            numbers = {subject: number for number, subject in enumerate(subjects)}
            head = {"job": "compare", "format": job.format, "root": job.root, "schema": job.schema, "names": job.names}
            shares = (_shares(each, numbers) for each in (job.written, job.deleted))
            return {**head, "subjects": list(subjects)}, _joined(*_moment(job.before), *_moment(job.after), *shares)
        case Restoring():
            return {"job": "restore", "client": job.client}, _joined(*_moment(job.then))
        case Undoing():
            return {"job": "undo", "client": job.client}, _joined(job.written.encode(), job.deleted.encode())


def decode_job(head: dict[str, Any], past: bytes) -> Job:
    """The way back."""
    parts = list(_parts(past))
    schema = None if head.get("schema") is None else Schema(head["schema"])
    match head["job"]:
        case "render":
            return Question(Format(head["format"]), head["root"], schema)
        case "compare":
            written, deleted = (list(_read_shares(part, head["subjects"])) for part in parts[4:])
            names = (head["names"][0], head["names"][1])
            before, after = _read_moment(*parts[:2]), _read_moment(*parts[2:4])
            return Comparison(before, after, written, deleted, Format(head["format"]), head["root"], schema, names)
        case "restore":
            return Restoring(_read_moment(*parts), head["client"])
        case _:
            return Undoing(DeleteSet.decode(parts[0]), DeleteSet.decode(parts[1]), head["client"])


def _joined(*parts: bytes) -> bytes:
    return b"".join(map(write_bytes, parts))


def _parts(data: bytes) -> Iterator[bytes]:
    pos = 0
    while pos < len(data):
        part, pos = read_bytes(data, pos)
        yield part


def _moment(moment: Moment) -> tuple[bytes, bytes]:
    return encode_state_vector(moment.state_vector), moment.deletes.encode()


def _read_moment(vector: bytes, deletes: bytes) -> Moment:
    return Moment(decode_state_vector(vector), DeleteSet.decode(deletes))


def _shares(shares: Iterable[Share], numbers: dict[str, int]) -> bytes:
    return b"".join(
        _SHARE.pack(
            share.client,
            share.start,
            share.end,
            _NOBODY if share.subject is None else numbers[share.subject],
            share.time,
        )
        for share in shares
    )


def _read_shares(data: bytes, subjects: list[str]) -> Iterator[Share]:
    for client, start, end, number, time in _SHARE.iter_unpack(data):
        yield Share(client, start, end, None if number == _NOBODY else subjects[number], time)
