"""y-websocket over a socket: always opened, told in the protocol, and closed with a code that its provider understands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.errors import CollabError, DocumentDeleted, DocumentUnreadable, StorageUnavailable
from collab.protocol.messages import NOBODY, Awareness, Denied, Step1, Step2, Update
from collab.transports.refusals import PAUSE
from tests.attacks.clients import Client, YClient
from tests.rooms.house import EMPTY, NOTHING, PATIENCE, Writer, presence
from tests.transports.doors import Doors

EDIT = Writer(1).type("hello")


async def test_an_edit_is_echoed_when_it_is_on_disk_and_not_before(doors: Doors) -> None:
    async with (
        await YClient.join(doors, "notes", doors.token("alice")) as alice,
        await YClient.join(doors, "notes", doors.token("bob")) as bob,
    ):
        for client in (alice, bob):
            client.say("", Step1(NOTHING), Step2(EMPTY))
            await client.until(lambda client=client: bool(client.all_of("", Step2)))  # type: ignore[misc]
        doors.house.disk.writes.clear()
        alice.edit("", EDIT)
        await bob.until(lambda: bob.all_of("", Update) == [Update(EDIT)])
        alice.say("", presence(1, 1))
        await alice.until(lambda: bool(alice.all_of("", Awareness)))
        assert alice.all_of("", Update) == []
        doors.house.disk.writes.set()
        await alice.until(lambda: alice.all_of("", Update) == [Update(EDIT)])


# ---- coming ---------------------------------------------------------------------------------------------------------


async def test_it_is_asked_first_and_then_shown_who_is_there(doors: Doors) -> None:
    async with await Client.inside(doors, "notes", "alice") as alice:
        alice.say("notes", presence(1, 1))
        await alice.settled()
        async with await YClient.join(doors, "notes", doors.token("bob")) as bob:
            await bob.until(lambda: len(bob.heard.get("", [])) == 2)
            assert [type(message) for message in bob.heard[""]] == [Step1, Awareness]


@pytest.mark.parametrize(
    ("token", "path", "code", "why"),
    [
        ("", "notes", 4401, "no token"),
        ("nonsense", "notes", 4401, "JWT"),
        ("good", "other", 4403, "no grant"),
        ("viewer", "notes", 4404, "no such document"),
        ("good", "%00", 4400, "control"),
        ("good", "", 4400, "blank"),
    ],
)
async def test_who_is_not_let_in_is_told_so_and_closed_for_good(
    doors: Doors, token: str, path: str, code: int, why: str
) -> None:
    made = {"good": doors.token("alice", "notes:editor"), "viewer": doors.token("eve", "notes:viewer")}
    async with await YClient.join(doors, path, made.get(token, token)) as alice:
        closed = await alice.ended()
        assert closed.code == code, "4400 to 4499 tell its provider not to come back"
        assert why in closed.reason
        assert [type(message) for message in alice.heard[""]] == [Denied]
        assert why in alice.all_of("", Denied)[0].reason


@pytest.mark.parametrize(
    ("error", "code", "denied"),
    [
        (StorageUnavailable("the database is away"), 1013, False),
        (DocumentUnreadable("change 7 is damaged"), None, False),
        (DocumentDeleted("the document was deleted"), 4410, True),
    ],
    ids=["passing", "damaged", "deleted"],
)
async def test_a_document_that_cannot_be_had(doors: Doors, error: CollabError, code: int | None, denied: bool) -> None:
    """A failure of ours is never told as one of access."""
    doors.house.disk.read_error = error
    async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
        closed = await alice.ended()
        assert closed.code == code or code is None
        assert closed.reason == str(error)
        assert bool(alice.all_of("", Denied)) is denied


async def test_a_message_that_is_too_large_is_told_and_who_brings_it_again_is_closed_later(tmp_path: Path) -> None:
    """Its provider comes back after a tenth of a second, and sends the same once more."""
    async with Doors(tmp_path, max_message_bytes=2**20, max_update_bytes=2**20) as doors:
        for pause in (0.0, PAUSE):
            async with await YClient.join(doors, "notes", doors.token("alice", token_id="a")) as alice:
                alice.say("", Step1(NOTHING), Update(bytes(2**20)))
                if pause:
                    await alice.until(lambda alice=alice: bool(alice.all_of("", Step2)))  # type: ignore[misc]
                    await asyncio.sleep(0.2)
                    assert alice.closed is None
                    assert len(doors.admission) == 0, "nothing more of it is for anybody"
                    doors.ahead += pause
                closed = await alice.ended()
                assert closed.code == 1009
                assert closed.reason == "a message of 1048581 bytes, where 1048576 are allowed"


async def test_deleting_a_document_closes_its_sockets_for_good(doors: Doors) -> None:
    async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
        alice.say("", Step1(NOTHING), Step2(EMPTY), Update(EDIT))
        await alice.until(lambda: EDIT in alice.updates(""))  # its echo: it is saved
        await doors.house.rooms.delete("notes")
        closed = await alice.ended()
        assert (closed.code, closed.reason) == (4410, "the document was deleted")
    async with asyncio.timeout(PATIENCE):
        while b'{code="document-deleted",via="websocket"} 1.0' not in doors.metrics.render():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_document_that_loads_slowly_is_not_the_clients_fault(tmp_path: Path) -> None:
    """A code from 4400 to 4499 would keep it away for ever."""
    async with Doors(tmp_path, handshake_deadline=1) as doors:
        doors.house.disk.reads.clear()
        async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
            alice.say("", Step1(NOTHING), *(Update(EMPTY) for _ in range(200)))
            await asyncio.sleep(0.05)
            doors.ahead = 60
            await asyncio.sleep(0.1)
            doors.house.disk.reads.set()
            await alice.until(lambda: bool(alice.all_of("", Step2)))


async def test_a_client_without_presence_hears_something_too(doors: Doors) -> None:
    """It takes a socket for dead after thirty silent seconds, and nothing of its own comes back to it."""
    async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
        alice.say("", Step1(NOTHING))
        await alice.until(lambda: bool(alice.all_of("", Step2)))
        await asyncio.sleep(0.1)  # the sockets are looked after: what was sent is known to be
        doors.ahead += 13
        await alice.until(lambda: alice.all_of("", Awareness) == [NOBODY])


async def test_who_goes_away_takes_its_presence_along(doors: Doors) -> None:
    async with await Client.inside(doors, "notes", "bob") as bob:
        async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
            alice.say("", presence(1, 1))
            await bob.until(lambda: len(bob.all_of("notes", Awareness)) == 1)
        await bob.until(lambda: len(bob.all_of("notes", Awareness)) == 2)
        assert bob.all_of("notes", Awareness)[1].payload.endswith(b"null")


async def test_a_message_after_the_end_is_nothing(doors: Doors) -> None:
    async with await YClient.join(doors, "notes", doors.token("alice")) as alice:
        alice.say("", Step1(NOTHING), Update(b"\xff"), Update(EDIT))
        assert (await alice.ended()).code == 4400
    assert not (await doors.house.room()).exists
