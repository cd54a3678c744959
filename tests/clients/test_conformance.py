"""Every published client, unmodified, through the same run. ``python -m tests.clients`` prints it as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.clients.behaviours import BEHAVIOURS, Stage, perform
from tests.clients.clients import CLIENTS, Client
from tests.editors import Editors
from tests.servers import Server

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

shared = partial(pytest_asyncio.fixture, loop_scope="module", scope="module")


@shared
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One for all; it keeps its documents over the kills."""
    async with Server(Path(tmp_path_factory.mktemp("clients")) / "data") as running:
        yield running


@shared
async def editors() -> AsyncIterator[Editors]:
    async with Editors() as running:
        yield running


CELLS = [
    pytest.param(client, behaviour, id=f"{client.package}-{behaviour}".replace(" ", "-"))
    for client in CLIENTS
    for behaviour in BEHAVIOURS
    if behaviour not in client.lacks
]


@pytest.mark.parametrize(("client", "behaviour"), CELLS)
async def test_conformance(client: Client, behaviour: str, server: Server, editors: Editors) -> None:
    await perform(behaviour, Stage(client, server, editors))
