"""The way between a page and the server, on which a test can stand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from playwright.async_api import Page, WebSocketRoute

from collab.protocol import hocuspocus
from collab.protocol.messages import Message


async def until(holds: Callable[[], bool], *, within: float = 15.0) -> None:
    """Wait until ``holds()``; seconds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - what is waited for is in a browser
            await asyncio.sleep(0.02)


class Receipts:
    """Lets everything pass but receipts, which it can hold back and let go one by one."""

    def __init__(self) -> None:
        self._holding = False
        self._held: list[tuple[WebSocketRoute, bytes]] = []
        self._routes: list[WebSocketRoute] = []

    async def watch(self, page: Page) -> None:
        """Stand between ``page`` and the server, from its next connection on."""
        await page.route_web_socket("**/collab", self._connect)

    def hold(self) -> None:
        """Hold receipts back from now on."""
        self._holding = True

    def say(self, document: str, message: Message) -> None:
        """Send ``message`` to the page, for its document: ahead of what is held back."""
        self._routes[-1].send(hocuspocus.encode(document.encode(), message))

    @property
    def held(self) -> int:
        """How many receipts are held back."""
        return len(self._held)

    def release(self, count: int) -> None:
        """Let the ``count`` oldest go."""
        for _ in range(count):
            route, receipt = self._held.pop(0)
            route.send(receipt)

    def release_all(self) -> None:
        """Let all go, and those to come."""
        self._holding = False
        self.release(self.held)

    def _connect(self, route: WebSocketRoute) -> None:
        self._routes.append(route)

        def pass_on(frame: str | bytes) -> None:
            assert isinstance(frame, bytes)
            if self._holding and _kind(frame) == hocuspocus.SYNC_STATUS:
                self._held.append((route, frame))
            else:
                route.send(frame)

        route.connect_to_server().on_message(pass_on)


class Interloper:
    """Lets everything pass, and can speak to the page in the server's name."""

    def __init__(self, document: str) -> None:
        self._address = document.encode()
        self._routes: list[WebSocketRoute] = []

    async def watch(self, page: Page) -> None:
        """Stand between ``page`` and the server, from its next connection on."""
        await page.route_web_socket("**/collab", self._connect)

    def say(self, message: Message) -> None:
        """Send ``message`` to the page, for its document."""
        self._routes[-1].send(hocuspocus.encode(self._address, message))

    async def close(self, code: int, reason: str) -> None:
        """Close the page's socket."""
        await self._routes[-1].close(code=code, reason=reason)

    def _connect(self, route: WebSocketRoute) -> None:
        self._routes.append(route)
        route.connect_to_server()


class Cable:
    """A way to ``port`` that can be pulled out and plugged in again. Use it as ``async with Cable(…)``."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._plugged = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where the server is, at this end of the cable."""
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def pull(self) -> None:
        """Break all connections now, and let no new one through."""
        self._plugged = False
        for writer in self._writers:
            writer.transport.abort()

    def plug(self) -> None:
        """Let new connections through."""
        self._plugged = True

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        self.pull()
        await asyncio.gather(*self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not self._plugged:
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, up_writer}
        await asyncio.gather(_carry(reader, up_writer), _carry(up_reader, writer))
        self._writers -= {writer, up_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until they end."""
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:  # pulled out
        pass
    finally:
        writer.close()


def _kind(frame: bytes) -> int | None:
    """The type of a frame with a short address; None for a bare ping."""
    return frame[1 + frame[0]] if len(frame) > 1 else None
