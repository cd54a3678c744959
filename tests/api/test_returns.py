"""Going back over REST: moments, versions, and what somebody did undone; as one edit, with who did it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from collab.api import CONTENT, STORE
from collab.content.workers import Workers
from collab.errors import Overloaded, RestoreUnavailable
from collab.history.history import MOST_RETURNING
from collab.rooms.fold import fold, fold_whole
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client, Giving
from tests.content import deep
from tests.crdt import wire
from tests.rooms.house import Writer, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def restore(name: str) -> str:
    return path_of(name, "/history/restore")


async def write(caller: Caller, name: str, *updates: bytes) -> None:
    for update in updates:
        await caller.done("POST", path_of(name, "/updates"), update)


async def text(caller: Caller, name: str) -> str:
    return shown(await caller.done("GET", path_of(name, "/state")))


async def test_a_moment_comes_back_and_so_does_the_one_before(
    alice: Caller, calling: Calling, shared: Client, name: str, restore: str
) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.type(" world"), writer.erase(0, 4))
    assert await calling("bob").done("POST", restore, {"at": "1"}) == {"moment": 4, "restored": 1, "changed": True}
    assert await text(alice, name) == "hello"
    await fold(shared.app[STORE], name)
    assert await alice.done("POST", restore, {"at": "3"}) == {"moment": 5, "restored": 3, "changed": True}
    assert await text(alice, name) == "o world"
    (sitting,) = (await alice.done("GET", path_of(name, "/history")))["sittings"]
    assert [(one["moment"], one["of"], one["by"]) for one in sitting["restored"]] == [(4, 1, "bob"), (5, 3, "alice")]
    assert await alice.done("POST", restore, {"at": "5"}) == {"moment": 5, "restored": 5, "changed": False}


async def test_two_who_go_back_at_once_bring_it_back_once(
    alice: Caller, calling: Calling, name: str, restore: str
) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.erase(0, 5))
    await asyncio.gather(*(calling(who).done("POST", restore, {"at": "1"}) for who in ("bob", "carol")))
    assert await text(alice, name) == "hello"


async def test_what_did_not_change_keeps_its_author(alice: Caller, calling: Calling, name: str, restore: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.type(" world"))
    await calling("bob").done("POST", restore, {"at": "1"})
    (block,) = (await alice.done("GET", path_of(name, "/versions/diff")))["blocks"]
    assert [(run["text"], run["subject"]) for run in block["runs"]] == [("hello", "alice")]


async def test_a_version_comes_back(alice: Caller, name: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("a"), writer.type("b"))
    version = await alice.done("POST", path_of(name, "/versions"), {"name": "A", "at": "1"}, status=201)
    path = path_of(name, f"/versions/{version['id']}/restore")
    assert await alice.done("POST", path) == {"moment": 3, "restored": 1, "changed": True}
    assert await text(alice, name) == "a"
    path = path_of(name, "/versions/v-mfrggzdfmztwq2lk/restore")
    await alice.refused("POST", path, status=404, code="not-found")


async def test_what_somebody_did_is_undone(alice: Caller, calling: Calling, name: str, restore: str) -> None:
    ada, bob = Writer(1), Writer(2)
    hello = ada.type("hello")
    await write(alice, name, hello)
    theirs = [bob.hear(hello).type(" world"), bob.erase(0, 2)]
    await write(calling("bob"), name, *theirs)
    await write(alice, name, ada.hear(*theirs).type("!"))
    undo = {"undo": {"subject": "bob", "from": "0", "to": "now"}}
    assert await alice.done("POST", restore, undo) == {"moment": 5, "restored": None, "changed": True}
    assert await text(alice, name) == "hello!"
    (sitting,) = (await alice.done("GET", path_of(name, "/history")))["sittings"]
    assert [(one["moment"], one["of"], one["by"], one["undone"]) for one in sitting["restored"]] == [
        (5, 0, "alice", True)
    ]
    again = {"undo": {"subject": "bob", "from": "4", "to": "5"}}
    assert (await alice.done("POST", restore, again))["changed"] is False


async def test_undoing_only_a_part(alice: Caller, shared: Client, name: str, restore: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("a"), writer.type("b"), writer.type("c"))
    await alice.done("POST", restore, {"undo": {"subject": "alice", "from": "1", "to": "2"}})
    assert await text(alice, name) == "ac"
    await fold_whole(shared.app[STORE], name)
    await fold(shared.app[STORE], name)
    (sitting,) = (await alice.done("GET", path_of(name, "/history")))["sittings"]
    assert [(one["of"], one["by"], one["undone"]) for one in sitting["restored"]] == [(1, "alice", True)]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/body"),
        ({"at": "1", "undo": {"subject": "a", "from": "0", "to": "1"}}, "/body"),
        ({"at": "9"}, "/body/at"),
        ({"at": 1}, "/body/at"),
        ({"undo": {"subject": "a", "from": "1", "to": "0"}}, "/body/undo/from"),
        ({"undo": {"subject": "a", "from": "0", "to": "x"}}, "/body/undo/to"),
    ],
)
async def test_what_is_no_way_back(alice: Caller, name: str, restore: str, body: Any, where: str) -> None:
    await write(alice, name, Writer(1).type("a"))
    await alice.refused("POST", restore, body, status=400, code="invalid-request", where=where)


async def test_who_may_write_and_look_back_may_go_back(
    alice: Caller, calling: Calling, name: str, restore: str
) -> None:
    await write(alice, name, Writer(1).type("a"))
    await calling("bob", f"{name}:commenter").refused("POST", restore, {"at": "0"}, status=403, code="forbidden")
    assert (await calling("bob", f"{name}:editor").ask("POST", restore, {"at": "0"})).status == 200
    missing = path_of(f"{name}/none", "/history/restore")
    await alice.refused("POST", missing, {"at": "0"}, status=404, code="not-found")


@pytest.mark.parametrize("update", [deep.xml(500), deep.deleted_xml(60_000)], ids=["too deep", "ends the worker"])
async def test_a_document_that_cannot_be_restored(alice: Caller, name: str, restore: str, update: bytes) -> None:
    await write(alice, name, update, wire.insertion(9, 0, wire.typed("later", parent="notes")))
    problem = await alice.refused("POST", restore, {"at": "1"}, status=422, code="document-unrestorable")
    assert "cannot be restored" in problem["detail"]
    assert (await alice.done("GET", path_of(name, "/history")))["sittings"][0]["moment"] == 2, "nothing has changed"
    await write(alice, f"{name}/other", Writer(1).type("a"))
    assert (await alice.ask("GET", path_of(f"{name}/other", "/content"))).status == 200


async def test_an_edit_of_somebody_else_is_not_let_in(
    alice: Caller, shared: Client, name: str, restore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker that was taken over might make it."""
    writer = Writer(1)
    await write(alice, name, writer.type("a"))
    forged = Writer(1).hear(writer.update()).type("forged")

    async def find_edit(*_: object) -> bytes:
        return forged

    monkeypatch.setattr(shared.app[CONTENT], "find_edit", find_edit)
    await alice.refused("POST", restore, {"at": "0"}, status=422, code=RestoreUnavailable.code)
    assert await text(alice, name) == "a"


# ---- who waits ------------------------------------------------------------------------------------------------------


class Slow:
    """Edits are looked for, and none is found before ``may_go``."""

    def __init__(self, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
        self._find = workers.find_edit
        self.at_work, self.may_go = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(workers, "find_edit", self._find_edit)

    async def _find_edit(self, *asked: Any) -> bytes | None:
        self.at_work.set()
        await self.may_go.wait()
        return await self._find(*asked)


@pytest.fixture
def slow(shared: Client, monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(shared.app[CONTENT], monkeypatch)


@pytest.mark.parametrize(
    "body", [{"at": "1"}, {"undo": {"subject": "alice", "from": "1", "to": "2"}}], ids=["restore", "undo"]
)
async def test_who_is_shut_out_on_the_way_back_does_not_arrive(
    alice: Caller, calling: Calling, name: str, restore: str, slow: Slow, body: Any
) -> None:
    """Neither who is at work already, nor who still waits for their turn."""
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.erase(0, 5))
    who = f"mallory {name}"
    mallory = calling(who, "**:editor")
    asked = [asyncio.create_task(mallory.ask("POST", restore, body)) for _ in range(5)]
    await slow.at_work.wait()
    await alice.done("POST", "/api/v1/revocations", {"subject": who}, status=201)
    slow.may_go.set()
    assert [answer.status for answer in await asyncio.gather(*asked)] == [401] * 5
    assert await text(alice, name) == ""
    assert (await alice.done("GET", path_of(name, "/history")))["sittings"][0]["moment"] == 2


async def test_whose_role_falls_on_the_way_back_does_not_arrive(
    alice: Caller, given: Giving, name: str, restore: str, slow: Slow
) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.erase(0, 5))
    erin = await given("erin", name, "editor")
    asked = [asyncio.create_task(erin.ask("POST", restore, {"at": "1"})) for _ in range(2)]
    await slow.at_work.wait()
    await given("erin", name, "commenter")
    slow.may_go.set()
    assert [answer.status for answer in await asyncio.gather(*asked)] == [403, 403]
    assert await text(alice, name) == ""


async def test_only_so_many_wait_to_go_back(alice: Caller, name: str, restore: str, slow: Slow) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("hello"), writer.erase(0, 5))
    asked = {asyncio.create_task(alice.ask("POST", restore, {"at": "1"})) for _ in range(MOST_RETURNING)}
    await slow.at_work.wait()
    asked.add(asyncio.create_task(alice.ask("POST", restore, {"at": "1"})))
    refused, asked = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    (answer,) = (each.result() for each in refused)
    assert (answer.status, answer.body["code"]) == (503, Overloaded.code)
    assert int(answer.headers["Retry-After"]) > 0
    slow.may_go.set()
    assert [answer.status for answer in await asyncio.gather(*asked)] == [200] * MOST_RETURNING
    assert await text(alice, name) == "hello"
    assert (await alice.ask("POST", restore, {"at": "2"})).status == 200, "they have left"
