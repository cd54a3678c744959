"""One socket: its frames one after the other, its deadlines, and its end with the reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from collab.auth.guard import Visitor
from collab.config import Settings
from collab.errors import CollabError, Forbidden, MalformedUpdate, TooLarge
from collab.transports.connection import Connection
from collab.transports.outbox import websocket_frame
from tests.attacks.wire import PING, PONG, TEXT, RawSocket, masked


class Echo(Connection):
    """Says what it hears, after doing what a test wants done."""

    def __init__(self, limits: Settings, clock: Callable[[], float]) -> None:
        super().__init__(limits, clock)
        self.heard: list[bytes] = []
        self.let_go = asyncio.Event()
        self.ticks = 0
        self.handling: Callable[[bytes], object] = lambda frame: None

    async def received(self, frame: bytes) -> None:
        self.heard.append(frame)
        done = self.handling(frame)
        if isinstance(done, asyncio.Future):
            await done
        self.outbox.send(websocket_frame(frame))

    def closed(self) -> None:
        self.let_go.set()

    def stay(self, now: float) -> None:
        self.ticks += 1


class Line:
    """A socket between a test and an ``Echo``."""

    def __init__(self, socket: RawSocket, echo: Echo, running: asyncio.Task[None]) -> None:
        self.socket = socket
        self.echo = echo
        self.running = running


@asynccontextmanager
async def line(folder: Path, clock: Callable[[], float] = time.monotonic, **limits: object) -> AsyncIterator[Line]:
    made: list[Echo] = []

    running: list[asyncio.Task[None]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        made.append(Echo(Settings.load(data_dir=folder, **limits), clock))
        response = made[-1].upgrade(request)
        running.append(asyncio.create_task(made[-1].run()))
        return response

    app = web.Application()
    app.add_routes([web.get("/", handle)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with await RawSocket.open(runner.addresses[0][1], "/") as socket:
            yield Line(socket, made[0], running[0])
    finally:
        await runner.cleanup()


async def test_frames_are_handled_one_after_the_other(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        gate = asyncio.get_running_loop().create_future()
        each.echo.handling = lambda frame: gate if frame == b"1" else None
        for frame in (b"1", b"2", b"3"):
            each.socket.send(frame)
        await asyncio.sleep(0.05)
        assert each.echo.heard == [b"1"]
        gate.set_result(None)
        assert [(await each.socket.receive()).payload for _ in range(3)] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    ("error", "code"), [(MalformedUpdate("bad"), 4400), (TooLarge("big"), 1009), (Forbidden("no"), 4403)]
)
async def test_an_error_of_ours_closes_with_its_code_and_reason(tmp_path: Path, error: CollabError, code: int) -> None:
    async with line(tmp_path) as each:
        each.echo.handling = _raising(error)
        each.socket.send(b"x")
        assert await each.socket.ended() == (code, str(error))
        await asyncio.wait_for(each.echo.let_go.wait(), 5)


async def test_a_mistake_of_ours_closes_and_tells_nothing_of_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with line(tmp_path) as each:
        each.echo.handling = _raising(RuntimeError("the secret inside"))
        each.socket.send(b"x")
        closed = await each.socket.ended()
        assert closed.code == 1011
        assert "secret" not in closed.reason
        await asyncio.wait_for(each.echo.let_go.wait(), 5)
    assert "the secret inside" in caplog.text


async def test_a_mistake_beside_the_reading_closes_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def mistaken() -> None:
        raise RuntimeError("beside")

    async with line(tmp_path) as each:
        each.echo.spawn(mistaken())
        assert (await each.socket.ended()).code == 1011
    assert "beside" in caplog.text


def _raising(error: Exception) -> Callable[[bytes], object]:
    def handle(frame: bytes) -> object:
        raise error

    return handle


async def test_text_is_refused(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        each.socket.send(b"hello", opcode=TEXT)
        closed = await each.socket.ended()
        assert (closed.code, "binary" in closed.reason) == (4400, True)


async def test_a_message_in_very_many_pieces_is_told_as_that(tmp_path: Path) -> None:
    """No setting helps, and no token: its last piece is none of a message that nobody began."""
    async with line(tmp_path) as there:
        there.echo.authenticated("alice")
        there.socket.send(b"", fin=False)
        there.socket.writer.write(masked(0, b"", fin=False) * 9_999 + masked(0, b""))
        assert await there.socket.ended() == (1009, "a message in more than 10000 pieces")
        assert isinstance(there.echo.reason, TooLarge)
        assert there.echo.reason.setting is None


async def test_when_its_task_ends_by_force_the_socket_ends_too(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        await asyncio.sleep(0.05)
        each.running.cancel()
        async with asyncio.timeout(3):
            assert (await each.socket.ended()).code == 1006
        assert each.running.cancelled()
        assert each.echo.let_go.is_set()


async def test_the_first_reason_counts(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        each.echo.close(Forbidden("first"))
        each.echo.close(TooLarge("second"))
        assert await each.socket.ended() == (4403, "first")


async def test_a_reason_is_cut_to_what_a_close_frame_holds(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        each.echo.close(Forbidden("é" * 200))
        closed = await each.socket.ended()
        assert closed.reason == "é" * 61


async def test_who_is_let_in_by_nobody_is_closed_at_the_deadline(tmp_path: Path) -> None:
    now = [100.0]
    async with line(tmp_path, lambda: now[0], handshake_deadline=10) as each:
        now[0] += 9
        each.echo.tick(now[0])
        assert each.echo.ticks == 1
        now[0] += 2
        each.echo.tick(now[0])
        closed = await each.socket.ended()
        assert (closed.code, "10 s" in closed.reason) == (4408, True)


async def test_who_was_let_in_has_no_deadline(tmp_path: Path) -> None:
    now = [100.0]
    async with line(tmp_path, lambda: now[0]) as each:
        each.echo.authenticated("alice")
        now[0] += 3600
        each.echo.tick(now[0])
        each.socket.send(b"x")
        assert (await each.socket.receive()).payload == b"x"


async def test_an_edit_that_is_being_handled_is_handled_to_its_end(tmp_path: Path) -> None:
    """Half of one would be worse than late."""
    async with line(tmp_path) as each:
        gate = asyncio.get_running_loop().create_future()
        each.echo.handling = lambda frame: gate
        each.socket.send(b"x")
        await asyncio.sleep(0.05)
        each.echo.close(Forbidden("go"))
        await asyncio.sleep(0.05)
        assert not each.echo.let_go.is_set()
        assert not gate.cancelled()
        gate.set_result(None)
        assert (await each.socket.ended()).code == 4403


async def test_a_flood_is_slowed_down_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    async with line(tmp_path, message_rate=200, message_burst=10) as each:
        begun = time.monotonic()
        for number in range(60):
            each.socket.send(b"%d" % number)
        assert [(await each.socket.receive()).payload for _ in range(60)] == [b"%d" % number for number in range(60)]
        assert time.monotonic() - begun > 0.2


async def test_frames_that_are_no_message_count_like_messages(tmp_path: Path) -> None:
    async with line(tmp_path, message_rate=2000, message_burst=100) as each:
        each.echo.authenticated("alice")
        begun = time.monotonic()
        each.socket.writer.write(masked(PONG, b"") * 640)
        each.socket.send(b"x")
        assert (await each.socket.receive()).payload == b"x"
        assert time.monotonic() - begun > 0.2


async def test_before_somebody_is_let_in_they_have_no_burst(tmp_path: Path) -> None:
    async with line(tmp_path, message_rate=2000) as each:
        begun = time.monotonic()
        each.socket.writer.write(masked(PONG, b"") * 640)
        each.socket.send(b"x")
        assert (await each.socket.receive()).payload == b"x"
        assert time.monotonic() - begun > 0.2


async def test_they_count_for_whoever_the_socket_counts_for(tmp_path: Path) -> None:
    class Counting(Visitor):
        spoken = 0

        def spoke(self, messages: int = 1) -> float:
            self.spoken += messages
            return 0.0

    async with line(tmp_path) as each:
        each.echo.authenticated("alice")
        each.echo.visitor = counting = Counting()
        each.socket.writer.write(masked(PONG, b"") * 640)
        each.socket.send(b"x")
        assert (await each.socket.receive()).payload == b"x"
        assert counting.spoken == 641


async def test_a_close_of_ours_does_not_wait_until_they_are_due(tmp_path: Path) -> None:
    async with line(tmp_path, message_rate=1, message_burst=1) as each:
        each.socket.writer.write(masked(PONG, b"") * 64)
        await asyncio.sleep(0.1)
        each.echo.close(Forbidden("go"))
        async with asyncio.timeout(3):
            assert await each.socket.ended() == (4403, "go")


async def test_everything_is_let_go_of_when_the_other_side_just_goes(tmp_path: Path) -> None:
    async with line(tmp_path) as each:
        await each.socket.hang_up()
        await asyncio.wait_for(each.echo.let_go.wait(), 5)


async def test_a_ping_of_somebody_who_has_gone_is_no_mistake_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is read after the end, and cannot be answered any more."""
    async with line(tmp_path) as each:
        gate = asyncio.get_running_loop().create_future()
        each.echo.handling = lambda frame: gate
        each.socket.send(b"x")
        await asyncio.sleep(0.05)
        each.socket.send(b"are you there?", opcode=PING)
        await each.socket.hang_up()
        await asyncio.sleep(0.05)
        gate.set_result(None)
        await asyncio.wait_for(each.echo.let_go.wait(), 5)
    assert "failed" not in caplog.text
    assert "Traceback" not in caplog.text
