"""Frames that are none, frames that are too big, bytes that come too slowly (rows 28, 29 and 31)."""

from __future__ import annotations

import asyncio
import time
import zlib
from pathlib import Path

import pytest

from collab.protocol.messages import Update
from tests.attacks.clients import Client
from tests.attacks.conftest import Serve
from tests.attacks.latency import Latency
from tests.attacks.wire import BINARY, CLOSE, PING, PONG, TEXT, Closed, RawSocket, Refused, masked, request
from tests.protocol.frames import spelled, vb
from tests.rooms.house import Writer
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEBIBYTE = 2**20


def memory(server: Server) -> int:
    """The bytes of memory that the server's process holds."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


# ---- row 29: malformed WebSocket frames -----------------------------------------------------------------------------

MALFORMED = {
    "a reserved opcode": (masked(3, b"x"), 1002),
    "a reserved control opcode": (masked(11, b""), 1002),
    "a reserved bit": (masked(BINARY, b"x", rsv=2), 1002),
    "compressed, though that was not agreed": (masked(BINARY, zlib.compress(b"x"), rsv=4), 1002),
    "a ping in pieces": (masked(PING, b"x", fin=False), 1002),
    "a ping of 126 bytes": (masked(PING, b"x" * 126), 1002),
    "a close of one byte": (masked(CLOSE, b"\x03"), 1002),
    "a close with a code that is none": (masked(CLOSE, (999).to_bytes(2, "big")), 1002),
    "a close with a reason that is not UTF-8": (masked(CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    "a frame that is not masked": (masked(BINARY, b"\x09", mask=False), 1002),
    "a continuation of nothing": (masked(0, b"x"), 1002),
    "a message within a message": (masked(BINARY, b"x", fin=False) + masked(BINARY, b"y"), 1002),
    "text that is not UTF-8": (masked(TEXT, b"\xff\xfe"), 1007),
    "text": (masked(TEXT, b"hello"), 4400),
    "no message at all": (masked(BINARY, b""), 4400),
    "a message of no protocol": (masked(BINARY, b"\xff" * 100), 4400),
}


@pytest.mark.parametrize(("sent", "code"), MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_frame_closes_its_socket_with_the_code(server: Server, sent: bytes, code: int) -> None:
    async with await RawSocket.open(server.port) as socket:
        socket.writer.write(sent)
        closed = await socket.ended()
        assert closed.code == code
        assert closed.reason or code in (1002, 1007), "ours say why; the standard ones are plain"


async def test_a_message_in_pieces_with_pings_between_is_one_message(server: Server, name: str) -> None:
    token = server.token("alice")
    async with await RawSocket.open(server.port) as socket:
        whole = vb(name) + b"\2\0" + vb(token)
        socket.send(whole[:3], fin=False)
        socket.send(b"are you there?", opcode=PING)
        socket.send(whole[3:50], opcode=0, fin=False)
        socket.send(whole[50:], opcode=0)
        assert await socket.receive() == (PONG, b"are you there?", True)
        assert (await socket.receive()).payload == vb(name) + b"\2\2" + vb("read-write")


@pytest.mark.parametrize(
    "flood",
    [
        masked(PONG, b"") * 40_000,
        masked(PING, b"") * 40_000,
        masked(BINARY, b"", fin=False) + masked(0, b"", fin=False) * 40_000,
        masked(BINARY, b"\x09") * 9_000,  # a ping in words of Hocuspocus
    ],
    ids=["pongs", "pings", "pieces", "tiny messages"],
)
async def test_frames_that_say_nothing_keep_nobody_else_waiting(server: Server, flood: bytes) -> None:
    """Nor do they come for nothing: they are read at the rate of messages, whoever sends them."""
    worst: list[float] = []
    for _ in range(3):  # a busy machine makes one of them slower; a loop that is held up is so each time
        sockets = [await RawSocket.open(server.port) for _ in range(10)]
        with Latency(server) as latency:
            for socket in sockets:
                socket.writer.write(flood)
            await asyncio.sleep(1)
        for socket in sockets:
            await socket.hang_up()
        worst.append(latency.worst)
        if latency.worst < 0.03:
            return
    pytest.fail(f"others waited {', '.join(f'{seconds:.3f}' for seconds in worst)} s")


async def test_what_is_no_upgrade_is_refused_and_the_server_lives(server: Server) -> None:
    wrong: list[dict[str, str | None]] = [
        {"Upgrade": None},
        {"Connection": None},
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Version": None},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
    ]
    for headers in wrong:
        with pytest.raises(Refused) as refused:
            await RawSocket.open(server.port, headers=headers)
        assert 400 <= refused.value.status < 500, headers


# ---- row 28: huge frames and deflate bombs --------------------------------------------------------------------------


async def test_a_frame_above_the_limit_is_refused_from_its_head_alone(serve: Serve) -> None:
    server = await serve(max_message_bytes="1MiB", max_update_bytes="1MiB")
    async with await RawSocket.open(server.port) as socket:
        socket.writer.write(b"\x82\xff" + (2**62).to_bytes(8, "big") + b"mask" + b"x" * 100)
        assert (await socket.ended()).code == 1009
    async with await RawSocket.open(server.port) as socket:
        socket.send(b"x" * (MEBIBYTE + 1))
        assert (await socket.ended()).code == 1009


async def test_a_message_that_grows_above_the_limit_in_pieces_is_refused_and_memory_stays_flat(serve: Serve) -> None:
    server = await serve(max_message_bytes="1MiB", max_update_bytes="1MiB")
    before = memory(server)
    async with await RawSocket.open(server.port) as socket:
        socket.send(b"x" * 1000, fin=False)
        for _ in range(64):
            socket.send(b"x" * MEBIBYTE, opcode=0, fin=False)
            await asyncio.sleep(0)
        assert (await socket.ended()).code in (1009, 1006), "cut off before the reason is read where we write on"
    assert memory(server) - before < 16 * MEBIBYTE


async def test_half_of_a_frame_takes_no_memory_before_somebody_is_let_in(serve: Serve) -> None:
    """Afterwards messages may be as long as the setting says."""
    server = await serve(max_message_bytes="4MiB", handshake_bytes="64KiB")
    before = memory(server)
    for _ in range(20):
        async with await RawSocket.open(server.port) as socket:
            socket.writer.write(b"\x82\xff" + (3 * MEBIBYTE).to_bytes(8, "big") + b"mask" + bytes(3 * MEBIBYTE - 1))
            closed = await socket.ended()
            assert closed.code in (1009, 1006), "cut off before the reason is read where we write on"
    assert memory(server) - before < 8 * MEBIBYTE
    async with await Client.inside(server, "notes", "alice") as alice:
        alice.edit("notes", Writer(1).type("x" * 3 * MEBIBYTE))
        await alice.until(lambda: alice.acks("notes") == 2)


async def test_deflate_is_not_agreed_to_so_there_is_no_bomb(server: Server) -> None:
    offer: dict[str, str | None] = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    before = memory(server)
    async with await RawSocket.open(server.port, headers=offer) as socket:
        assert "sec-websocket-extensions" not in socket.headers.lower()
        squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = squeezer.compress(bytes(100 * MEBIBYTE)) + squeezer.flush(zlib.Z_SYNC_FLUSH)
        socket.send(bomb, rsv=4)
        assert (await socket.ended()).code == 1002
    assert memory(server) - before < 16 * MEBIBYTE


async def test_twenty_clients_that_announce_the_largest_message_and_never_send_it(server: Server) -> None:
    before = memory(server)
    sockets = [await RawSocket.open(server.port) for _ in range(20)]
    for socket in sockets:
        socket.writer.write(b"\x82\xff" + (16 * MEBIBYTE).to_bytes(8, "big") + b"mask")
    async with await Client.open(server) as other:
        assert await other.ping() < 1
    assert memory(server) - before < 16 * MEBIBYTE
    for socket in sockets:
        await socket.hang_up()


# ---- row 31: slowly -------------------------------------------------------------------------------------------------


async def _drip(socket: RawSocket, data: bytes, pause: float) -> None:
    """Send one byte at a time until the other side has had enough."""
    for byte in data:
        socket.writer.write(bytes([byte]))
        try:
            await socket.writer.drain()
        except ConnectionError:
            return
        await asyncio.sleep(pause)


async def _dripped(socket: RawSocket, data: bytes, pause: float = 0.2) -> tuple[Closed, float]:
    """How a socket ends that is sent one byte at a time, and after how many seconds."""
    begun = time.monotonic()
    dripping = asyncio.create_task(_drip(socket, data, pause))
    try:
        return await socket.ended(), time.monotonic() - begun
    finally:
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def test_a_request_that_comes_byte_by_byte_is_not_waited_for(serve: Serve) -> None:
    server = await serve(handshake_deadline="2s")
    async with await RawSocket.connect(server.port) as socket:
        closed, seconds = await _dripped(socket, request("/collab", server.port))
        assert closed.code == 1006
        assert seconds < 6


async def test_a_connection_on_which_nothing_is_said_is_not_waited_for(serve: Serve) -> None:
    server = await serve(handshake_deadline="2s")
    async with await RawSocket.connect(server.port) as socket:
        closed, seconds = await _dripped(socket, b"")
        assert closed.code == 1006
        assert seconds < 6


async def test_a_token_that_comes_byte_by_byte_is_not_waited_for(serve: Serve) -> None:
    server = await serve(handshake_deadline="2s")
    frame = masked(BINARY, vb("notes") + b"\2\0" + vb(server.token("alice")))
    async with await RawSocket.open(server.port) as socket:
        closed, seconds = await _dripped(socket, frame)
        assert (closed.code, "2 s" in closed.reason) == (4408, True)
        assert 1.5 < seconds < 5


async def test_traffic_does_not_extend_the_time_to_be_let_in(serve: Serve) -> None:
    server = await serve(handshake_deadline="2s")
    begun = time.monotonic()
    async with await Client.open(server) as alice:
        closing = asyncio.create_task(alice.ended())
        while not closing.done():
            alice.socket.send(b"\x09")
            alice.authenticate("notes", "a bad token")
            await asyncio.sleep(0.1)
        assert closing.result().code == 4408
        assert time.monotonic() - begun < 5


async def test_a_document_without_a_token_is_given_up_and_the_others_stay(serve: Serve) -> None:
    server = await serve(handshake_deadline="2s")
    async with await Client.inside(server, "mine", "alice") as alice:
        alice.say("other", Update(b"\0\0"))
        await alice.until(lambda: bool(alice.heard.get("other")))
        assert "no token" in str(alice.heard["other"][0])
        alice.edit("mine", Writer(1).type("x"))
        await alice.until(lambda: alice.acks("mine") == 2)


async def test_what_is_held_for_somebody_who_is_not_in_yet_is_bounded(serve: Serve) -> None:
    server = await serve(handshake_bytes="64KiB", handshake_messages=20)
    async with await Client.open(server) as alice:
        for _ in range(21):
            alice.say("notes", Update(b"\0\0"))
        closed = await alice.ended()
        assert (closed.code, "20 messages" in closed.reason) == (4429, True)
    async with await Client.open(server) as alice:
        alice.say("notes", Update(bytes(70_000)))
        closed = await alice.ended()
        assert (closed.code, "65536 are allowed before" in closed.reason) == (1009, True)


async def test_a_frame_that_comes_byte_by_byte_keeps_nobody_else_waiting(server: Server, name: str) -> None:
    async with await Client.inside(server, name, "alice") as alice, await Client.inside(server, name, "bob") as bob:
        frame = masked(BINARY, vb(name) + spelled(Update(Writer(1).type("x" * 100))))
        slow = asyncio.create_task(_drip(alice.socket, frame, 0.01))
        his = Writer(2)
        for count in range(20):
            bob.edit(name, his.type("y"))
            await bob.until(lambda count=count: bob.acks(name) == count + 2)  # type: ignore[misc]
        await slow
        await alice.until(lambda: alice.acks(name) == 2)
