"""API keys and revocations over HTTP: for who owns everything, and they count at once."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.api.caller import Caller, path_of
from tests.api.conftest import Calling, Client
from tests.rooms.house import Writer

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = "/api/v1/keys"
REVOCATIONS = "/api/v1/revocations"


def basic(id_: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{id_}:{secret}".encode()).decode()}


@pytest.fixture
def nobody(shared: Client) -> Caller:
    """Somebody without a token."""
    return Caller(shared, None)


async def key_with(alice: Caller, document: str, role: str, **more: Any) -> dict[str, Any]:
    body = {"name": "A server", "grants": [{"document": document, "role": role}], **more}
    made: dict[str, Any] = await alice.done("POST", KEYS, body, status=201)
    return made


async def test_a_key_is_made_used_listed_and_revoked(alice: Caller, nobody: Caller, name: str) -> None:
    key = await key_with(alice, f"{name}/**", "editor")
    sent = basic(key["id"], key.pop("secret"))
    assert key in (await alice.done("GET", KEYS))["keys"]
    update = Writer(1).type("by a server")
    await nobody.done("POST", path_of(f"{name}/a", "/updates"), update, headers=sent)
    assert (await nobody.done("GET", path_of(f"{name}/a"), headers=sent))["role"] == "editor"
    assert (await alice.done("GET", path_of(f"{name}/a", "/grants")))["grants"] == [], "documents are people's"
    await nobody.refused("GET", path_of(name), headers=sent, status=403, code="forbidden")
    await nobody.refused("GET", KEYS, headers=sent, status=403, code="forbidden")
    await alice.done("DELETE", f"{KEYS}/{key['id']}", status=204)
    await nobody.refused("GET", path_of(f"{name}/a"), headers=sent, status=401, code="unauthenticated")
    (listed,) = [each for each in (await alice.done("GET", KEYS))["keys"] if each["id"] == key["id"]]
    assert listed["revoked"] is not None
    await alice.refused("DELETE", f"{KEYS}/{'a' * 16}", status=404, code="not-found")


async def test_wrong_keys(alice: Caller, nobody: Caller) -> None:
    key = await key_with(alice, "**", "viewer")
    other = await key_with(alice, "**", "viewer")
    id_, secret = key["id"], key["secret"]
    for headers in (
        basic(id_, other["secret"]),
        basic(id_, ""),
        basic("", secret),
        basic(id_, secret + "x"),
        basic("a" * 16, secret),
        basic(id_[:8], id_[8:] + secret),
        {"Authorization": "Basic nonsense"},
        {"Authorization": f"Bearer {id_}{secret}"},
        {"Authorization": f"Basic {id_}:{secret}"},
    ):
        problem = await nobody.refused("GET", "/api/v1/documents", headers=headers, status=401, code="unauthenticated")
        assert secret not in str(problem)


async def test_a_key_ends(alice: Caller, nobody: Caller) -> None:
    key = await key_with(alice, "**", "viewer", expires="2026-01-01T00:00:00Z")
    sent = basic(key["id"], key["secret"])
    await nobody.refused("GET", "/api/v1/documents", headers=sent, status=401, code="unauthenticated")


async def test_a_key_that_owns_everything_makes_no_other(alice: Caller, nobody: Caller) -> None:
    key = await key_with(alice, "**", "owner")
    sent = basic(key["id"], key["secret"])
    body = {"name": "x", "grants": [{"document": "**", "role": "owner"}]}
    await nobody.refused("POST", KEYS, body, headers=sent, status=403, code="forbidden")
    await nobody.done("POST", REVOCATIONS, {"tokenId": "some token of theirs"}, headers=sent, status=201)


@pytest.mark.parametrize("role", ["viewer", "commenter", "editor", "owner"])
async def test_they_are_for_the_operator(calling: Calling, role: str) -> None:
    bob = calling("bob", f"*:{role}", "notes/**:owner")
    for method, path, body in (
        ("GET", KEYS, None),
        ("POST", KEYS, {"name": "x", "grants": [{"document": "**", "role": "owner"}]}),
        ("DELETE", f"{KEYS}/{'a' * 16}", None),
        ("GET", REVOCATIONS, None),
        ("POST", REVOCATIONS, {"subject": "alice"}),
    ):
        await bob.refused(method, path, body, status=403, code="forbidden")


async def test_a_revoked_person_is_out_until_they_come_anew(alice: Caller, calling: Calling, name: str) -> None:
    mallory = calling(f"mallory of {name}", "**:editor")
    await mallory.done("GET", "/api/v1/documents")
    told = await alice.done("POST", REVOCATIONS, {"subject": f"mallory of {name}"}, status=201)
    assert told["subject"] == f"mallory of {name}"
    assert told["author"] == "alice"
    await mallory.refused("GET", "/api/v1/documents", status=401, code="unauthenticated")
    assert told in (await alice.done("GET", REVOCATIONS))["revocations"]
    bob = calling("bob", "**:editor")
    await bob.done("GET", "/api/v1/documents")


@pytest.mark.parametrize(
    "body",
    [{}, {"tokenId": ""}, {"subject": "a", "tokenId": "b"}, {"before": "yesterday"}, {"tokenId": "a", "before": "x"}],
    ids=str,
)
async def test_what_is_no_revocation(alice: Caller, body: dict[str, str]) -> None:
    await alice.refused("POST", REVOCATIONS, body, status=400, code="invalid-request")
