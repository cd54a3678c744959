"""Bodies that are too much, too slow, or mean two things (FAULTS §4 rows 31 and 36)."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from hypothesis import given
from hypothesis import strategies as st
from pytest_aiohttp.plugin import AiohttpClient

from collab.api import bodies, problems
from collab.api.bodies import Space, parse_json, read_body
from collab.errors import InvalidRequest, Overloaded

HEAD = "POST / HTTP/1.1\r\nHost: x\r\n"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children),
    max_leaves=10,
)  # fmt: skip


@given(JSON)
def test_json_means_what_it_says(value: object) -> None:
    for ascii_only in (True, False):
        assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (b"{", "not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        (b"{}x", "not JSON"),
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'"\xff"', "not UTF-8"),
        (json.dumps("é").encode("utf-16"), "not UTF-8"),
        (b'{"a": 1, "a": 1}', "a name comes twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "a name comes twice"),
        (b"NaN", "NaN or an infinity"),
        (b"[-Infinity]", "NaN or an infinity"),
        (b"1e999", "a number that is too large"),
        (b"1" * 5000, "a number that is too large"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'{"\\udc00": 1}', "half a surrogate pair"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b"[" * 900 + b"]" * 900, None),
    ],
)
def test_json_is_taken_strictly(text: bytes, detail: str | None) -> None:
    if detail is None:
        assert parse_json(text)
        return
    with pytest.raises(InvalidRequest, match=detail) as raised:
        parse_json(text)
    assert raised.value.where == "/body"


class Taker:
    """A server that takes bodies of up to 1,000 bytes in 0.3 s, and 1,500 bytes of all together."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.ended: asyncio.Queue[None] = asyncio.Queue()
        self.app = web.Application(middlewares=[self._tell, problems])
        self.app.router.add_post("/", self._take)
        self.address: tuple[str, int] = ("", 0)
        self.space = Space(1500)
        self.patience = 0.3

    @web.middleware
    async def _tell(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            self.ended.put_nowait(None)

    async def _take(self, request: web.Request) -> web.Response:
        self.begun.put_nowait(None)
        with self.space.open() as claim:
            body = await read_body(request, limit=1000, setting="max_things", patience=self.patience, claim=claim)
            return web.json_response({"length": len(body)})

    async def send(self, *pieces: bytes, pause: float = 0.0) -> tuple[int, dict[str, Any]]:
        """The status and the JSON that come back."""
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(pause)
            async with asyncio.timeout(10):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split()[0])
                return int(head.split()[1]), json.loads(await reader.readexactly(length))
        finally:
            writer.close()

    async def break_off(self, *pieces: bytes) -> None:
        """Send these, and go away."""
        _, writer = await asyncio.open_connection(*self.address)
        writer.writelines(pieces)
        async with asyncio.timeout(10):
            await self.begun.get()
            writer.close()
            await self.ended.get()


@pytest.fixture
async def taker() -> AsyncIterator[Taker]:
    """The server, run as ours is: its handlers are not cancelled when clients go away."""
    taker = Taker()
    runner = web.AppRunner(taker.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taker.address = runner.addresses[0][:2]
    yield taker
    await runner.cleanup()


def sized(length: int, more: str = "") -> bytes:
    return f"{HEAD}Content-Length: {length}\r\n{more}\r\n".encode()


CHUNKED = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()


async def test_a_body_is_read(taker: Taker) -> None:
    assert await taker.send(sized(1000), b"x" * 1000) == (200, {"length": 1000})
    assert await taker.send(sized(0)) == (200, {"length": 0})
    assert await taker.send(CHUNKED, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n", pause=0.01) == (200, {"length": 5})


async def test_one_that_is_too_large_is_refused_unread(taker: Taker) -> None:
    status, problem = await taker.send(sized(10**15))
    assert (status, problem["code"], problem["limit"], problem["setting"]) == (413, "too-large", 1000, "max_things")
    status, problem = await taker.send(CHUNKED, b"3e9\r\n" + b"x" * 1001)  # it has not ended, and need not
    assert (status, problem["code"]) == (413, "too-large")


async def test_one_that_is_too_slow_is_not_waited_for(taker: Taker) -> None:
    status, problem = await taker.send(sized(1000), b"x" * 999)
    assert (status, problem["code"]) == (408, "timed-out")
    status, problem = await taker.send(CHUNKED, *[b"1\r\nx\r\n"] * 10, pause=0.05)
    assert (status, problem["code"]) == (408, "timed-out")


async def test_a_large_one_may_take_longer_while_it_comes(
    aiohttp_client: AiohttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 bytes a second are asked for beyond 0.2 s; what comes with more arrives however long it takes."""
    monkeypatch.setattr(bodies, "SLOWEST", 100)

    async def take(request: web.Request) -> web.Response:
        return web.json_response(
            {"length": len(await read_body(request, limit=10**6, setting=None, patience=0.2, claim=lambda _: None))}
        )

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"x" * 50
            await asyncio.sleep(0.05)

    app = web.Application(middlewares=[problems])
    app.router.add_post("/", take)
    response = await (await aiohttp_client(app)).post("/", data=trickle())
    assert (response.status, await response.json()) == (200, {"length": 400})


async def test_a_compressed_one_is_not_unpacked(taker: Taker) -> None:
    bomb = gzip.compress(bytes(10**6))
    status, problem = await taker.send(sized(len(bomb), "Content-Encoding: gzip\r\n"), bomb)
    assert (status, problem["code"], problem["where"]) == (415, "unsupported-media-type", "/header/Content-Encoding")


async def test_one_that_breaks_off_is_no_failure_of_ours(taker: Taker, caplog: pytest.LogCaptureFixture) -> None:
    await taker.break_off(sized(1000), b"x" * 10)
    await taker.break_off(CHUNKED, b"3\r\nabc\r\n")
    assert caplog.text == ""


async def test_all_together_have_a_limit(taker: Taker) -> None:
    """Two that have 1,000 bytes each do not fit; when the first one has gone there is room again."""
    taker.patience = 60.0
    _, first = await asyncio.open_connection(*taker.address)
    first.write(sized(1000) + b"x" * 999)
    await taker.begun.get()
    status, problem = await taker.send(sized(1000), b"x" * 1000)
    assert (status, problem["code"]) == (503, "overloaded")
    first.close()
    async with asyncio.timeout(10):
        for _ in range(2):
            await taker.ended.get()
    assert await taker.send(sized(1000), b"x" * 1000) == (200, {"length": 1000})


def test_space_is_claimed_and_given_back() -> None:
    space = Space(10)
    with space.open() as one:
        one(6)
        with space.open() as other:
            other(4)
            for claim in (one, other):
                with pytest.raises(Overloaded):
                    claim(1)
        one(4)
    with space.open() as alone:
        alone(100)  # the limit of a single body is another one
    with suppress(ZeroDivisionError), space.open() as failing:
        failing(10)
        raise ZeroDivisionError
    with space.open() as one, space.open() as other:
        one(5)
        other(5)
