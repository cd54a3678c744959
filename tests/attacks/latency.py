"""How long everybody else waits meanwhile: a client in a thread of its own that pings all the time.

What counts is what the server does between a ping and its answer, in seconds of CPU of the thread its loop runs in: on
a machine that has other things to do, the time on the wall says more about those.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tests.attacks.wire import BINARY, masked, request
from tests.protocol.frames import vb
from tests.servers import Server

_PAUSE = 0.002
_PING, _PONG = b"\x09", b"\x82\x01\x0a"


class Latency:
    """Pings a server until the end of ``with``. Whatever the test's own loop does meanwhile does not count."""

    def __init__(self, server: Server) -> None:
        self.times: list[float] = []
        """Seconds of the server's work that each ping waited for."""
        self._work = Path(f"/proc/{server.pid}/task/{server.pid}/schedstat")
        self._stop = Event()
        self._thread = Thread(target=self._run, name="latency", daemon=True)
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request("/collab", server.port))
        self._read_until(b"\r\n\r\n")
        entering = vb("of the clock") + b"\2\0" + vb(server.token("clock"))
        self._socket.sendall(masked(BINARY, entering))
        self._read_until(b"read-write")

    @property
    def worst(self) -> float:
        """The longest."""
        return max(self.times)

    @property
    def p99(self) -> float:
        """One in a hundred took longer."""
        return sorted(self.times)[int(len(self.times) * 0.99)]

    def _read_until(self, end: bytes) -> None:
        read = b""
        while not read.endswith(end):
            read += self._socket.recv(1024)

    def _worked(self) -> float:
        """Seconds of CPU that the server's loop has had so far."""
        return int(self._work.read_text().split()[0]) / 1e9

    def _run(self) -> None:
        ping = masked(BINARY, _PING)
        while not self._stop.is_set():
            began = self._worked()
            self._socket.sendall(ping)
            self._read_until(_PONG)
            self.times.append(self._worked() - began)
            time.sleep(_PAUSE)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()
