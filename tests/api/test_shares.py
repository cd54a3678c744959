"""Share links over HTTP: made once, listed without their secret, and what a guest may do who comes by one."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collab.api import SHARES, STORE, VISITS
from collab.auth import Authority
from collab.errors import InvalidRequest
from collab.storage.access.base import ShareRecord
from collab.storage.base import DocumentRecord
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client, Giving
from tests.rooms.house import NOTHING, Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNKNOWN = "a" * 16 + "A" * 32


@pytest.fixture
def guest(shared: Client) -> Caller:
    """Somebody without a token."""
    return Caller(shared, None)


async def shared_document(alice: Caller, document: str, /, **wanted: Any) -> dict[str, Any]:
    """A document with a link; the link as it was answered."""
    await alice.done("POST", "/api/v1/documents", {"name": document, "title": "Plan"}, status=201)
    made: dict[str, Any] = await alice.done(
        "POST", path_of(document, "/shares"), {"role": "editor", **wanted}, status=201
    )
    return made


def session_of(link: dict[str, Any]) -> str:
    return f"/api/v1/shares/{link['token']}/session"


async def come_in(shared: Client, link: dict[str, Any], **body: Any) -> tuple[Caller, dict[str, Any]]:
    """A guest, and what they were told."""
    told: dict[str, Any] = await Caller(shared, None).done("POST", session_of(link), body)
    return Caller(shared, told["token"]), told


def spelled(ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---- the link -------------------------------------------------------------------------------------------------------


async def test_a_link_is_made_listed_changed_and_revoked(alice: Caller, name: str) -> None:
    expires = spelled(3600)
    link = await shared_document(alice, name, name="For all", password="pass", expires=expires, maxUses=3)
    token, url = link.pop("token"), link.pop("url")
    assert url.endswith(f"/s/{token}")
    assert re.fullmatch(r"[a-z2-7]{16}[A-Za-z0-9_-]{32}", token), "128 random bits and more"
    created = link.pop("created")
    assert abs(datetime.fromisoformat(created).timestamp() - time.time()) < 60
    assert link == {
        "id": token[:16],
        "role": "editor",
        "name": "For all",
        "password": True,
        "expires": expires,
        "maxUses": 3,
        "uses": 0,
        "subject": "alice",
        "author": "Alice",
        "revoked": None,
    }
    assert await alice.done("GET", path_of(name, "/shares")) == {"shares": [{**link, "created": created}]}
    path = path_of(name, f"/shares/{link['id']}")
    nothing = {"name": None, "password": None, "expires": None, "maxUses": None}
    changed = await alice.done("PATCH", path, {"role": "viewer", **nothing})
    assert changed == {**link, "created": created, "role": "viewer", **nothing, "password": False}
    assert await alice.done("DELETE", path, status=204) is None
    (listed,) = (await alice.done("GET", path_of(name, "/shares")))["shares"]
    assert listed["revoked"] is not None
    for method, body in (("DELETE", None), ("PATCH", {"role": "viewer"})):
        await alice.refused(method, path, body, status=404, code="not-found")


async def test_guests_are_remembered_with_what_they_write_and_not_before(
    alice: Caller, shared: Client, name: str
) -> None:
    link = await shared_document(alice, name)
    subjects = []
    for number in range(3):
        guest, told = await come_in(shared, link, name=f"Guest {number}")
        subjects.append(told["subject"])
        await guest.done("GET", path_of(name))
        if number == 0:
            await guest.done("POST", path_of(name, "/updates"), Writer(5).type("x"))
    assert "Guest 0" in str(await alice.done("GET", path_of(name, "/history")))
    await shared.app[VISITS]._write(everything=True)
    assert await shared.app[STORE].people(subjects) == {subjects[0]: "Guest 0"}


async def test_two_links_have_nothing_in_common(alice: Caller, name: str) -> None:
    one = await shared_document(alice, name)
    other = await alice.done("POST", path_of(name, "/shares"), {"role": "viewer"}, status=201)
    assert one["id"] != other["id"]
    assert one["token"][16:] != other["token"][16:]
    await alice.refused(
        "PATCH", path_of(f"{name}/other", f"/shares/{one['id']}"), {"role": "viewer"}, status=404, code="not-found"
    )


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/body/role"),
        ({"role": "owner"}, "/body/role"),
        ({"role": "viewer", "name": ""}, "/body/name"),
        ({"role": "viewer", "name": "   "}, "/body/name"),
        ({"role": "viewer", "name": "a\nb"}, "/body/name"),
        ({"role": "viewer", "expires": "tomorrow"}, "/body/expires"),
        ({"role": "viewer", "expires": "2026-02-30T00:00:00Z"}, "/body/expires"),
        ({"role": "viewer", "maxUses": 0}, "/body/maxUses"),
        ({"role": "viewer", "password": ""}, "/body/password"),
        ({"role": "viewer", "token": "mine"}, "/body"),
    ],
    ids=str,
)
async def test_what_is_no_link(alice: Caller, name: str, body: dict[str, Any], where: str) -> None:
    await shared_document(alice, name)
    await alice.refused("POST", path_of(name, "/shares"), body, status=400, code="invalid-request", where=where)


@pytest.mark.parametrize("role", ["viewer", "commenter", "editor"])
async def test_only_an_owner_shares(alice: Caller, calling: Calling, name: str, role: str) -> None:
    link = await shared_document(alice, name)
    bob = calling("bob", f"**:{role}")
    for method, rest, body in (
        ("GET", "/shares", None),
        ("POST", "/shares", {"role": "viewer"}),
        ("PATCH", f"/shares/{link['id']}", {"role": "viewer"}),
        ("DELETE", f"/shares/{link['id']}", None),
    ):
        await bob.refused(method, path_of(name, rest), body, status=403, code="forbidden")


async def test_what_is_not_there_is_not_shared(alice: Caller, name: str) -> None:
    await alice.refused("POST", path_of(name, "/shares"), {"role": "viewer"}, status=404, code="not-found")
    await alice.refused("GET", path_of(name, "/shares"), status=404, code="not-found")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_whose_role_falls_while_a_password_is_hashed_has_no_link(
    shared: Client, alice: Caller, given: Giving, name: str, method: str
) -> None:
    link = await shared_document(alice, name)
    erin = await given("erin", name, "owner")
    rest, body = (
        ("", {"role": "editor", "password": "x"}) if method == "POST" else (f"/{link['id']}", {"password": "x"})
    )
    passwords = shared.app[SHARES]._passwords
    async with passwords.turn("elsewhere"):
        asked = asyncio.create_task(erin.ask(method, path_of(name, f"/shares{rest}"), body))
        async with asyncio.timeout(5):
            while not passwords._waiting[name]:  # noqa: ASYNC110 - the queue says nothing
                await asyncio.sleep(0.005)
        await given("erin", name, "editor")
    assert (await asked).status == 403
    (kept,) = (await alice.done("GET", path_of(name, "/shares")))["shares"]
    assert (kept["id"], kept["password"]) == (link["id"], False)


# ---- the guest ------------------------------------------------------------------------------------------------------


async def test_a_guest_comes_in_and_is_the_same_one_again(
    shared: Client, alice: Caller, guest: Caller, name: str, authority: Authority
) -> None:
    link = await shared_document(alice, name, name="Team")
    look = await guest.done("GET", f"/api/v1/shares/{link['token']}")
    assert look == {"role": "editor", "name": "Team", "document": name, "title": "Plan", "passwordRequired": False}
    zoe, told = await come_in(shared, link, name="Zoë")
    assert {key: told[key] for key in ("document", "title", "role", "name")} == {
        "document": name,
        "title": "Plan",
        "role": "editor",
        "name": "Zoë",
    }
    assert re.fullmatch(rf"guest:{link['id']}:[0-9a-f]{{16}}", told["subject"])
    principal = authority.verify(told["token"])
    assert (principal.subject, principal.share, principal.grants) == (told["subject"], link["id"], ())
    assert datetime.fromisoformat(told["expires"]).timestamp() == principal.expires
    assert 500 < principal.expires - time.time() <= 600
    await zoe.done("POST", path_of(name, "/updates"), Writer(1).type("by a guest"))
    assert (await zoe.done("GET", path_of(name)))["role"] == "editor"
    _, same = await come_in(shared, link, **{"pass": told["pass"]})
    assert (same["subject"], same["name"]) == (told["subject"], "Zoë")
    assert (await alice.done("GET", path_of(name, "/shares")))["shares"][0]["uses"] == 1
    _, renamed = await come_in(shared, link, name="Zoe", **{"pass": told["pass"]})
    assert (renamed["subject"], renamed["name"]) == (told["subject"], "Zoe")
    _, another = await come_in(shared, link)
    assert (another["name"], another["subject"] == told["subject"]) == ("Guest", False)


async def test_a_guest_reaches_that_document_only(shared: Client, alice: Caller, name: str) -> None:
    link = await shared_document(alice, name)
    await shared_document(alice, f"{name}/other")
    zoe, _ = await come_in(shared, link)
    for other in (f"{name}/other", f"{name}/none"):
        for method, rest, body in (("GET", "", None), ("GET", "/state", None), ("POST", "/updates", NOTHING * 2)):
            await zoe.refused(method, path_of(other, rest), body, status=403, code="forbidden")
    await zoe.refused("POST", "/api/v1/documents", {"name": f"{name}/made"}, status=403, code="forbidden")
    await zoe.refused("GET", path_of(name, "/shares"), status=403, code="forbidden")
    await zoe.refused("DELETE", path_of(name), status=403, code="forbidden")
    for scope, names in (("all", [name]), ("shared", [name]), ("mine", [])):
        listed = await zoe.done("GET", f"/api/v1/documents?scope={scope}")
        assert [each["name"] for each in listed["documents"]] == names


async def test_a_changed_link_counts_at_once(shared: Client, alice: Caller, name: str) -> None:
    link = await shared_document(alice, name)
    zoe, told = await come_in(shared, link)
    path = path_of(name, f"/shares/{link['id']}")
    await alice.done("PATCH", path, {"role": "viewer"})
    await zoe.refused("POST", path_of(name, "/updates"), Writer(1).type("x"), status=403, code="forbidden")
    assert (await zoe.done("GET", path_of(name)))["role"] == "viewer"
    await alice.done("DELETE", path, status=204)
    await zoe.refused("GET", path_of(name), status=403, code="forbidden")
    await zoe.refused("GET", "/api/v1/documents", status=403, code="forbidden")
    await Caller(shared, None).refused("POST", session_of(link), {"pass": told["pass"]}, status=404, code="not-found")


@pytest.mark.parametrize(
    "token",
    [UNKNOWN, "a", "A" * 48, "{id}" + "A" * 32, "{id}" + "A" * 31, "{token}a", "{token}%00"],
)
async def test_wrong_unknown_and_revoked_links_are_not_told_apart(
    alice: Caller, guest: Caller, name: str, token: str
) -> None:
    link = await shared_document(alice, name)
    revoked = await alice.done("POST", path_of(name, "/shares"), {"role": "viewer"}, status=201)
    await alice.done("DELETE", path_of(name, f"/shares/{revoked['id']}"), status=204)
    expected = await guest.refused("POST", session_of(revoked), {}, status=404, code="not-found")
    wrong = token.replace("{id}", link["id"]).replace("{token}", link["token"])
    answer = await guest.ask("POST", f"/api/v1/shares/{wrong}/session", {})
    if "%" in wrong:
        assert answer.status == 400
    else:
        assert (answer.status, answer.body) == (404, expected)
        assert (await guest.ask("GET", f"/api/v1/shares/{wrong}")).body == expected


async def test_an_expired_and_a_used_up_link_say_so_to_who_has_it(
    shared: Client, alice: Caller, guest: Caller, name: str
) -> None:
    link = await shared_document(alice, name, expires=spelled(-1))
    for method, path in (("GET", f"/api/v1/shares/{link['token']}"), ("POST", session_of(link))):
        await guest.refused(method, path, status=410, code="share-expired")
    wrong = link["id"] + "A" * 32
    await guest.refused("GET", f"/api/v1/shares/{wrong}", status=404, code="not-found")
    once = await alice.done("POST", path_of(name, "/shares"), {"role": "viewer", "maxUses": 1}, status=201)
    _, told = await come_in(shared, once)
    for method, path in (("GET", f"/api/v1/shares/{once['token']}"), ("POST", session_of(once))):
        await guest.refused(method, path, status=410, code="share-used-up")
    _, same = await come_in(shared, once, **{"pass": told["pass"]})
    assert same["subject"] == told["subject"], "who came in may come back"


async def test_a_guests_token_ends_with_its_link(
    shared: Client, alice: Caller, name: str, authority: Authority
) -> None:
    link = await shared_document(alice, name, expires=spelled(20))
    _, told = await come_in(shared, link)
    assert authority.verify(told["token"]).expires <= time.time() + 21


async def test_a_deleted_document_is_not_come_to(alice: Caller, guest: Caller, name: str) -> None:
    link = await shared_document(alice, name)
    await alice.done("DELETE", path_of(name), status=204)
    for method, path in (("GET", f"/api/v1/shares/{link['token']}"), ("POST", session_of(link))):
        await guest.refused(method, path, status=410, code="document-deleted")


BLANKS = [each for each in map(chr, range(0x110000)) if each.isspace()]


@pytest.mark.parametrize(
    "names",
    [BLANKS, [" \u2003\u00a0 "], ["a\x7f"], ["🙂" * 64, "🙂" * 90]],
    ids=["blank", "blanks", "controls", "too many bytes"],
)
async def test_a_name_that_no_token_may_carry_uses_nothing(
    shared: Client, alice: Caller, guest: Caller, name: str, names: list[str]
) -> None:
    link = await shared_document(alice, name, maxUses=1)
    for called in names:
        await guest.refused(
            "POST", session_of(link), {"name": called}, status=400, code="invalid-request", where="/body/name"
        )
    _, told = await come_in(shared, link, name="🙂" * 63)
    assert told["name"] == "🙂" * 63


async def test_a_visit_to_a_deleted_document_uses_nothing(
    shared: Client, alice: Caller, guest: Caller, name: str
) -> None:
    link = await shared_document(alice, name, maxUses=1)
    await alice.done("DELETE", path_of(name), status=204)
    for _ in range(2):
        await guest.refused("POST", session_of(link), status=410, code="document-deleted")
    await alice.done("POST", path_of(name, "/restore"))
    await come_in(shared, link)


async def test_what_only_the_token_refuses_uses_nothing(shared: Client, alice: Caller, name: str) -> None:
    link = await shared_document(alice, name, maxUses=1)

    async def find(_: ShareRecord) -> DocumentRecord:
        record = await shared.app[STORE].document(name)
        assert record is not None
        return record

    with pytest.raises(InvalidRequest):
        await shared.app[SHARES].open_session(
            link["token"], name="\u00a0", password=None, pass_=None, address="", find=find
        )
    await come_in(shared, link)


# ---- the password ---------------------------------------------------------------------------------------------------


async def test_nothing_is_told_before_the_password(shared: Client, alice: Caller, guest: Caller, name: str) -> None:
    link = await shared_document(alice, name, password="öpen", name="Internal")
    look = await guest.done("GET", f"/api/v1/shares/{link['token']}")
    assert look == {"role": "editor", "name": None, "document": None, "title": None, "passwordRequired": True}
    problem = await guest.refused("POST", session_of(link), {}, status=401, code="password-required")
    assert name not in str(problem)
    problem = await guest.refused("POST", session_of(link), {"password": "open"}, status=401, code="password-wrong")
    assert name not in str(problem)
    _, told = await come_in(shared, link, password="öpen", name="Zoë")
    await come_in(shared, link, **{"pass": told["pass"]})
    await alice.done("PATCH", path_of(name, f"/shares/{link['id']}"), {"password": "other"})
    old = {"pass": told["pass"]}
    await guest.refused("POST", session_of(link), old, status=401, code="password-required")
    await come_in(shared, link, password="other")


async def test_whose_token_is_revoked_is_out_whatever_they_bring(
    shared: Client, alice: Caller, guest: Caller, name: str, authority: Authority
) -> None:
    """A guest's tokens and passes are one credential; each fresh one is the last one's."""
    link = await shared_document(alice, name)
    _, told = await come_in(shared, link, name="Zoë")
    zoe, again = await come_in(shared, link, **{"pass": told["pass"]})
    first, second = (authority.verify(each["token"]).token_id for each in (told, again))
    assert first == second
    await zoe.done("GET", path_of(name))
    await alice.done("POST", "/api/v1/revocations", {"tokenId": first}, status=201)
    await zoe.refused("GET", path_of(name), status=401, code="unauthenticated")
    for kept in (told, again):
        await guest.refused("POST", session_of(link), {"pass": kept["pass"]}, status=401, code="unauthenticated")
    (listed,) = (await alice.done("GET", path_of(name, "/shares")))["shares"]
    assert listed["uses"] == 1, "they were not let in as somebody new"
    _, other = await come_in(shared, link, name="Another")
    assert authority.verify(other["token"]).token_id != first


async def test_a_pass_is_of_its_link_alone(shared: Client, alice: Caller, guest: Caller, name: str) -> None:
    open_, closed = await shared_document(alice, name), await shared_document(alice, f"{name}/closed", password="x")
    _, told = await come_in(shared, open_)
    for wrong in (told["pass"], told["token"], "nonsense"):
        await guest.refused("POST", session_of(closed), {"pass": wrong}, status=401, code="password-required")
    await Caller(shared, told["pass"]).refused("GET", path_of(name), status=401, code="unauthenticated")
