"""Looking back where the settings are others than usual: who may, and how much may come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from collab.auth import Authority
from tests.api.caller import Caller, path_of
from tests.api.conftest import Client, token_for
from tests.rooms.house import Writer, shown

Start = Callable[..., Awaitable[Client]]


async def test_who_may_not_look_back_changes_no_version(start: Start, authority: Authority) -> None:
    client = await start(history_role="owner")
    owner = Caller(client, token_for(authority, "alice"))
    editor = Caller(client, token_for(authority, "bob", "**:editor"))
    await owner.done("POST", path_of("notes", "/updates"), Writer(1).type("a"))
    made = await editor.done("POST", path_of("notes", "/versions"), {"name": "Now"}, status=201)
    path = path_of("notes", f"/versions/{made['id']}")
    for method, rest, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Other"}),
        ("DELETE", "", None),
        ("GET", "/state", None),
        ("POST", "/restore", None),
    ):
        await editor.refused(method, path + rest, body, status=403, code="forbidden")
    assert await owner.done("GET", path) == made
    await owner.done("PATCH", path, {"name": "Other"})
    await owner.done("DELETE", path, status=204)


async def test_more_than_one_update_may_bring_comes_back(start: Start, authority: Authority) -> None:
    client = await start(max_update_bytes=10_000, max_update_structs=100)
    alice = Caller(client, token_for(authority, "alice"))
    writer, updates = Writer(1), path_of("notes", "/updates")
    for letter in "abc":
        await alice.done("POST", updates, writer.type(letter * 8_000))
    for _ in range(200):  # each comes back as a struct of its own
        await alice.done("POST", updates, writer.type("-", at=0))
    await alice.done("POST", updates, writer.erase(0, 24_200))
    told = await alice.done("POST", path_of("notes", "/history/restore"), {"at": "203"})
    assert told == {"moment": 205, "restored": 203, "changed": True}
    shows = shown(await alice.done("GET", path_of("notes", "/state")))
    assert shows == "-" * 200 + "a" * 8_000 + "b" * 8_000 + "c" * 8_000
    await alice.refused("POST", updates, writer.type("d" * 20_000), status=413, code="too-large")


async def test_no_more_comes_back_than_a_document_may_hold(start: Start, authority: Authority) -> None:
    client = await start(max_document_bytes=20_000, max_update_bytes=15_000)
    alice = Caller(client, token_for(authority, "alice"))
    writer = Writer(1)
    for said in (writer.type("a" * 12_000), writer.erase(0, 12_000)):
        await alice.done("POST", path_of("notes", "/updates"), said)
    problem = await alice.refused(
        "POST", path_of("notes", "/history/restore"), {"at": "1"}, status=413, code="document-full"
    )
    assert "20000" in problem["detail"]
