"""The door: who is let in, as what, and what a fresh token changes."""

from __future__ import annotations

import asyncio

import pytest

from collab.auth.people import People
from collab.auth.roles import Role
from collab.auth.tokens import Principal
from collab.errors import CollabError, Forbidden, NotFound, Unauthenticated
from collab.rooms import Room
from collab.storage.access.base import Revocation, Revoked
from collab.transports.place import Place
from tests.rooms.house import Talk, Writer
from tests.transports.doors import Doors


async def enter(doors: Doors, token: str, document: str = "notes", expelled: list[CollabError] | None = None) -> Place:
    ticket = await doors.admission.check(token, document)
    heard: list[CollabError] = [] if expelled is None else expelled
    place = await doors.admission.enter(
        ticket, Talk(), send=lambda frame: None, expel=heard.append, told=lambda place: None
    )
    place.room.join(place.peer)
    return place


async def written(doors: Doors, document: str = "notes") -> Room:
    """A document that exists."""
    guest = await doors.house.enter(name=document)
    await guest.edit(Writer(1).type("x"))
    await doors.house.saved(document)
    return guest.room


@pytest.mark.parametrize("role", list(Role))
async def test_the_role_is_the_tokens(doors: Doors, role: Role) -> None:
    room = await written(doors)
    place = await enter(doors, doors.token("alice", f"notes:{role.label}"))
    assert (place.room, place.peer.role, place.peer.actor) == (room, role, "alice")
    assert place.read_only is (role < Role.EDITOR)


async def test_the_greatest_of_several_grants_counts(doors: Doors) -> None:
    ticket = await doors.admission.check(doors.token("alice", "**:viewer", "notes/*:editor", "*:commenter"), "notes/a")
    assert ticket.role is Role.EDITOR


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_without_a_good_token_nobody_is_let_in(doors: Doors, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await doors.admission.check(token, "notes")


async def test_a_good_token_for_something_else_is_no_token_for_this(doors: Doors) -> None:
    with pytest.raises(Forbidden):
        await doors.admission.check(doors.token("alice", "other:owner"), "notes")


@pytest.mark.parametrize("role", ["viewer", "commenter"])
async def test_who_may_not_make_it_does_not_find_what_is_not_there(doors: Doors, role: str) -> None:
    with pytest.raises(NotFound):
        await enter(doors, doors.token("eve", f"**:{role}"))


async def test_leaving_is_leaving_the_room(doors: Doors) -> None:
    place = await enter(doors, doors.token("alice"))
    assert not place.room.is_empty
    doors.admission.leave(place)
    assert place.room.is_empty


async def test_a_fresh_token_changes_the_role(doors: Doors) -> None:
    place = await enter(doors, doors.token("alice"))
    await doors.admission.refresh(place, doors.token("alice", "**:viewer"))
    assert place.peer.role is Role.VIEWER
    assert place.read_only


@pytest.mark.parametrize(
    ("subject", "grant", "error"),
    [("alice", "other:owner", Forbidden), ("bob", "**:owner", Forbidden)],
    ids=["no grant any more", "somebody else's"],
)
async def test_a_fresh_token_that_is_not_good_changes_nothing_by_itself(
    doors: Doors, subject: str, grant: str, error: type[Exception]
) -> None:
    place = await enter(doors, doors.token("alice"))
    with pytest.raises(error):
        await doors.admission.refresh(place, doors.token(subject, grant))
    assert (place.peer.role, place.peer.actor) == (Role.EDITOR, "alice")


class Slow:
    """The next look at what somebody is takes until ``go``, and then tells what was so when it began."""

    def __init__(self, doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looks = asyncio.Event()
        self.go = asyncio.Event()
        self._really = doors.access.role_for
        monkeypatch.setattr(doors.access, "role_for", self._role_for)

    async def _role_for(self, principal: Principal, document: str) -> Role | None:
        role = await self._really(principal, document)
        if not self.looks.is_set():
            self.looks.set()
            await self.go.wait()
        return role


async def test_a_fresh_token_that_comes_while_the_old_one_is_looked_at_counts(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(doors)
    place = await enter(doors, doors.token("alice", "notes:editor"))
    slow, owner = Slow(doors, monkeypatch), doors.authority.verify(doors.token("olga", "**:owner"))
    giving = asyncio.create_task(People(doors.access).give("notes", "alice", Role.VIEWER, owner))
    await slow.looks.wait()
    await doors.admission.refresh(place, doors.token("alice", "notes:commenter"))
    slow.go.set()
    await giving
    assert place.peer.role is Role.COMMENTER


async def test_a_fresh_token_that_comes_while_the_old_one_ends_keeps_its_place(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    await written(doors)
    people, owner = People(doors.access), doors.authority.verify(doors.token("olga", "**:owner"))
    await people.give("notes", "alice", Role.EDITOR, owner)
    expelled: list[CollabError] = []
    place = await enter(doors, doors.token("alice", "elsewhere:viewer"), expelled=expelled)
    slow = Slow(doors, monkeypatch)
    taking = asyncio.create_task(people.take("notes", "alice"))
    await slow.looks.wait()
    await doors.admission.refresh(place, doors.token("alice", "notes:commenter"))
    slow.go.set()
    await taking
    assert (place.peer.role, expelled) == (Role.COMMENTER, [])


def revocation(doors: Doors, token_id: str) -> Revocation:
    return Revocation(Revoked.TOKEN, token_id, 0, doors.access.now(), "olga")


async def test_a_fresh_token_that_comes_before_its_bearer_is_sent_away_keeps_its_place(doors: Doors) -> None:
    """They are sent away when the room has its turn, and have another token by then."""
    expelled: list[CollabError] = []
    place = await enter(doors, doors.token("alice", token_id="first"), expelled=expelled)
    async with place.room.turn:
        revoking = asyncio.create_task(doors.access.revoke(revocation(doors, "first")))
        await asyncio.sleep(0.1)
        refreshing = asyncio.create_task(doors.admission.refresh(place, doors.token("alice", token_id="second")))
        await asyncio.sleep(0.1)
        assert not revoking.done()
    await asyncio.gather(revoking, refreshing)
    assert (place.peer.expelled, expelled) == (False, [])
    await doors.access.revoke(revocation(doors, "second"))
    assert [type(error) for error in expelled] == [Unauthenticated]
