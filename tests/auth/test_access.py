"""What is in the database counts for who is connected, whatever became of the request that wrote it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import pytest

from collab.auth import Access, Authority, Concerns, Grant, Keys, People, Principal, Role, Shares
from collab.auth.passwords import Passwords
from collab.errors import AccessError, StorageUnavailable
from collab.storage.access.base import Revocation, Revoked, ShareRecord
from collab.storage.access.memory import MemoryAccessStore
from collab.storage.base import DocumentRecord, GrantRecord
from collab.storage.memory import MemoryStore
from tests.auth.forge import SECRET
from tests.storage.samples import NOON

T = TypeVar("T")


class Store(MemoryAccessStore):
    """Writes take their time, and their answers may get lost."""

    def __init__(self, documents: MemoryStore) -> None:
        super().__init__(documents)
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.loses_answers = False

    async def change_share(self, id_: str, changes: Mapping[str, Any]) -> ShareRecord:
        return await self._write(super().change_share(id_, changes))

    async def set_grant(self, document: str, grant: GrantRecord) -> bool:
        return await self._write(super().set_grant(document, grant))

    async def remove_grant(self, document: str, subject: str) -> GrantRecord | None:
        return await self._write(super().remove_grant(document, subject))

    async def revoke_key(self, id_: str, time: int) -> None:
        await self._write(super().revoke_key(id_, time))

    async def revoke(self, revocation: Revocation) -> None:
        await self._write(super().revoke(revocation))

    async def _write(self, writing: Awaitable[T]) -> T:
        await self.may_write.wait()
        written = await writing
        if self.loses_answers:
            raise StorageUnavailable("the connection was lost in the middle")
        return written


class House:
    """Somebody is in ``notes`` by each way there is; ``told`` are those for whom a change was made to count."""

    def __init__(self) -> None:
        self.documents = MemoryStore()
        self.store = Store(self.documents)
        self.access = Access(self.store, Authority(SECRET))
        self.shares = Shares(self.access, Passwords(), token_lifetime=600, clock=lambda: 0.0)
        self.inside: dict[str, Principal] = {}
        self.told: dict[str, Role | None] = {}
        self.access.watch(self._look_again)

    async def _look_again(self, concerns: Concerns) -> None:
        for who, principal in self.inside.items():
            if concerns(principal, "notes"):
                self.told[who] = await self.role_of(who)

    async def role_of(self, who: str) -> Role | None:
        """What somebody is now, as the next message of theirs is judged."""
        try:
            await self.access.check(self.inside[who])
            return await self.access.role_for(self.inside[who], "notes")
        except AccessError:
            return None

    async def fill(self) -> None:
        await self.documents.create("notes", lineage="l", time=NOON)
        authority = self.access.authority
        owner = authority.verify(authority.issue("owner", "Owner", (Grant.parse("**", "owner"),), lifetime=600))
        by_token = authority.issue("tess", "Tess", (Grant.parse("notes", "editor"),), lifetime=600, token_id="t1")
        self.inside["token"] = authority.verify(by_token)
        self.people, self.keys, self.owner = People(self.access), Keys(self.access), owner
        await self.people.give("notes", "greta", Role.EDITOR, owner)
        self.inside["grant"] = authority.verify(authority.issue("greta", "Greta", (), lifetime=600))
        self.share, link = await self.shares.create(
            "notes", Role.EDITOR, owner, name=None, password=None, expires=None, max_uses=None
        )
        session = await self.shares.open_session(
            link, name="Zoë", password=None, pass_=None, address="", find=self.found
        )
        self.inside["link"] = session.principal
        self.key, secret = await self.keys.create("k", [Grant.parse("notes", "editor")], owner, expires=None)
        self.inside["key"] = await self.access.identify(f"{self.key.id}:{secret}")
        for who in self.inside:
            assert await self.role_of(who) is Role.EDITOR
        self.told.clear()

    async def found(self, share: ShareRecord) -> DocumentRecord:
        record = await self.documents.document(share.document)
        assert record is not None
        return record

    def revoke(self, kind: Revoked, value: str) -> Awaitable[None]:
        now = self.access.now()
        return self.access.revoke(Revocation(kind, value, now, now, "owner"))


CHANGES: dict[str, tuple[Callable[[House], Awaitable[Any]], str, Role | None]] = {
    "link revoked": (lambda house: house.shares.revoke("notes", house.share.id), "link", None),
    "link lowered": (lambda house: house.shares.change("notes", house.share.id, {"role": 1}), "link", Role.VIEWER),
    "grant taken": (lambda house: house.people.take("notes", "greta"), "grant", None),
    "grant lowered": (
        lambda house: house.people.give("notes", "greta", Role.VIEWER, house.owner),
        "grant",
        Role.VIEWER,
    ),
    "key revoked": (lambda house: house.keys.revoke(house.key.id), "key", None),
    "token revoked": (lambda house: house.revoke(Revoked.TOKEN, "t1"), "token", None),
    "subject revoked": (lambda house: house.revoke(Revoked.SUBJECT, "tess"), "token", None),
    "everybody revoked": (lambda house: house.revoke(Revoked.EVERYBODY, ""), "token", None),
}


async def wait_for(change: Awaitable[Any]) -> None:
    await change


@pytest.fixture
async def house() -> House:
    house = House()
    await house.fill()
    return house


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_counts_when_it_is_answered(house: House, change: str) -> None:
    make, who, role = CHANGES[change]
    await make(house)
    assert house.told[who] is role
    assert await house.role_of(who) is role


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_counts_though_nobody_waits_for_it_any_more(house: House, change: str) -> None:
    make, who, role = CHANGES[change]
    house.store.may_write.clear()
    asking = asyncio.create_task(wait_for(make(house)))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await house.role_of(who) is Role.EDITOR, "it is not written yet"
    house.store.may_write.set()
    async with asyncio.timeout(5):
        while who not in house.told:  # noqa: ASYNC110 - nobody is told of the end of what was given up
            await asyncio.sleep(0.01)
    assert house.told[who] is role
    assert await house.role_of(who) is role


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_counts_though_its_answer_was_lost(house: House, change: str) -> None:
    make, who, role = CHANGES[change]
    house.store.loses_answers = True
    with pytest.raises(StorageUnavailable):
        await make(house)
    assert house.told[who] is role
    assert await house.role_of(who) is role


async def test_a_change_that_fails_when_its_asker_has_gone_is_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.store.may_write.clear()
    house.store.loses_answers = True
    asking = asyncio.create_task(wait_for(house.keys.revoke(house.key.id)))
    await asyncio.sleep(0.01)
    asking.cancel()
    closing = asyncio.create_task(house.access.close(60))
    await asyncio.sleep(0.01)
    assert not closing.done()
    house.store.may_write.set()
    await closing
    assert ["a change of access failed" in record.message for record in caplog.records] == [True]
    with pytest.raises(StorageUnavailable):
        await house.revoke(Revoked.TOKEN, "t1")
    assert len(caplog.records) == 1, "who is there is told, and it is theirs to say"
