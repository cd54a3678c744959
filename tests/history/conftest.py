"""Real Yjs, running for the length of the test run."""

from __future__ import annotations

from tests.crdt.conftest import judge

__all__ = ["judge"]
