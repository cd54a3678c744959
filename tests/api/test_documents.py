"""Documents over REST: made, found, given titles, deleted, restored, by those who may (FAULTS §4 rows 35 to 39)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling
from tests.attacks.test_names import KEYS, REFUSED
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS = "/api/v1/documents"


async def make(caller: Caller, name: str, title: str | None = None) -> dict[str, Any]:
    body = {"name": name} if title is None else {"name": name, "title": title}
    made: dict[str, Any] = await caller.done("POST", DOCUMENTS, body, status=201)
    return made


async def listed(caller: Caller, query: str, cursor: str | None = None) -> list[str]:
    """The names on all pages of a list, from ``cursor`` on."""
    names: list[str] = []
    while True:
        page = await caller.done("GET", f"{DOCUMENTS}?{query}{'' if cursor is None else f'&cursor={cursor}'}")
        names += [document["name"] for document in page["documents"]]
        cursor = page["next"]
        if cursor is None:
            return names


# ---- one document ---------------------------------------------------------------------------------------------------


async def test_a_document_is_made_and_said_what_it_is(alice: Caller) -> None:
    answer = await alice.ask("POST", DOCUMENTS, {"name": "notes/today", "title": "Today"})
    assert answer.status == 201
    assert answer.headers["Location"] == f"{DOCUMENTS}/notes%2Ftoday"
    made = answer.body
    assert set(made) == {"name", "title", "created", "modified", "deleted", "lineage", "role", "looksBack"}
    assert (made["name"], made["title"], made["deleted"], made["role"]) == ("notes/today", "Today", None, "owner")
    assert abs(datetime.fromisoformat(made["created"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert made["modified"] == made["created"]
    assert await alice.done("GET", answer.headers["Location"]) == made
    head = await alice.ask("HEAD", answer.headers["Location"])
    assert (head.status, head.raw) == (200, b"")
    assert (await make(alice, "notes/untitled"))["title"] == ""


async def test_a_name_is_taken_once(alice: Caller, name: str) -> None:
    results = await asyncio.gather(*(alice.ask("POST", DOCUMENTS, {"name": name}) for _ in range(5)))
    assert sorted(result.status for result in results) == [201, 409, 409, 409, 409]
    await alice.refused("POST", DOCUMENTS, {"name": name, "title": "mine"}, status=409, code="document-exists")
    assert (await alice.done("GET", path_of(name)))["title"] == ""


async def test_a_title_changes(alice: Caller, calling: Calling, name: str) -> None:
    before = await make(alice, name, "first")
    after = await calling("bob", f"{name}:editor").done("PATCH", path_of(name), {"title": "second 😀"})
    assert after["title"] == "second 😀"
    assert after["modified"] >= before["modified"]
    assert after["role"] == "editor"
    assert (await alice.done("PATCH", path_of(name), {"title": ""}))["title"] == ""
    await alice.refused("PATCH", path_of("none"), {"title": "x"}, status=404, code="not-found")


async def test_an_edit_is_a_modification(alice: Caller, name: str) -> None:
    before = await make(alice, name)
    await asyncio.sleep(0.005)
    await alice.done("POST", path_of(name, "/updates"), Writer(1).type("x"))
    after = await alice.done("GET", path_of(name))
    assert after["modified"] > before["modified"]
    assert {**after, "modified": before["modified"]} == before


async def test_a_deleted_document_is_kept_and_comes_back(alice: Caller, name: str) -> None:
    writer = Writer(1)
    await alice.done("POST", path_of(name, "/updates"), writer.type("hello"))
    state = await alice.done("GET", path_of(name, "/state"))
    for _ in range(2):
        assert await alice.done("DELETE", path_of(name), status=204) is None
    for method, rest, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("GET", "/state", None),
        ("POST", "/updates", writer.type("x")),
        ("GET", "/presence", None),
    ):
        await alice.refused(method, path_of(name, rest), body, status=410, code="document-deleted")
    await alice.refused("POST", DOCUMENTS, {"name": name}, status=410, code="document-deleted")
    for _ in range(2):
        restored = await alice.done("POST", path_of(name, "/restore"))
        assert (restored["name"], restored["deleted"]) == (name, None)
    assert await alice.done("GET", path_of(name, "/state")) == state
    assert await alice.done("POST", path_of(name, "/updates"), writer.update()) == {"changed": True}
    await alice.refused("DELETE", path_of("none"), status=404, code="not-found")
    await alice.refused("POST", path_of("none", "/restore"), status=404, code="not-found")


# ---- who may --------------------------------------------------------------------------------------------------------

NEEDED = [
    # what, how, and the least role that may
    ("GET", "", None, "viewer"),
    ("GET", "/state", None, "viewer"),
    ("GET", "/presence", None, "viewer"),
    ("PATCH", "", {"title": "x"}, "editor"),
    ("POST", "/updates", Writer(7).type("x"), "editor"),
    ("POST", "/restore", None, "owner"),
    ("DELETE", "", None, "owner"),
]
ROLES = ["viewer", "commenter", "editor", "owner"]


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_is_enough_or_not(alice: Caller, calling: Calling, name: str, role: str) -> None:
    await make(alice, name)
    bob = calling("bob", f"{name}:{role}")
    if role in ("editor", "owner"):
        await bob.refused("POST", DOCUMENTS, {"name": name}, status=409, code="document-exists")
    else:
        await bob.refused("POST", DOCUMENTS, {"name": name}, status=403, code="forbidden")
    for method, rest, body, least in NEEDED:
        if ROLES.index(role) >= ROLES.index(least):
            answer = await bob.ask(method, path_of(name, rest), body)
            assert answer.status in (200, 204)
            assert method != "GET" or rest or answer.body["role"] == role
        else:
            problem = await bob.refused(method, path_of(name, rest), body, status=403, code="forbidden")
            assert role in problem["detail"]


async def test_who_has_no_role_learns_nothing(alice: Caller, calling: Calling) -> None:
    """Whether a document exists, was deleted or never was: the answers are the same."""
    await make(alice, "theirs/living")
    await make(alice, "theirs/deleted")
    await alice.done("DELETE", path_of("theirs/deleted"), status=204)
    eve = calling("eve", "mine/*:owner")
    for name in ("theirs/living", "theirs/deleted", "theirs/none"):
        for method, rest, body, _ in NEEDED:
            problem = await eve.refused(method, path_of(name, rest), body, status=403, code="forbidden")
            assert problem["detail"] == "you have no grant for this document"
        await eve.refused("POST", DOCUMENTS, {"name": name}, status=403, code="forbidden")


# ---- names ----------------------------------------------------------------------------------------------------------


async def test_every_name_is_a_document_of_its_own(alice: Caller) -> None:
    """In a path a name is what it was in a body, whatever it looks like: row 39."""
    for number, key in enumerate(KEYS):
        made = await make(alice, key, f"document {number}")
        assert await alice.done("GET", path_of(key)) == made, key
        assert await alice.done("GET", path_of(key, "/state")) == b"\0\0", key
    for number, key in enumerate(KEYS):
        assert (await alice.done("GET", path_of(key)))["title"] == f"document {number}", key


@pytest.mark.parametrize(("key", "why"), [each for each in REFUSED.values() if b"\0" not in each[0]])
async def test_what_is_no_name_is_refused_with_the_reason(alice: Caller, key: bytes, why: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in key)
    for rest in ("", "/state"):
        problem = await alice.refused("GET", f"{DOCUMENTS}/{encoded}{rest}", status=400, code="invalid-name")
        assert why in problem["detail"]
    try:
        name = key.decode()
    except UnicodeDecodeError:
        return  # JSON cannot spell it either
    problem = await alice.refused("POST", DOCUMENTS, {"name": name}, status=400, code="invalid-name")
    assert why in problem["detail"]


async def test_a_name_that_ends_in_a_word_of_ours_is_told_apart(alice: Caller) -> None:
    """``x/state`` is a document; the state of ``x`` is another thing."""
    await make(alice, "x", "the document")
    for word in ("state", "updates", "restore", "presence"):
        made = await make(alice, f"x/{word}", word)
        assert await alice.done("GET", f"{DOCUMENTS}/x%2F{word}") == made
        assert await alice.done("GET", f"{DOCUMENTS}/x%2f{word}/state") == b"\0\0"
        assert await alice.done("GET", f"{DOCUMENTS}/x/{word}/state") == b"\0\0", "nothing else can be meant"
        for method in ("PATCH", "DELETE"):
            await alice.refused(method, f"{DOCUMENTS}/x/{word}", status=405, code="method-not-allowed")
        assert await alice.done("DELETE", f"{DOCUMENTS}/x%2F{word}", status=204) is None
    assert (await alice.done("GET", f"{DOCUMENTS}/x"))["title"] == "the document"
    assert await alice.done("GET", f"{DOCUMENTS}/x/state") == b"\0\0"
    await alice.refused("GET", f"{DOCUMENTS}/none/state", status=404, code="not-found")


async def test_slashes_may_be_written_as_they_are(alice: Caller) -> None:
    made = await make(alice, "s/b//c")
    assert await alice.done("GET", f"{DOCUMENTS}/s/b//c") == made
    assert await alice.done("GET", f"{DOCUMENTS}/s%2Fb/%2Fc") == made
    await alice.refused("GET", f"{DOCUMENTS}/s/b/c", status=404, code="not-found")
    await alice.refused("GET", f"{DOCUMENTS}/", status=400, code="invalid-name")
    await alice.refused("GET", f"{DOCUMENTS}//state", status=400, code="invalid-name")


# ---- the list -------------------------------------------------------------------------------------------------------


async def test_the_list_shows_what_one_may_read(alice: Caller, calling: Calling) -> None:
    for name in ("list/a", "list/b", "list/b/c", "list/d"):
        await make(alice, name)
    bob = calling("bob", "list/b:viewer", "list/b/*:owner", "list/d:editor")
    page = await bob.done("GET", DOCUMENTS)
    assert [(each["name"], each["role"]) for each in page["documents"]] == [
        ("list/b", "viewer"),
        ("list/b/c", "owner"),
        ("list/d", "editor"),
    ]
    assert page["documents"][0] == await bob.done("GET", path_of("list/b"))
    assert page["next"] is None
    assert await listed(calling("eve", "nothing/*:owner"), "") == []
    assert await listed(calling("carol", "list/**:viewer"), "limit=1") == ["list/a", "list/b", "list/b/c", "list/d"]


async def test_deleted_documents_are_shown_to_who_may_restore_them(alice: Caller, calling: Calling) -> None:
    for name in ("gone/a", "gone/b", "gone/c"):
        await make(alice, name)
    for name in ("gone/a", "gone/b"):
        await alice.done("DELETE", path_of(name), status=204)
    bob = calling("bob", "gone/a:owner", "gone/b:editor", "gone/c:owner")
    assert await listed(bob, "deleted=true") == ["gone/a"]
    assert await listed(bob, "deleted=false") == await listed(bob, "") == ["gone/c"]
    (document,) = (await bob.done("GET", f"{DOCUMENTS}?deleted=true"))["documents"]
    assert document["deleted"] >= document["modified"]


async def test_it_is_searched(alice: Caller) -> None:
    await make(alice, "find/plan-2026", "Reisekosten")
    await make(alice, "find/b", "Der große PLAN")
    await make(alice, "find/c", "ÜBERSICHT 100%")
    assert await listed(alice, "q=Plan") == ["find/b", "find/plan-2026"]
    assert await listed(alice, "q=%C3%BCbersicht") == ["find/c"]
    assert await listed(alice, "q=100%25") == ["find/c"]
    assert await listed(alice, "q=find/&limit=2") == ["find/b", "find/c", "find/plan-2026"]
    assert await listed(alice, "q=nowhere") == []


async def test_the_newest_comes_first_when_asked(alice: Caller) -> None:
    for name in ("sort/a", "sort/b", "sort/c"):
        await make(alice, name)
        await asyncio.sleep(0.005)
    await alice.done("PATCH", path_of("sort/b"), {"title": "b"})
    assert await listed(alice, "q=sort/&sort=modified") == ["sort/b", "sort/c", "sort/a"]
    assert await listed(alice, "q=sort/&sort=modified&limit=1") == ["sort/b", "sort/c", "sort/a"]
    assert await listed(alice, "q=sort/&sort=name") == ["sort/a", "sort/b", "sort/c"]


async def test_pages_are_stable_while_documents_come_and_go(alice: Caller, calling: Calling) -> None:
    for number in range(6):
        await make(alice, f"page/{number}")
    bob = calling("bob", "page/*:viewer")
    first = await bob.done("GET", f"{DOCUMENTS}?limit=2")
    assert [each["name"] for each in first["documents"]] == ["page/0", "page/1"]
    await alice.done("DELETE", path_of("page/1"), status=204)  # what the cursor stands behind
    await alice.done("DELETE", path_of("page/3"), status=204)
    await make(alice, "page/00")  # before the cursor
    await make(alice, "page/4½")
    assert await listed(bob, "limit=3", first["next"]) == ["page/2", "page/4", "page/4½", "page/5"]


async def test_a_cursor_is_taken_back_as_it_was_given(alice: Caller) -> None:
    for number in range(3):
        await make(alice, f"cursor/{number}")
    cursor = (await alice.done("GET", f"{DOCUMENTS}?limit=1&q=cursor"))["next"]
    assert await listed(alice, "q=cursor", cursor) == ["cursor/1", "cursor/2"]
    wrong = [cursor[:-1], f"{cursor}A", "A", "AAAA", cursor[::-1], "x" * 4096]
    changed = ["cursor=" + each for each in wrong if each != cursor]
    for query in (*changed, f"q=other&cursor={cursor}", f"q=cursor&sort=modified&cursor={cursor}"):
        await alice.refused("GET", f"{DOCUMENTS}?{query}", status=400, code="invalid-request", where="/query/cursor")
