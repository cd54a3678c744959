"""Many runs put together: medians, spreads, ratios; as a table, as Markdown, as one chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

OWN = "collab"
PEER = "hocuspocus"


@dataclass(frozen=True, slots=True)
class Measure:
    """A line of the table. ``bar`` is what the ratio to Hocuspocus is to be at most (``at_least``: at least)."""

    workload: str
    number: str
    title: str
    unit: str
    bar: float | None = None
    at_least: bool = False
    most: float | None = None
    """What the number itself is to be at most."""
    beyond: float | None = None
    """How much above Hocuspocus' number ours may be."""
    charted: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure("a", "cpu_us", "one room, 200 people, one types 100/s: CPU an edit", "µs", bar=0.45, charted=True),
    Measure("a", "p99_ms", "latency, p99", "ms", most=30, beyond=20),
    Measure("a", "ack_p99_ms", "durable receipt, p99", "ms"),
    Measure("a", "memory_mb", "memory", "MB"),
    Measure("b", "cpu_us", "one room, 100 people, four type 100/s each: CPU an edit", "µs", bar=0.25, charted=True),
    Measure("b", "p99_ms", "latency, p99", "ms", most=30, beyond=20),
    Measure("b", "ack_p99_ms", "durable receipt, p99", "ms"),
    Measure("c", "cpu_us", "300 rooms of 3, one types 10/s in each: CPU an edit", "µs", bar=0.55, charted=True),
    Measure("c", "p99_ms", "latency, p99", "ms", most=30, beyond=20),
    Measure("c", "ack_p99_ms", "durable receipt, p99", "ms", most=25),
    Measure("c", "memory_mb", "memory", "MB"),
    Measure("d", "cpu_us", "first opening of a 300 kB document: CPU", "µs", bar=0.06, charted=True),
    Measure("e", "cpu_us", "one more opens it: CPU", "µs", bar=0.2, charted=True),
    Measure("f", "kb", "4,000 idle clients in 400 rooms: memory of each", "kB", bar=0.6, most=10, charted=True),
    Measure(
        "g", "seconds", "they come back at once after a kill: time until all are in sync", "s", bar=0.6, charted=True
    ),
    Measure(
        "h", "rooms", "most rooms of 3, all typing and moving, p99 under 50 ms", "", bar=2, at_least=True, charted=True
    ),
    Measure("i", "growth", "1,000 edits/s in 10 to 1,000 rooms: dearest to cheapest", "×", most=1.3),
    Measure(
        "o", "growth", "opening, a kB served, after up to 1,000,000 edits: dearest to that after 1,000", "×", most=1.3
    ),
    Measure("j", "cpu_us", "one room, 100 people, each moves a cursor 10/s: CPU a move", "µs", bar=0.25, charted=True),
    Measure("j", "p99_ms", "latency, p99", "ms", beyond=20),
    Measure("q", "p99_ms", "a quiet room, one types, three read: latency, p99", "ms", bar=1.0),
    Measure("q", "cpu_us", "CPU an edit", "µs"),
)


@dataclass(slots=True)
class Results:
    """The numbers of all runs: by workload, by server, one mapping a run."""

    runs: dict[str, dict[str, list[dict[str, float]]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, workload: str, server: str, numbers: Mapping[str, float]) -> None:
        """One run more."""
        self.runs.setdefault(workload, {}).setdefault(server, []).append(dict(numbers))

    def of(self, measure: Measure, server: str) -> list[float]:
        """What a server came to, in order of size."""
        runs = self.runs.get(measure.workload, {}).get(server, [])
        return sorted(numbers[measure.number] for numbers in runs if measure.number in numbers)

    def ratio(self, measure: Measure, server: str) -> float | None:
        """Our median to that of another server."""
        own, other = self.of(measure, OWN), self.of(measure, server)
        return median(own) / median(other) if own and other and median(other) else None

    def is_met(self, measure: Measure) -> bool | None:
        """Whether the bars hold; None: there is none, or nothing to hold it against."""
        own, ratio = self.of(measure, OWN), self.ratio(measure, PEER)
        judged: list[bool] = []
        if measure.bar is not None and ratio is not None:
            judged.append(ratio >= measure.bar if measure.at_least else ratio <= measure.bar)
        if measure.most is not None and own:
            judged.append(median(own) <= measure.most)
        if measure.beyond is not None and own and (peer := self.of(measure, PEER)):
            judged.append(median(own) <= median(peer) + measure.beyond)
        return all(judged) if judged else None


def table(results: Results, servers: Mapping[str, str]) -> list[list[str]]:
    """Rows of cells, the head first. ``servers`` are titles by name."""
    others = [name for name in servers if name != OWN]
    head = ["", "", *servers.values(), *(f"to {servers[name]}" for name in others), "bar"]
    rows = [head]
    before = ""
    for measure in MEASURES:
        if measure.workload not in results.runs:
            continue
        cells = [_cell(results.of(measure, name), measure.unit) for name in servers]
        ratios = [results.ratio(measure, name) for name in others]
        rows.append(
            [
                measure.workload if measure.workload != before else "",
                measure.title,
                *cells,
                *("" if ratio is None else f"{ratio:.2f}×" for ratio in ratios),
                _bar(results, measure),
            ]
        )
        before = measure.workload
    return rows


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    head, *rest = rows
    sides = ["---", "---", *("--:" for _ in head[2:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, sides, *rest)) + "\n"


def plain(rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def figures(results: Results, servers: Iterable[str]) -> dict[str, Any]:
    """Medians and spreads, for a program to read."""
    return {
        f"{measure.workload}.{measure.number}": {
            "title": measure.title,
            "unit": measure.unit,
            "met": results.is_met(measure),
            **{name: _figures(results.of(measure, name)) for name in servers if results.of(measure, name)},
        }
        for measure in MEASURES
        if measure.workload in results.runs
    }


def _figures(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "least": values[0], "most": values[-1], "runs": len(values)}


def _cell(values: list[float], unit: str) -> str:
    if not values:
        return ""
    spread = (values[-1] - values[0]) / 2
    return f"{_short(median(values))}{' ' + unit if unit else ''}" + (f" ±{_short(spread)}" if len(values) > 1 else "")


def _bar(results: Results, measure: Measure) -> str:
    said = []
    if measure.bar is not None:
        said.append(f"{'≥' if measure.at_least else '≤'} {measure.bar:g}×")
    if measure.most is not None:
        said.append(f"≤ {measure.most:g} {measure.unit}")
    if measure.beyond is not None:
        said.append(f"≤ +{measure.beyond:g} {measure.unit}")
    met = results.is_met(measure)
    if not said or met is None:
        return ", ".join(said)
    return f"{'met' if met else 'MISSED'}: {', '.join(said)}"


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
