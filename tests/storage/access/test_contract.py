"""The port of access, kept by every adapter: links, roles, keys, revocations, events."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from collab.errors import NotFound
from collab.storage.access.base import AccessEvent, AccessStore, KeyRecord, Revocation, Revoked, ShareRecord
from collab.storage.access.memory import MemoryAccessStore
from collab.storage.access.sql import SqlAccessStore
from collab.storage.base import Given, GrantRecord, Order, Page, Position, Store
from collab.storage.connect import connect
from collab.storage.memory import MemoryStore
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON, batch

Both = tuple[Store, AccessStore]
Reopen = Callable[[], Awaitable[Both]]
VIEWER, COMMENTER, EDITOR, OWNER = 1, 2, 3, 4


@pytest.fixture
async def reopen(place: str | None) -> AsyncIterator[Reopen]:
    """The documents and who may open them, as after a restart."""
    memory = MemoryStore()
    beside = MemoryAccessStore(memory)
    stores: list[Store] = []

    async def reopen() -> Both:
        if place is None:
            return memory, beside
        store = await SqlStore.open(place)
        stores.append(store)
        database = connect(place)
        stores.append(SqlStore(database))
        return store, SqlAccessStore(database)

    yield reopen
    for store in stores:
        await store.close()


@pytest.fixture
async def both(reopen: Reopen) -> Both:
    return await reopen()


@pytest.fixture
async def documents(both: Both) -> Store:
    """Two documents: ``notes`` and ``plan``."""
    store, _ = both
    await store.append([batch("notes"), batch("plan")])
    return store


@pytest.fixture
def access(both: Both, documents: Store) -> AccessStore:
    return both[1]


def share(id_: str = "one", **changed: Any) -> ShareRecord:
    made = ShareRecord(id_, "notes", os.urandom(32), EDITOR, NOON, "alice", "Alice")
    return replace(made, **changed)


def event(kind: str = "visit", document: str = "notes", began: int = NOON) -> AccessEvent:
    return AccessEvent(document, kind, "bob", "Böb 😀", "link", "one", EDITOR, began, began + 5, {"a": [1, "ü"]})


# ---- links ----------------------------------------------------------------------------------------------------------


async def test_a_link_comes_back_as_it_was_made(access: AccessStore, reopen: Reopen) -> None:
    plain = share("plain")
    full = share("full", name="für alle", password="$argon2id$…", expires=NOON + 1, max_uses=3, created=NOON + 1)
    await access.add_share(plain)
    await access.add_share(full)
    await access.add_share(share("elsewhere", document="plan"))
    _, again = await reopen()
    assert await again.share("plain") == plain
    assert await again.share("full") == full
    assert await again.share("none") is None
    assert await again.shares("notes") == [full, plain]
    assert await again.shares("nowhere") == []


async def test_a_link_is_of_a_document(access: AccessStore) -> None:
    with pytest.raises(NotFound):
        await access.add_share(share(document="nowhere"))


async def test_a_link_is_changed(access: AccessStore) -> None:
    made = share(password="p", expires=NOON)
    await access.add_share(made)
    changed = await access.change_share("one", {"role": VIEWER, "password": None, "expires": None, "name": "n"})
    assert changed == replace(made, role=VIEWER, password=None, expires=None, name="n")
    assert await access.share("one") == changed
    assert await access.change_share("one", {"revoked": NOON}) == replace(changed, revoked=NOON)
    with pytest.raises(NotFound):
        await access.change_share("none", {"role": VIEWER})


@pytest.mark.parametrize(
    ("changed", "uses"),
    [({"max_uses": 2}, 2), ({"max_uses": None}, 4), ({"revoked": NOON}, 0), ({"expires": NOON}, 0)],
    ids=str,
)
async def test_uses_are_counted_up_to_the_last(access: AccessStore, changed: dict[str, Any], uses: int) -> None:
    await access.add_share(share(**changed))
    counted = await asyncio.gather(*(access.use_share("one", NOON) for _ in range(4)))
    assert sum(counted) == uses
    found = await access.share("one")
    assert found is not None
    assert found.uses == uses
    assert not await access.use_share("none", NOON)


# ---- roles ----------------------------------------------------------------------------------------------------------


async def test_roles_are_given_changed_and_taken(access: AccessStore, reopen: Reopen) -> None:
    bob, carol = GrantRecord("bob", VIEWER, NOON, "alice"), GrantRecord("cárol", EDITOR, NOON + 1, "alice")
    assert await access.set_grant("notes", bob)
    assert await access.set_grant("notes", carol)
    assert not await access.set_grant("notes", replace(bob, created=NOON + 9, author="eve")), "he has it"
    assert await access.grants("notes") == [bob, carol]
    assert await access.grants("plan") == []
    assert await access.grants("nowhere") == []
    more = replace(bob, role=OWNER, created=NOON + 2)
    assert await access.set_grant("notes", more)
    _, again = await reopen()
    assert await again.grants("notes") == [carol, more]
    assert await again.remove_grant("notes", "bob") == more
    assert await again.remove_grant("notes", "bob") is None
    assert await again.grants("notes") == [carol]
    with pytest.raises(NotFound):
        await access.set_grant("nowhere", bob)
    with pytest.raises(NotFound):
        await access.remove_grant("nowhere", "bob")


async def test_who_makes_a_document_owns_it(both: Both) -> None:
    store, access = both
    first, second = (replace(batch("typed"), owner=owner) for owner in ("alice", "bob"))
    await store.append([first, replace(batch("nobodys"), owner=None)])
    await store.append([second])
    assert await access.grants("typed") == [GrantRecord("alice", OWNER, NOON, "alice")]
    assert await access.grants("nobodys") == []
    assert await store.create("made", lineage="l", time=NOON, owner="carol")
    assert not await store.create("made", lineage="l", time=NOON, owner="eve")
    assert await access.grants("made") == [GrantRecord("carol", OWNER, NOON, "carol")]
    assert await store.create("bare", lineage="l", time=NOON)
    assert await access.grants("bare") == []


async def test_two_batches_that_make_a_document_leave_it_to_the_first(both: Both) -> None:
    store, access = both
    await store.append([replace(batch("typed"), owner="alice"), replace(batch("typed"), owner="bob")])
    assert [grant.subject for grant in await access.grants("typed")] == ["alice"]


class Beginning:
    """A pattern of names."""

    def __init__(self, prefix: str, *, is_prefix: bool = True) -> None:
        self.prefix = prefix
        self.is_prefix = is_prefix

    def matches(self, name: str) -> bool:
        return name.startswith(self.prefix) if self.is_prefix else name == self.prefix


@pytest.mark.parametrize("order", Order)
async def test_lists_show_what_was_given_besides(both: Both, order: Order) -> None:
    store, access = both
    for number, name in enumerate(("a/1", "a/2", "b/1", "b/2", "c/1", "c/2")):
        await store.create(name, lineage="l", time=NOON + number * 3_600_000)
    await access.set_grant("b/2", GrantRecord("bob", VIEWER, NOON, "alice"))
    await access.set_grant("c/1", GrantRecord("bob", OWNER, NOON, "alice"))
    await access.set_grant("c/2", GrantRecord("eve", OWNER, NOON, "alice"))

    async def names(least: int, most: int, *patterns: Beginning) -> list[str]:
        page = Page(order=order, limit=1, names=patterns, given=Given("bob", least, most))
        found: list[str] = []
        after: Position | None = None
        while True:
            listing = await store.documents(replace(page, after=after))
            found += [record.name for record in listing.records]
            after = listing.next
            if after is None:
                return sorted(found)

    assert await names(VIEWER, OWNER) == ["b/2", "c/1"]
    assert await names(OWNER, OWNER) == ["c/1"]
    assert await names(VIEWER, EDITOR) == ["b/2"]
    assert await names(VIEWER, OWNER, Beginning("a/")) == ["a/1", "a/2", "b/2", "c/1"]
    assert await names(OWNER, OWNER, Beginning("b/1", is_prefix=False)) == ["b/1", "c/1"]
    assert await names(VIEWER, VIEWER, Beginning("")) == ["a/1", "a/2", "b/1", "b/2", "c/1", "c/2"]


# ---- keys and revocations -------------------------------------------------------------------------------------------


async def test_keys(access: AccessStore, reopen: Reopen) -> None:
    one = KeyRecord("one", os.urandom(32), "backup", (("**", "viewer"), ("ü/*", "editor")), NOON, "alice")
    two = KeyRecord("two", os.urandom(32), "importer", (), NOON + 1, "alice", expires=NOON + 5)
    await access.add_key(one)
    await access.add_key(two)
    _, again = await reopen()
    assert await again.keys() == [two, one]
    assert await again.key("one") == one
    assert await again.key("three") is None
    await again.revoke_key("one", NOON + 7)
    await again.revoke_key("one", NOON + 8)
    assert await access.key("one") == replace(one, revoked=NOON + 7)
    with pytest.raises(NotFound):
        await access.revoke_key("three", NOON)


async def test_revocations(access: AccessStore, reopen: Reopen) -> None:
    token = Revocation(Revoked.TOKEN, "t1", NOON, NOON, "alice")
    subject = Revocation(Revoked.SUBJECT, "bob", NOON, NOON + 1, "alice")
    everybody = Revocation(Revoked.EVERYBODY, "", NOON, NOON + 2, "alice")
    for one in (token, subject, everybody):
        await access.revoke(one)
    await access.revoke(replace(subject, before=NOON - 5, created=NOON + 9))
    _, again = await reopen()
    assert await again.revocations() == [everybody, subject, token], "an earlier moment takes nothing back"
    later = replace(subject, before=NOON + 5, created=NOON + 9)
    await again.revoke(later)
    assert await access.revocations() == [later, everybody, token]


async def test_two_who_revoke_the_same_at_once_both_have_it_revoked(access: AccessStore, reopen: Reopen) -> None:
    _, again = await reopen()
    made = [Revocation(Revoked.SUBJECT, "bob", NOON + number, NOON, f"owner {number}") for number in range(20)]
    await asyncio.gather(*((access, again)[number % 2].revoke(made[number]) for number in (*range(7, 20), *range(7))))
    assert await access.revocations() == [made[-1]]


# ---- events ---------------------------------------------------------------------------------------------------------


async def test_events_come_back_newest_first(access: AccessStore, reopen: Reopen) -> None:
    await access.record([event(), event("share-created", began=NOON + 1), event(document="plan")])
    await access.record([event(document="nowhere"), event("grant-set", began=NOON + 2)])
    _, again = await reopen()
    found = await again.events("notes", before=None, limit=10)
    assert [one.kind for one in found] == ["grant-set", "share-created", "visit"]
    assert replace(found[-1], id=0) == event()
    page = await again.events("notes", before=None, limit=2)
    assert page == found[:2]
    assert await again.events("notes", before=page[-1].id, limit=2) == found[2:]
    assert await again.events("nowhere", before=None, limit=2) == []


async def test_old_events_are_forgotten(access: AccessStore) -> None:
    await access.record([event(began=NOON + number) for number in range(1200)])
    forgotten = 0
    while count := await access.forget_events(NOON + 1100):
        forgotten += count
    assert forgotten == 1100
    assert len(await access.events("notes", before=None, limit=2000)) == 100


async def test_a_late_time_keeps_no_old_events(access: AccessStore) -> None:
    """A clock was set ahead for a while: those events stay as long as they say, and hold no others back."""
    ahead = [event(began=NOON + 10**9)] * 600
    await access.record([*ahead, *(event(began=NOON + number) for number in range(1200)), *ahead[:5]])
    counts = []
    while count := await access.forget_events(NOON + 1100):
        counts.append(count)
    assert sum(counts) == 1100
    assert max(counts) <= 500, "commits of edits pass between two"
    assert len(await access.events("notes", before=None, limit=2000)) == 705
