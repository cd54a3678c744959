"""The port's promises, kept by every adapter."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from collab.errors import CollabError, DocumentDeleted, NotFound
from collab.storage.base import Batch, Change, Checkpoint, Opening, Order, Page, RowsRefused, Store, StoredDocument
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from tests.storage.conftest import Opener
from tests.storage.samples import NOON, batch, change, checkpoint


async def load(store: Store, name: str) -> StoredDocument:
    found = await store.load(name)
    assert found is not None
    return found


async def updates(store: Store, name: str) -> list[bytes]:
    return [update for stored in (await load(store, name)).tail for update in stored.updates]


async def test_an_unknown_document_is_none(store: Store) -> None:
    assert await store.load("nowhere") is None
    assert await store.document("nowhere") is None


async def test_what_opens_a_document_is_its_served_form_and_what_came_since(store: Store) -> None:
    assert await store.load_to_serve("nowhere") is None
    await store.append([batch("notes", change(b"1"), change(b"2"))])
    assert await store.load_to_serve("notes") == await load(store, "notes"), (
        "without a checkpoint there is only the log"
    )
    made = checkpoint(2)
    await store.add_checkpoint("notes", made, {1: b"", 2: b""})
    await store.append([batch("notes", change(b"3"))])
    opens = await store.load_to_serve("notes")
    assert isinstance(opens, Opening)
    assert (opens.name, opens.sequence, opens.state_vector, opens.delete_set) == (
        "notes",
        2,
        made.state_vector,
        made.delete_set,
    )
    assert (opens.entries, opens.served, opens.size) == (made.entries, made.served, len(made.squashed))
    assert opens.tail == (await load(store, "notes")).tail
    await store.delete("notes", time=NOON)
    with pytest.raises(DocumentDeleted):
        await store.load_to_serve("notes")


async def test_the_first_append_makes_the_document(store: Store) -> None:
    first = change(b"one", b"", b"three", actor="alice", time=NOON)
    assert await store.append([batch("notes", first, lineage="born")]) == {"notes": 1}
    document = await load(store, "notes")
    assert (document.name, document.title, document.lineage, document.head) == ("notes", "", "born", 1)
    assert document.checkpoint is None
    assert [(c.sequence, c.actor, c.time, c.updates) for c in document.tail] == [
        (1, "alice", NOON, (b"one", b"", b"three"))
    ]


async def test_a_later_append_keeps_lineage_and_order(store: Store) -> None:
    await store.append([batch("notes", change(b"a"), change(b"b", actor=None), lineage="born")])
    heads = await store.append([batch("notes", change(b"c", actor=""), lineage="not this")])
    assert heads == {"notes": 3}
    document = await load(store, "notes")
    assert document.lineage == "born"
    assert [(c.sequence, c.actor, c.updates) for c in document.tail] == [
        (1, "alice", (b"a",)),
        (2, None, (b"b",)),
        (3, "", (b"c",)),
    ]


async def test_a_large_update_comes_back(store: Store) -> None:
    large = random.Random(1).randbytes(3_000_000)
    await store.append([batch("notes", change(large, b"small"))])
    assert await updates(store, "notes") == [large, b"small"]


async def test_many_documents_share_one_commit(store: Store) -> None:
    await store.append([batch("old", change(b"0"))])
    names = [f"document {number}" for number in range(300)]
    heads = await store.append([batch("old"), *(batch(name, change(name.encode())) for name in names)])
    assert heads == {"old": 2} | dict.fromkeys(names, 1)
    assert [await updates(store, name) for name in names] == [[name.encode()] for name in names]


async def test_two_batches_of_one_document_follow_each_other(store: Store) -> None:
    assert await store.append([batch("notes", change(b"a")), batch("notes", change(b"b"))]) == {"notes": 2}
    assert await updates(store, "notes") == [b"a", b"b"]


async def test_a_commit_is_all_or_nothing(store: Store) -> None:
    await store.append([batch("deleted")])
    await store.append([batch("good", change(b"before"))])
    await store.delete("deleted", time=NOON)
    with pytest.raises(DocumentDeleted):
        await store.append([batch("new"), batch("good", change(b"lost")), batch("deleted")])
    assert await updates(store, "good") == [b"before"]
    assert await store.load("new") is None


async def test_a_retry_of_what_was_committed_adds_nothing(store: Store) -> None:
    tried = [batch("notes", change(b"a"), change(b"b")), batch("other", change(b"c"))]
    heads = await store.append(tried)
    assert await store.append(tried, retried=True) == heads == {"notes": 2, "other": 1}
    assert await updates(store, "notes") == [b"a", b"b"]


async def test_a_retry_of_what_was_not_committed_adds_it(store: Store) -> None:
    stored, lost = batch("notes", change(b"a")), batch("other", change(b"b"))
    await store.append([stored])
    assert await store.append([stored, lost], retried=True) == {"notes": 1, "other": 1}
    assert await updates(store, "notes") == [b"a"]
    assert await updates(store, "other") == [b"b"]


async def test_a_batch_id_is_stored_once(store: Store) -> None:
    tried = [batch("notes", change(b"a"))]
    await store.append(tried)
    with pytest.raises(RowsRefused):
        await store.append([batch("new"), *tried])
    assert await updates(store, "notes") == [b"a"]
    assert await store.load("new") is None


async def test_writers_of_one_document_take_turns(open_store: Opener) -> None:
    stores = [await open_store() for _ in range(3)]
    await stores[0].append([batch("notes", change(b"0"))])
    await asyncio.gather(
        *(stores[n % 3].append([batch("notes", change(b"%d" % n)), batch("other")]) for n in range(1, 31)),
        *(stores[n % 3].append([batch("other"), batch("notes", change(b"%d" % n))]) for n in range(31, 61)),
    )
    document = await load(stores[0], "notes")
    assert document.head == 61
    assert [c.sequence for c in document.tail] == list(range(1, 62))
    assert {u for c in document.tail for u in c.updates} == {b"%d" % n for n in range(61)}


async def test_a_load_sees_one_moment(open_store: Opener) -> None:
    writer, reader = await open_store(), await open_store()
    await writer.append([batch("notes")])

    async def write() -> None:
        for number in range(2, 60):
            await writer.append([batch("notes", change(b"%d" % number))])
            if number % 10 == 0:
                await writer.add_checkpoint("notes", checkpoint(number), {number: b"range"})

    writing = asyncio.create_task(write())
    seen = set()
    while not writing.done():
        document = await load(reader, "notes")
        start = document.checkpoint.sequence if document.checkpoint else 0
        assert [c.sequence for c in document.tail] == list(range(start + 1, document.head + 1))
        seen.add(document.head)
        await asyncio.sleep(0)
    await writing
    assert (await load(reader, "notes")).head == 59


@pytest.mark.parametrize(
    "names",
    [
        ["Notes", "notes", "NOTES"],
        ["a/b", "a%2Fb", "a", "a/"],
        ["straße", "strasse", "é", "e", "日本", "🙂", "😀"],
        ["_", "%", "'; DROP TABLE documents; --", "a*", "a**"],
        ["\ufb01", "fi", "\u2126", "\u03a9"],  # alike to a person, or to a clever collation
    ],
)
async def test_names_are_opaque(store: Store, names: list[str]) -> None:
    await store.append([batch(name, change(name.encode())) for name in names])
    assert [await updates(store, name) for name in names] == [[name.encode()] for name in names]
    assert [record.name for record in (await store.documents()).records] == sorted(names)


async def test_a_checkpoint_shortens_the_tail(store: Store) -> None:
    await store.append([batch("notes", *(change(b"%d" % n) for n in range(1, 6)))])
    await store.add_checkpoint("notes", checkpoint(3), dict.fromkeys((1, 2, 3), b"range"))
    document = await load(store, "notes")
    assert document.checkpoint == checkpoint(3)
    assert [c.sequence for c in document.tail] == [4, 5]
    assert document.head == 5


async def test_checkpoints_follow_each_other(store: Store) -> None:
    for number in range(1, 8):
        await store.append([batch("notes", change(b"%d" % number))])
        await store.add_checkpoint("notes", checkpoint(number, b"%d" % number), {number: b"range"})
        document = await load(store, "notes")
        assert document.checkpoint == checkpoint(number, b"%d" % number)
        assert document.tail == ()
    assert await store.append([batch("notes", change(b"more"))]) == {"notes": 8}
    assert await updates(store, "notes") == [b"more"]


async def test_a_checkpoint_that_is_not_newer_is_not_added(store: Store) -> None:
    await store.append([batch("notes", *(change(b"%d" % n) for n in range(1, 6)))])
    await store.add_checkpoint("notes", checkpoint(4, b"first"), {})
    await store.add_checkpoint("notes", checkpoint(4, b"second"), {})
    await store.add_checkpoint("notes", checkpoint(2, b"late"), {})
    assert (await load(store, "notes")).checkpoint == checkpoint(4, b"first")


async def test_a_checkpoint_may_be_unservable(store: Store) -> None:
    await store.append([batch("notes")])
    await store.add_checkpoint("notes", Checkpoint(1, b"vector", b"deletes", b"squashed", None), {})
    assert (await load(store, "notes")).checkpoint == Checkpoint(1, b"vector", b"deletes", b"squashed", None)


async def test_a_checkpoint_needs_its_document(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.add_checkpoint("nowhere", checkpoint(1), {})
    await store.append([batch("notes")])
    for sequence in (0, 2):
        with pytest.raises(ValueError, match="whose head is 1"):
            await store.add_checkpoint("notes", checkpoint(sequence), {})
    await store.delete("notes", time=NOON)
    with pytest.raises(DocumentDeleted):
        await store.add_checkpoint("notes", checkpoint(1), {})


async def test_a_batch_that_was_folded_away_is_still_not_doubled_before_that(store: Store) -> None:
    tried = [batch("notes", change(b"a"), change(b"b"))]
    await store.append(tried)
    await store.add_checkpoint("notes", checkpoint(2), {1: b"range", 2: b"range"})
    assert await store.append(tried, retried=True) == {"notes": 2}


async def test_a_document_can_be_made_empty(store: Store) -> None:
    assert await store.create("notes", lineage="born", title="My notes", time=NOON)
    assert not await store.create("notes", lineage="other", title="Yours", time=NOON + 1)
    document = await load(store, "notes")
    assert document == StoredDocument("notes", "My notes", "born", 0, None, ())
    assert await store.append([batch("notes", lineage="other")]) == {"notes": 1}
    assert (await load(store, "notes")).lineage == "born"


async def test_one_of_many_makers_wins(open_store: Opener) -> None:
    stores = [await open_store() for _ in range(3)]
    made = await asyncio.gather(
        *(stores[n % 3].create("notes", lineage=str(n), time=NOON) for n in range(9)),
    )
    assert made.count(True) == 1
    assert (await load(stores[0], "notes")).lineage == str(made.index(True))


async def test_a_title_can_change(store: Store) -> None:
    await store.append([batch("notes")])
    await store.retitle("notes", "Ünder way", time=NOON)
    assert (await load(store, "notes")).title == "Ünder way"
    await store.append([batch("notes")])
    assert (await load(store, "notes")).title == "Ünder way"
    with pytest.raises(NotFound):
        await store.retitle("nowhere", "x", time=NOON)


async def test_a_deleted_document_is_refused_and_kept(store: Store) -> None:
    await store.append([batch("notes", change(b"kept"))])
    await store.delete("notes", time=NOON + 5)
    await store.delete("notes", time=NOON + 9)
    for refused in (
        store.load("notes"),
        store.append([batch("notes")]),
        store.create("notes", lineage="new", time=NOON),
        store.retitle("notes", "x", time=NOON),
    ):
        with pytest.raises(DocumentDeleted, match="notes"):
            await refused
    record = await store.document("notes")
    assert record is not None
    assert record.deleted == NOON + 5
    await store.restore("notes")
    await store.restore("notes")
    assert await updates(store, "notes") == [b"kept"]
    for unknown in (store.delete("nowhere", time=NOON), store.restore("nowhere")):
        with pytest.raises(NotFound):
            await unknown


async def test_a_code_is_spent_once_over_restarts(open_store: Opener) -> None:
    first, second = await open_store(), await open_store()
    later = 4_000_000_000_000
    assert await first.spend("code", later)
    assert not await first.spend("code", later)
    assert not await second.spend("code", later)
    assert await second.spend("Code", later)
    assert not await (await open_store()).spend("Code", later)
    spent = await asyncio.gather(*((first, second)[n % 2].spend("race", later) for n in range(10)))
    assert spent.count(True) == 1


async def test_a_code_that_expired_long_ago_is_forgotten(store: Store) -> None:
    assert await store.spend("old", NOON // 2)
    assert await store.spend("another", 4_000_000_000_000)
    assert await store.spend("old", NOON // 2)


def _some_change(chance: random.Random) -> Change:
    time = NOON + chance.randrange(10**8)
    return change(chance.randbytes(9), actor=chance.choice(["x", None]), time=time)


async def test_both_adapters_do_the_same(url: str, more: Callable[[int], int]) -> None:
    """A random walk: what SQL does is what the few lines of the store in memory do, refusals included."""
    chance = random.Random(7)
    memory, sql = MemoryStore(), await SqlStore.open(url)
    names = ["a", "b", "c", "d"]
    tried: list[Batch] = []

    async def same(method: str, *arguments: object, **named: object) -> None:
        outcomes = []
        for store in (memory, sql):
            try:
                outcomes.append(await getattr(store, method)(*arguments, **named))
            except RowsRefused:
                outcomes.append(RowsRefused)
            except (CollabError, ValueError) as error:
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1]

    for _ in range(more(300)):
        name = chance.choice(names)
        match chance.randrange(13):
            case 0 | 1 | 2 | 3:
                tried = [batch(one, *(_some_change(chance) for _ in range(3))) for one in chance.sample(names, 2)]
                await same("append", tried)
            case 4:
                await same("append", [*tried, batch("e")], retried=True)
            case 5:
                await same("append", [*tried, batch("f")])
            case 6 | 7:
                record = await memory.document(name)
                head = (record.head if record else 1) + chance.choice([0, 0, -1, -3, 1])
                ranges = {n: b"r%d" % n for n in range(max(1, head - 9), head + 1)}
                await same("add_checkpoint", name, checkpoint(head), ranges)
            case 8:
                await same("delete", name, time=NOON)
            case 9 | 10:
                await same("restore", name)
            case 11:
                await same("retitle", name, "Title", time=NOON + chance.randrange(10**8))
            case _:
                page = Page(order=chance.choice(list(Order)), limit=3, deleted=chance.random() < 0.3)
                await same("documents", page)
        await same("load", name)
    await sql.close()
