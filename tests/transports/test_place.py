"""Who is let in stays only as long as what let them in is good (FAULTS §4 rows 36 and 41)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from collab.auth import Grant, Keys, Role, Shares
from collab.auth.passwords import Passwords
from collab.auth.people import People
from collab.auth.shares import GuestSession
from collab.protocol.messages import Authenticate, Authenticated, Close, Denied, Step1, TokenWanted
from collab.storage.access.base import Revocation, Revoked, ShareRecord
from collab.storage.base import DocumentRecord
from collab.transports.place import AHEAD
from tests.attacks.clients import Client, YClient
from tests.rooms.house import NOTHING, Writer
from tests.transports.doors import Doors

LIFETIME = 600.0
LEEWAY = 10.0


async def inside(
    doors: Doors, subject: str = "alice", *grants: str, lifetime: float = LIFETIME
) -> tuple[Client, Writer]:
    """Somebody who has a document open and has written in it."""
    client, writer = await Client.open(doors), Writer(hash(subject) % 2**30)
    await client.enter("notes", doors.token(subject, *grants, lifetime=lifetime, token_id=f"{subject}'s"))
    client.edit("notes", writer.type("hello"))
    await client.until(lambda: client.acks("notes") == 2)
    return client, writer


async def sent_away(client: Client) -> str:
    """The reason for which the document was closed to somebody."""
    await client.until(lambda: bool(client.all_of("notes", Close)))
    return client.all_of("notes", Close)[-1].reason


# ---- tokens end -----------------------------------------------------------------------------------------------------


async def test_a_token_is_asked_for_ahead_of_time_and_all_goes_on(doors: Doors) -> None:
    alice, writer = await inside(doors)
    async with alice:
        for round_ in range(1, 11):
            before = doors.ahead
            doors.ahead += LIFETIME - AHEAD - 5
            await asyncio.sleep(0.1)
            assert len(alice.all_of("notes", TokenWanted)) == round_ - 1, "not too early"
            doors.ahead += 6
            await alice.until(lambda wanted=round_: len(alice.all_of("notes", TokenWanted)) == wanted)  # type: ignore[misc]
            alice.say("notes", Authenticate(doors.token("alice", lifetime=LIFETIME), "4.8.0"))
            await alice.until(lambda wanted=round_: len(alice.all_of("notes", Authenticated)) == wanted + 1)  # type: ignore[misc]
            alice.edit("notes", writer.type(str(round_)))
            await alice.until(lambda wanted=round_: alice.acks("notes") == 2 + wanted)  # type: ignore[misc]
            assert doors.ahead > before
        assert alice.all_of("notes", Close) == []


async def test_who_gives_none_is_sent_away_with_the_reason(doors: Doors) -> None:
    alice, writer = await inside(doors)
    async with alice:
        doors.ahead += LIFETIME + LEEWAY - 3
        await alice.until(lambda: bool(alice.all_of("notes", TokenWanted)))
        alice.edit("notes", writer.type("!"))
        await alice.until(lambda: alice.acks("notes") == 3)
        doors.ahead += 4
        assert await sent_away(alice) == "the token has expired"
        assert len(doors.admission) == 0
        await alice.ping()


async def test_version_2_comes_back_with_a_fresh_one(doors: Doors) -> None:
    async with await Client.open(doors) as old:
        old.say("notes", Authenticate(doors.token("old", lifetime=LIFETIME)), Step1(NOTHING))
        await old.until(lambda: bool(old.all_of("notes", Authenticated)))
        doors.ahead += LIFETIME + LEEWAY + 1
        closed = await old.ended()
        assert closed.code == 4408
        assert "expired" in closed.reason


async def test_y_websocket_is_closed_when_its_token_ends(doors: Doors) -> None:
    alice, _ = await inside(doors, lifetime=9000)
    async with alice, await YClient.join(doors, "notes", doors.token("bob", lifetime=LIFETIME)) as bob:
        await bob.until(lambda: bool(bob.all_of("", Step1)))
        doors.ahead += LIFETIME + LEEWAY - 2
        await asyncio.sleep(0.1)
        assert bob.closed is None
        doors.ahead += 3
        closed = await bob.ended()
        assert (closed.code, closed.reason) == (4401, "the token has expired")
        await alice.ping()


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
async def test_a_clock_that_is_set_sends_nobody_away(doors: Doors, jump: float) -> None:
    alice, writer = await inside(doors)
    async with alice, await YClient.join(doors, "notes", doors.token("bob", lifetime=LIFETIME)) as bob:
        await bob.until(lambda: bool(bob.all_of("", Step1)))
        doors.wall_ahead = jump
        await asyncio.sleep(0.2)
        alice.edit("notes", writer.type("!"))
        await alice.until(lambda: alice.acks("notes") == 3)
        assert alice.all_of("notes", Close) == []
        assert alice.all_of("notes", TokenWanted) == []
        assert bob.closed is None


# ---- links and keys end ---------------------------------------------------------------------------------------------


async def guest_of(
    doors: Doors, role: Role = Role.EDITOR, *, ends_in: float | None = None
) -> tuple[Shares, GuestSession]:
    """Somebody who comes by a link, which ends in so many seconds."""
    shares = Shares(doors.access, Passwords(), token_lifetime=LIFETIME, clock=lambda: 0.0)
    by = doors.authority.verify(doors.token("alice"))
    expires = None if ends_in is None else in_seconds(doors, ends_in)
    share, token = await shares.create("notes", role, by, name=None, password=None, expires=expires, max_uses=None)

    async def find(share: ShareRecord) -> DocumentRecord:
        record = await doors.house.disk.document(share.document)
        assert record is not None
        return record

    session = await shares.open_session(token, name="Zoë", password=None, pass_=None, address="", find=find)
    assert session.share.id == share.id
    return shares, session


def in_seconds(doors: Doors, seconds: float) -> int:
    return doors.access.now() + int(seconds * 1000)


LINK_OVER = "the link that you came by has expired"


async def test_a_guest_is_out_when_the_link_ends(doors: Doors) -> None:
    """To the second: the clocks that a leeway is for are not the server's own."""
    alice, _ = await inside(doors)
    shares, session = await guest_of(doors)
    await shares.change("notes", session.share.id, {"expires": in_seconds(doors, 60)})
    async with (
        alice,
        await Client.open(doors) as zoe,
        await Client.open(doors) as old,
        await YClient.join(doors, "notes", session.token) as tab,
    ):
        writer = Writer(7)
        await zoe.enter("notes", session.token)
        old.say("notes", Authenticate(session.token), Step1(NOTHING))
        await old.until(lambda: bool(old.all_of("notes", Step1)))
        await tab.until(lambda: bool(tab.all_of("", Step1)))
        doors.ahead += 58
        zoe.edit("notes", writer.type(" in time"))
        await zoe.until(lambda: zoe.acks("notes") == 2)
        doors.ahead += 2.5
        assert await sent_away(zoe) == LINK_OVER
        assert await sent_away(old) == LINK_OVER
        assert await tab.ended() == (4403, LINK_OVER)
        zoe.edit("notes", writer.type(" too late"))
        await asyncio.sleep(0.1)
        assert alice.sees("notes") == " in time"
        assert alice.all_of("notes", Close) == []


async def test_an_end_that_is_moved_counts_for_who_is_in(doors: Doors) -> None:
    alice, _ = await inside(doors)
    shares, session = await guest_of(doors, ends_in=60)
    async with alice, await Client.open(doors) as zoe:
        writer = Writer(7)
        await zoe.enter(
            "notes",
            doors.authority.issue(session.principal.subject, "Zoë", (), lifetime=LIFETIME, share=session.share.id),
            writer,
        )
        for ends in (300.0, None, 100.0):
            expires = None if ends is None else in_seconds(doors, ends)
            await shares.change("notes", session.share.id, {"expires": expires})
            doors.ahead += 90
            await asyncio.sleep(0.1)
            zoe.edit("notes", writer.type("x"))
        await zoe.until(lambda: zoe.acks("notes") == 4)
        await shares.change("notes", session.share.id, {"expires": in_seconds(doors, 5)})
        doors.ahead += 4
        await asyncio.sleep(0.1)
        assert zoe.all_of("notes", Close) == []
        doors.ahead += 1.5
        assert await sent_away(zoe) == LINK_OVER
        assert len(doors.admission) == 1


async def test_a_fresh_token_does_not_outlive_the_link(doors: Doors) -> None:
    alice, _ = await inside(doors)
    _, session = await guest_of(doors, ends_in=60)
    subject, share = session.principal.subject, session.share.id
    async with alice, await Client.open(doors) as zoe:
        await zoe.enter("notes", session.token, Writer(7))
        for _ in range(2):
            answered = len(zoe.all_of("notes", Authenticated))
            longer = doors.authority.issue(subject, "Zoë", (), lifetime=LIFETIME, share=share)
            zoe.say("notes", Authenticate(longer, "4.8.0"))
            await zoe.until(lambda answered=answered: len(zoe.all_of("notes", Authenticated)) > answered)  # type: ignore[misc]
        doors.ahead += 60.5
        assert await sent_away(zoe) == LINK_OVER


async def test_a_server_comes_in_with_its_key_until_that_ends(doors: Doors) -> None:
    alice, _ = await inside(doors)
    keys, by = Keys(doors.access), doors.authority.verify(doors.token("alice"))
    grants = [Grant.parse("notes", "editor")]
    ending, its_secret = await keys.create("nightly", grants, by, expires=in_seconds(doors, 60))
    lasting, secret = await keys.create("import", grants, by, expires=None)
    async with (
        alice,
        await Client.open(doors) as nightly,
        await YClient.join(doors, "notes", f"{lasting.id}:{secret}") as importer,
        await Client.open(doors) as other,
    ):
        writer = Writer(7)
        await nightly.enter("notes", f"{ending.id}:{its_secret}")
        nightly.edit("notes", writer.type(" by a script"))
        await nightly.until(lambda: nightly.acks("notes") == 2)
        await importer.until(lambda: bool(importer.all_of("", Step1)))
        for document, key in (("other", f"{ending.id}:{its_secret}"), ("notes", f"{ending.id}:{secret}")):
            other.authenticate(document, key)
            await other.until(lambda document=document: bool(other.all_of(document, Denied)))  # type: ignore[misc]
        assert [visit.via for visit in doors.visits.present("notes") if visit.via_id == ending.id] == ["key"]
        doors.ahead += 60.5
        assert await sent_away(nightly) == "the API key has expired"
        await keys.revoke(lasting.id)
        assert await importer.ended() == (4401, "the API key was revoked")
        await alice.until(lambda: alice.sees("notes") == " by a script")


# ---- what is revoked ------------------------------------------------------------------------------------------------

Revoke = Callable[[Doors], Awaitable[None]]


def revoking(kind: Revoked, value: str) -> Revoke:
    async def revoke(doors: Doors) -> None:
        now = doors.access.now()
        await doors.access.revoke(Revocation(kind, value, now, now, "operator"))

    return revoke


async def taking_the_grant(doors: Doors) -> None:
    await People(doors.access).take("notes", "bob")


REVOKED = {
    "a token": (revoking(Revoked.TOKEN, "bob's"), "notes:editor"),
    "a subject": (revoking(Revoked.SUBJECT, "bob"), "notes:editor"),
    "a grant": (taking_the_grant, "elsewhere:editor"),
}


@pytest.mark.parametrize("kind", REVOKED)
async def test_what_is_revoked_ends_at_once_and_for_nobody_else(doors: Doors, kind: str) -> None:
    revoke, grant = REVOKED[kind]
    alice, _ = await inside(doors)
    alices = Role.EDITOR
    by = doors.authority.verify(doors.token("alice"))
    if grant.startswith("elsewhere"):
        await People(doors.access).give("notes", "bob", alices, by)
    bob, writer = await inside(doors, "bob", grant)
    token = doors.token("bob", grant, lifetime=LIFETIME, token_id="bob's")
    async with alice, bob, await YClient.join(doors, "notes", token) as tab:
        await tab.until(lambda: bool(tab.all_of("", Step1)))
        await revoke(doors)
        bob.edit("notes", writer.type(" too late"))
        reason = await sent_away(bob)
        assert "revoked" in reason or "no grant" in reason
        closed = await tab.ended()
        assert closed.code == (4403 if kind == "a grant" else 4401)
        assert closed.reason == reason
        await bob.ping()
        assert "late" not in alice.sees("notes")
        assert alice.all_of("notes", Close) == []
        async with await Client.open(doors) as again:
            again.authenticate("notes", token)
            await again.until(lambda: bool(again.heard.get("notes")))
            assert "revoked" in str(again.heard["notes"]) or "no grant" in str(again.heard["notes"])


async def test_everybodys_tokens_end_and_new_ones_are_good(doors: Doors) -> None:
    alice, _ = await inside(doors)
    bob, _ = await inside(doors, "bob")
    async with alice, bob:
        await revoking(Revoked.EVERYBODY, "")(doors)
        for client in (alice, bob):
            assert "revoked" in await sent_away(client)
        doors.wall_ahead = 2.0
        async with (await inside(doors, "carol"))[0]:
            pass


async def test_what_is_revoked_while_a_document_loads_lets_nobody_in(doors: Doors) -> None:
    alice, _ = await inside(doors, "alice")
    async with alice, await Client.open(doors) as bob:
        doors.house.disk.reads.clear()
        bob.authenticate("other", doors.token("bob", token_id="bob's"))
        await bob.settled()
        await revoking(Revoked.TOKEN, "bob's")(doors)
        doors.house.disk.reads.set()
        await bob.until(lambda: bool(bob.heard.get("other")))
        assert "revoked" in str(bob.heard["other"])
        assert len(doors.admission) == 1
