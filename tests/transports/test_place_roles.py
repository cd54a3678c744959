"""A role that changes while somebody is in counts at once, and nothing in flight is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from collab.auth import Authority, Role
from collab.auth.people import People
from collab.protocol.messages import Authenticated, Step1, Step2, SyncStatus
from collab.rooms import Peer
from collab.rooms.peer import Nowhere
from collab.storage.access.base import Revoked
from collab.transports.place import Place
from tests.attacks.clients import Client, YClient
from tests.rooms.house import NOTHING, House, Writer, shown
from tests.transports.doors import Doors
from tests.transports.test_place import guest_of, inside, revoking, sent_away


async def test_a_changed_link_is_what_its_guests_are_and_a_revoked_one_ends_their_visit(doors: Doors) -> None:
    alice, _ = await inside(doors)
    shares, session = await guest_of(doors, Role.EDITOR)
    async with alice, await Client.open(doors) as zoe:
        writer = Writer(7)
        await zoe.enter("notes", session.token, writer)
        zoe.edit("notes", writer.type(" by a guest"))
        await zoe.until(lambda: zoe.acks("notes") == 2)
        await shares.change("notes", session.share.id, {"role": Role.VIEWER.value})
        await zoe.until(lambda: zoe.all_of("notes", Authenticated) == [Authenticated(False), Authenticated(True)])
        zoe.edit("notes", writer.type(" too late"))
        await zoe.until(lambda: zoe.refusals("notes") == 1)
        await shares.change("notes", session.share.id, {"role": Role.EDITOR.value})
        await zoe.until(lambda: zoe.all_of("notes", Authenticated)[-1] == Authenticated(False))
        assert "late" not in alice.sees("notes")
        await shares.revoke("notes", session.share.id)
        assert "revoked" in await sent_away(zoe)


async def test_what_is_in_flight_is_let_in_as_it_was_meant(doors: Doors) -> None:
    """The change takes its turn: an edit that waits for the room before it is not lost."""
    alice, _ = await inside(doors)
    people, by = People(doors.access), doors.authority.verify(doors.token("alice"))
    await people.give("notes", "bob", Role.EDITOR, by)
    bob, writer = await inside(doors, "bob", "elsewhere:editor")
    room = await doors.house.room()
    async with alice, bob:
        await room.turn.acquire()
        bob.edit("notes", writer.type(" in flight"))
        await asyncio.sleep(0.2)
        changing = asyncio.create_task(people.give("notes", "bob", Role.VIEWER, by))
        await asyncio.sleep(0.1)
        assert not changing.done()
        room.turn.release()
        await changing
        bob.edit("notes", writer.type(" too late"))
        await bob.until(lambda: bob.refusals("notes") == 1)
        assert bob.acks("notes") == 3
        await alice.until(lambda: "in flight" in alice.sees("notes"))
        assert "late" not in alice.sees("notes")


async def test_what_is_deleted_is_doubted_until_the_client_has_heard_of_its_role(doors: Doors) -> None:
    """A reader's editor tidies up by itself, and all is well; what came before the answer to a ping may have been typed."""
    people, by = People(doors.access), doors.authority.verify(doors.token("alice"))
    alice, _ = await inside(doors)
    await people.give("notes", "bob", Role.EDITOR, by)
    bob, writer = await inside(doors, "bob", "elsewhere:editor")
    async with alice, bob:
        for turn in (1, 2):
            await people.give("notes", "bob", Role.VIEWER, by)
            await bob.until(lambda turn=turn: bob.pings > turn)  # type: ignore[misc]
            if turn == 1:
                await people.give("notes", "bob", Role.EDITOR, by)
        bob.socket.send(b"\x0a")
        bob.socket.send(b"\x0a")  # of the first time
        deletion = writer.erase(0, 1)
        bob.edit("notes", deletion)
        await bob.until(lambda: bob.refusals("notes") == 1)
        bob.socket.send(b"\x0a")
        bob.edit("notes", deletion)
        await bob.until(lambda: bob.acks("notes") == 3)
        assert bob.refusals("notes") == 1
        async with await Client.inside(doors, "notes", "carol") as carol:
            assert carol.sees("notes") == "hellohello", "either way nothing of it was let in"


async def test_a_long_upload_of_another_keeps_nobody_in(doors: Doors) -> None:
    bob, _ = await inside(doors, "bob")
    room = await doors.house.room()
    async with bob, room.turn:
        async with asyncio.timeout(1.0):
            await revoking(Revoked.SUBJECT, "bob")(doors)
        assert "revoked" in await sent_away(bob)


async def test_y_websocket_is_downgraded_without_a_word(doors: Doors) -> None:
    alice, _ = await inside(doors)
    people, by = People(doors.access), doors.authority.verify(doors.token("alice"))
    await people.give("notes", "bob", Role.EDITOR, by)
    async with alice, await YClient.join(doors, "notes", doors.token("bob", "elsewhere:viewer")) as bob:
        await bob.until(lambda: bool(bob.all_of("", Step1)))
        await people.give("notes", "bob", Role.VIEWER, by)
        bob.edit("", Writer(9).type("too late"))
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: bool(bob.updates("")))
        assert bob.sees("") == "hello"
        assert bob.closed is None
        assert bob.all_of("", SyncStatus) == []


async def test_what_y_websocket_deletes_after_it_is_never_told_as_saved(doors: Doors) -> None:
    """Nothing tells its client of the other role, so whoever is before it may go on typing for ever."""
    alice, _ = await inside(doors)
    people, by = People(doors.access), doors.authority.verify(doors.token("alice"))
    await people.give("notes", "bob", Role.EDITOR, by)
    async with alice, await YClient.join(doors, "notes", doors.token("bob", "elsewhere:viewer")) as bob:
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: bool(bob.updates("")))
        his = Writer(9).hear(*bob.updates(""))
        kept, lost = his.erase(0, 1), his.erase(0, 1)
        bob.edit("", kept)
        await bob.until(lambda: kept in bob.updates(""))
        await people.give("notes", "bob", Role.VIEWER, by)
        doors.house.now += 3600
        bob.edit("", lost)
        bob.say("", Step1(NOTHING))
        await bob.until(lambda: len(bob.all_of("", Step2)) == 2)
        await asyncio.sleep(0.1)
        assert lost not in bob.updates("")
        assert shown(bob.all_of("", Step2)[-1].update) == "ello"


async def test_the_role_that_was_given_last_counts_whoever_holds_the_turn(tmp_path: Path) -> None:
    """Somebody uploads; meanwhile a viewer is made an editor, and a viewer again."""
    async with House(tmp_path) as house:
        room = await house.rooms.open("notes", create=True)
        peer = Peer(actor="bob", role=Role.VIEWER, address=Nowhere(), send=_ignore, expel=_ignore)
        authority = Authority("a secret that is long enough to be one")
        principal = authority.verify(authority.issue("bob", "Bob", (), lifetime=60.0))
        place = Place(room, peer, principal, _ignore)
        async with room.turn:
            given = []
            for role in (Role.EDITOR, Role.VIEWER):
                given.append(asyncio.create_task(place.assign(role)))
                await asyncio.sleep(0)
        await asyncio.gather(*given)
        assert peer.role is Role.VIEWER


def _ignore(_: object) -> None:
    """Nobody is there."""
