"""Killed while it folds (FAULTS row 12), the real server, again and again: old or new, never neither."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from collab.crdt import DocumentState, squash
from collab.doctor import rounds
from collab.storage.sql import SqlStore
from tests.growing_old.client import Client
from tests.growing_old.writing import Typist, keep, text_of
from tests.servers import Server

HOUSES = 2
"""Servers that are killed at the same time, one for each core that a machine has at least."""

PART = 4500
"""Edits that are to be folded before each kill: more bytes than ``FOLD_BYTES``."""

SPAN = 0.5
"""Seconds after the first sign of a fold within which the kill comes: about how long one takes."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a stranger sees of a fold."""

    head: int
    told: int
    """The last change of which it is written down what it did."""
    generations: list[tuple[int, bool]]
    """Each checkpoint's sequence, and whether it can be served; the oldest first."""
    payloads: int
    """Changes up to the older generation that still have their bytes."""

    @classmethod
    def at(cls, connection: sqlite3.Connection) -> Glance:
        """How far it has come."""
        (head,) = connection.execute("SELECT max(sequence) FROM changes").fetchone()
        (told,) = connection.execute("SELECT max(sequence) FROM changes WHERE ranges IS NOT NULL").fetchone()
        generations = connection.execute("SELECT sequence, served IS NOT NULL FROM checkpoints ORDER BY 1").fetchall()
        oldest = generations[0][0] if len(generations) > 1 else 0
        kept = "SELECT count(*) FROM changes WHERE payload IS NOT NULL AND sequence <= ?"
        return cls(head, told or 0, generations, connection.execute(kept, (oldest,)).fetchone()[0])

    def stage(self, before: Glance) -> str:
        """What was done last."""
        if not self.generations or self.generations[-1][0] < before.head:
            return "told" if self.told > before.told else "not begun"
        if len(self.generations) > 1 and (len(self.generations) > 2 or self.generations[0][1]):
            return "checkpoint added"
        return "pruned" if self.payloads else "done"


class House:
    """A server, and what was typed in its one document."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir()
        self.server = Server(folder)
        self.log: list[bytes] = []
        """Everything that was ever typed, in order."""
        self.kept = 0
        """How much of it was found on the disk."""
        self.found: list[bytes] = []
        """What was found: the checkpoint, and the changes behind it."""
        self._typist = Typist(seed=seed)
        self._chance = random.Random(seed)

    async def round(self) -> str:
        """Type, let it be folded, kill the server meanwhile: how far it had come."""
        self.log += self._typist.type(PART).log
        store = await SqlStore.open(f"sqlite:///{self.server.database}")
        await keep(store, "notes", self.log[self.kept :])
        await store.close()
        self.kept = len(self.log)
        connection = sqlite3.connect(self.server.database)
        before = Glance.at(connection)
        await self.server.start()
        saved = await self._type_until_killed(connection, before)
        await self.server.ended()
        stage = Glance.at(connection).stage(before)
        connection.close()
        await self._check(self.kept + saved)
        return stage

    async def _type_until_killed(self, connection: sqlite3.Connection, before: Glance) -> int:
        """Somebody goes on typing while the document is folded; how many of the edits were saved."""
        async with Client(self.server, "notes") as client:
            killing = asyncio.create_task(self._kill(connection, before))
            while not killing.done():
                writing = self._typist.type(1)
                self.log += writing.log
                with contextlib.suppress(ConnectionError):
                    await client.edit(writing.log[0])
                await asyncio.sleep(0.005)
            await killing
            return await client.gone()

    async def _kill(self, connection: sqlite3.Connection, before: Glance) -> None:
        """Wait for the first sign of a fold, and a moment longer."""
        told = "SELECT ranges IS NOT NULL FROM changes WHERE document = 1 AND sequence = ?"
        first = before.told + 1 if before.told < before.head else before.head
        for _ in range(4000):
            if connection.execute(told, (first,)).fetchone()[0]:
                break
            await asyncio.sleep(0.005)
        else:
            pytest.fail("nothing was folded")
        await asyncio.sleep(self._chance.uniform(0, SPAN))
        self.server.strike()

    async def _check(self, at_least: int) -> None:
        """The document opens, it is what was typed up to some moment, and everything that was saved is in it."""
        store = await SqlStore.open_to_look(f"sqlite:///{self.server.database}")
        stored = await store.load("notes")
        findings = [finding async for report in rounds(store) for finding in report.findings]
        await store.close()
        assert findings == []
        assert stored is not None
        updates = [update for change in stored.tail for update in change.updates]
        if stored.checkpoint is not None:
            updates.insert(0, stored.checkpoint.squashed)
        found = DocumentState()
        for update in updates:
            found.extend(update)
        expected = DocumentState()
        for number in count():
            if (expected.state_vector, expected.deletes) == (found.state_vector, found.deletes):
                break
            assert number < len(self.log), "what is stored is nothing that was ever typed"
            expected.extend(self.log[number])
        assert number >= at_least
        assert squash(updates) == squash(self.log[:number])
        self.kept = number
        self.found = updates


@pytest.mark.slow
async def test_killed_while_folding(tmp_path: Path, more: Callable[[int], int]) -> None:
    """FAULTS row 12: however far the fold had come, the document is whole, and the next fold goes on from there."""
    houses = [House(tmp_path / str(number), number) for number in range(HOUSES)]
    for house in houses:  # one after the other: Alembic is not made for two at a time
        await (await SqlStore.open(f"sqlite:///{house.server.database}")).close()
    stages: Counter[str] = Counter()
    for _ in range(more(4)):
        stages.update(await asyncio.gather(*(house.round() for house in houses)))
    print(stages.most_common())
    for house in houses:
        assert text_of(house.found) == text_of(house.log[: house.kept])
    assert stages.keys() - {"not begun", "done"}, "every kill missed the fold"
