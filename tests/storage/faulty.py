"""A store that does as it is told: for the log's rules about what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collab.errors import CollabError, StorageUnavailable
from collab.storage.base import Batch, StoredChange
from collab.storage.memory import MemoryStore


@dataclass(frozen=True, slots=True)
class Call:
    """One try of a commit."""

    batches: tuple[Batch, ...]
    retried: bool

    @property
    def documents(self) -> list[str]:
        return [batch.document for batch in self.batches]


class FaultyStore(MemoryStore):
    """A store in memory whose commits can be held up, be made to fail, and be made to lose their reply."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.open = asyncio.Event()  # commits wait until it is set
        self.open.set()
        self.before: Callable[[Call], None] = lambda call: None  # raises what the commit fails with
        self.after: Callable[[Call], None] = lambda call: None  # raises what hides that it was committed

    async def append(self, batches: Sequence[Batch], *, retried: bool = False) -> dict[str, int]:
        call = Call(tuple(batches), retried)
        self.calls.append(call)
        await self.open.wait()
        self.before(call)
        heads = await super().append(batches, retried=retried)
        self.after(call)
        return heads

    def stored(self, name: str) -> list[StoredChange]:
        """Every change of a document, at once."""
        return list(self._documents[name].changes)

    async def updates(self, name: str) -> list[bytes]:
        """All that is stored of a document, in order."""
        document = await self.load(name)
        return [] if document is None else [update for change in document.tail for update in change.updates]


class Room:
    """Remembers what a journal told it."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.failures: list[CollabError] = []

    def committed(self, position: int) -> None:
        self.positions.append(position)

    def failed(self, error: CollabError) -> None:
        self.failures.append(error)


LOCKED = StorageUnavailable("locked")


def fail_times(times: int, error: Exception) -> Callable[[Call], None]:
    """Fail so many times, then no more."""
    left = iter(range(times))

    def fail(_call: Call) -> None:
        if next(left, None) is not None:
            raise error

    return fail


def fail_with(document: str, error: Exception) -> Callable[[Call], None]:
    """Fail whenever this document is in the commit."""

    def fail(call: Call) -> None:
        if document in call.documents:
            raise error

    return fail


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that must come."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it is asked of things that know no events
            await asyncio.sleep(0.001)
