"""The way out: in order, bounded, and nobody waits for who does not read."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.transports.outbox import Outbox, websocket_frame

LIMIT, DEADLINE = 1000, 20.0


class Wire(asyncio.WriteTransport):
    """A transport whose other side reads when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.waiting = 0
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))
        self.waiting += len(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


class Client:
    """An outbox, its wire and its time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.wire = Wire()
        self.outbox = Outbox(self.wire, limit=LIMIT, deadline=DEADLINE, clock=lambda: self.now)

    def send(self, size: int) -> None:
        self.outbox.send(bytes(size))

    def reads(self, size: int) -> None:
        self.wire.waiting = max(0, self.wire.waiting - size)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.outbox.tick(self.now)


def test_frames_leave_in_the_order_they_were_put_in() -> None:
    client = Client()
    for frame in (b"a", b"b", b"c"):
        client.outbox.send(frame)
    assert client.wire.written == [b"a", b"b", b"c"]


def test_who_does_not_read_is_cut_off_above_the_limit() -> None:
    client = Client()
    for _ in range(6):
        client.send(200)
    assert len(client.wire.written) == 6, "the one that goes above it is sent"
    client.send(1)
    assert client.wire.aborted
    client.send(1)
    assert len(client.wire.written) == 6


def test_who_reads_in_time_is_sent_any_amount() -> None:
    client = Client()
    for _ in range(1000):
        client.send(900)
        client.reads(900)
    assert not client.wire.aborted


def test_one_large_frame_may_wait_besides() -> None:
    """A document above the limit must get through to somebody whose link is slow."""
    client = Client()
    client.send(50 * LIMIT)
    client.send(500)
    assert not client.wire.aborted
    client.reads(50 * LIMIT)
    client.passes(1)
    for _ in range(4):
        client.send(300)
    client.send(1)
    assert client.wire.aborted, "and only as long as it waits"


def test_who_reads_nothing_for_too_long_is_cut_off_however_little_waits() -> None:
    client = Client()
    client.send(10)
    client.passes(DEADLINE - 1)
    assert not client.wire.aborted
    client.passes(2)
    assert client.wire.aborted


def test_who_reads_slowly_is_not() -> None:
    client = Client()
    client.send(900)
    for _ in range(80):
        client.reads(10)
        client.passes(DEADLINE - 1)
    assert not client.wire.aborted


def test_a_deadline_runs_from_when_something_waits() -> None:
    client = Client()
    for _ in range(10):
        client.passes(DEADLINE)
    client.send(10)
    client.passes(1)
    assert not client.wire.aborted


def test_it_tells_for_how_long_nothing_was_sent() -> None:
    client = Client()
    client.passes(5)
    assert client.outbox.quiet_for(client.now) == 5
    client.send(1)
    client.reads(1)
    client.passes(1)
    assert client.outbox.quiet_for(client.now) == 0
    client.passes(7)
    assert client.outbox.quiet_for(client.now) == 7


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70_000])
def test_a_frame_is_one_of_rfc_6455(size: int) -> None:
    payload = b"x" * size
    frame = websocket_frame(payload)
    assert frame[0] == 0x82
    if size < 126:
        assert frame[1] == size
        assert frame[2:] == payload
    elif size < 65536:
        assert (frame[1], int.from_bytes(frame[2:4], "big"), frame[4:]) == (126, size, payload)
    else:
        assert (frame[1], int.from_bytes(frame[2:10], "big"), frame[10:]) == (127, size, payload)


@given(st.lists(st.tuples(st.sampled_from(["send", "read", "wait"]), st.integers(1, 400)), max_size=80))
def test_what_waits_is_bounded_whatever_happens(happened: list[tuple[str, int]]) -> None:
    client = Client()
    for what, amount in happened:
        if what == "send":
            client.send(amount)
        elif what == "read":
            client.reads(amount)
        else:
            client.passes(amount / 20)
        assert client.wire.waiting <= LIMIT + 400
