"""Steps, looked over and mended: what is left of changes whose bytes have gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.doctor import Harm, Outcome, Part, Repair, Repaired
from collab.rooms.fold import fold
from collab.storage.archive import Step
from collab.storage.sql import SqlStore
from tests.doctor.surgery import flip, meddle, places, reports
from tests.growing_old.writing import Typist, keep
from tests.storage.samples import NOON


@pytest.fixture
async def stepped(file: Path) -> AsyncIterator[SqlStore]:
    """``notes``: three windows of two people, then two generations and a tail."""
    store = await SqlStore.open(f"sqlite:///{file}")
    typist = Typist()
    for minute in range(3):
        for actor in ("alice", "bob"):
            await keep(store, "notes", typist.type(20).log, actor=actor, time=NOON + 60_000 * minute)
    await fold(store, "notes")
    for _ in range(2):
        await keep(store, "notes", typist.type(20).log)
        await fold(store, "notes")
    await keep(store, "notes", typist.type(20).log)
    yield store
    await store.close()


async def steps_of(store: SqlStore) -> tuple[Step, ...]:
    recollection = await store.recall("notes")
    assert recollection is not None
    return tuple(step for step in recollection.steps or () if step.moment - step.before > 1)


async def repair(file: Path) -> list[Repaired]:
    return [one async for one in Repair(f"sqlite:///{file}").run()]


async def test_nothing_is_found_where_nothing_is(stepped: SqlStore) -> None:
    assert [(one.changes, one.findings) for one in await reports(stepped)] == [(180, ())]
    assert len(await steps_of(stepped)) >= 6


async def test_a_step_that_is_not_there(stepped: SqlStore, file: Path) -> None:
    meddle(file, "DELETE FROM steps WHERE sequence = (SELECT min(sequence) FROM steps)")
    (report,) = await reports(stepped)
    assert {finding.harm for finding in report.findings} == {Harm.MARRED}
    assert "follow on" in report.findings[0].what


async def test_a_window_that_is_not_there(stepped: SqlStore, file: Path) -> None:
    meddle(file, "DELETE FROM steps WHERE before = 0")
    (report,) = await reports(stepped)
    assert places(report.findings) == [(Part.CHANGE, 1, 40, Harm.MARRED)]
    assert report.findings[0].what == "not there"


async def test_a_flipped_bit_is_set_right(stepped: SqlStore, file: Path) -> None:
    before = await steps_of(stepped)
    flip(file, "steps", "ranges", "sequence = (SELECT max(sequence) FROM steps WHERE before = 0)")
    (report,) = await reports(stepped)
    assert [finding.harm for finding in report.findings] == [Harm.MARRED]
    await stepped.close()
    (repaired,) = await repair(file)
    assert (repaired.outcome, repaired.uncertain) == (Outcome.REPAIRED, ())
    assert "a flipped bit was set right in 1 step" in repaired.done
    store = await SqlStore.open(f"sqlite:///{file}")
    assert [one.findings for one in await reports(store)] == [()]
    assert (await steps_of(store))[: len(before)] == before
    await store.close()


@pytest.mark.parametrize("lost", ["sequence = (SELECT min(sequence) FROM steps)", "before = 0", "1"])
async def test_lost_steps_are_made_up_for(stepped: SqlStore, file: Path, lost: str) -> None:
    meddle(file, f"DELETE FROM steps WHERE {lost}")
    await stepped.close()
    (repaired,) = await repair(file)
    assert repaired.outcome is Outcome.SET_ASIDE
    assert not repaired.losses
    assert "who wrote what is not known" in repaired.uncertain[0]
    store = await SqlStore.open(f"sqlite:///{file}")
    assert [one.findings for one in await reports(store)] == [()]
    await store.close()
