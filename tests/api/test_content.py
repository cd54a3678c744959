"""State and updates over REST: the same bytes that editors get, under the same rules that editors keep."""

from __future__ import annotations

import asyncio
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from collab.api import ROOMS, STORE
from collab.auth import Authority
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client, token_for
from tests.content import deep
from tests.rooms.house import EMPTY, Writer, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def state(name: str) -> str:
    return path_of(name, "/state")


@pytest.fixture
def updates(name: str) -> str:
    return path_of(name, "/updates")


def encoded(vector: bytes) -> str:
    return urlsafe_b64encode(vector).decode()


async def test_what_was_written_is_read(alice: Caller, state: str, updates: str, shared: Client, name: str) -> None:
    writer = Writer(1)
    assert await alice.done("POST", updates, writer.type("hello")) == {"changed": True}
    stored = await shared.app[STORE].load(name)
    assert stored is not None, "the answer came when it was on disk"
    assert [change.actor for change in stored.tail] == ["alice"]
    answer = await alice.ask("GET", state)
    assert (answer.status, shown(answer.raw)) == (200, "hello")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    head = await alice.ask("HEAD", state)
    assert (head.status, head.raw, head.headers["Content-Length"]) == (200, b"", str(len(answer.raw)))


async def test_only_what_is_lacking_is_read(alice: Caller, state: str, updates: str) -> None:
    writer, reader = Writer(1), Writer(2)
    await alice.done("POST", updates, writer.type("hello"))
    reader.hear(await alice.done("GET", state))
    known = reader.vector
    await alice.done("POST", updates, writer.type(" world"))
    difference = await alice.done("GET", f"{state}?state_vector={encoded(known)}")
    assert await alice.done("GET", f"{state}?state_vector={encoded(known).rstrip('=')}") == difference
    assert b"world" in difference
    assert b"hello" not in difference
    assert reader.hear(difference).text == "hello world"


async def test_who_is_shut_out_before_the_document_has_time_for_them_writes_nothing(
    alice: Caller, calling: Calling, updates: str, state: str, shared: Client, name: str
) -> None:
    """A long upload of somebody else is being examined meanwhile."""
    await alice.done("POST", updates, Writer(1).type("hello"))
    who = f"mallory {name}"
    room = await shared.app[ROOMS].open(name, create=False)
    async with room.turn:
        asked = asyncio.create_task(calling(who, "**:editor").ask("POST", updates, Writer(2).type("x")))
        async with asyncio.timeout(5):
            while not room.visitors:  # noqa: ASYNC110 - the room says nothing
                await asyncio.sleep(0.005)
        await alice.done("POST", "/api/v1/revocations", {"subject": who}, status=201)
    assert (await asked).status == 401
    assert shown(await alice.done("GET", state)) == "hello"


async def test_what_is_known_already_changes_nothing(alice: Caller, state: str, updates: str) -> None:
    update = Writer(1).type("hello")
    assert await alice.done("POST", updates, update) == {"changed": True}
    assert await alice.done("POST", updates, update) == {"changed": False}
    assert await alice.done("POST", updates, EMPTY) == {"changed": False}


async def test_what_builds_on_something_else_is_left_out_whole(alice: Caller, state: str, updates: str) -> None:
    writer = Writer(1)
    first, second = writer.type("a"), writer.type("b")
    await alice.done("POST", updates, Writer(2).type("x"))
    before = await alice.done("GET", state)
    problem = await alice.refused("POST", updates, second, status=409, code="missing-dependencies")
    assert problem["detail"]
    assert await alice.done("GET", state) == before
    await alice.done("POST", updates, first)
    await alice.done("POST", updates, second)
    assert sorted(shown(await alice.done("GET", state))) == ["a", "b", "x"]


async def test_what_is_no_update_is_refused(alice: Caller, state: str, updates: str, shared: Client, name: str) -> None:
    for body in (b"\xff", b"\0", b"hello", b"\0\0\0", bytes(1000), Writer(1).type("x")[:-1]):
        await alice.refused("POST", updates, body, status=400, code="malformed-update")
    await alice.refused("POST", updates, b"", status=400, code="invalid-request", where="/body")
    await alice.refused("POST", updates, {"a": 1}, status=415, code="unsupported-media-type")
    await alice.refused("POST", updates, status=400, code="invalid-request", where="/body")
    assert await shared.app[STORE].document(name) is None, "nothing was made"
    await alice.refused("GET", state, status=404, code="not-found")


async def test_what_is_no_state_vector_is_refused(alice: Caller, state: str, updates: str) -> None:
    await alice.done("POST", updates, Writer(1).type("x"))
    for text in ("", "A", "!", "AA%3D%3D%3D", "AA+", "%00", "AA%0A", "AA%2F"):
        path = f"{state}?state_vector={text}"
        await alice.refused("GET", path, status=400, code="invalid-request", where="/query/state_vector")
    for vector in (b"\1", b"\0\0", b"\xff" * 20):
        await alice.refused("GET", f"{state}?state_vector={encoded(vector)}", status=400, code="malformed-update")


async def test_reading_brings_nobody_into_the_room(
    alice: Caller, state: str, updates: str, shared: Client, name: str
) -> None:
    await alice.done("POST", updates, Writer(1).type("x"))
    await alice.done("GET", state)
    assert shared.app[ROOMS].people(name) == []
    assert await alice.done("GET", path_of(name, "/presence")) == {"people": []}


@pytest.mark.asyncio(loop_scope="function")
async def test_what_is_damaged_is_not_served_in_part(
    start: Callable[..., Awaitable[Client]], authority: Authority, tmp_path: Path
) -> None:
    client = await start()
    alice = Caller(client, token_for(authority, "alice"))
    writer = Writer(1)
    for word in ("first", "second"):
        await alice.done("POST", path_of("a", "/updates"), writer.type(word))
    await client.server.close()
    with closing(sqlite3.connect(tmp_path / "data" / "collab.db")) as database, database:
        assert database.execute("UPDATE changes SET payload = zeroblob(9) WHERE sequence = 1").rowcount == 1
    alice = Caller(await start(), alice.token)
    for method, rest, body in (("GET", "/state", None), ("POST", "/updates", writer.type("!"))):
        answer = await alice.ask(method, path_of("a", rest), body)
        assert (answer.status, answer.body["code"]) == (503, "document-unreadable")
        assert "Retry-After" not in answer.headers, "waiting would not help"
    assert (await alice.done("GET", path_of("a")))["name"] == "a"


# ---- written out ----------------------------------------------------------------------------------------------------


@pytest.fixture
def content(name: str) -> str:
    return path_of(name, "/content")


@pytest.mark.parametrize(
    ("format_", "media_type", "written"),
    [
        ("json", "application/json", '[{"insert":"a <b> ü"}]'),
        ("text", "text/plain", "a <b> ü"),
        ("markdown", "text/markdown", "a <b> ü"),
        ("html", "text/html", "<pre><code>a &lt;b&gt; ü</code></pre>\n"),
    ],
)
async def test_a_document_is_written_out(
    alice: Caller, updates: str, content: str, format_: str, media_type: str, written: str
) -> None:
    await alice.done("POST", updates, Writer(1).type("a <b> ü"))
    answer = await alice.ask("GET", f"{content}?format={format_}")
    assert (answer.status, answer.raw.decode()) == (200, written)
    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["Collab-Schema"] == "text"
    assert (await alice.ask("GET", f"{content}?root={answer.headers['Collab-Root']}&schema=text")).status == 200


async def test_a_new_document_says_nothing(alice: Caller, content: str, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    answer = await alice.ask("GET", content)
    assert (answer.status, answer.raw) == (200, b"null")
    assert "Collab-Root" not in answer.headers
    assert (await alice.ask("GET", f"{content}?format=html")).raw == b""


async def test_what_a_document_does_not_hold_is_refused(alice: Caller, updates: str, content: str) -> None:
    await alice.done("POST", updates, Writer(1).type("a"))
    for query in ("root=other", "schema=map", "format=pdf", "schema=word", f"root={'x' * 256}"):
        await alice.refused("GET", f"{content}?{query}", status=400, code="invalid-request")


async def test_a_document_that_ends_its_worker_is_told_and_served_as_ever(
    alice: Caller, state: str, updates: str, content: str, name: str
) -> None:
    await alice.done("POST", updates, deep.deleted_xml(60_000))
    problem = await alice.refused("GET", content, status=422, code="document-unrenderable")
    assert problem["detail"] == "this document cannot be written out: it ends the process that reads it"
    assert len(await alice.done("GET", state)) > 60_000
    other = path_of(f"{name}/other")
    await alice.done("POST", f"{other}/updates", Writer(1).type("fine"))
    assert (await alice.ask("GET", f"{other}/content?format=text")).raw == b"fine"


async def test_who_may_read_may_have_it_written_out(
    calling: Calling, alice: Caller, updates: str, content: str, name: str
) -> None:
    await alice.done("POST", updates, Writer(1).type("a"))
    assert (await calling("bob", f"{name}:viewer").ask("GET", content)).status == 200
    await calling("eve", "elsewhere:owner").refused("GET", content, status=403, code="forbidden")
    await alice.refused("GET", path_of(f"{name}/none", "/content"), status=404, code="not-found")
    await alice.done("DELETE", path_of(name), status=204)
    await alice.refused("GET", content, status=410, code="document-deleted")
