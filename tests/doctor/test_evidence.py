"""What of a damaged generation can be proven by its checksum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collab.crdt import squash
from collab.doctor.evidence import Basis, believe, contradicts, prove
from collab.doctor.forms import state_of
from collab.storage.base import Checkpoint
from collab.storage.patient import FoundCheckpoint
from collab.storage.seals import checkpoint_checksum
from tests.doctor.surgery import made_of
from tests.growing_old.writing import Typist

LOG = Typist(seed=4).type(60).log
SOUND = replace(made_of(LOG, 60), served=None)


def found(lies: Checkpoint, checksum: bytes | None = None, *, was: Checkpoint = SOUND) -> FoundCheckpoint:
    """What lies there, under the checksum of what ``was`` written."""
    pieces = (was.state_vector, was.delete_set, was.squashed, was.entries)
    return FoundCheckpoint(60, lies, True, 1, checksum or checkpoint_checksum(1, was.sequence, *pieces))


def flipped(data: bytes, *bits: int) -> bytes:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(
    "lies",
    [
        SOUND,
        replace(SOUND, state_vector=b""),
        replace(SOUND, delete_set=b"\1\2\3", state_vector=b"\0"),
        replace(SOUND, entries=b"\1\1\1\1\1"),
        replace(SOUND, sequence=60 ^ 1 << 40),
        replace(SOUND, squashed=flipped(SOUND.squashed, 77)),
        replace(SOUND, squashed=flipped(SOUND.squashed, 8 * len(SOUND.squashed) - 1)),
    ],
)
def test_what_can_be_proven(lies: Checkpoint) -> None:
    basis = prove(found(lies))
    assert basis is not None
    assert (basis.sequence, basis.content, basis.state.state_vector) == (
        60,
        SOUND.squashed,
        state_of(SOUND.squashed).state_vector,
    )


def test_a_bit_in_the_checksum() -> None:
    checksum = found(SOUND).checksum
    assert prove(found(SOUND, flipped(checksum, 3))) is not None
    assert prove(found(SOUND, flipped(checksum, 3, 50))) is None


def test_what_cannot_be_proven() -> None:
    lies = replace(SOUND, squashed=flipped(SOUND.squashed, 70, 400))
    assert prove(found(lies)) is None
    assert prove(replace(found(SOUND), is_legible=False)) is None
    assert believe(replace(found(SOUND), is_legible=False)) is None
    garbage = replace(SOUND, squashed=b"\1\2\3")
    assert prove(found(garbage, was=garbage)) is None, "sealed well, and garbage"


def test_what_can_be_read_can_be_believed() -> None:
    letter = SOUND.squashed.index(b"default") + 20
    lies = replace(SOUND, squashed=flipped(SOUND.squashed, 8 * letter, 8 * letter + 2))
    basis = believe(found(lies))
    assert prove(found(lies)) is None
    assert basis is not None
    assert basis.state.state_vector == state_of(SOUND.squashed).state_vector
    assert believe(found(replace(SOUND, squashed=bytes(300)))) is None


def account(log: list[bytes]) -> Basis:
    content = squash(log)
    return Basis(1, content, state_of(content), place=1)


def test_which_accounts_contradict_each_other() -> None:
    log = list(LOG)
    assert not contradicts(account(log), account(log[:20])), "one knows less"
    assert not contradicts(account(log[:20]), account(log))
    assert contradicts(account(log), account([update.replace(b"a", b"z") for update in log]))
