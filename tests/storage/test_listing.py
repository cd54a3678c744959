"""The list of documents: every page of every store, whoever may see how few of them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable

import pytest

from collab.auth.globs import Glob
from collab.storage import listing
from collab.storage.base import DocumentRecord, Order, Page, Position, Store
from collab.storage.keys import HOUR
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from tests.storage.conftest import Opener
from tests.storage.samples import NOON, batch, change

MOST = 1_000
"""Pages after which a list counts as endless."""


def globs(*patterns: str) -> list[Glob]:
    return [Glob.parse(pattern) for pattern in patterns]


async def pages(
    store: Store,
    *,
    order: Order = Order.NAME,
    limit: int = 100,
    search: str = "",
    deleted: bool = False,
    names: list[Glob] | None = None,
) -> list[tuple[DocumentRecord, ...]]:
    """Every page of a list, followed to its end."""
    found = []
    after: Position | None = None
    for _ in range(MOST):
        page = Page(order=order, after=after, limit=limit, search=search, deleted=deleted, names=names)
        listed = await store.documents(page)
        assert len(listed.records) <= limit
        found.append(listed.records)
        after = listed.next
        if after is None:
            return found
    raise AssertionError("the list does not end")


def names_of(found: Iterable[Iterable[DocumentRecord]]) -> list[str]:
    return [record.name for page in found for record in page]


async def listed(store: Store, *patterns: str, search: str = "", order: Order = Order.NAME) -> list[str]:
    names = globs(*patterns) if patterns else None
    return names_of(await pages(store, search=search, order=order, names=names))


async def test_documents_are_listed_page_by_page(store: Store) -> None:
    names = [f"n{number:02}" for number in range(10)]
    for name in reversed(names):
        await store.create(name, lineage="l", title=name.upper(), time=NOON)
    for name in names[::3]:
        await store.delete(name, time=NOON)
    living = [name for name in names if name not in names[::3]]
    assert [names_of([page]) for page in await pages(store, limit=4)] == [living[:4], living[4:]]
    assert [names_of([page]) for page in await pages(store, limit=3)] == [living[:3], living[3:]]
    assert names_of(await pages(store, deleted=True)) == names[::3]
    first = (await store.documents(Page(limit=1))).records[0]
    assert first == DocumentRecord("n01", "N01", "l", head=0, created=NOON, modified=NOON, deleted=None)


async def test_the_newest_modified_come_first(store: Store) -> None:
    """Within an hour, over hours, and those of one moment by name."""
    times = {"a": 0, "b": 5 * HOUR, "c": 5 * HOUR + 1, "d": 5 * HOUR, "e": 2 * HOUR - 1, "f": 2 * HOUR}
    for name, later in times.items():
        await store.append([batch(name, change(time=NOON + later))])
    expected = ["c", "b", "d", "f", "e", "a"]
    assert await listed(store, order=Order.MODIFIED) == expected
    for limit in (1, 2, 5):
        assert names_of(await pages(store, order=Order.MODIFIED, limit=limit)) == expected


async def test_what_is_done_to_a_document_modifies_it_and_no_clock_takes_that_back(store: Store) -> None:
    async def modified() -> int:
        record = await store.document("notes")
        assert record is not None
        assert record == (await store.documents(Page(order=Order.MODIFIED))).records[0]
        return record.modified

    await store.create("notes", lineage="l", time=NOON)
    assert await modified() == NOON
    await store.append([batch("notes", change(time=NOON + 1), change(time=NOON + 7 * HOUR))])
    assert await modified() == NOON + 7 * HOUR
    await store.append([batch("notes", change(time=NOON + 3))])
    assert await modified() == NOON + 7 * HOUR
    await store.retitle("notes", "Notes", time=NOON + 8 * HOUR)
    assert await modified() == NOON + 8 * HOUR
    await store.retitle("notes", "My notes", time=NOON)
    assert await modified() == NOON + 8 * HOUR


async def test_what_is_sought_stands_in_the_name_or_in_the_title_whatever_the_case(store: Store) -> None:
    titles = {
        "straße/1": "",
        "a": "Großer Öltank",
        "b": "ÖLTANK",
        "c": "o\u0308ltank",  # spelt with a combining mark
        "d": "100 % sure_thing",
        "e": "100 x sureXthing",
        "ΣΊΣΥΦΟΣ": "two\nlines",
        "joined": "pre",
    }
    for name, title in titles.items():
        await store.create(name, lineage="l", title=title, time=NOON)
    assert await listed(store, search="ölTANK") == ["a", "b", "c"]
    assert await listed(store, search="STRASSE") == ["straße/1"]
    assert await listed(store, search="σίσυφοσ") == ["ΣΊΣΥΦΟΣ"]
    assert await listed(store, search="0 % s") == ["d"]
    assert await listed(store, search="e_t") == ["d"]
    assert await listed(store, search="two lines") == ["ΣΊΣΥΦΟΣ"]
    assert await listed(store, search="joined\npre") == []
    await store.retitle("joined", "Öltanker", time=NOON)
    assert await listed(store, search="öltank") == ["a", "b", "c", "joined"]
    assert await listed(store, search="pre") == []


async def test_only_names_that_a_pattern_takes_are_listed(store: Store) -> None:
    last = "\U0010ffff"
    names = ["a/1", "a/1/x", "a/2", "ab", "b/1", "b/x/1", "c", f"c{last}", f"c{last}{last}", "\ud7ff1", "\ue0001"]
    for name in names:
        await store.create(name, lineage="l", time=NOON)
    for patterns in (
        ["**"],
        ["a/**"],
        ["a/*"],
        ["a*"],
        ["a/1"],
        ["b/**", "a/*", "a/1/**"],
        ["a/**", "a/1/*"],
        ["**/1"],
        ["*", "b/**"],
        [f"c{last}**"],
        ["c**"],
        [f"{last}**"],
        ["\ud7ff**"],
        ["nothing"],
    ):
        wanted = sorted(name for name in names if any(glob.matches(name) for glob in globs(*patterns)))
        assert await listed(store, *patterns) == wanted
        assert await listed(store, *patterns, order=Order.MODIFIED) == wanted
    assert names_of(await pages(store, names=[])) == []


@pytest.mark.parametrize("order", Order)
async def test_pages_show_what_stays_exactly_once_while_others_come_and_go(store: Store, order: Order) -> None:
    stays = [f"s{number:02}" for number in range(20)]
    for number, name in enumerate(stays):
        await store.create(name, lineage="l", time=NOON + number * HOUR // 3)
        await store.create(f"{name} goes", lineage="l", time=NOON + number * HOUR // 3)
    seen: list[str] = []
    page = Page(order=order, limit=3)
    for turn in range(MOST):
        found = await store.documents(page)
        seen += names_of([found.records])
        if found.next is None:
            break
        page = Page(order=order, limit=3, after=found.next)
        await store.delete(found.records[-1].name, time=NOON)  # also the one that the next page goes on from
        await store.restore(found.records[-1].name) if found.records[-1].name in stays else None
        await store.create(f"{turn} comes", lineage="l", time=NOON + 99 * HOUR)
    assert [name for name in seen if name in stays] == (stays if order is Order.NAME else stays[::-1])
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("order", Order)
async def test_a_call_gives_up_after_a_while_and_the_next_one_goes_on(
    sql_store: SqlStore, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SCAN", 10)
    for number in range(100):
        await sql_store.create(f"{number:02}", lineage="l", time=NOON + number * HOUR // 2)
    found = await pages(sql_store, order=order, search="77", limit=2)
    wanted = [f"{number:02}" for number in range(100) if number == 77]
    assert names_of(found) == (wanted if order is Order.NAME else wanted[::-1])
    assert () in found, "a page without a single one, and others after it"
    assert names_of(await pages(sql_store, order=order, names=globs("9*"), limit=3)) == (
        [f"9{number}" for number in range(10)] if order is Order.NAME else [f"9{number}" for number in range(9, -1, -1)]
    )


async def test_what_is_fetched_in_vain_is_bounded_too(sql_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FETCH", 5)
    monkeypatch.setattr(listing, "ROUNDS", 2)
    for number in range(50):
        await sql_store.create(f"{number:02}", lineage="l", time=NOON)
    found = await pages(sql_store, names=globs("*9"), limit=3)
    assert names_of(found) == ["09", "19", "29", "39", "49"]
    assert len(found) >= 5


async def test_every_store_lists_the_same(open_store: Opener, more: Callable[[int], int]) -> None:
    chance = random.Random(5)
    store, model = await open_store(), MemoryStore()
    letters = ["a", "b", "/", "É", "é", "ß", "🙂"]
    for number in range(60):
        name = "".join(chance.choices(letters, k=chance.randrange(1, 6))) + str(number)
        title = "".join(chance.choices(letters, k=3))
        time = NOON + chance.randrange(5 * HOUR)
        for one in (store, model):
            await one.create(name, lineage="l", title=title, time=time)
            if number % 7 == 0:
                await one.delete(name, time=time)
    for _ in range(more(40)):
        search = "".join(chance.choices(letters, k=chance.randrange(3)))
        names = [None, globs("a**"), globs("*/**", "b*"), globs("**É*"), globs("**")][chance.randrange(5)]
        order, limit, deleted = chance.choice(list(Order)), chance.randrange(1, 9), chance.random() < 0.2
        ours = await pages(store, order=order, limit=limit, search=search, deleted=deleted, names=names)
        theirs = await pages(model, order=order, limit=limit, search=search, deleted=deleted, names=names)
        assert names_of(ours) == names_of(theirs)


@pytest.mark.parametrize("damage", ["modified = 'yesterday'", "hour = 'late'", "hour = hour + 1000", "created = x'00'"])
async def test_damaged_rows_keep_no_other_from_being_listed(sqlite_url: str, damage: str) -> None:
    store = await SqlStore.open(sqlite_url)
    for number, name in enumerate("abcdefgh"):
        await store.create(name, lineage="l", time=NOON - number * HOUR)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    with connection:
        connection.execute(f"UPDATE documents SET {damage} WHERE name IN ('d', 'e', 'f')")
    connection.close()
    for order in Order:
        for limit in (1, 2, 100):
            found = names_of(await pages(store, order=order, limit=limit))
            assert [name for name in found if name not in "def"] == list("abcgh")
            assert len(set(found)) == len(found)
    await store.close()
