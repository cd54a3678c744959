"""What the load can be told to do: come, write, open documents, come back."""

from __future__ import annotations

import asyncio
import heapq
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.load.client import Client, Room, Tally, World

Result = dict[str, Any]

_PATIENCE = 20.0
"""Seconds that a deed may take beyond its own time."""

_BEHIND = 20
"""Edits that are sent late in one go before what has come is looked at."""


class Load:
    """All clients of one process."""

    def __init__(self) -> None:
        self._port = 0
        self._world = World("")
        self._clients: list[Client] = []
        self._tokens: list[str] = []
        self._number = 0

    async def begin(self, port: int, dialect: str, tokens: list[str]) -> Result:
        """A server to be driven. ``tokens`` are given out in turn; with y-websocket they are the path before the name."""
        await self.end()
        self._port, self._tokens = port, tokens
        self._world = World(dialect)
        return {}

    async def end(self) -> Result:
        """Everybody goes."""
        for client in self._clients:
            client.leave()
        self._clients = []
        await asyncio.sleep(0.05)
        return {}

    async def come(self, rooms: int, each: int, prefix: str, wave: int = 50, watchers: int = 1_000_000) -> Result:
        """``each`` clients open each of so many rooms, ``wave`` at a time; the first ``watchers`` look at cursors."""
        started = perf_counter()
        coming = []
        for number in range(rooms):
            room = Room(f"{prefix}{number:05}")
            coming += [self._client(room, watches=place < watchers) for place in range(each)]
        for start in range(0, len(coming), wave):
            await asyncio.gather(*map(self._connect, coming[start : start + wave]))
            self._clients += coming[start : start + wave]
            if not await self._until(lambda: self._world.tally.synced >= len(self._clients)):
                raise TimeoutError(f"{len(self._clients)} clients came, {self._world.tally.synced} have the document")
        return {"seconds": perf_counter() - started}

    async def come_back(self) -> Result:
        """Everybody whose connection was lost comes back at once: when the last one has its document again."""
        tally = self._world.tally = Tally()
        with _Watch() as watch:
            await asyncio.gather(*map(self._connect, self._clients))
            await self._until(lambda: tally.synced >= len(self._clients))
        return watch.told | {"seconds": watch.seconds, "lost": tally.lost}

    async def seed(self, text: int) -> Result:
        """In each room the first client types so many characters at once."""
        tally = self._fresh()
        first = list({id(client.room): client for client in reversed(self._clients)}.values())
        for client in first:
            client.type(perf_counter(), b"x" * text)
        await self._until(lambda: len(tally.receipts) >= len(first))
        return {}

    async def give(self, path: str) -> Result:
        """The first client sends the update in a file."""
        tally = self._fresh()
        self._clients[0].give(await asyncio.to_thread(Path(path).read_bytes))
        await self._until(lambda: len(tally.receipts) >= 1)
        return {}

    async def write(self, seconds: float, writers: int = 0, rate: float = 0.0, cursors: float = 0.0) -> Result:
        """In each room the first ``writers`` type ``rate`` a second each, and everybody moves a cursor ``cursors`` a second."""
        tally = self._fresh()
        by_room: dict[int, list[Client]] = {}
        for client in self._clients:
            by_room.setdefault(id(client.room), []).append(client)
        typists = [client for room in zip(*by_room.values(), strict=True) for client in room][: writers * len(by_room)]
        events = heapq.merge(
            _spread(typists, rate, seconds, Client.type),
            _spread(self._clients if cursors else [], cursors, seconds, Client.move),
            key=lambda event: event[0],
        )
        each = len(self._clients) // len(by_room)
        edits = int(len(typists) * round(rate * seconds))
        lags = array("d")
        with _Watch() as watch:
            start = perf_counter() + 0.05
            late = 0
            for due, act, client in events:
                now = perf_counter()
                if start + due > now:
                    await asyncio.sleep(start + due - now)
                    now, late = perf_counter(), 0
                else:
                    late += 1
                    if late % _BEHIND == 0:
                        await asyncio.sleep(0)
                        now = perf_counter()
                lags.append(now - start - due)
                act(client, now)
            complete = await self._until(
                lambda: len(tally.edits) >= edits * (each - 1) and len(tally.receipts) >= edits and self._all_seen()
            )
        return watch.told | {
            "sent": edits,
            "told": len(tally.receipts),
            "shown": len(tally.edits),
            "complete": complete,
            "edits": _quantiles(tally.edits),
            "cursors": _quantiles(tally.cursors),
            "receipts": _quantiles(tally.receipts),
            "lag": _quantiles(lags),
            "frames": tally.frames,
            "bytes": tally.bytes,
            "lost": tally.lost,
        }

    async def open(self, names: list[str]) -> Result:
        """Open these documents one after the other, each by a client of its own that leaves at once."""
        tally = self._fresh()
        with _Watch() as watch:
            for name in names:
                client = self._client(Room(name))
                before = tally.synced
                await self._connect(client)
                await self._until(lambda before=before: tally.synced > before)  # type: ignore[misc]
                client.leave()
                await asyncio.sleep(0.002)
        return watch.told | {"opened": len(names), "bytes": tally.bytes}

    # ---

    def _client(self, room: Room, *, watches: bool = True) -> Client:
        self._number += 1
        token = self._tokens[self._number % len(self._tokens)]
        return Client(self._world, room, self._number, token, watches=watches)

    async def _connect(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: client, "127.0.0.1", self._port)

    def _fresh(self) -> Tally:
        tally = Tally()
        tally.synced = self._world.tally.synced
        self._world.tally = tally
        for client in self._clients:
            client.editor.begin()
        return tally

    def _all_seen(self) -> bool:
        """Whether everybody who watches has seen everybody's last cursor."""
        moved: dict[int, list[Client]] = {}
        for client in self._clients:
            if client.editor.cursors:
                moved.setdefault(id(client.room), []).append(client)
        return all(
            client.seen.get(other.editor.key, -1) == len(other.editor.cursors) - 1
            for room in moved.values()
            for client in room
            if client.watches
            for other in room
            if other is not client
        )

    async def _until(self, is_done: Callable[[], bool]) -> bool:
        """Wait; False: it did not come to that in time."""
        end = perf_counter() + _PATIENCE
        while not is_done():
            if perf_counter() > end:
                return False
            await asyncio.sleep(0.002)
        return True


class _Watch:
    """How much of a core this process took meanwhile: above nine tenths, it was the limit."""

    def __enter__(self) -> _Watch:
        self._wall, self._cpu = perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = perf_counter() - self._wall
        self.told = {"wall": self.seconds, "busy": (time.process_time() - self._cpu) / self.seconds}


def _spread(
    clients: list[Client], rate: float, seconds: float, act: Callable[[Client, float], None]
) -> Iterator[tuple[float, Callable[[Client, float], None], Client]]:
    """Each client acts ``rate`` times a second, one after the other."""
    for turn in range(round(rate * seconds)):
        for place, client in enumerate(clients):
            yield (turn + place / len(clients)) / rate, act, client


def _quantiles(values: array[float]) -> dict[str, float] | None:
    """Median, 99th hundredth and maximum, in milliseconds."""
    if not values:
        return None
    ordered = sorted(values)
    pick = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in pick.items()}
