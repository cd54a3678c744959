"""Hocuspocus over a socket, when the other side or the disk takes its time, fails, or changes its mind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collab.errors import DocumentDeleted, DocumentUnreadable, StorageUnavailable
from collab.protocol.messages import (
    NOBODY,
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Denied,
    Step1,
    Step2,
)
from collab.storage.access.base import Revocation, Revoked
from collab.storage.base import GrantRecord
from tests.attacks.clients import Client
from tests.rooms.house import EMPTY, NOTHING, Writer, presence
from tests.transports.doors import Doors

# ---- a disk that takes its time -------------------------------------------------------------------------------------


async def test_a_document_that_loads_slowly_is_not_the_clients_fault(tmp_path: Path) -> None:
    async with Doors(tmp_path, handshake_deadline=1) as doors, await Client.open(doors) as alice:
        doors.house.disk.reads.clear()
        alice.authenticate("notes", doors.token("alice"))
        await alice.settled()
        doors.ahead = 60
        await asyncio.sleep(0.1)
        doors.house.disk.reads.set()
        await alice.until(lambda: bool(alice.all_of("notes", Step2)))


async def test_what_is_typed_meanwhile_waits_however_much_it_is(tmp_path: Path) -> None:
    """Above what is held here, it waits on its own side of the socket."""
    async with Doors(tmp_path, handshake_messages=10) as doors, await Client.open(doors) as alice:
        doors.house.disk.reads.clear()
        hers = Writer(1)
        alice.authenticate("notes", doors.token("alice"))
        await alice.settled()
        alice.edit("notes", *(hers.type("x") for _ in range(500)))
        await asyncio.sleep(0.1)
        doors.house.disk.reads.set()
        await alice.until(lambda: alice.acks("notes") == 500)
        async with await Client.inside(doors, "notes", "bob") as bob:
            assert bob.sees("notes") == "x" * 500


async def test_one_slow_document_keeps_another_of_the_same_socket_waiting_for_nothing(doors: Doors) -> None:
    async with await Client.open(doors) as alice:
        doors.house.disk.reads.clear()
        alice.authenticate("slow", doors.token("alice"))
        await alice.settled()
        alice.authenticate("denied", doors.token("alice", "other:editor"))
        await alice.until(lambda: bool(alice.all_of("denied", Denied)))
        doors.house.disk.reads.set()
        await alice.until(lambda: bool(alice.all_of("slow", Step2)))


async def test_who_leaves_while_it_loads_is_not_let_in(doors: Doors) -> None:
    async with await Client.open(doors) as alice:
        doors.house.disk.reads.clear()
        alice.authenticate("notes", doors.token("alice"))
        alice.say("notes", Close())
        await alice.settled()
        doors.house.disk.reads.set()
        room = await doors.house.room()
        await alice.settled()
        assert room.is_empty
        assert "notes" not in alice.heard


async def test_who_goes_away_while_it_loads_leaves_nothing_behind(doors: Doors) -> None:
    doors.house.disk.reads.clear()
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", doors.token("alice"))
        alice.say("notes", presence(1, 1))
        await alice.settled()
    doors.house.disk.reads.set()
    async with asyncio.timeout(10):
        while len(doors.connections):  # noqa: ASYNC110 - the end of a socket is told to nobody
            await asyncio.sleep(0.01)
    assert (await doors.house.room()).is_empty


async def test_what_is_long_waits_while_a_token_is_looked_at(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was offline may send a long edit right behind its token, and looking at that may take long."""
    may_look, look = asyncio.Event(), doors.access.store.grants

    async def grants(document: str) -> list[GrantRecord]:
        await may_look.wait()
        return await look(document)

    monkeypatch.setattr(doors.access.store, "grants", grants)
    text = "x" * 3 * 2**20
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", doors.token("alice"))
        alice.edit("notes", Writer(1).type(text))
        await asyncio.sleep(0.2)
        assert alice.closed is None
        may_look.set()
        await alice.until(lambda: alice.acks("notes") == 1)
    assert await doors.house.disk.text("notes") == text


async def test_what_is_long_behind_a_bad_token_is_refused(doors: Doors) -> None:
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", "nonsense")
        alice.edit("notes", Writer(1).type("x" * 3 * 2**20))
        closed = await alice.ended()
        assert (closed.code, "before somebody is let in" in closed.reason) == (1009, True)


async def test_what_is_too_long_of_somebody_who_is_in_waits_for_no_other_document(doors: Doors) -> None:
    async with await Client.inside(doors, "notes", "alice") as alice:
        doors.house.disk.reads.clear()
        alice.authenticate("slow", doors.token("alice"))
        await alice.settled()
        alice.edit("notes", bytes(doors.house.settings.max_message_bytes))
        async with asyncio.timeout(5):
            while len(doors.admission):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        doors.house.disk.reads.set()
        assert (await alice.ended()).code == 1009


# ---- sockets that carry nothing ---------------------------------------------------------------------------------------


async def leaving(doors: Doors, client: Client) -> None:
    client.say("notes", Close())


async def being_sent_away(doors: Doors, client: Client) -> None:
    now = doors.access.now()
    await doors.access.revoke(Revocation(Revoked.SUBJECT, "alice", now, now, "operator"))


async def waiting_beside_a_denial(doors: Doors, client: Client) -> None:
    client.authenticate("other", "nonsense")
    await client.until(lambda: bool(client.all_of("other", Denied)))
    client.say("notes", Close())


@pytest.mark.parametrize("end", [leaving, being_sent_away, waiting_beside_a_denial])
async def test_a_socket_whose_last_document_is_gone_is_closed(
    doors: Doors, end: Callable[[Doors, Client], Awaitable[None]]
) -> None:
    async with await Client.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"))
        doors.ahead += 60
        await asyncio.sleep(0.1)
        await end(doors, alice)
        await alice.settled()
        doors.ahead += 9
        await asyncio.sleep(0.1)
        await alice.ping()
        doors.ahead += 2
        closed = await alice.ended()
        assert (closed.code, closed.reason) == (4408, "nobody was let in within 10 s")


async def test_a_socket_that_still_carries_one_stays_and_one_that_is_used_again_too(doors: Doors) -> None:
    async with await Client.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"))
        await alice.enter("other", doors.token("alice"))
        alice.say("notes", Close())
        await alice.settled()
        doors.ahead += 60
        await asyncio.sleep(0.1)
        await alice.ping()
        alice.say("other", Close())
        await alice.settled()
        doors.ahead += 9
        await alice.enter("third", doors.token("alice"))
        doors.ahead += 60
        await asyncio.sleep(0.1)
        await alice.ping()
        assert alice.closed is None


# ---- a disk that fails ----------------------------------------------------------------------------------------------


async def test_a_passing_failure_closes_the_socket_so_that_it_comes_back(doors: Doors) -> None:
    doors.house.disk.read_error = StorageUnavailable("the database is away")
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", doors.token("alice"))
        assert await alice.ended() == (1013, "the database is away")
    doors.house.disk.read_error = None
    async with await Client.inside(doors, "notes", "alice"):
        pass


async def test_a_damaged_document_is_refused_with_the_reason_and_the_others_stay(doors: Doors) -> None:
    """Row 10. It will not be whole the next second: who comes back every second would take the others along."""
    async with await Client.inside(doors, "good", "alice") as alice:
        doors.house.disk.read_error = DocumentUnreadable("change 7 is damaged")
        alice.authenticate("bad", doors.token("alice"))
        await alice.until(lambda: bool(alice.all_of("bad", Close)))
        assert "change 7 is damaged" in alice.all_of("bad", Close)[0].reason
        assert not alice.all_of("bad", Authenticated)
        alice.edit("good", Writer(1).type("x"))
        await alice.until(lambda: alice.acks("good") == 2)


async def test_a_deleted_document_is_refused_with_the_reason(doors: Doors) -> None:
    doors.house.disk.read_error = DocumentDeleted("the document was deleted")
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", doors.token("alice"))
        await alice.until(lambda: bool(alice.all_of("notes", Denied)))
        assert alice.all_of("notes", Denied)[0].reason == "the document was deleted"


async def test_deleting_a_document_closes_it_and_leaves_the_socket_to_the_others(doors: Doors) -> None:
    hers = Writer(1)
    async with await Client.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"), hers)
        await alice.enter("other", doors.token("alice"))
        alice.edit("notes", hers.type("hello"))
        await alice.until(lambda: bool(alice.acks("notes") == 2))
        await doors.house.rooms.delete("notes")
        await alice.until(lambda: bool(alice.all_of("notes", Close)))
        assert alice.all_of("notes", Close)[0].reason == "the document was deleted"
        alice.edit("notes", hers.type("late"))
        alice.edit("other", Writer(2).type("still here"))
        await alice.until(lambda: alice.acks("other") == 2)
        assert alice.acks("notes") == 2
        assert await doors.house.disk.load("other") is not None
    assert b"document-deleted" in doors.metrics.render()


async def test_when_nothing_can_be_saved_the_socket_closes_and_what_was_not_acknowledged_comes_again(
    doors: Doors,
) -> None:
    hers = Writer(1)
    async with await Client.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"), hers)
        room = await doors.house.room()
        doors.house.disk.writes.clear()
        alice.edit("notes", hers.type("unsaved"))
        await alice.settled()
        room.failed(StorageUnavailable("the disk is full"))
        assert await alice.ended() == (1013, "the disk is full")
        assert alice.acks("notes") == 1


# ---- counts ---------------------------------------------------------------------------------------------------------


async def test_receipts_of_a_document_that_was_left_do_not_follow_into_the_next_visit(doors: Doors) -> None:
    """``provider.detach()`` and ``attach()``: the same address, a new count."""
    hers = Writer(1)
    async with await Client.open(doors) as alice:
        await alice.enter("notes", doors.token("alice"), hers)
        await alice.until(lambda: alice.acks("notes") == 1)
        doors.house.disk.writes.clear()
        alice.edit("notes", hers.type("a"), hers.type("b"))
        alice.say("notes", Close())
        await alice.settled()
        alice.heard.clear()
        alice.authenticate("notes", doors.token("alice"), hers)
        await alice.until(lambda: bool(alice.all_of("notes", Step2)))
        doors.house.disk.writes.set()
        await doors.house.saved()
        await alice.settled()
        assert alice.acks("notes") == 0, "its answer to our Step1 has not even come"
        alice.say("notes", Step2(EMPTY))
        await alice.until(lambda: alice.acks("notes") == 1)


async def test_what_was_typed_while_it_was_denied_is_kept_for_a_fresh_try(doors: Doors) -> None:
    """The provider has counted it; without its receipt the light would wait for ever."""
    hers = Writer(1)
    async with await Client.open(doors) as alice:
        alice.authenticate("notes", "nonsense", hers)
        await alice.until(lambda: bool(alice.all_of("notes", Denied)))
        alice.edit("notes", hers.type("a"), hers.type("b"))
        alice.say("notes", Authenticate(doors.token("alice"), "4"))
        await alice.until(lambda: alice.acks("notes") == 2)
        alice.say("notes", Step2(EMPTY))
        await alice.until(lambda: alice.acks("notes") == 3)


async def test_more_than_can_be_kept_begins_on_a_new_socket(tmp_path: Path) -> None:
    hers = Writer(1)
    async with Doors(tmp_path, handshake_messages=10) as doors, await Client.open(doors) as alice:
        alice.authenticate("notes", "nonsense", hers)
        await alice.until(lambda: bool(alice.all_of("notes", Denied)))
        alice.edit("notes", *(hers.type("a") for _ in range(20)))
        await alice.enter("other", doors.token("alice"))
        alice.say("notes", Authenticate(doors.token("alice"), "4"))
        assert (await alice.ended()).code == 1013


# ---- keeping alive --------------------------------------------------------------------------------------------------


class Older(Client):
    """Versions 2 and 3 do not name themselves."""

    def authenticate(self, address: str, token: str, writer: Writer | None = None) -> None:
        self.say(address, Authenticate(token, None), Step1(NOTHING))


async def test_a_quiet_client_is_pinged_or_told_of_nobody_if_it_knows_no_pings(doors: Doors) -> None:
    async with await Client.open(doors) as new, await Older.open(doors) as old:
        await new.enter("notes", doors.token("alice"))
        await old.enter("notes", doors.token("bob"))
        pings, older_pings = new.pings, old.pings
        assert older_pings == 0, "it would read one as an address"
        assert NOBODY not in old.all_of("notes", Awareness)
        await asyncio.sleep(0.1)  # the sockets are looked after: what was sent is known to be
        doors.ahead += 13
        await new.until(lambda: new.pings > pings)
        await old.until(lambda: NOBODY in old.all_of("notes", Awareness))
        assert old.pings == 0
        assert NOBODY not in new.all_of("notes", Awareness)


async def test_what_an_older_client_deleted_before_our_first_word_has_its_receipt(tmp_path: Path) -> None:
    """It cannot have been queued, because the queue waits for that word; what only deletes tells nothing else."""
    hers = Writer(1)
    async with Doors(tmp_path) as doors, await Older.open(doors) as old:
        deletion = hers.type("ab"), hers.erase(0, 1)
        doors.house.disk.reads.clear()
        old.authenticate("notes", doors.token("bob"))
        old.edit("notes", *deletion)
        await old.ping()
        doors.house.disk.reads.set()
        await old.until(lambda: old.acks("notes") == 2)


async def test_who_does_not_know_a_close_is_denied_first(doors: Doors) -> None:
    """Version 2 throws at a Close, unless it has let go of the document; a denial makes it."""
    async with await Client.open(doors) as new, await Older.open(doors) as old:
        for client, name in ((new, "alice"), (old, "bob")):
            await client.enter("notes", doors.token(name))
            client.say("notes", Authenticate("nonsense", None))
            await client.until(lambda client=client: bool(client.all_of("notes", Close)))  # type: ignore[misc]
        reason = new.all_of("notes", Close)[0].reason
        assert new.all_of("notes", Denied) == []
        assert [one for one in old.heard["notes"] if isinstance(one, Denied | Close)] == [Denied(reason), Close(reason)]


async def test_presence_comes_back_so_that_a_client_hears_something(doors: Doors) -> None:
    async with await Client.inside(doors, "notes", "alice") as alice:
        said = presence(1, 1)
        alice.say("notes", said)
        await alice.until(lambda: alice.all_of("notes", Awareness) == [said])
