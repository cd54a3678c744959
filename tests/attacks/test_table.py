"""Who may do what, whole: every role × every message of both protocols × every REST call, on a real server (rows 36, 37).

The rules stand in ``collab.auth.roles`` and, for REST, in the description (``x-needs``); here stands what is expected of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from yarl import URL

from collab.api.description import read_document
from collab.auth import Action, Role, may
from collab.protocol.messages import (
    Authenticate,
    Authenticated,
    Awareness,
    Close,
    Message,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    SyncStatus,
    Update,
)
from tests.attacks.clients import Client, YClient
from tests.protocol.frames import vb
from tests.rooms.house import NOTHING, Writer, presence
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLES = [None, *Role]


def label(role: Role | None) -> str:
    return "nobody" if role is None else role.label


# ---- messages -------------------------------------------------------------------------------------------------------

Outcome = Callable[[Client, str, Client, str], bool]
"""Whether what was said had its effect: who said it and at which address, who listens and at which."""


def wrote(_: Client, __: str, alice: Client, name: str) -> bool:
    return "said" in alice.sees(name)


def was_heard(_: Client, __: str, alice: Client, name: str) -> bool:
    return bool(alice.all_of(name, Stateless))


def was_seen(_: Client, __: str, alice: Client, name: str) -> bool:
    return any(b"said" in message.payload for message in alice.all_of(name, Awareness))


def was_answered(kind: type[Message]) -> Outcome:
    return lambda one, at, _, __: bool(one.all_of(at, kind))


def new() -> bytes:
    return Writer(77).type("said")


SHOWN = presence(77, 1, b'{"user":{"name":"said"}}')
MESSAGES: dict[str, tuple[Callable[[], list[Message]], Outcome, Action]] = {
    "Step1": (lambda: [Step1(NOTHING)], was_answered(Step2), Action.READ),
    "Step1 in a SyncReply": (lambda: [Step1(NOTHING, wants_step1=False)], was_answered(Step2), Action.READ),
    "Update": (lambda: [Update(new())], wrote, Action.WRITE),
    "Step2": (lambda: [Step2(new())], wrote, Action.WRITE),
    "Awareness": (lambda: [SHOWN], was_seen, Action.READ),
    "QueryAwareness": (lambda: [QueryAwareness()], was_answered(Awareness), Action.READ),
    "Stateless": (lambda: [Stateless(b"said")], was_heard, Action.COMMENT),
}
"""What may be said in a document, what comes of it, and what it takes."""

REFUSED: dict[str, bytes] = {
    "BroadcastStateless": b"\6" + vb("said"),
    "SyncStatus": b"\x08\1",
    "Authenticated": b"\2\2" + vb("read-write"),
    "an unknown type": b"\x63",
}
"""What no client may say, whoever it is: the socket is closed."""

IN_Y_WEBSOCKET = [kind for kind in MESSAGES if kind not in ("Stateless", "Step1 in a SyncReply")]


async def listening(server: Server, name: str) -> Client:
    """Alice, who has the document open and has written a dash in it."""
    alice = await Client.open(server)
    await alice.enter(name, server.token("alice", f"{name}:editor"))
    alice.edit(name, Writer(1).type("-"))
    await alice.until(lambda: alice.acks(name) == 2)
    return alice


async def everything_said(one: Client, messages: list[Message], address: str) -> None:
    """Say it, and a Step1, which is answered after all that was said before it."""
    steps = len(one.all_of(address, Step2))
    one.say(address, *messages, Step1(NOTHING))
    awaited = steps + 1 + sum(isinstance(message, Step1) for message in messages)
    await one.until(lambda: len(one.all_of(address, Step2)) == awaited)


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("role", ROLES, ids=label)
async def test_hocuspocus(server: Server, name: str, role: Role | None, kind: str) -> None:
    make, outcome, needs = MESSAGES[kind]
    grant = "elsewhere:owner" if role is None else f"{name}:{role.label}"
    async with await listening(server, name) as alice, await Client.open(server) as one:
        one.say(name, Authenticate(server.token("bob", grant), "4.8.0"))
        if role is None:
            one.say(name, *make())
            await one.settled()
            await alice.ping()
            assert one.all_of(name, Authenticated) == []
            assert not any(look(one, name, alice, name) for look in (wrote, was_heard, was_seen))
            return
        await everything_said(one, make(), name)
        await alice.ping()
        assert outcome(one, name, alice, name) is may(role, needs)
        if kind in ("Update", "Step2"):
            refused = [status for status in one.all_of(name, SyncStatus) if not status.saved]
            assert bool(refused) is not may(role, needs)
        assert one.all_of(name, Close) == []


@pytest.mark.parametrize("kind", IN_Y_WEBSOCKET)
@pytest.mark.parametrize("role", ROLES, ids=label)
async def test_y_websocket(server: Server, name: str, role: Role | None, kind: str) -> None:
    make, outcome, needs = MESSAGES[kind]
    token = server.token("bob", "elsewhere:owner" if role is None else f"{name}:{role.label}")
    async with (
        await listening(server, name) as alice,
        await YClient.join(server, quote(name, safe=""), token) as one,
    ):
        if role is None:
            one.say("", *make())
            assert (await one.ended()).code == 4403
            await alice.ping()
            assert not any(look(one, "", alice, name) for look in (wrote, was_seen))
            return
        await everything_said(one, make(), "")
        await alice.ping()
        assert outcome(one, "", alice, name) is may(role, needs)
        assert one.closed is None


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("role", Role, ids=label)
async def test_what_no_client_may_say(server: Server, role: Role, kind: str) -> None:
    async with await Client.open(server) as one:
        await one.enter("open", server.token("bob", "open:owner"))
        one.socket.send(vb("open") + REFUSED[kind])
        closed = await one.ended()
        assert closed.code == 4400
    token = server.token("bob", f"open:{'owner' if role is Role.OWNER else 'editor'}")
    async with await YClient.join(server, "open", token) as other:
        other.socket.send(REFUSED[kind])
        assert (await other.ended()).code == 4400


# ---- REST -----------------------------------------------------------------------------------------------------------

FREE = {
    # Needs no role for a document, or says for itself what it needs.
    "openSession": None,
    "lookAtShare": None,
    "openShare": None,
    "getDescription": None,
    "checkHealth": None,
    "checkReadiness": None,
    "listDocuments": None,
    "createDocument": Action.CREATE,
    "readMetrics": "operator",
    "listKeys": "operator",
    "createKey": "operator",
    "revokeKey": "operator",
    "listRevocations": "operator",
    "revokeTokens": "operator",
}
"""Operations that need no role for the document in their path: what they need instead."""

BODIES: dict[str, Any] = {
    "createDocument": {"name": "table/new"},
    "createKey": {"name": "k", "grants": [{"document": "none", "role": "viewer"}]},
    "revokeTokens": {"tokenId": "nobody's"},
}


def operations() -> Iterator[tuple[str, str, str, Any]]:
    """Every operation: its id, its method, a path, and what it needs."""
    document = read_document()
    parameters = document["components"]["parameters"]
    for template, item in document["paths"].items():
        shared = [
            parameters[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in item.get("parameters", [])
        ]
        examples = {each["name"]: str(each["example"]) for each in shared if each["in"] == "path"}
        examples |= {"name": "table/document"} if "name" in examples else {}
        path = template
        for key, value in examples.items():
            path = path.replace(f"{{{key}}}", quote(value, safe=""))
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                operation = item[method]
                needs = (
                    Action[operation["x-needs"].upper()] if "x-needs" in operation else FREE[operation["operationId"]]
                )
                yield operation["operationId"], method.upper(), path, needs


OPERATIONS = {id_: (method, path, needs) for id_, method, path, needs in operations()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(server: Server) -> AsyncIterator[ClientSession]:
    """To ask with; the document that is asked about is there."""
    async with ClientSession() as session:
        headers = {"Authorization": f"Bearer {server.token('owner', '**:owner')}"}
        await session.post(f"{server.url}/api/v1/documents", json={"name": "table/document"}, headers=headers)
        yield session


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("role", ROLES, ids=label)
async def test_rest(server: Server, session: ClientSession, role: Role | None, operation: str) -> None:
    """Whoever may not is told so, and nothing else; whoever may is told anything but that."""
    method, path, needs = OPERATIONS[operation]
    grants = ["elsewhere:viewer"] if role is None else [f"table/**:{role.label}"]
    headers = {"Authorization": f"Bearer {server.token('bob', *grants)}"}
    url = URL(server.url + path, encoded=True)
    async with session.request(method, url, headers=headers, json=BODIES.get(operation)) as answer:
        code = (await answer.json(content_type=None))["code"] if answer.status >= 400 else None
    if needs is None:
        assert code != "forbidden"
    elif needs == "operator":
        assert (answer.status, code) == (403, "forbidden")
    elif may(role, needs):
        assert code not in ("forbidden", "unauthenticated")
    else:
        assert (answer.status, code) == (403, "forbidden")
    assert answer.status < 500
    if operation == "deleteDocument":  # it is there for the next one
        owner = {"Authorization": f"Bearer {server.token('owner', '**:owner')}"}
        await session.post(f"{server.url}/api/v1/documents/table%2Fdocument/restore", headers=owner)


@pytest.mark.parametrize("operation", [id_ for id_, (_, _, needs) in OPERATIONS.items() if needs is not None])
async def test_rest_without_a_token(server: Server, session: ClientSession, operation: str) -> None:
    method, path, _ = OPERATIONS[operation]
    async with session.request(method, URL(server.url + path, encoded=True), json=BODIES.get(operation)) as answer:
        assert answer.status == 401
