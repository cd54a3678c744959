"""Delete sets: which clocks of which clients are deleted.

Wire form: ``vu(n)`` then for each client ``vu(client) vu(ranges)`` and for each range ``vu(clock) vu(length)``.
Source: Yjs ``writeDeleteSet``.

In memory each client has one flat, sorted list of boundaries ``[start, end, start, end, …]``: neighbouring and
overlapping ranges are always merged, so a position is inside a range exactly when an odd number of boundaries lies at
or before it, and adding a range is one slice assignment.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from collab.crdt.state_vector import MAX_CLOCK
from collab.crdt.steps import STRIDE, Steps, run
from collab.errors import MalformedUpdate, TooMany
from collab.lib0 import read_uint, write_uint

Span = tuple[int, int, int]
"""``(client, start, end)``: the clocks ``start <= clock < end`` of a client."""

_FEW = 32
"""Up to this many ranges are put into a list one by one; above it, the list is rebuilt once."""


class DeleteSet:
    """A set of (client, clock) pairs, held as ranges."""

    __slots__ = ("_bounds",)

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._bounds: dict[int, list[int]] = {}
        self.update(spans)

    def add(self, client: int, start: int, end: int) -> None:
        """Put the clocks from ``start`` up to, not including, ``end`` into the set."""
        bounds = self._bounds.get(client)
        if bounds is None:
            self._bounds[client] = [start, end]
            return
        left = bisect_left(bounds, start)
        right = bisect_right(bounds, end)
        merged = []
        if left % 2 == 0:
            merged.append(start)
        if right % 2 == 0:
            merged.append(end)
        bounds[left:right] = merged

    def update(self, spans: Iterable[Span]) -> None:
        """Put all of ``spans`` into the set."""
        run(self.updating(list(spans)))

    def updating(self, spans: Sequence[Span]) -> Steps[None]:
        """``update`` in steps, in time linear in both where there are many. The set changes at the end, all at once."""
        if len(spans) <= _FEW:
            for client, start, end in spans:
                self.add(client, start, end)
            return
        by_client: dict[int, list[tuple[int, int]]] = {}
        for number, (client, start, end) in enumerate(spans):
            by_client.setdefault(client, []).append((start, end))
            if number % STRIDE == STRIDE - 1:
                yield
        merged: dict[int, list[int]] = {}
        for turn, (client, ranges) in enumerate(by_client.items()):
            if turn % STRIDE == STRIDE - 1:
                yield
            bounds = self._bounds.get(client, [])
            ranges += zip(bounds[::2], bounds[1::2], strict=True)
            merged[client] = yield from _merging(ranges)
        self._bounds.update(merged)

    def missing(self, client: int, start: int, end: int) -> Iterator[Span]:
        """The parts of a range that are not in the set, in order."""
        bounds = self._bounds.get(client)
        if bounds is None:
            yield client, start, end
            return
        index = bisect_right(bounds, start)
        if index % 2:  # start lies inside a range: go on at its end
            start = bounds[index]
            index += 1
        while start < end:
            stop = min(bounds[index], end) if index < len(bounds) else end
            if start < stop:
                yield client, start, stop
            if index >= len(bounds):
                return
            start = bounds[index + 1]
            index += 2

    def overlaps(self, client: int, start: int, end: int) -> Iterator[Span]:
        """The parts of a range that are in the set, in order."""
        bounds = self._bounds.get(client)
        if bounds is None:
            return
        index = bisect_right(bounds, start) & ~1  # the first range that ends behind start
        while index < len(bounds) and bounds[index] < end:
            first, last = max(start, bounds[index]), min(end, bounds[index + 1])
            if first < last:
                yield client, first, last
            index += 2

    def __contains__(self, id_: tuple[int, int]) -> bool:
        client, clock = id_
        bounds = self._bounds.get(client)
        return bounds is not None and bisect_right(bounds, clock) % 2 == 1

    def __iter__(self) -> Iterator[Span]:
        for client, bounds in self._bounds.items():
            for index in range(0, len(bounds), 2):
                yield client, bounds[index], bounds[index + 1]

    def __bool__(self) -> bool:
        return bool(self._bounds)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeleteSet) and self._bounds == other._bounds

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DeleteSet({list(self)!r})"

    def __len__(self) -> int:
        """How many ranges there are."""
        return sum(len(bounds) for bounds in self._bounds.values()) // 2

    @property
    def ranges(self) -> dict[int, list[tuple[int, int]]]:
        """The ranges of each client as ``(start, end)`` pairs, sorted and merged."""
        return {client: list(zip(bounds[::2], bounds[1::2], strict=True)) for client, bounds in self._bounds.items()}

    def copy(self) -> DeleteSet:
        """A set of its own with the same members."""
        twin = DeleteSet()
        twin._bounds = {client: bounds.copy() for client, bounds in self._bounds.items()}
        return twin

    def encode(self) -> bytes:
        """The wire form, the highest client first, as Yjs does."""
        return run(self.encoding())

    def encoding(self) -> Steps[bytes]:
        """``encode`` in steps. The set must not change meanwhile."""
        parts = [write_uint(len(self._bounds))]
        for client in sorted(self._bounds, reverse=True):
            bounds = self._bounds[client]
            parts.append(write_uint(client))
            parts.append(write_uint(len(bounds) // 2))
            for index in range(0, len(bounds), 2):
                parts.append(write_uint(bounds[index]))
                parts.append(write_uint(bounds[index + 1] - bounds[index]))
                if index % STRIDE == 0:
                    yield
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> DeleteSet:
        """Decode a delete set that fills ``data``. Errors: ``MalformedUpdate``."""
        return run(cls.decoding(data))

    @classmethod
    def decoding(cls, data: bytes) -> Steps[DeleteSet]:
        """``decode`` in steps."""
        try:
            spans, pos = yield from reading_spans(data, 0)
        except IndexError:
            raise MalformedUpdate("a delete set that ends too early") from None
        except OverflowError as error:
            raise MalformedUpdate(f"a delete set with {error}") from None
        if pos != len(data):
            raise MalformedUpdate(f"a delete set with {len(data) - pos} bytes behind its end")
        deletes = cls()
        yield from deletes.updating(spans)
        return deletes


def reading_spans(data: bytes, pos: int, max_ranges: int | None = None) -> Steps[tuple[list[Span], int]]:
    """Read the delete set at ``pos``: its ranges as they stand there, and the position after it.

    Errors: ``MalformedUpdate`` for an empty range, a clock out of bounds or a client that comes twice; ``TooMany``
    above ``max_ranges``; ``IndexError`` where the bytes end.
    """
    spans: list[Span] = []
    seen: set[int] = set()
    clients, pos = read_uint(data, pos)
    for turn in range(clients):
        if turn % STRIDE == STRIDE - 1:
            yield
        client, pos = read_uint(data, pos)
        if client in seen:
            raise MalformedUpdate(f"a delete set that names client {client} twice")
        seen.add(client)
        count, pos = read_uint(data, pos)
        if max_ranges is not None and len(spans) + count > max_ranges:
            raise TooMany(
                f"an update that deletes {len(spans) + count} ranges, {max_ranges} are allowed", limit=max_ranges
            )
        for number in range(count):
            start, pos = read_uint(data, pos)
            length, pos = read_uint(data, pos)
            end = start + length
            if not length or end > MAX_CLOCK:
                raise MalformedUpdate(f"a deleted range of {length} at clock {start} of client {client}")
            spans.append((client, start, end))
            if number % STRIDE == STRIDE - 1:
                yield
    return spans, pos


def _merging(ranges: list[tuple[int, int]]) -> Steps[list[int]]:
    ranges.sort()  # two sorted pieces, mostly: that is fast
    bounds: list[int] = []
    for number, (start, end) in enumerate(ranges):
        if bounds and start <= bounds[-1]:
            if end > bounds[-1]:
                bounds[-1] = end
        else:
            bounds += (start, end)
        if number % STRIDE == STRIDE - 1:
            yield
    return bounds
