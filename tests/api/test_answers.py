"""How answers are spelled, and that nobody who reads nothing is waited for."""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import UTC, datetime

import pytest
from aiohttp import web

from collab.api import problems
from collab.api.answers import send_bytes, spell_document, spell_time
from collab.auth import Role
from collab.storage.base import DocumentRecord


@pytest.mark.parametrize(
    ("milliseconds", "spelled"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (1_767_225_600_999, "2026-01-01T00:00:00.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-1, "1970-01-01T00:00:00.000Z"),  # what a damaged row may say
        (2**63 - 1, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time(milliseconds: int, spelled: str) -> None:
    assert spell_time(milliseconds) == spelled
    assert datetime.fromisoformat(spelled).tzinfo is UTC


def test_a_document() -> None:
    record = DocumentRecord(name="a/b", title="", lineage="of old", head=7, created=0, modified=1000, deleted=None)
    assert spell_document(record, Role.COMMENTER, looks_back=False) == {
        "name": "a/b",
        "title": "",
        "created": "1970-01-01T00:00:00.000Z",
        "modified": "1970-01-01T00:00:01.000Z",
        "deleted": None,
        "lineage": "of old",
        "role": "commenter",
        "looksBack": False,
    }


async def test_a_reader_that_stalls_is_cut_off_and_one_that_has_gone_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = bytes(64 * 1024 * 1024)
    ended: asyncio.Queue[None] = asyncio.Queue()

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            return await send_bytes(request, data, patience=0.3)
        finally:
            ended.put_nowait(None)

    app = web.Application(middlewares=[problems])
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    with caplog.at_level(logging.WARNING):
        for goes_away in (False, True):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readexactly(1000)
            if goes_away:
                writer.transport.abort()
            async with asyncio.timeout(20):
                await ended.get()
            if not goes_away:
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await reader.readexactly(len(data))
            writer.close()
    await runner.cleanup()
    assert caplog.text == ""


async def test_a_reader_that_is_slow_is_waited_for() -> None:
    """It takes a little at a time, and for all of it longer than one that stalls is given."""
    data = bytes(160_000)

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        return await send_bytes(request, data, patience=0.4)

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    loop = asyncio.get_running_loop()
    got = 0
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        reader.setblocking(False)
        await loop.sock_connect(reader, runner.addresses[0][:2])
        await loop.sock_sendall(reader, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(30):
            while got < len(data):
                piece = await loop.sock_recv(reader, 8192)
                assert piece, f"cut off after {got} bytes"
                got += len(piece)
                await asyncio.sleep(0.05)
    await runner.cleanup()
