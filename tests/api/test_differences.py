"""Differences over REST: of any two moments, by whom, as JSON and as text."""

from __future__ import annotations

import pytest

from collab.api import CONTENT, STORE
from collab.content.formats import Content, Format
from collab.rooms.fold import fold
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client
from tests.content import deep
from tests.crdt import wire
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def diff(name: str) -> str:
    return path_of(name, "/versions/diff")


async def write(caller: Caller, name: str, *updates: bytes) -> None:
    for update in updates:
        await caller.done("POST", path_of(name, "/updates"), update)


async def test_says_what_became_of_what_and_by_whom(
    alice: Caller, calling: Calling, shared: Client, name: str, diff: str
) -> None:
    ada, bob = Writer(1), Writer(2)
    hello = ada.type("hello")
    await write(alice, name, hello)
    await write(calling("bob"), name, bob.hear(hello).type(" world"), bob.erase(0, 2))
    for _ in range(2):
        said = await alice.done("GET", f"{diff}?from=1")
        assert (said["root"], said["schema"]) == ("text", "text")
        assert (said["from"]["moment"], said["to"]["moment"]) == (1, 3)
        (block,) = said["blocks"]
        assert [(run["text"], run["change"], run["subject"]) for run in block["runs"]] == [
            *(("he", "removed", "bob"), ("llo", "same", None), (" world", "added", "bob"))
        ]
        assert said["people"]["bob"]["name"]
        assert said["values"] == []
        await fold(shared.app[STORE], name)


async def test_from_the_beginning_everything_has_its_author(
    alice: Caller, calling: Calling, name: str, diff: str
) -> None:
    ada, bob = Writer(1), Writer(2)
    hello = ada.type("hello")
    await write(alice, name, hello)
    await write(calling("bob"), name, bob.hear(hello).type("!"))
    (block,) = (await alice.done("GET", diff))["blocks"]
    assert [(run["text"], run["subject"]) for run in block["runs"]] == [("hello", "alice"), ("!", "bob")]
    assert all(run["time"].endswith("Z") for run in block["runs"])


async def test_as_text(alice: Caller, name: str, diff: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("one\ntwo\n"), writer.type("three\n"))
    answer = await alice.ask("GET", f"{diff}?from=1&to=2&format=text")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Collab-Schema"] == "text"
    lines = answer.raw.decode().splitlines()
    assert lines[0].startswith("--- moment 1\t")
    assert lines[1].startswith("+++ moment 2\t")
    assert lines[2:] == ["@@ -1,2 +1,3 @@", " one", " two", "+three"]


async def test_moments_are_spelt_as_everywhere(alice: Caller, name: str, diff: str) -> None:
    writer = Writer(1)
    await write(alice, name, writer.type("a"), writer.type("b"))
    version = await alice.done("POST", path_of(name, "/versions"), {"name": "A", "at": "1"}, status=201)
    said = await alice.done("GET", f"{diff}?from={version['id']}&to=2999-01-01T00:00:00Z")
    assert (said["from"]["moment"], said["to"]["moment"]) == (1, 2)
    await alice.refused("GET", f"{diff}?from=7", status=400, code="invalid-request", where="/query/from")
    await alice.refused("GET", f"{diff}?to=soon", status=400, code="invalid-request", where="/query/to")
    await alice.refused("GET", f"{diff}?from=2&to=1", status=400, code="invalid-request", where="/query/from")
    await alice.refused("GET", f"{diff}?from=v-mfrggzdfmztwq2lk", status=404, code="not-found")
    await alice.refused("GET", f"{diff}?root=other", status=400, code="invalid-request")


async def test_an_empty_document(alice: Caller, name: str, diff: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    said = await alice.done("GET", diff)
    assert (said["root"], said["schema"], said["blocks"], said["values"], said["people"]) == (None, None, [], [], {})
    assert (await alice.ask("GET", f"{diff}?format=text")).raw == b""


async def test_who_may_look_back_may_compare(alice: Caller, calling: Calling, name: str, diff: str) -> None:
    await write(alice, name, Writer(1).type("a"))
    assert (await calling("bob", f"{name}:editor").ask("GET", diff)).status == 200
    await calling("bob", f"{name}:commenter").refused("GET", diff, status=403, code="forbidden")
    await alice.refused("GET", path_of(f"{name}/none", "/versions/diff"), status=404, code="not-found")


async def test_what_nests_too_deep(alice: Caller, name: str, diff: str) -> None:
    await write(alice, name, deep.xml(500))
    problem = await alice.refused("GET", diff, status=422, code="document-unrenderable")
    assert "cannot be compared" in problem["detail"]


async def test_an_answer_that_is_none(
    alice: Caller, shared: Client, name: str, diff: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker that was taken over might give it."""

    async def compare(*_: object) -> Content:
        return Content(Format.JSON, "[]", None, None)

    await write(alice, name, wire.insertion(1, 0, wire.typed("a")))
    monkeypatch.setattr(shared.app[CONTENT], "compare", compare)
    await alice.refused("GET", diff, status=422, code="document-unrenderable")
