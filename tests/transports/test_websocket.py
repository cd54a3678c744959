"""A WebSocket from its upgrade on: frames in pieces, what is not read, pings, and both ways it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from collab.transports.websocket import (
    BINARY,
    CLOSE,
    FRAMES_OF_A_LOT,
    LOT,
    TEXT,
    Message,
    TooBig,
    TooManyParts,
    Upgraded,
    WebSocket,
)
from tests.attacks.wire import PING, PONG, RawSocket, Refused, masked, request

LIMIT = 2**20


class Ends:
    """Both ends of a socket: what a test writes by hand, and what it is for the server."""

    def __init__(self, port: int, made: list[WebSocket]) -> None:
        self.port = port
        self._made = made

    @asynccontextmanager
    async def opened(self, behind: bytes = b"") -> AsyncIterator[tuple[RawSocket, WebSocket]]:
        """A socket whose first bytes come together with the request."""
        async with await RawSocket.connect(self.port) as socket:
            socket.writer.write(request("/", self.port) + behind)
            await socket.upgraded()
            yield socket, self._made[-1]
        while (await soon(self._made[-1])).kind != CLOSE:
            pass


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    made: list[WebSocket] = []

    async def handle(asked: web.Request) -> web.StreamResponse:
        socket = WebSocket(LIMIT)
        assert socket.upgrade(asked) is not None
        made.append(socket)
        return Upgraded()

    app = web.Application()
    app.add_routes([web.get("/", handle)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Ends(runner.addresses[0][1], made)
    await runner.cleanup()


async def soon(socket: WebSocket) -> Message:
    return await asyncio.wait_for(socket.receive(), 5)


async def behind_lots(socket: WebSocket, lots: int) -> Message:
    """What comes behind so many lots."""
    async with asyncio.timeout(30):
        for _ in range(lots):
            assert await socket.receive() is LOT
        return await socket.receive()


async def turns_during(work: asyncio.Task[None]) -> int:
    """How often the loop turns until the work is done."""
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    await work
    return turns


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 1000, 65535, 65536, 300_000])
async def test_a_message_of_any_size_arrives(ends: Ends, size: int) -> None:
    payload = bytes(number * 7 % 256 for number in range(size))
    async with ends.opened() as (raw, socket):
        raw.send(payload)
        assert await soon(socket) == Message(BINARY, payload)


async def test_a_frame_that_comes_byte_by_byte_is_one_message(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        for byte in masked(BINARY, b"x" * 200):
            raw.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert await soon(socket) == Message(BINARY, b"x" * 200)


async def test_what_comes_together_with_the_request_is_not_lost(ends: Ends) -> None:
    last = masked(BINARY, b"3")
    async with ends.opened(masked(BINARY, b"1") + masked(TEXT, b"2") + last[:3]) as (raw, socket):
        assert [await soon(socket), await soon(socket)] == [Message(BINARY, b"1"), Message(TEXT, b"2")]
        raw.writer.write(last[3:])
        assert await soon(socket) == Message(BINARY, b"3")


async def test_pings_are_answered_in_their_turn(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(b"there?", opcode=PING)
        raw.send(b"x")
        assert await soon(socket) == Message(BINARY, b"x")
        assert await raw.receive() == (PONG, b"there?", True)


async def test_frames_that_are_no_message_are_handed_out_in_lots(ends: Ends) -> None:
    """Whoever reads lets others have a turn: a hundred thousand of them are a tenth of a second's work."""
    pieces = masked(BINARY, b"1", fin=False) + masked(0, b"2", fin=False) * (FRAMES_OF_A_LOT - 2) + masked(PONG, b"")
    async with ends.opened() as (raw, socket):
        for _ in range(2):
            raw.writer.write(masked(PONG, b"x") * (FRAMES_OF_A_LOT - 1) + masked(BINARY, b"whole"))
            raw.writer.write(pieces + masked(PONG, b"") * FRAMES_OF_A_LOT + masked(0, b"3"))
            assert await soon(socket) == Message(BINARY, b"whole")
            whole = Message(BINARY, b"1" + b"2" * (FRAMES_OF_A_LOT - 2) + b"3")
            assert await behind_lots(socket, 2) == whole
            raw.writer.write(masked(PONG, b"") + masked(BINARY, b"") * 100)  # messages of their own do not count
            assert await behind_lots(socket, 1) == Message(BINARY, b"")
            for _ in range(99):
                assert await soon(socket) == Message(BINARY, b"")


async def test_of_the_pings_of_a_lot_the_last_is_answered(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.writer.write(b"".join(masked(PING, b"%d" % number) for number in range(FRAMES_OF_A_LOT + 10)))
        raw.send(b"x")
        assert await behind_lots(socket, 1) == Message(BINARY, b"x")
        assert await raw.receive() == (PONG, b"%d" % (FRAMES_OF_A_LOT - 1), True)
        assert await raw.receive() == (PONG, b"%d" % (FRAMES_OF_A_LOT + 9), True)


async def test_while_nobody_looks_nothing_more_is_read(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        frame = masked(BINARY, b"x" * 60_000)
        for _ in range(500):
            raw.writer.write(frame)
        await asyncio.sleep(0.2)
        waiting = raw.writer.transport.get_write_buffer_size()
        assert waiting > 100 * len(frame), "it waits at the client"
        for _ in range(500):
            assert len((await soon(socket)).data) == 60_000
        assert raw.writer.transport.get_write_buffer_size() == 0


async def test_a_close_is_answered_with_its_code_and_the_connection_ends(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send((4000).to_bytes(2, "big") + b"bye", opcode=CLOSE)
        assert (await soon(socket)).kind == CLOSE
        assert (await raw.ended()).code == 4000
        assert (await soon(socket)).kind == CLOSE, "and there is never anything more"


async def test_a_close_of_ours_waits_for_the_answer_and_throws_away_what_comes_before_it(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        closing = asyncio.create_task(socket.close(4403, b"out"))
        raw.send(b"unheard")
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert await raw.ended() == (4403, "out")
        await asyncio.wait_for(closing, 5)


@pytest.mark.parametrize("opcode", [PONG, PING, BINARY])
async def test_what_comes_before_the_answer_to_our_close_keeps_nobody_else_waiting(ends: Ends, opcode: int) -> None:
    async with ends.opened() as (raw, socket):
        raw.writer.write(masked(opcode, b"") * 10_000)
        await asyncio.sleep(0.05)
        closing = asyncio.create_task(socket.close(4403, b"out"))
        answering = asyncio.create_task(raw.ended())
        assert await turns_during(closing) > 10_000 / FRAMES_OF_A_LOT
        assert await answering == (4403, "out")


async def test_who_sends_on_and_on_after_our_close_is_not_listened_to_for_long(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        closing = asyncio.create_task(socket.close(4403, b"out"))
        for _ in range(20):
            raw.writer.write(masked(BINARY, b"") * 100)
            await asyncio.sleep(0.01)
        assert socket._is_deaf
        assert await raw.ended() == (4403, "out")
        await raw.hang_up()
        await asyncio.wait_for(closing, 5)


async def test_after_a_broken_frame_the_code_is_said_and_nothing_is_understood(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.writer.write(masked(3, b"x") + masked(BINARY, b"y"))
        receiving = asyncio.create_task(soon(socket))
        assert (await raw.ended()).code == 1002
        assert (await receiving).kind == CLOSE


async def test_a_message_in_very_many_pieces_is_refused(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(b"", fin=False)
        raw.writer.write(masked(0, b"", fin=False) * 10_001)
        with pytest.raises(TooManyParts, match="10000 pieces"):
            await behind_lots(socket, 10_000 // FRAMES_OF_A_LOT)
        socket.stop_listening()


async def test_a_message_that_is_too_big_is_told_and_nothing_behind_it_is_understood(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(bytes(LIMIT))
        assert len((await soon(socket)).data) == LIMIT
        raw.send(bytes(LIMIT + 1))
        with pytest.raises(TooBig, match=f"{LIMIT + 1} bytes, where {LIMIT}"):
            await soon(socket)
        socket.stop_listening()
        raw.send(b"behind it")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.1)
        closing = asyncio.create_task(socket.close(1009, b"too big"))
        assert await raw.ended() == (1009, "too big")
        await asyncio.wait_for(closing, 5)


async def test_a_message_that_is_too_big_waits_for_the_limit_to_be_raised(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(bytes(24 * LIMIT))
        raw.send(b"behind it")
        for _ in range(2):
            with pytest.raises(TooBig):
                await soon(socket)
            await asyncio.sleep(0.05)
        assert raw.writer.transport.get_write_buffer_size() > LIMIT, "at the client"
        socket.limit = 24 * LIMIT
        assert len((await soon(socket)).data) == 24 * LIMIT
        assert (await soon(socket)).data == b"behind it"


async def test_pieces_count_together(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(bytes(LIMIT), fin=False)
        raw.send(b"x", opcode=0)
        with pytest.raises(TooBig, match=f"{LIMIT + 1} bytes"):
            await soon(socket)
        socket.limit += 1
        assert len((await soon(socket)).data) == LIMIT + 1


async def test_a_close_of_ours_is_said_over_what_is_too_big(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(bytes(4 * LIMIT))
        with pytest.raises(TooBig):
            await soon(socket)
        closing = asyncio.create_task(socket.close(4408, b"too late"))
        assert await raw.ended() == (4408, "too late")
        await asyncio.wait_for(closing, 5)


async def test_a_client_that_is_gone_is_a_close(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        receiving = asyncio.create_task(soon(socket))
        await raw.hang_up()
        assert (await receiving).kind == CLOSE


async def test_what_had_come_before_a_client_went_is_handed_out(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.send(b"1")
        raw.send(b"2")
        await raw.hang_up()
        await asyncio.wait_for(socket.gone(), 5)
        assert [await soon(socket), await soon(socket)] == [Message(BINARY, b"1"), Message(BINARY, b"2")]
        assert (await soon(socket)).kind == CLOSE


async def test_pings_of_who_reads_nothing_are_not_answered_without_end(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        raw.writer.write(masked(PING, b"x" * 125) * 100_000 + masked(BINARY, b"done"))
        assert await behind_lots(socket, 100_000 // FRAMES_OF_A_LOT) == Message(BINARY, b"done")
        transport = socket._transport
        assert transport is not None
        assert transport.get_write_buffer_size() < 2**17, "200 kB were asked for"
        await raw.hang_up()


async def test_who_was_not_heard_of_since_the_last_beat_is_sent_a_ping(ends: Ends) -> None:
    async with ends.opened() as (raw, socket):
        assert socket.beat(), "it has just come"
        assert not socket.beat()
        assert (await raw.receive()).opcode == PING
        raw.send(b"", opcode=PONG)
        await asyncio.sleep(0.05)
        assert socket.beat()


@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": None},
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
    ],
)
async def test_a_request_that_asks_for_no_websocket_is_refused(ends: Ends, headers: dict[str, str | None]) -> None:
    with pytest.raises(Refused) as refused:
        await RawSocket.open(ends.port, "/", headers)
    assert refused.value.status == 400
