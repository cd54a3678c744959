"""A whole server on a real socket, with its database in a folder of its own."""

from __future__ import annotations

import gc
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pytest_aiohttp.plugin import AiohttpClient

from collab.app import build
from collab.auth import Authority, Grant, owner_code
from collab.config import Settings
from tests.api.caller import Caller, path_of

SECRET = "the secret of these tests, and long enough to be one"
Client = TestClient[web.Request, web.Application]
Calling = Callable[..., Caller]
Giving = Callable[[str, str, str], Awaitable[Caller]]
_NUMBERS = itertools.count()


@pytest.fixture
def authority() -> Authority:
    """Signs as the server of these tests does."""
    return Authority(SECRET)


@pytest.fixture
def code(authority: Authority) -> str:
    """An owner link's code."""
    return owner_code(authority)


@pytest.fixture
def start(aiohttp_client: AiohttpClient, tmp_path: Path) -> Callable[..., Awaitable[Client]]:
    """Runs a server with the settings it is given, and answers a client with cookies of its own."""

    async def start(**settings: Any) -> Client:
        gc.freeze()  # or the app, which begins with a full collection and lets go of this in the end, looks at all tests
        app = build(Settings.load(data_dir=tmp_path / "data", **settings), SECRET)
        return await aiohttp_client(app)

    return start


@pytest.fixture
async def client(start: Callable[..., Awaitable[Client]]) -> Client:
    """A client of a server with the default settings."""
    return await start()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a server that all tests of a module share, each with documents of its own: see ``name``."""
    app = build(Settings.load(data_dir=tmp_path_factory.mktemp("shared") / "data"), SECRET)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def calling(shared: Client, authority: Authority) -> Calling:
    """``calling("bob", "notes/**:editor")`` is Bob with a token; no grants make him owner of everything."""

    def calling(subject: str, *grants: str) -> Caller:
        return Caller(shared, token_for(authority, subject, *grants))

    return calling


@pytest.fixture
def alice(calling: Calling) -> Caller:
    """Owner of everything."""
    return calling("alice")


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A document's name of the test's own."""
    return f"of/{re.sub(r'[^a-z]+', '-', request.node.name.lower())}/{next(_NUMBERS)}"


@pytest.fixture
def given(calling: Calling, alice: Caller) -> Giving:
    """Somebody who has nothing but the role that Alice has given them for a document."""

    async def given(subject: str, name: str, role: str) -> Caller:
        await alice.done("PUT", path_of(name, f"/grants/{subject}"), {"role": role})
        return calling(subject, "nothing:viewer")

    return given


def token_for(authority: Authority, subject: str, *grants: str) -> str:
    """A token; grants are written ``"notes/**:editor"``, none means owner of every document."""
    parsed = [Grant.parse(*grant.rsplit(":", 1)) for grant in grants or ("**:owner",)]
    return authority.issue(subject, subject.title(), parsed, lifetime=600)


def origin_of(client: Client) -> str:
    """What a browser sends as Origin from the server's own page."""
    return f"http://{client.host}:{client.port}"
