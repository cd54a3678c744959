"""Seals: how a bit that flipped on the disk is found before it does harm.

A change's blobs carry a CRC-32 in front, over themselves and over the columns beside them; a document's row carries
one in ``checksum``. A CRC finds every burst of up to 32 bits for about a microsecond, in rows that are written for
every keystroke. A checkpoint, which stands for thousands of changes, carries BLAKE2b. None of this is against an
attacker: whoever can write to the database can write a seal.

The framing of updates inside a payload is private to this package: each update after its length in four bytes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from enum import Enum
from zlib import crc32

_CRC = 4
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">cqqq")
_STEP = struct.Struct(">cqqqqqq")


WRONG_KIND = (AttributeError, TypeError, struct.error)
"""What Python raises when a number is text all of a sudden: in SQLite a flipped bit can do that to any column."""


class Damaged(Exception):
    """What was read is not what was written. The message says what."""


class Part(Enum):
    """Which blob of a row, so that one is never taken for the other."""

    PAYLOAD = b"p"
    RANGES = b"r"
    STEP = b"s"


def frame(updates: Iterable[bytes]) -> bytes:
    """Put updates in one blob, each after its length."""
    return b"".join([piece for update in updates for piece in (_LENGTH.pack(len(update)), update)])


def unframe(blob: bytes) -> tuple[bytes, ...]:
    """Take the updates out again; raises ``Damaged``."""
    updates, at = [], 0
    while at < len(blob):
        start = at + _LENGTH.size
        if start > len(blob):
            raise Damaged("a length is cut off")
        at = start + _LENGTH.unpack_from(blob, at)[0]
        if at > len(blob):
            raise Damaged("an update is cut off")
        updates.append(blob[start:at])
    return tuple(updates)


def seal(
    part: Part,
    document: int,
    sequence: int,
    time: int,
    actor: str | None,
    batch: bytes,
    blob: bytes,
    restored: int | None = None,
) -> bytes:
    """Put the checksum of a blob and of the columns beside it in front of the blob."""
    return _sealed(columns_of(part, document, sequence, time, actor, restored) + batch, blob)


def unseal(
    part: Part,
    document: int,
    sequence: int,
    time: int,
    actor: str | None,
    batch: bytes,
    sealed: bytes,
    restored: int | None = None,
) -> bytes:
    """Take the blob out again; raises ``Damaged``."""
    try:
        return _opened(columns_of(part, document, sequence, time, actor, restored) + batch, sealed)
    except WRONG_KIND as error:
        raise Damaged("a column is of another kind") from error


def columns_of(
    part: Part, document: int, sequence: int, time: int, actor: str | None, restored: int | None = None
) -> bytes:
    """What a change's seal covers before its batch id and its blob."""
    return _PLACE.pack(part.value, document, sequence, time) + _spelt(actor, restored)


def read_columns(columns: bytes, width: int) -> tuple[int, int, int, str | None, int | None]:
    """Document, sequence, time, actor and restored of ``columns_of``, with ``width`` bytes of the actor; raises ``Damaged``."""
    _, document, sequence, time = _PLACE.unpack_from(columns)
    return document, sequence, time, *_read_spelt(columns[_PLACE.size :], width)


StepColumns = tuple[int, int, int, int, int, int, str | None, int | None]
"""Document, sequence, before, moment, began, ended, actor and restored of a step."""


def seal_step(columns: StepColumns, blob: bytes) -> bytes:
    """Put the checksum of a step's ranges and of the columns beside them in front of the ranges."""
    return _sealed(step_columns_of(columns), blob)


def unseal_step(columns: StepColumns, sealed: bytes) -> bytes:
    """Take the ranges out again; raises ``Damaged``."""
    try:
        return _opened(step_columns_of(columns), sealed)
    except WRONG_KIND as error:
        raise Damaged("a column is of another kind") from error


def step_columns_of(columns: StepColumns) -> bytes:
    """What a step's seal covers before its ranges."""
    *numbers, actor, restored = columns
    return _STEP.pack(Part.STEP.value, *numbers) + _spelt(actor, restored)


def read_step_columns(columns: bytes, width: int) -> StepColumns:
    """Back from ``step_columns_of``, with ``width`` bytes of the actor; raises ``Damaged``."""
    _, document, sequence, before, moment, began, ended = _STEP.unpack_from(columns)
    return document, sequence, before, moment, began, ended, *_read_spelt(columns[_STEP.size :], width)


def _sealed(covered: bytes, blob: bytes) -> bytes:
    return crc32(blob, crc32(covered)).to_bytes(_CRC, "big") + blob


def _opened(covered: bytes, sealed: bytes) -> bytes:
    blob = sealed[_CRC:]
    if sealed != _sealed(covered, blob):
        raise Damaged("its checksum does not hold")
    return blob


def _spelt(actor: str | None, restored: int | None) -> bytes:
    # No actor and an actor without letters differ: 0xFF begins no UTF-8.
    who = b"\xff" if actor is None else actor.encode()
    spelt = b"%d:%b" % (len(who), who)
    return spelt if restored is None else spelt + b"<%d" % restored


def _read_spelt(spelt: bytes, width: int) -> tuple[str | None, int | None]:
    head = b"%d:" % width
    who, rest = spelt[len(head) : len(head) + width], spelt[len(head) + width :]
    if not spelt.startswith(head) or len(who) != width:
        raise Damaged("the actor is cut off")
    if rest and not (rest[:1] == b"<" and rest[1:].removeprefix(b"-").isdigit()):
        raise Damaged("what it restored is no number")
    try:
        return None if who == b"\xff" else who.decode(), int(rest[1:]) if rest else None
    except UnicodeDecodeError as error:
        raise Damaged("the actor is no text") from error


def version_checksum(
    document: int, id_: str, moment: int, time: int, created: int, subject: str | None, *, automatic: bool
) -> int:
    """The checksum of a version's row; its name is left out, where a flipped bit is a typo."""
    return crc32(
        f"{document} {id_} {moment} {time} {created} {automatic:d} {subject is None:d}{subject or ''}".encode()
    )


def document_checksum(
    id_: int, name: str, lineage: str, head: int, created: int, modified: int, deleted: int | None
) -> int:
    """The checksum of a document's row.

    Left out are the title, where a flipped bit is a typo and no reason to refuse the document, the digest, and what is
    only there for lists.
    """
    return crc32(f"{id_} {head} {created} {modified} {deleted} {lineage}\0{name}".encode())


def name_digest(name: str) -> int:
    """64 bits of a name's hash, as a signed number."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def served_checksum(
    document: int, sequence: int, served: bytes, state_vector: bytes, delete_set: bytes, entries: bytes, size: int
) -> bytes:
    """The checksum of all of a checkpoint that opens a document: 16 bytes."""
    return checkpoint_checksum(document, sequence, served, state_vector, delete_set, entries, struct.pack(">q", size))


def checkpoint_checksum(document: int, sequence: int, *pieces: bytes) -> bytes:
    """The checksum of (a part of) a checkpoint: 16 bytes."""
    digest = hashlib.blake2b(struct.pack(">qq", document, sequence), digest_size=16)
    for piece in pieces:
        digest.update(struct.pack(">q", len(piece)))
        digest.update(piece)
    return digest.digest()
