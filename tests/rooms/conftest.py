"""An open house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rooms.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With the limits that are the defaults."""
    async with House(tmp_path) as open_house:
        yield open_house
