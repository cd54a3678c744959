"""The access log over HTTP: who was there, by what, from when to when, and what was shared by whom."""

from __future__ import annotations

from typing import Any

import pytest

from collab.api import VISITS
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def events(alice: Caller, name: str, query: str = "") -> list[dict[str, Any]]:
    page = await alice.done("GET", path_of(name, f"/access{query}"))
    found: list[dict[str, Any]] = page["events"]
    return found


async def test_visits_and_sharing(shared: Client, alice: Caller, calling: Calling, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    link = await alice.done("POST", path_of(name, "/shares"), {"role": "editor", "name": "All"}, status=201)
    await alice.done("PATCH", path_of(name, f"/shares/{link['id']}"), {"role": "viewer", "password": "secret word"})
    session = f"/api/v1/shares/{link['token']}/session"
    told = await Caller(shared, None).done("POST", session, {"name": "Zoë", "password": "secret word"})
    await Caller(shared, told["token"]).done("GET", path_of(name))
    await alice.done("PUT", path_of(name, "/grants/bob"), {"role": "viewer"})
    bob = calling("bob", "elsewhere:viewer")
    await bob.done("GET", path_of(name, "/state"))
    async with shared.ws_connect(f"/yjs/{name}?token={bob.token}") as socket:
        await socket.receive()
        (his,) = [each for each in await events(alice, name) if each["subject"] == "bob"]
        assert {key: his[key] for key in ("id", "kind", "name", "via", "role", "to")} == {
            "id": None,
            "kind": "visit",
            "name": "Bob",
            "via": {"kind": "grant", "id": None, "name": None},
            "role": "viewer",
            "to": None,
        }
    await alice.done("DELETE", path_of(name, "/grants/bob"), status=204)
    await alice.done("DELETE", path_of(name, f"/shares/{link['id']}"), status=204)
    found = await events(alice, name)
    kinds = [each["kind"] for each in found if each["kind"] != "visit"]
    assert kinds == ["share-revoked", "grant-removed", "grant-set", "share-changed", "share-created"]
    assert {each["subject"] for each in found if each["kind"] != "visit"} == {"alice"}
    zoe = next(each for each in found if each["name"] == "Zoë")
    assert zoe["via"] == {"kind": "link", "id": link["id"], "name": "All"}
    changed = next(each for each in found if each["kind"] == "share-changed")
    assert changed["detail"] == {"share": link["id"], "role": "viewer", "name": "All", "changed": ["password", "role"]}
    given = next(each for each in found if each["kind"] == "grant-set")
    assert given["detail"] == {"subject": "bob", "role": "viewer"}
    assert "secret word" not in str(found)
    assert link["token"][16:] not in str(found)


async def test_a_hundred_edits_are_one_visit(shared: Client, alice: Caller, calling: Calling, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    bob, writer = calling("bob", "**:editor"), Writer(1)
    for _ in range(100):
        await bob.done("POST", path_of(name, "/updates"), writer.type("x"))
    assert [each["subject"] for each in await events(alice, name)].count("bob") == 1
    await shared.app[VISITS]._write(everything=True)
    (his,) = [each for each in await events(alice, name) if each["subject"] == "bob"]
    assert his["id"] is not None
    assert his["from"] <= his["to"]


async def test_it_comes_in_pages(alice: Caller, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    for number in range(5):
        await alice.done("PUT", path_of(name, f"/grants/person{number}"), {"role": "viewer"})
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=2{f'&cursor={cursor}' if cursor else ''}"
        page = await alice.done("GET", path_of(name, f"/access{query}"))
        found += [each["detail"]["subject"] for each in page["events"] if each["kind"] == "grant-set"]
        cursor = page["next"]
    assert found == [f"person{number}" for number in reversed(range(5))]


@pytest.mark.parametrize("role", ["viewer", "commenter", "editor"])
async def test_it_is_for_owners(alice: Caller, calling: Calling, name: str, role: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    bob = calling("bob", f"**:{role}")
    await bob.refused("GET", path_of(name, "/access"), status=403, code="forbidden")
