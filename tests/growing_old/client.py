"""A y-websocket client of few words: it opens a document, says what it was sent and how long that took, and can edit."""

from __future__ import annotations

import asyncio
from time import perf_counter
from types import TracebackType
from typing import Self
from urllib.parse import quote

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from collab.protocol.messages import Step1, Step2, Update
from collab.protocol.sync import encode_sync
from collab.protocol.ywebsocket import AUTH, SYNC, decode
from tests.growing_old.writing import text_of
from tests.servers import Server

PATIENCE = 30.0
"""Seconds after which what is waited for counts as never coming."""


class Refused(Exception):
    """The server did not let the client in: what it said, and the code it closed with."""

    def __init__(self, reason: str, code: int | None) -> None:
        super().__init__(f"{code}: {reason}")
        self.reason = reason
        self.code = code


class Client:
    """Somebody who has a document open. Use it as ``async with Client(server, name) as client``."""

    def __init__(self, server: Server, document: str) -> None:
        self.updates: list[bytes] = []
        """What it was sent on opening."""
        self.seconds = 0.0
        """How long opening took."""
        self.echoes = 0
        """How many edits came back: these are saved."""
        self._url = f"{server.url}/yjs/{quote(document)}?token={server.token('alice')}"
        self._session: ClientSession
        self._socket: ClientWebSocketResponse
        self._listening: asyncio.Task[None]

    @property
    def text(self) -> str:
        """What a reader of it sees."""
        return text_of(self.updates)

    @property
    def size(self) -> int:
        """Bytes that it was sent."""
        return sum(map(len, self.updates))

    async def edit(self, update: bytes) -> None:
        """Send an edit. Errors: ``ConnectionError`` once the server has gone."""
        await self._say(Update(update))

    async def gone(self) -> int:
        """Wait until the server has gone; how many edits had come back by then."""
        await self._listening
        return self.echoes

    async def _say(self, message: Step1 | Update) -> None:
        await self._socket.send_bytes(bytes([SYNC]) + encode_sync(message))

    async def _open(self) -> None:
        while True:
            message = await self._socket.receive()
            if message.type is not WSMsgType.BINARY:
                raise Refused(str(message.extra or ""), self._socket.close_code)
            if message.data[0] == AUTH:
                continue  # the reason stands in the close, too
            match decode(message.data):
                case Update(update):
                    self.updates.append(update)
                case Step2(update):
                    self.updates.append(update)
                    return
                case _:
                    pass

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.BINARY and isinstance(decode(message.data), Update):
                self.echoes += 1

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        started = perf_counter()
        try:
            self._socket = await self._session.ws_connect(self._url, max_msg_size=0)
            async with asyncio.timeout(PATIENCE):
                await self._say(Step1(b"\0"))
                await self._open()
        except BaseException:
            await self._session.close()
            raise
        self.seconds = perf_counter() - started
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._socket.close()
        await self._session.close()
