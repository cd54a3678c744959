"""The workloads: what is done to a server, and what is read from it. Each gives numbers by name, for one run.

Every number is better the smaller it is, but for capacity. Times are in microseconds or milliseconds, as their names say.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.processes import Collab, LoadProcess, Measured

Numbers = dict[str, float]

_SETTLE = 0.6
"""Seconds after a change in which nothing is measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one workload on one server."""

    server: type[Measured]
    load: LoadProcess
    folder: Path
    scale: float
    """What part of the clients and of the time is used: 1 is what the bars are about."""
    papers: Path
    """An update of the paper, as it is opened."""
    notes: list[str] = field(default_factory=list)
    """What is to be said about this run."""

    def many(self, count: int, least: int = 1) -> int:
        """So many, scaled."""
        return max(least, round(count * self.scale))

    @contextmanager
    def running(self, *, stored: Path | None = None) -> Iterator[Measured]:
        """The server, started, with the load turned to it."""
        server = self.server(self.folder, stored=stored)
        server.start()
        try:
            self.load.do("begin", port=server.port, dialect=server.dialect, tokens=server.tokens())
            yield server
            self.load.do("end")
        finally:
            server.kill()

    def write(self, server: Measured, **how: Any) -> tuple[float, dict[str, Any]]:
        """Have everybody write: seconds of the server's CPU, and what the load tells."""
        time.sleep(_SETTLE)
        before = server.cpu()
        told = self.load.do("write", **how)
        spent = server.cpu() - before
        self.judge(told)
        return spent, told

    def judge(self, told: dict[str, Any]) -> None:
        """Say where the load was the limit, and where something did not arrive."""
        lag = told.get("lag") or {"p99": 0.0}
        if told["busy"] > 0.9 or lag["p99"] > 10:
            self.notes.append(f"the load was the limit ({told['busy']:.0%} of a core, {lag['p99']:.0f} ms late)")
        if not told.get("complete", True):
            self.notes.append("not everything arrived in time")
        if told.get("lost"):
            self.notes.append(f"{told['lost']} connections were lost")


def typing(rooms: int, each: int, writers: int, rate: float, seconds: float) -> Callable[[Run], Numbers]:
    """People typing: CPU for each edit with its whole fan-out, latency, receipts."""

    def work(run: Run) -> Numbers:
        with run.running() as server:
            run.load.do("come", rooms=rooms if rooms == 1 else run.many(rooms), each=each, prefix="t")
            spent, told = run.write(server, seconds=seconds, writers=writers, rate=rate)
            memory = server.memory()
        numbers = {"cpu_us": 1e6 * spent / told["sent"], "memory_mb": memory / 1e6}
        return numbers | _latency(told, "edits", "") | _latency(told, "receipts", "ack_")

    return work


def opening_first(run: Run) -> Numbers:
    """The first opening of a stored document: CPU of each."""
    count = run.many(20, least=4)
    if issubclass(run.server, Collab):
        _store_papers(run, count)
    with run.running(stored=run.papers) as server:
        run.load.do("open", names=["warm-up"])
        time.sleep(_SETTLE)
        before = server.cpu()
        told = run.load.do("open", names=[f"paper-{n}-00000" for n in range(count)])
        spent = server.cpu() - before
        run.judge(told)
    return {"cpu_us": 1e6 * spent / count, "p50_ms": 1e3 * told["wall"] / count, "kb": told["bytes"] / count / 1e3}


def _store_papers(run: Run, count: int) -> None:
    """Each document is written by a client, who leaves; then the server is stopped, with everything on disk."""
    server = run.server(run.folder)
    server.start()
    for number in range(count):
        run.load.do("begin", port=server.port, dialect=server.dialect, tokens=server.tokens()[:1])
        run.load.do("come", rooms=1, each=1, prefix=f"paper-{number}-")
        run.load.do("give", path=str(run.papers))
    run.load.do("end")
    rest(server)
    server.stop()


def rest(server: Measured) -> None:
    """Until a server has nothing left to do: documents that nobody has open are folded, say."""
    end = time.monotonic() + 60
    idle = 0
    while idle < 2 and time.monotonic() < end:
        before = server.cpu()
        time.sleep(1)
        idle = idle + 1 if server.cpu() - before < 0.03 else 0


def opening_again(run: Run) -> Numbers:
    """One more client opens a document that others have open: CPU of each."""
    count = run.many(40, least=10)
    with run.running() as server:
        run.load.do("come", rooms=1, each=1, prefix="paper")
        run.load.do("give", path=str(run.papers))
        run.load.do("open", names=["paper00000"] * 3)
        rest(server)
        before = server.cpu()
        told = run.load.do("open", names=["paper00000"] * count)
        spent = server.cpu() - before
        run.judge(told)
    return {"cpu_us": 1e6 * spent / count, "p50_ms": 1e3 * told["wall"] / count, "kb": told["bytes"] / count / 1e3}


def idling(run: Run) -> Numbers:
    """Clients that do nothing: memory for each."""
    rooms = run.many(400)
    with run.running() as server:
        run.load.do("come", rooms=1, each=10, prefix="warm-up")
        time.sleep(_SETTLE)
        before = server.memory()
        run.load.do("come", rooms=rooms, each=10, prefix="idle")
        time.sleep(3 * _SETTLE)
        after = server.memory()
        cpu = server.cpu()
        time.sleep(3)
        idle = (server.cpu() - cpu) / 3
    return {"kb": (after - before) / (10 * rooms) / 1e3, "idle_cpu_percent": 100 * idle}


def coming_back(run: Run) -> Numbers:
    """Everybody comes back at once after the server was killed: until the last one has its document."""
    rooms = run.many(400)
    with run.running() as server:
        run.load.do("come", rooms=rooms, each=10, prefix="back")
        run.load.do("seed", text=1000)
        server.kill()
        started = time.perf_counter()
        server.start()
        start = time.perf_counter() - started
        before = server.cpu()
        told = run.load.do("come_back")
        spent = server.cpu() - before
        run.judge(told)
    return {"seconds": told["seconds"], "cpu_s": spent, "start_s": start}


def capacity(run: Run) -> Numbers:
    """The most rooms of three, everyone typing twice and moving five times a second, at p99 under 50 ms."""
    best, rooms, step = 0, run.many(100), 1.5
    with run.running() as server:
        there = 0
        while rooms < 4000:
            run.load.do("come", rooms=rooms - there, each=3, prefix=f"r{there}-")
            there = rooms
            _, told = run.write(server, seconds=3, writers=3, rate=2, cursors=5)
            late = max((told[what] or {"p99": 1e9})["p99"] for what in ("edits", "cursors"))
            if late > 50 or not told["complete"]:
                break
            best = rooms
            rooms = round(rooms * step)
            step = max(1.15, step * 0.93)
    return {"rooms": float(best)}


def growing(run: Run) -> Numbers:
    """The same thousand edits a second in ever more rooms of three: CPU for each."""
    numbers = {}
    for rooms in (10, 100, run.many(1000, least=200)):
        with run.running() as server:
            run.load.do("come", rooms=rooms, each=3, prefix="g")
            run.load.do("seed", text=1)  # an edit of a document that is there, not the making of one
            spent, told = run.write(server, seconds=3, writers=1, rate=1000 / rooms)
            numbers[f"cpu_us_{rooms}"] = 1e6 * spent / told["sent"]
    numbers["growth"] = max(numbers.values()) / min(numbers.values())
    return numbers


def pointing(run: Run) -> Numbers:
    """Cursors only: CPU for each move with its fan-out."""
    people = run.many(100)
    with run.running() as server:
        run.load.do("come", rooms=1, each=people, prefix="j", watchers=10)
        spent, told = run.write(server, seconds=3, cursors=10)
    return {"cpu_us": 1e6 * spent / (people * 30)} | _latency(told, "cursors", "")


def _latency(told: dict[str, Any], what: str, prefix: str) -> Numbers:
    quantiles = told[what] or {}
    return {f"{prefix}{name}_ms": value for name, value in quantiles.items()}
