"""A server over an empty data directory, and people who write on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.editors import Editors
from tests.servers import Server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The real server, running."""
    async with Server(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def editors() -> AsyncIterator[Editors]:
    """Node, ready to open editors."""
    async with Editors() as running:
        yield running
