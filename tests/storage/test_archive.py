"""The port to the past, kept by every adapter: steps, versions, and what people are called."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from collab.errors import DocumentDeleted, NotFound
from collab.storage.archive import (
    Archive,
    Foldable,
    Step,
    Version,
    VersionPlace,
    new_version_id,
    windows,
    windows_of,
)
from collab.storage.base import KeptDocument
from collab.storage.sql import SqlStore
from tests.storage.conftest import Opener
from tests.storage.samples import NOON, batch, change, checkpoint


def single(sequence: int, actor: str | None = "alice") -> Step:
    """A change as a step of its own."""
    time = NOON + sequence
    return Step(sequence, sequence - 1, sequence, time, time, actor, b"did %d" % sequence)


def step(sequence: int, before: int, moment: int, actor: str | None = "alice") -> Step:
    return Step(sequence, before, moment, NOON + before + 1, NOON + moment, actor, b"did it all")


def version(moment: int, name: str = "First", *, automatic: bool = False) -> Version:
    return Version(new_version_id(), name, moment, NOON, NOON + 1, None if automatic else "alice", automatic=automatic)


async def fill(store: Archive, count: int = 9) -> None:
    """Nine changes, six of which both generations hold, and eight the newer one."""
    await store.append([batch("notes", *(change(b"%d" % n, time=NOON + n) for n in range(1, count + 1)))])
    for at in (6, 8):
        await store.add_checkpoint("notes", checkpoint(at), {n: b"did %d" % n for n in range(1, at + 1)})


async def steps_of(store: Archive) -> tuple[Step, ...]:
    found = await store.recall("notes")
    assert found is not None
    assert found.steps is not None
    return found.steps


async def test_every_change_is_a_step_at_first(store: Archive) -> None:
    await fill(store)
    assert await steps_of(store) == tuple(single(n) for n in range(1, 9))
    found = await store.recall("notes")
    assert found is not None
    assert found.document == await store.load("notes")
    assert await store.recall("nowhere") is None


async def test_steps_that_are_known_are_not_read_again(store: Archive) -> None:
    await fill(store)
    first = await store.recall("notes")
    assert first is not None
    again = await store.recall("notes", first.signature)
    assert again == first._replace(steps=None)
    assert await store.condense("notes", [step(3, 0, 3)])
    changed = await store.recall("notes", first.signature)
    assert changed is not None
    assert changed.steps is not None


async def test_what_two_generations_hold_becomes_steps(store: Archive) -> None:
    await fill(store)
    assert await store.foldable("notes", 4) == Foldable(tuple(single(n) for n in (1, 2, 3, 4)), frozenset(), 6)
    assert len((await store.foldable("notes", 100)).steps) == 6
    before = await store.load("notes")
    assert await store.condense("notes", [step(2, 0, 4, "bob"), step(4, 0, 4)])
    assert await steps_of(store) == (step(2, 0, 4, "bob"), step(4, 0, 4), *(single(n) for n in range(5, 9)))
    assert (await store.foldable("notes", 100)).steps == (single(5), single(6))
    assert await store.load("notes") == before, "what is needed to open it stays"
    (row,) = await store.rows()

    def see(kept: KeptDocument) -> list[int]:
        return [one.sequence for one in kept.changes]

    assert await store.inspect(row[0], see) == [5, 6, 7, 8, 9]


async def test_steps_become_larger_steps(store: Archive) -> None:
    await fill(store)
    await store.condense("notes", [step(2, 0, 2), step(4, 2, 4)])
    assert await store.condense("notes", [step(4, 0, 4)])
    assert (await steps_of(store))[0] == step(4, 0, 4)


@pytest.mark.parametrize(
    "drawn",
    [
        [step(7, 0, 7)],  # two generations do not hold it
        [step(3, 1, 3)],  # it begins in the middle of another
        [step(4, 2, 4), step(5, 4, 5)],  # and so does this
    ],
)
async def test_steps_that_do_not_fit_are_not_made(store: Archive, drawn: list[Step]) -> None:
    await fill(store)
    await store.condense("notes", [step(3, 0, 3)])
    before = await steps_of(store)
    assert not await store.condense("notes", drawn)
    assert await steps_of(store) == before


async def test_no_step_hides_a_version(store: Archive) -> None:
    await fill(store)
    await store.add_version("notes", version(2))
    assert (await store.foldable("notes", 1)).named == {2}
    assert not await store.condense("notes", [step(4, 0, 4)])
    assert await store.condense("notes", [step(2, 0, 2), step(4, 2, 4)])


async def test_automatic_versions_hold_back_no_step(store: Archive) -> None:
    await fill(store)
    for moment in (2, 4, 7):
        await store.add_version("notes", version(moment, automatic=True))
    assert (await store.foldable("notes", 1)).named == set()
    assert await store.condense("notes", [step(4, 0, 4)])
    assert [one.moment for one in await store.versions("notes")] == [7, 4], "what can be read stays"


async def test_a_version_that_was_named_later_stays(store: Archive) -> None:
    await fill(store)
    one = version(2, automatic=True)
    await store.add_version("notes", one)
    await store.rename_version("notes", one.id, "Kept")
    assert (await store.foldable("notes", 1)).named == {2}
    assert not await store.condense("notes", [step(4, 0, 4)])


async def test_a_change_of_which_nothing_is_known_stays(store: Archive) -> None:
    await store.append([batch("notes", *(change(b"%d" % n) for n in range(1, 5)))])
    await store.add_checkpoint("notes", checkpoint(3), {1: b"did 1", 3: b"did 3"})
    await store.add_checkpoint("notes", checkpoint(4), {4: b"did 4"})
    assert not await store.condense("notes", [step(3, 0, 3)])
    assert await store.condense("notes", [step(1, 0, 1), step(3, 2, 3)])
    found = await store.load("notes")
    assert found is not None
    assert found.head == 4


async def test_a_batch_whose_bytes_are_gone_is_no_longer_known(store: Archive) -> None:
    first = batch("notes", change(b"a"), change(b"b"))
    await store.append([first])
    await store.append([batch("notes", change(b"c"))])
    await store.add_checkpoint("notes", checkpoint(2), {1: b"1", 2: b"2"})
    assert await store.append([first], retried=True) == {"notes": 3}
    await store.add_checkpoint("notes", checkpoint(3), {3: b"3"})
    assert await store.condense("notes", [step(2, 0, 2)])
    assert await store.append([first], retried=True) == {"notes": 5}


async def test_a_restore_is_written_down(store: Archive) -> None:
    await store.append([batch("notes", change(b"1"), replace(change(b"2"), restored=0), change(b"3"))])
    found = await store.load("notes")
    assert found is not None
    assert [one.restored for one in found.tail] == [None, 0, None]
    for at in (2, 3):
        await store.add_checkpoint("notes", checkpoint(at), dict.fromkeys(range(1, at + 1), b"did"))
    assert [one.restored for one in await steps_of(store)] == [None, 0, None]
    await store.condense("notes", (await steps_of(store))[:2])
    assert [one.restored for one in await steps_of(store)] == [None, 0, None]


async def test_documents_with_old_steps_are_found(store: Archive) -> None:
    await fill(store)
    always, not_yet, just_now = [(0, NOON + 100)], [(0, NOON + 3)], [(0, NOON), (NOON + 3, NOON + 4)]
    assert await store.aging(always, "", 10) == [], "changes are no steps yet"
    await store.condense("notes", [step(3, 0, 3)])
    assert await store.aging(always, "", 10) == ["notes"]
    assert await store.aging(just_now, "", 10) == ["notes"]
    assert await store.aging(not_yet, "", 10) == []
    assert await store.aging([(NOON + 4, NOON + 100)], "", 10) == [], "what was looked at before is not found again"
    assert await store.aging(always, "notes", 10) == []
    await store.delete("notes", time=NOON)
    assert await store.aging(always, "", 10) == []


async def test_versions_are_made_named_and_forgotten(store: Archive) -> None:
    await fill(store)
    made = [version(moment, f"v{moment}") for moment in (3, 9, 0, 5)]
    for one in made:
        assert await store.add_version("notes", one)
    newest_first = sorted(made, key=lambda one: -one.moment)
    assert await store.versions("notes") == newest_first
    assert await store.versions("notes", limit=2) == newest_first[:2]
    place = VersionPlace(newest_first[1].moment, newest_first[1].id)
    assert await store.versions("notes", after=place) == newest_first[2:]
    renamed = await store.rename_version("notes", made[0].id, "Best")
    assert renamed == replace(made[0], name="Best")
    assert await store.version("notes", made[0].id) == renamed
    await store.remove_version("notes", made[0].id)
    for gone in (
        store.version("notes", made[0].id),
        store.remove_version("notes", made[0].id),
        store.rename_version("notes", made[0].id, "x"),
        store.add_version("notes", version(10)),
        store.versions("nowhere"),
        store.add_version("nowhere", version(0)),
    ):
        with pytest.raises(NotFound):
            await gone


async def test_a_moment_inside_of_a_step_cannot_be_named(store: Archive) -> None:
    await fill(store)
    await store.condense("notes", [step(2, 0, 4, "bob"), step(4, 0, 4)])
    for moment in (1, 2, 3):
        with pytest.raises(NotFound):
            await store.add_version("notes", version(moment))
    assert await store.add_version("notes", version(4))


async def test_an_automatic_version_gives_way(store: Archive) -> None:
    await fill(store)
    assert await store.add_version("notes", version(4, automatic=True))
    assert not await store.add_version("notes", version(4, automatic=True))
    assert await store.add_version("notes", version(4))
    (_, automatic) = sorted(await store.versions("notes"), key=lambda one: one.automatic)
    assert (await store.rename_version("notes", automatic.id, "Kept")).automatic is False


async def test_versions_of_a_deleted_document_are_kept(store: Archive) -> None:
    await fill(store)
    one = version(4)
    await store.add_version("notes", one)
    await store.delete("notes", time=NOON)
    for refused in (store.versions("notes"), store.version("notes", one.id), store.recall("notes")):
        with pytest.raises(DocumentDeleted):
            await refused
    await store.restore("notes")
    assert await store.versions("notes") == [one]


async def test_people_are_remembered(open_store: Opener) -> None:
    store: Archive = await open_store()
    await store.remember({"alice": "Alice", "bob": "Bob"}, seen=NOON)
    await store.remember({"alice": "Alice A.", "carol": "Carol"}, seen=NOON + 1)
    assert await store.people(["alice", "bob", "carol", "dave"]) == {
        "alice": "Alice A.",
        "bob": "Bob",
        "carol": "Carol",
    }
    assert await store.people([]) == {}
    await asyncio.gather(*(store.remember({"eve": "Eve"}, seen=NOON) for _ in range(5)))
    assert await store.people(["eve"]) == {"eve": "Eve"}


def test_windows_are_what_has_one_moment() -> None:
    steps = [step(2, 0, 4), step(4, 0, 4), step(5, 4, 5)]
    assert list(windows(steps)) == [steps[:2], steps[2:]]
    assert list(windows_of([1, 3, 2], lambda number: number % 2)) == [[1, 3], [2]]
    assert list(windows([])) == []


@pytest.mark.parametrize("table", ["changes", "steps"])
async def test_what_is_damaged_is_not_folded_away(sql_store: SqlStore, table: str) -> None:
    """The doctor may mend it: see ``collab.storage.bits``."""
    await fill(sql_store)
    if table == "steps":
        assert await sql_store.condense("notes", [single(1), single(2), single(3)])

    def flip(connection: Connection) -> None:
        where = {"at": 2}
        (found,) = connection.execute(text(f"SELECT ranges FROM {table} WHERE sequence = :at"), where).scalars().all()
        damaged = bytes(found[:-1]) + bytes([found[-1] ^ 1])
        connection.execute(
            text(f"UPDATE {table} SET ranges = :ranges WHERE sequence = :at"), {**where, "ranges": damaged}
        )

    await sql_store._database.write(flip)
    assert not await sql_store.condense("notes", [single(1), single(3)])
    assert not await sql_store.condense("notes", [step(3, 0, 3)])

    def count(connection: Connection) -> int:
        found: int = connection.execute(text(f"SELECT count(*) FROM {table} WHERE sequence = 2")).scalar_one()
        return found

    assert await sql_store._database.read(count) == 1
