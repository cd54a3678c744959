"""A database with a document to look over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.storage.sql import SqlStore
from tests.doctor.surgery import write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "collab.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(f"sqlite:///{file}")
    yield opened
    await opened.close()


@pytest.fixture
async def log(store: SqlStore) -> list[bytes]:
    """``notes``, well, and its log; beside it a document that stays well."""
    written = await write(store)
    await write(store, "other", seed=2)
    return written
