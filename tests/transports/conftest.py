"""Open doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.transports.doors import Doors


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    """With the limits that are the defaults."""
    async with Doors(tmp_path) as opened:
        yield opened
