"""Who changed what when, over REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collab.api import ROOMS, STORE
from collab.auth import Role
from collab.crdt import join_deeds
from collab.rooms.fold import fold, fold_whole
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client
from tests.rooms.house import Writer
from tests.storage.samples import NOON, batch, change

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def write(caller: Caller, name: str, *updates: bytes) -> None:
    for update in updates:
        await caller.done("POST", path_of(name, "/updates"), update)


async def history(caller: Caller, name: str, query: str = "") -> Any:
    return await caller.done("GET", path_of(name, f"/history{query}"))


async def test_a_sitting_says_who_did_how_much(alice: Caller, calling: Calling, name: str) -> None:
    writer, other = Writer(1), Writer(2)
    hello = writer.type("hello")
    await write(alice, name, hello, writer.erase(0))
    await write(calling("bob"), name, other.hear(hello).type("!!"))
    (sitting,) = (await history(alice, name))["sittings"]
    assert sitting["people"] == [
        {"subject": "alice", "name": "Alice", "inserted": 5, "deleted": 1},
        {"subject": "bob", "name": "Bob", "inserted": 2, "deleted": 0},
    ]
    assert (sitting["before"], sitting["moment"], sitting["steps"]) == (0, 3, 3)
    assert (sitting["restored"], sitting["versions"]) == ([], [])
    assert sitting["from"] <= sitting["to"]


async def test_a_document_without_edits_has_no_sittings(alice: Caller, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    assert await history(alice, name) == {"sittings": [], "next": None}
    assert (await alice.done("GET", path_of(name, "/history/steps"))) == {"steps": [], "next": None}
    authors = await alice.done("GET", path_of(name, "/history/authors"))
    assert (authors["moment"], authors["spans"], authors["people"]) == (0, [], {})


async def test_a_restore_and_a_version_stand_in_their_sitting(alice: Caller, shared: Client, name: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("a"), writer.type("b"))
    version = await alice.done("POST", path_of(name, "/versions"), {"name": "First"}, status=201)
    await shared.app[ROOMS].submit(name, writer.erase(1), actor="alice", role=Role.OWNER, restored=1)
    (sitting,) = (await history(alice, name))["sittings"]
    assert [(one["moment"], one["of"], one["by"]) for one in sitting["restored"]] == [(3, 1, "alice")]
    assert sitting["versions"] == [version]


async def test_steps_are_the_moments_of_a_span(alice: Caller, name: str) -> None:
    writer = Writer(1)
    await write(alice, name, *(writer.type(letter) for letter in "abcd"))
    steps = (await alice.done("GET", path_of(name, "/history/steps?from=1&to=3")))["steps"]
    assert [step["moment"] for step in steps] == [2, 3]
    assert [step["people"] for step in steps] == 2 * [
        [{"subject": "alice", "name": "Alice", "inserted": 1, "deleted": 0}]
    ]
    everything = (await alice.done("GET", path_of(name, "/history/steps")))["steps"]
    assert [step["moment"] for step in everything] == [1, 2, 3, 4]
    await alice.refused(
        "GET", path_of(name, "/history/steps?from=3&to=1"), status=400, code="invalid-request", where="/query/from"
    )


async def test_authors_are_those_who_used_a_client_first(alice: Caller, calling: Calling, name: str) -> None:
    writer = Writer(7)
    first = writer.type("ab")
    await write(calling("bob"), name, first)
    await write(alice, name, writer.type("cd"), writer.erase(0))  # she brings along what is Bob's
    authors = await alice.done("GET", path_of(name, "/history/authors"))
    assert authors["moment"] == 3
    assert [(span["client"], span["clock"], span["length"], span["subject"]) for span in authors["spans"]] == [
        (7, 1, 1, "bob"),
        (7, 2, 2, "bob"),
    ]
    assert [span["moment"] for span in authors["spans"]] == [1, 2]
    assert list(authors["people"]) == ["bob"]
    before = await alice.done("GET", path_of(name, "/history/authors?at=1"))
    assert [(span["clock"], span["length"]) for span in before["spans"]] == [(0, 2)], "it was there then"


async def test_the_past_is_the_same_once_it_is_folded(alice: Caller, shared: Client, name: str) -> None:
    writer = Writer(1)
    await write(alice, name, *(writer.type(letter) for letter in "abcd"), writer.erase(0, 2))
    before = [await history(alice, name), await alice.done("GET", path_of(name, "/history/authors?at=4"))]
    await fold(shared.app[STORE], name)
    assert [await history(alice, name), await alice.done("GET", path_of(name, "/history/authors?at=4"))] == before


async def test_a_cursor_leaves_out_nothing_that_was_joined_meanwhile(alice: Caller, shared: Client, name: str) -> None:
    """Between two pages, the sittings of a day become one: it comes again, with what was not shown of it."""
    store, writer = shared.app[STORE], Writer(1)
    edits = [change(writer.type(str(number)), time=NOON + 3_600_000 * number) for number in range(6)]
    await store.append([batch(name, *edits)])
    await fold_whole(store, name)
    await fold(store, name)
    first = await history(alice, name, "?limit=3")
    assert [sitting["moment"] for sitting in first["sittings"]] == [6, 5, 4]
    found = await store.recall(name)
    assert found is not None
    day = (found.steps or ())[:5]
    await store.condense(name, [replace(day[-1], before=0, ranges=join_deeds(step.ranges for step in day))])
    second = await history(alice, name, f"?limit=3&cursor={first['next']}")
    assert [(sitting["before"], sitting["moment"]) for sitting in second["sittings"]] == [(0, 5)]


async def test_only_who_may_look_back_sees_it(calling: Calling, alice: Caller, name: str) -> None:
    await write(alice, name, Writer(1).type("a"))
    for rest in ("/history", "/history/steps", "/history/authors?at=1", "/state?at=1", "/content?at=0", "/versions"):
        await calling("bob", f"{name}:commenter").refused("GET", path_of(name, rest), status=403, code="forbidden")
        answer = await calling("bob", f"{name}:editor").ask("GET", path_of(name, rest))
        assert answer.status == 200, rest
    assert (await calling("bob", f"{name}:viewer").ask("GET", path_of(name, "/state?at=now"))).status == 200
    await alice.refused("GET", path_of(f"{name}/none", "/history"), status=404, code="not-found")
    await alice.done("DELETE", path_of(name), status=204)
    await alice.refused("GET", path_of(name, "/history"), status=410, code="document-deleted")


async def test_a_cursor_goes_on(alice: Caller, shared: Client, name: str) -> None:
    writer = Writer(1)
    edits = [change(writer.type(str(number)), time=NOON + 3_600_000 * number) for number in range(7)]
    await shared.app[STORE].append([batch(name, *edits)])
    seen: list[int] = []
    query = "?limit=3"
    while True:
        page = await history(alice, name, query)
        seen += [sitting["moment"] for sitting in page["sittings"]]
        if page["next"] is None:
            break
        query = f"?limit=3&cursor={page['next']}"
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    await alice.refused(
        "GET", path_of(name, "/history?cursor=AAAA"), status=400, code="invalid-request", where="/query/cursor"
    )
