"""The description against the server: whatever it allows and much that it does not is asked, by people of each role.

Schemathesis makes the requests (examples, the edges of every schema, then by chance) and holds every answer against the
description: its status, media type, headers and schema; that what is wrong is refused, and what is right is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from collab.api.description import read_document
from tests.rooms.house import Writer
from tests.servers import Server

pytestmark = pytest.mark.slow

ROLES = ("viewer", "commenter", "editor", "owner")

NAMES = st.sampled_from(["notes/today", "notes/today", "a/state", "ß 😀 %2F", "/"])
"""Few, so that what one request made is met by the next."""
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
VECTORS = st.sampled_from(["AA", "AQEB", "AQEB=="])
UPDATES = st.sampled_from([Writer(1).type("hello"), Writer(2).type("world"), b"\0\0"])

MOMENTS = st.sampled_from(["now", "0", "1", "2026-01-02T03:04:05Z", "v-mfrggzdfmztwq2lk"])

schemathesis.openapi.format("document-name", NAMES)
schemathesis.openapi.format("line", LINES)
schemathesis.openapi.format("glob", st.sampled_from(["**", "notes/*", "notes/today"]))
schemathesis.openapi.format("base64url", VECTORS)
schemathesis.openapi.format("moment", MOMENTS)
schemathesis.openapi.media_type("application/octet-stream", UPDATES)

OPERATIONS = [
    f"{method.upper()} {path}"
    for path, methods in read_document()["paths"].items()
    for method in methods
    if method != "parameters"
]

EXAMPLES = 12
"""Requests by chance to each operation, besides the examples and edges; everybody makes each of them."""

SURE = {ParameterLocation.QUERY, ParameterLocation.BODY}
"""What is wrong here is wrong."""

CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            "negative_data_rejection": {"expected-statuses": ["4xx"]},
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "410", "422", "429", "5xx"]
            },
        }
    }
)
"""Too large a body is refused as such; and a document may have been deleted by the request before."""


@dataclass(frozen=True)
class House:
    """A running server, and people who are known to it."""

    url: str
    tokens: dict[str, str]
    session: requests.Session


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The real server in a process of its own, with the documents that the description's examples name."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    server = Server(tmp_path_factory.mktemp("schema") / "data", "--handshake-deadline", "60s")
    try:
        run(server.start())
        with requests.Session() as session:
            yield House(server.url, {role: server.token(role, f"**:{role}") for role in ROLES}, session)
        assert run(server.stop()) == 0
        assert "Traceback" not in server.log
    finally:
        run(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _body(case: schemathesis.Case[Any]) -> dict[str, Any]:
    return case.body if isinstance(case.body, dict) else {}


@pytest.fixture(scope="module")
def asking() -> dict[str, Callable[..., None]]:
    """For each operation what asks all of it. Made here, since it takes longer than to collect all tests that there are."""
    schema = schemathesis.openapi.from_dict(read_document(), config=CONFIG)
    chance = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    made = get_all_tests(schema=schema, test_func=everybody_asks, settings=chance, given_kwargs=None)
    return {operation.label: ask for operation, ask in (one.ok() for one in made if isinstance(one, Ok))}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_server_does_as_it_is_described(
    asking: dict[str, Callable[..., None]], house: House, operation: str
) -> None:
    asking[operation](house=house)


def everybody_asks(case: schemathesis.Case[Any], house: House) -> None:
    # No schema can say which cursors a server has given, what is a state vector, which moments there are, and what a
    # document holds.
    unfit: list[schemathesis.CheckFunction] = []
    if {"cursor", "state_vector", "root", "schema", "at", "from", "to", "undo"} & (
        set(case.query or {}) | set(_body(case))
    ):
        unfit.append(positive_data_acceptance)
    # What it takes for no name may well be one, and its wrong tokens give way to ours.
    made = {} if case.meta is None else case.meta.components
    wrong = "" if case.meta is None else case.meta.phase.data.description or ""
    # Nor can it know what breaks a format of ours: instead of one line it may write another.
    is_sure = not wrong.startswith("violates `format`") or "/expires" in wrong
    if not is_sure or not {part for part in SURE & set(made) if made[part].mode.is_negative}:
        unfit.append(negative_data_rejection)
    for role, token in house.tokens.items():
        headers = {"Authorization": f"Bearer {token}"}
        try:
            case.call_and_validate(base_url=house.url, session=house.session, headers=headers, excluded_checks=unfit)
        except BaseException as failure:
            failure.add_note(f"asked by a person who is {role}")
            raise
