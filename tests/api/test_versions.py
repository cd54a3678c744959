"""Versions over REST, and documents at any moment."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from collab.api import HISTORY, STORE
from collab.history import Past
from collab.rooms.fold import fold
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client
from tests.rooms.house import Writer, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def versions(name: str) -> str:
    return path_of(name, "/versions")


async def write(caller: Caller, name: str, *updates: bytes) -> None:
    for update in updates:
        await caller.done("POST", path_of(name, "/updates"), update)


def waiting_for_the_past(shared: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Events: somebody waits for a document's past; they may have it."""
    history, waits, may_go = shared.app[HISTORY], asyncio.Event(), asyncio.Event()
    past = history.past

    async def slow(name: str) -> Past:
        waits.set()
        await may_go.wait()
        return await past(name)

    monkeypatch.setattr(history, "past", slow)
    return waits, may_go


@pytest.mark.parametrize("body", [{"name": "A"}, {"name": "A", "at": "1"}], ids=["now", "a moment"])
async def test_who_is_shut_out_while_the_past_is_read_names_nothing(
    alice: Caller,
    calling: Calling,
    shared: Client,
    name: str,
    versions: str,
    body: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await write(alice, name, Writer(1).type("one"))
    read, may_go = waiting_for_the_past(shared, monkeypatch)
    who = f"mallory {name}"
    asked = asyncio.create_task(calling(who, "**:editor").ask("POST", versions, body))
    await read.wait()
    await alice.done("POST", "/api/v1/revocations", {"subject": who}, status=201)
    may_go.set()
    assert (await asked).status == 401
    assert (await alice.done("GET", versions))["versions"] == []


async def test_who_is_shut_out_while_the_past_is_read_reads_nothing_of_it(
    alice: Caller, calling: Calling, shared: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(alice, name, Writer(1).type("one"))
    read, may_go = waiting_for_the_past(shared, monkeypatch)
    who = f"mallory {name}"
    asked = asyncio.create_task(calling(who, "**:editor").ask("GET", path_of(name, "/state?at=1")))
    await read.wait()
    await alice.done("POST", "/api/v1/revocations", {"subject": who}, status=201)
    may_go.set()
    assert (await asked).status == 401


async def test_a_version_is_made_renamed_and_forgotten(alice: Caller, name: str, versions: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("one"), writer.type(" two"))
    answer = await alice.ask("POST", versions, {"name": "First"})
    made = answer.body
    assert answer.status == 201
    assert re.fullmatch(r"v-[a-z2-7]{16}", made["id"])
    assert (made["name"], made["moment"], made["automatic"]) == ("First", 2, False)
    assert (made["subject"], made["author"]) == ("alice", "Alice")
    path = f"{versions}/{made['id']}"
    assert answer.headers["Location"] == path
    assert await alice.done("GET", path) == made
    renamed = await alice.done("PATCH", path, {"name": "Best"})
    assert renamed == made | {"name": "Best"}
    assert await alice.done("GET", versions) == {"versions": [renamed], "next": None}
    await alice.done("DELETE", path, status=204)
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        await alice.refused(method, path, body, status=404, code="not-found")
    assert await alice.done("GET", versions) == {"versions": [], "next": None}


async def test_a_moment_has_four_spellings(alice: Caller, name: str, versions: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("a"), writer.type("b"))
    version = await alice.done("POST", versions, {"name": "A", "at": "1"}, status=201)
    await write(alice, name, writer.erase(0))
    for spelling, text, moment in (
        ("0", "", 0),
        ("1", "a", 1),
        ("2", "ab", 2),
        (version["id"], "a", 1),
        ("now", "b", 3),
        ("1970-01-01T00:00:00Z", "", 0),
        ("2999-01-01T00:00:00.5%2B01:00", "b", 3),
    ):
        answer = await alice.ask("GET", path_of(name, f"/state?at={spelling}"))
        assert (answer.status, shown(answer.raw)) == (200, text), spelling
        assert answer.headers["Collab-Moment"] == str(moment)
        assert answer.headers["Collab-Time"].endswith("Z")
        content = await alice.ask("GET", path_of(name, f"/content?format=text&at={spelling}"))
        assert (content.status, content.raw.decode(), content.headers["Collab-Moment"]) == (200, text, str(moment))
    assert shown((await alice.ask("GET", f"{versions}/{version['id']}/state")).raw) == "a"
    content = await alice.ask("GET", f"{versions}/{version['id']}/content?format=text")
    assert (content.raw, content.headers["Collab-Moment"]) == (b"a", "1")


async def test_what_is_no_moment_is_refused(alice: Caller, name: str, versions: str) -> None:
    await write(alice, name, Writer(1).type("a"))
    for spelling in ("2", "-1", "", "yesterday", "v-short", "2026-13-01T00:00:00Z", "2026-01-01", "1.5"):
        path = path_of(name, f"/state?at={spelling}")
        await alice.refused("GET", path, status=400, code="invalid-request", where="/query/at")
    await alice.refused("GET", path_of(name, "/state?at=v-mfrggzdfmztwq2lk"), status=404, code="not-found")
    await alice.refused(
        "POST", versions, {"name": "x", "at": "9"}, status=400, code="invalid-request", where="/body/at"
    )
    await alice.refused("POST", versions, {"name": ""}, status=400, code="invalid-request", where="/body/name")
    for wrong in ("now/state", "v-short", "v-mfrggzdfmztwq2l%00"):  # which PostgreSQL would not even look for
        await alice.refused("GET", f"{versions}/{wrong}", status=400, code="invalid-request", where="/path/id")


async def test_what_was_deleted_later_is_there_and_what_was_deleted_before_is_not(
    alice: Caller, shared: Client, name: str
) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("secret"), writer.erase(0, 6), writer.type("later"), writer.erase(0, 5))
    for _ in range(2):
        then = await alice.done("GET", path_of(name, "/state?at=3"))
        assert shown(then) == "later"
        assert b"secret" not in then
        await fold(shared.app[STORE], name)


async def test_a_moment_is_sent_as_far_as_it_lacks(alice: Caller, name: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.type(" world"))
    lacks = await alice.done("GET", path_of(name, "/state?at=2&state_vector=AQEF"))
    assert b"world" in lacks
    assert b"hello" not in lacks


async def test_versions_come_by_pages(alice: Caller, name: str, versions: str) -> None:
    writer = Writer(1)
    await write(alice, name, *(writer.type(letter) for letter in "abcde"))
    made = [
        await alice.done("POST", versions, {"name": f"v{number}", "at": str(moment)}, status=201)
        for number, moment in enumerate((2, 4, 1, 4, 3))
    ]
    first = await alice.done("GET", f"{versions}?limit=3")
    second = await alice.done("GET", f"{versions}?limit=3&cursor={first['next']}")
    assert second["next"] is None
    listed = [*first["versions"], *second["versions"]]
    assert [version["moment"] for version in listed] == [4, 4, 3, 2, 1]
    assert sorted(version["id"] for version in listed) == sorted(version["id"] for version in made)


async def test_who_may_write_may_name(calling: Calling, alice: Caller, name: str, versions: str) -> None:
    await write(alice, name, Writer(1).type("a"))
    await calling("bob", f"{name}:commenter").refused("POST", versions, {"name": "x"}, status=403, code="forbidden")
    assert (await calling("bob", f"{name}:editor").ask("POST", versions, {"name": "x", "at": "1"})).status == 201
    await alice.refused("GET", path_of(f"{name}/none", "/versions"), status=404, code="not-found")
    await alice.refused("POST", path_of(f"{name}/none", "/versions"), {"name": "x"}, status=404, code="not-found")
