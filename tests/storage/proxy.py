"""A wire to PostgreSQL that can be cut at the worst moment."""

from __future__ import annotations

import asyncio


class Proxy:
    """Forwards TCP to a port of this machine. Its own port is ``port``."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.lose = 0
        """The reply to so many commits is lost: the server has done it and said so, and the connection breaks."""
        self.stalled = False
        """Nothing passes and nothing breaks: a network that has gone silent."""
        self._target = target
        self._server: asyncio.Server | None = None
        self._wires: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for wire in self._wires:
            wire.cancel()
        await asyncio.gather(*self._wires, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = asyncio.create_task(self._connect(reader, writer))
        self._wires.add(wire)
        wire.add_done_callback(self._wires.discard)

    async def _connect(self, requests: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        server: asyncio.StreamWriter | None = None
        try:
            replies, server = await asyncio.open_connection("127.0.0.1", self._target)
            awaited = asyncio.Event()  # a commit was asked for whose reply is to be lost
            there = asyncio.create_task(self._carry(requests, server, ask=awaited))
            back = asyncio.create_task(self._carry(replies, client, lose=awaited))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            client.transport.abort()
            if server is not None:
                server.transport.abort()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        ask: asyncio.Event | None = None,
        lose: asyncio.Event | None = None,
    ) -> None:
        while data := await reader.read(65536):
            while self.stalled:  # noqa: ASYNC110 - until a test says so
                await asyncio.sleep(0.01)
            if ask is not None and self.lose and b"COMMIT" in data:
                self.lose -= 1
                ask.set()
            if lose is not None and lose.is_set():
                return
            writer.write(data)
