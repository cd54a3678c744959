"""Checkpoints that are sealed well and wrong: only what they hold, and the log, can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collab.crdt import squash
from collab.doctor import Harm, Part
from collab.storage.sql import SqlStore
from tests.doctor.surgery import NEWER, OLDER, findings, made_of, meddle, places, put_checkpoint


async def test_a_checkpoint_that_lacks_something(store: SqlStore, log: list[bytes], file: Path) -> None:
    put_checkpoint(file, made_of(log[: NEWER - 1], NEWER))
    found = await findings(store)
    assert places(found) == [
        (Part.CHECKPOINT, NEWER, NEWER, Harm.MARRED),  # the changes are said to have done more
        (Part.CHECKPOINT, NEWER, NEWER, Harm.BROKEN),
        (Part.CHANGE, 41, 41, Harm.BROKEN),  # and on what it lacks the next one depends
    ]


async def test_a_checkpoint_of_other_content(store: SqlStore, log: list[bytes], file: Path) -> None:
    """The same clocks, the same deletions, other letters: only the log can tell."""
    other = [update.replace(b"a", b"z") for update in log[:NEWER]]
    put_checkpoint(file, made_of(other, NEWER))
    found = await findings(store)
    assert places(found) == [(Part.CHECKPOINT, NEWER, NEWER, Harm.BROKEN)]
    assert found[0].what == "it is not what the log before it comes to"


async def test_an_older_checkpoint_of_other_content(store: SqlStore, log: list[bytes], file: Path) -> None:
    other = [update.replace(b"a", b"z") for update in log[:OLDER]]
    put_checkpoint(file, replace(made_of(other, OLDER), served=None))
    assert places(await findings(store)) == [(Part.CHECKPOINT, NEWER, NEWER, Harm.BROKEN)]


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("squashed", b"\1\2\3", "cannot be read"),
        ("state_vector", b"\1\1\5", "its state vector is not"),
        ("state_vector", b"\1\1", "cannot be read"),
        ("delete_set", b"\0", "its delete set is not"),
        ("served", b"\1\2\3", "what readers open cannot be read"),
    ],
)
async def test_a_checkpoint_at_odds_with_itself(
    store: SqlStore, log: list[bytes], file: Path, field: str, value: bytes, what: str
) -> None:
    put_checkpoint(file, replace(made_of(log[:NEWER], NEWER), **{field: value}))  # type: ignore[arg-type]
    found = await findings(store)
    assert places(found) == [(Part.CHECKPOINT, NEWER, NEWER, Harm.BROKEN)]
    assert what in found[0].what


async def test_a_checkpoint_that_depends_on_what_is_not_in_it(store: SqlStore, log: list[bytes], file: Path) -> None:
    whole = made_of(log[:NEWER], NEWER)
    put_checkpoint(file, replace(whole, squashed=squash(log[20:NEWER])))
    found = await findings(store)
    assert places(found) == [(Part.CHECKPOINT, NEWER, NEWER, Harm.BROKEN)]
    assert "which is not there" in found[0].what


async def test_a_checkpoint_outside_of_the_log(store: SqlStore, log: list[bytes], file: Path) -> None:
    meddle(file, "UPDATE checkpoints SET sequence = 99 WHERE document = 1 AND sequence = 40")
    assert places(await findings(store))[0] == (Part.CHECKPOINT, 99, 99, Harm.EXPOSED)
