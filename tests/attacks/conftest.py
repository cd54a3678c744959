"""The real server in a process of its own: one for each module, and others where a test wants its own limits."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.servers import Server

Serve = Callable[..., Awaitable[Server]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """With the limits that are the defaults. All tests of a module share it: each has a document of its own."""
    async with Server(tmp_path_factory.mktemp("server") / "data") as running:
        yield running
        assert running.runs, "nothing that a client did ended the process"


@pytest_asyncio.fixture(loop_scope="module")
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Runs servers with settings of a test's own: words such as ``max_held_bytes=1000``."""
    numbers = count()
    async with AsyncExitStack() as stack:

        async def serve(**settings: object) -> Server:
            flags: list[str] = []
            for setting, value in settings.items():
                flags += [f"--{setting.replace('_', '-')}", *([] if value is True else [str(value)])]
            return await stack.enter_async_context(Server(tmp_path / f"data-{next(numbers)}", *flags))

        yield serve


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A document name of the test's own, also when it is tried once more."""
    return f"of/{request.node.name}/{secrets.token_hex(4)}"
