"""People who write: editors on the published npm clients, unmodified, all in one Node process.

    async with Editors() as editors:
        alice = await editors.hocuspocus("alice", server, "notes/a")
        bob = await editors.ywebsocket("bob", server, "notes/a")
        await alice.edit(insert="Hello")
        await bob.until(text="Hello")
        await alice.until(saved=True)

What an editor can do and what can be waited for stands in ``tests/node/editors_editor.mjs``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

from tests import parts
from tests.servers import Server

_SCRIPT = parts.ROOT / "tests" / "node" / "editors.mjs"

_LINE = 64 * 1024 * 1024
"""Bytes of the longest answer."""

PATIENCE = 30.0
"""Seconds after which what a test waits for counts as never coming."""

HOCUSPOCUS = {"delay": 20, "minDelay": 10, "maxDelay": 200, "factor": 1.5}
Y_WEBSOCKET = {"maxBackoffTime": 100}
"""Options of clients that come back sooner than the published second or more."""


class EditorError(AssertionError):
    """What was asked of an editor could not be done, or what was waited for did not come."""


@dataclass(frozen=True, slots=True)
class View:
    """All there is to see of an editor at one moment. Times are seconds since the epoch."""

    at: float
    client: int
    connected: bool
    synced: bool
    unsynced: int
    """The light: what the client believes is not saved yet."""
    edits: int
    """How many edits were made here."""
    acknowledged: int
    """How many of them had been made when the light was last at 0."""
    pending: bool
    """Something that was received waits for something that was not."""
    text: str
    map: dict[str, Any]
    present: list[dict[str, Any]]
    """Everyone's awareness: ``client`` and ``state``."""
    lights: list[tuple[float, int]]
    """Each change of the light: when, and what it was from then on."""
    statuses: list[tuple[float, str]]
    closes: list[dict[str, Any]]
    """Each close that the client was told of: ``at``, ``code``, ``reason``."""
    denials: list[str]
    stateless: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """An editor's light went out: ``acknowledged`` edits are said to be saved. ``state`` is its document just then."""

    editor: str
    at: float
    acknowledged: int
    state: bytes | None


Reports = Literal["count", "state"] | None
"""What an editor reports by itself each time its light goes out; the state is large and asked for specially."""


class Editor:
    """One editor; made by ``Editors``."""

    def __init__(self, editors: Editors, name: str, client: int) -> None:
        self._editors = editors
        self.name = name
        self.client = client

    async def edit(self, at: int | None = None, *, insert: str = "", erase: int = 0) -> None:
        """One edit: erase at ``at`` (UTF-16 units; None: at the end), then insert there."""
        await self._ask("edit", at=at, insert=insert, erase=erase)

    async def write(self, edits: Sequence[tuple[int, int, str]]) -> list[int]:
        """Several edits (place, how much to erase, what to insert); this editor's own clock after each."""
        clocks: list[int] = await self._ask("write", edits=edits)
        return clocks

    async def set(self, key: str, value: object) -> None:
        """Set a key of the document's map."""
        await self._ask("set", key=key, value=value)

    async def type(self, prefix: str, *, pause: tuple[float, float]) -> None:
        """Type lines ``<prefix><number>`` until ``quiet``, with pauses between these two numbers of milliseconds."""
        await self._ask("type", prefix=prefix, pause=pause)

    async def quiet(self) -> int:
        """Stop typing; how many edits were made here, ever."""
        edits: int = await self._ask("quiet")
        return edits

    async def replay(self, trace: Path, agent: int) -> None:
        """Type all that this person typed in a recorded trace, each piece once what it was typed after has come."""
        await self._ask("replay", trace=str(trace), agent=agent)

    async def present(self, state: object) -> None:
        """Show a presence; None takes it back."""
        await self._ask("present", state=state)

    async def send(self, payload: str) -> None:
        """Send a stateless message."""
        await self._ask("send", payload=payload)

    async def give(self, token: str, *, at_once: bool = False) -> None:
        """A new token, for the next connection or ``at_once``, as far as this client can."""
        await self._ask("give", token=token, at_once=at_once)

    async def connect(self) -> None:
        """Go online."""
        await self._ask("connect")

    async def disconnect(self) -> None:
        """Go offline, and stay so."""
        await self._ask("disconnect")

    async def cut(self) -> None:
        """The network goes away without a word; the client will try again."""
        await self._ask("cut")

    async def look(self) -> View:
        """All there is to see now."""
        return View(**await self._ask("look"))

    async def text(self) -> str:
        """What is written."""
        return (await self.look()).text

    async def state(self) -> bytes:
        """The whole document as one update."""
        return b64decode(await self._ask("state"))

    async def vector(self) -> dict[int, int]:
        """The state vector."""
        return dict(await self._ask("vector"))

    async def until(self, *, timeout: float = PATIENCE, **conditions: object) -> float:
        """Wait until all conditions hold at one moment, and say when. Errors: ``EditorError`` after ``timeout`` seconds.

        ``connected`` ``synced`` ``saved`` are true or false; ``unsynced`` ``present`` are exact counts; ``edits``
        ``acknowledged`` ``length`` ``closes`` ``denials`` ``stateless`` are at least so many; ``text`` is all of it,
        ``contains`` a list of parts, ``same`` another editor, ``knows`` a list of (client, clock).
        """
        wanted = {name: value.name if isinstance(value, Editor) else value for name, value in conditions.items()}
        at: float = await self._ask("wait", until=wanted, timeout=timeout)
        return at

    async def destroy(self) -> None:
        """Close it, as a tab is closed."""
        await self._ask("destroy")

    async def _ask(self, do: str, **words: object) -> Any:
        return await self._editors.ask(do, self.name, **words)


class Editors:
    """A Node process full of editors. Use it as ``async with Editors()``."""

    def __init__(self) -> None:
        self._node: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self.acknowledged: dict[str, int] = {}
        """What editors with ``reports`` have said of their acknowledged edits; it survives ``strike``."""
        self.heard: Callable[[Report], None] | None = None
        """Called with each report."""

    async def hocuspocus(
        self,
        name: str,
        server: Server,
        document: str,
        *,
        token: str | None = None,
        port: int | None = None,
        socket: str | None = None,
        session: bool = False,
        client: int | None = None,
        reports: Reports = None,
        options: Mapping[str, object] = HOCUSPOCUS,
        package: str = "@hocuspocus/provider",
    ) -> Editor:
        """Open a document with ``@hocuspocus/provider``.

        ``port`` is another way to the server, such as a proxy's. Editors that name the same ``socket`` share one.
        ``client`` fixes the Yjs client id. ``options`` are the socket's. ``package`` is another version of the client,
        by its name in ``tests/node/package.json``.
        """
        return await self._open(
            name,
            kind="hocuspocus",
            package=package,
            url=f"ws://127.0.0.1:{port or server.port}/collab",
            document=document,
            token=server.token(name) if token is None else token,
            socket=socket,
            session=session,
            client=client,
            reports=reports,
            options=options,
        )

    async def ywebsocket(
        self,
        name: str,
        server: Server,
        document: str,
        *,
        token: str | None = None,
        port: int | None = None,
        client: int | None = None,
        reports: Reports = None,
        options: Mapping[str, object] = Y_WEBSOCKET,
        package: str = "y-websocket",
    ) -> Editor:
        """Open a document with ``y-websocket``; the words mean what they do for ``hocuspocus``."""
        return await self._open(
            name,
            kind="y-websocket",
            package=package,
            url=f"ws://127.0.0.1:{port or server.port}/yjs",
            document=quote(document),
            token=server.token(name) if token is None else token,
            client=client,
            reports=reports,
            options=options,
        )

    async def _open(self, name: str, **words: object) -> Editor:
        client: int = await self.ask("open", name, **words)
        return Editor(self, name, client)

    async def ask(self, do: str, editor: str, **words: object) -> Any:
        """Have something done, and wait for its answer. Errors: ``EditorError``."""
        assert self._node is not None, "there is no Node process"
        assert self._node.stdin is not None
        if self._reading is None or self._reading.done():
            raise EditorError("Node has ended")
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._node.stdin.write(json.dumps({"id": number, "do": do, "editor": editor, **words}).encode() + b"\n")
        return await answer

    async def start(self) -> None:
        """Start Node."""
        self._node = await asyncio.create_subprocess_exec(
            parts.node(), _SCRIPT, stdin=PIPE, stdout=PIPE, limit=_LINE, start_new_session=True
        )
        self._reading = asyncio.create_task(self._read(self._node))

    def strike(self) -> None:
        """SIGKILL: everyone's machine loses power at this instant."""
        assert self._node is not None
        os.killpg(self._node.pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until Node is gone, after ``strike``; what its editors had reported has been read then."""
        assert self._node is not None
        assert self._reading is not None
        await self._reading
        await self._node.wait()
        self._node = None

    async def _read(self, node: Process) -> None:
        assert node.stdout is not None
        try:
            async for line in node.stdout:
                said = json.loads(line)
                if "id" in said:
                    self._answer(said.pop("id"), **said)
                else:
                    self._hear(**said)
        finally:
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(EditorError("Node has ended"))
            self._asked.clear()

    def _answer(self, number: int, answer: object = None, error: str | None = None) -> None:
        asked = self._asked.pop(number)
        if asked.done():  # whoever asked does not wait any more
            return
        if error is None:
            asked.set_result(answer)
        else:
            asked.set_exception(EditorError(error))

    def _hear(self, editor: str, at: float, acknowledged: int, state: str | None) -> None:
        self.acknowledged[editor] = acknowledged
        if self.heard is not None:
            self.heard(Report(editor, at, acknowledged, None if state is None else b64decode(state)))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._node is not None:
            if self._node.returncode is None:
                self.strike()
            await self.ended()
