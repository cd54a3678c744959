"""People's roles over HTTP: given, changed, taken, and what whoever makes a document is to it."""

from __future__ import annotations

import pytest

from collab.auth import Authority
from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def roles(caller: Caller, scope: str) -> dict[str, str]:
    listed = await caller.done("GET", f"/api/v1/documents?scope={scope}&limit=200")
    return {each["name"]: each["role"] for each in listed["documents"]}


async def test_a_role_is_given_changed_and_taken(alice: Caller, calling: Calling, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    bob = calling("bob/ß", "elsewhere:viewer")
    path = path_of(name, "/grants/bob%2F%C3%9F")
    await bob.refused("GET", path_of(name), status=403, code="forbidden")
    grant = await alice.done("PUT", path, {"role": "viewer"})
    assert {key: grant[key] for key in ("subject", "name", "role", "author")} == {
        "subject": "bob/ß",
        "name": None,
        "role": "viewer",
        "author": "alice",
    }
    assert (await bob.done("GET", path_of(name)))["role"] == "viewer"
    await bob.refused("POST", path_of(name, "/updates"), Writer(1).type("x"), status=403, code="forbidden")
    await bob.refused("GET", path_of(name, "/grants"), status=403, code="forbidden")
    assert (await alice.done("PUT", path, {"role": "editor"}))["role"] == "editor"
    await bob.done("POST", path_of(name, "/updates"), Writer(1).type("x"))
    assert await alice.done("PUT", path, {"role": "editor"}) == {**grant, "role": "editor"} | {
        "created": (await alice.done("GET", path_of(name, "/grants")))["grants"][-1]["created"]
    }
    listed = (await alice.done("GET", path_of(name, "/grants")))["grants"]
    assert [(each["subject"], each["role"]) for each in listed] == [("alice", "owner"), ("bob/ß", "editor")]
    await alice.done("DELETE", path, status=204)
    await alice.refused("DELETE", path, status=404, code="not-found")
    await bob.refused("GET", path_of(name), status=403, code="forbidden")


async def test_an_owner_by_a_grant_may_all_that_an_owner_may(alice: Caller, calling: Calling, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    bob = calling("bob", "elsewhere:viewer")
    await alice.done("PUT", path_of(name, "/grants/bob"), {"role": "owner"})
    await bob.done("PUT", path_of(name, "/grants/carol"), {"role": "viewer"})
    await bob.done("POST", path_of(name, "/shares"), {"role": "viewer"}, status=201)
    await bob.done("DELETE", path_of(name), status=204)
    deleted = await bob.done("GET", "/api/v1/documents?deleted=true")
    assert name in [each["name"] for each in deleted["documents"]]
    await bob.done("POST", path_of(name, "/restore"))
    await bob.refused("POST", "/api/v1/documents", {"name": f"{name}/x"}, status=403, code="forbidden")


async def test_what_a_grant_says_is_added_to_the_token(alice: Caller, calling: Calling, name: str) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    editor = calling("bob", "**:editor")
    await alice.done("PUT", path_of(name, "/grants/bob"), {"role": "viewer"})
    assert (await editor.done("GET", path_of(name)))["role"] == "editor", "the greater counts"


async def test_who_makes_a_document_owns_it(alice: Caller, calling: Calling, name: str) -> None:
    bob = calling(f"maker of {name}", f"{name}/**:editor")
    made = await bob.done("POST", "/api/v1/documents", {"name": f"{name}/created"}, status=201)
    assert made["role"] == "owner"
    await bob.done("POST", path_of(f"{name}/written", "/updates"), Writer(1).type("x"))
    await alice.done("POST", "/api/v1/documents", {"name": f"{name}/hers"}, status=201)
    assert await roles(bob, "mine") == {f"{name}/created": "owner", f"{name}/written": "owner"}
    assert await roles(bob, "all") == {
        f"{name}/created": "owner",
        f"{name}/hers": "editor",
        f"{name}/written": "owner",
    }
    assert await roles(bob, "shared") == {}
    await bob.done("DELETE", path_of(f"{name}/written"), status=204)


async def test_what_others_gave_is_shared(alice: Caller, calling: Calling, authority: Authority, name: str) -> None:
    for number, role in enumerate(("viewer", "owner")):
        await alice.done("POST", "/api/v1/documents", {"name": f"{name}/{number}"}, status=201)
        await alice.done("PUT", path_of(f"{name}/{number}", "/grants/dora"), {"role": role})
    dora = calling("dora", "none:viewer")
    assert await roles(dora, "shared") == {f"{name}/0": "viewer"}
    assert await roles(dora, "mine") == {f"{name}/1": "owner"}
    assert await roles(dora, "all") == {f"{name}/0": "viewer", f"{name}/1": "owner"}


@pytest.mark.parametrize("body", [None, {}, {"role": "root"}, {"role": "viewer", "until": "noon"}], ids=str)
async def test_what_is_no_role(alice: Caller, name: str, body: object) -> None:
    await alice.done("POST", "/api/v1/documents", {"name": name}, status=201)
    await alice.refused("PUT", path_of(name, "/grants/bob"), body, status=400, code="invalid-request")
