"""What the tests of content share: documents that real Yjs made, and what it shows of them."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from collab.config import ContentLimits
from collab.content.worker import RECURSION
from collab.content.workers import Workers
from collab.crdt import squash, tombstone
from tests import parts
from tests.crdt.delivery import Delivery
from tests.crdt.yjs import PATIENCE, Case, Judge, sessions

SESSIONS = 90


@dataclass(frozen=True, slots=True)
class Document:
    """What three editors wrote: all of it, what a newcomer is served, and what Yjs shows of both."""

    seed: int
    whole: bytes
    served: bytes
    shape: dict[str, Any]


@pytest.fixture(scope="session")
def documents(more: Callable[[int], int]) -> Sequence[Document]:
    """Documents of random sessions, a third of which split emoji."""
    return list(_documents(more(SESSIONS)))


def _documents(count: int) -> Iterator[Document]:
    with Judge() as judge:
        for session in sessions(1, count):
            delivery = Delivery(session.log)
            whole = squash(delivery.news, delivery.state.entries)
            served = tombstone(whole, delivery.state.entries)
            (opened,) = judge.ask([served], [Case([[0]])]).result(PATIENCE)
            yield Document(session.seed, whole, served, json.loads(opened.shape))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A document that BlockNote itself made, with its own Markdown and HTML of it."""

    update: bytes
    markdown: str
    html: str


@pytest.fixture(scope="session")
def blocknote() -> Recorded:
    """A document with every block and every mark of BlockNote 0.55, as ``blocksToYDoc`` encoded it in a browser."""
    recorded = json.loads((parts.ROOT / "tests" / "content" / "blocknote.json").read_text(encoding="utf-8"))
    return Recorded(b64decode(recorded["update"]), recorded["markdown"], recorded["html"])


@pytest.fixture
def deep_calls() -> Iterator[None]:
    """As many calls inside each other as the worker allows itself."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION)
    yield
    sys.setrecursionlimit(usual)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    """Real worker processes, one of them, with the usual limits."""
    running = Workers(ContentLimits(content_workers=1))
    yield running
    await running.close()
