"""The door: who is let in, as what, and what a fresh token changes."""

from __future__ import annotations

import pytest

from collab.auth.roles import Role
from collab.errors import Forbidden, NotFound, Unauthenticated
from collab.rooms import Room
from collab.transports.place import Place
from tests.rooms.house import Talk, Writer
from tests.transports.doors import Doors


async def enter(doors: Doors, token: str, document: str = "notes") -> Place:
    ticket = await doors.admission.check(token, document)
    place = await doors.admission.enter(
        ticket, Talk(), send=lambda frame: None, expel=lambda error: None, told=lambda place: None
    )
    place.room.join(place.peer)
    return place


async def written(doors: Doors, document: str = "notes") -> Room:
    """A document that exists."""
    guest = await doors.house.enter(name=document)
    await guest.edit(Writer(1).type("x"))
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
