"""Logs for hypothesis: causally closed, otherwise as strange as they come."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.crdt import wire

CLIENTS = (3, 200, 2**53 - 1)

KINDS = (
    wire.STRING, wire.STRING, wire.ANY, wire.JSON, wire.DELETED, wire.TYPE, wire.FORMAT, wire.BINARY, wire.GC,
)  # fmt: skip

TEXTS = st.text(st.sampled_from("ab é文😀𝒳"), min_size=1, max_size=4)


def _content(draw: st.DrawFn, kind: int, most: int) -> tuple[bytes, int]:
    """A content of this kind and at the most this length, and its length in clocks."""
    if kind == wire.STRING:
        text = draw(TEXTS) if most > 1 else "é"
        return wire.string(text), len(text.encode("utf-16-le")) // 2
    if kind == wire.ANY:
        values = draw(
            st.lists(
                st.sampled_from([wire.ANY_NULL, wire.any_string("x"), wire.any_deep(2)]), min_size=1, max_size=most
            )
        )
        return wire.anys(*values), len(values)
    if kind == wire.JSON:
        texts = draw(st.lists(st.sampled_from(["1", "undefined", '["é"]']), min_size=1, max_size=most))
        return wire.jsons(*texts), len(texts)
    if kind == wire.DELETED:
        length = draw(st.integers(1, most))
        return wire.uint(length), length
    if kind == wire.TYPE:
        return wire.uint(wire.MAP), 1
    if kind == wire.FORMAT:
        return wire.string("bold") + wire.string("true"), 1
    return wire.string(b"\xff\0"), 1  # a binary


class _Writer:
    """Draws one log, update by update."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._known: dict[int, int] = {}
        self._entries: set[wire.Id] = set()
        self._parents: list[str | wire.Id] = ["text", "map"]
        self._runs: dict[int, tuple[int, wire.Id | None]] = {}
        """The kind and the right origin of each client's last item."""

    def update(self) -> bytes:
        client = self._draw(st.sampled_from(CLIENTS))
        clock = self._known.get(client, 0)
        struct, length = self._struct(client, clock)
        self._known[client] = clock + length
        return wire.update(wire.section(client, clock, struct), deletes=self._deletes())

    def _struct(self, client: int, clock: int) -> tuple[bytes, int]:
        goes_on = client in self._runs and self._draw(st.booleans())
        kind = self._runs[client][0] if goes_on else self._draw(st.sampled_from(KINDS))
        if kind == wire.GC:
            self._runs.pop(client, None)
            length = self._draw(st.integers(1, 3))
            return wire.run_of(wire.GC, length), length
        origin: wire.Id | None = (client, clock - 1) if goes_on else self._id()
        right = self._runs[client][1] if goes_on else self._id()
        beside = origin or right
        is_entry = beside in self._entries if beside else not self._draw(st.integers(0, 3))
        content, length = _content(self._draw, kind, 1 if is_entry else 3)
        parent = self._draw(st.sampled_from(self._parents))
        self._runs[client] = kind, right
        if is_entry:
            self._entries.add((client, clock))
        if kind == wire.TYPE:
            self._parents.append((client, clock))
        return wire.item(
            kind, content, origin=origin, right=right, parent=parent, key="k" if is_entry else None
        ), length

    def _id(self) -> wire.Id | None:
        client = self._draw(st.sampled_from(CLIENTS))
        if client not in self._known or self._draw(st.booleans()):
            return None
        return client, self._draw(st.integers(0, self._known[client] - 1))

    def _deletes(self) -> bytes:
        if self._draw(st.integers(0, 3)):
            return wire.NO_DELETES
        client = self._draw(st.sampled_from(sorted(self._known)))
        start = self._draw(st.integers(0, self._known[client] - 1))
        length = self._draw(st.integers(1, self._known[client] - start))
        return wire.deletes((client, [(start, length)]))


@st.composite
def logs(draw: st.DrawFn, max_size: int = 12) -> list[bytes]:
    """A log of updates, each of one struct and now and then a deletion, that follow on from each other.

    Many structs go on where their client left off, so that there is something to join; many deletions take a part of
    a struct, half an emoji too.
    """
    writer = _Writer(draw)
    return [writer.update() for _ in range(draw(st.integers(1, max_size)))]
