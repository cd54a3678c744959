"""Everything a client can say, in any order, cut off anywhere: the server makes no mistake, and documents stay whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from collab.protocol.messages import (
    Authenticate,
    Awareness,
    Close,
    Message,
    QueryAwareness,
    Stateless,
    Step1,
    Step2,
    SyncStatus,
    Update,
)
from tests.attacks.clients import Client
from tests.attacks.wire import CLOSE, PING, PONG, TEXT
from tests.crdt.yjs import Judge
from tests.protocol.frames import spelled, vb
from tests.rooms.house import EMPTY, NOTHING, Writer, presence
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Mad(Client):
    """A client that says anything."""

    def prepare(self, server: Server, documents: list[str], chance: random.Random) -> None:
        self.chance = chance
        self.documents = documents
        self.tokens = [
            server.token("mad", "**:editor"),
            server.token("mad", "**:viewer"),
            server.token(f"mad {chance.randrange(3)}", "**:owner"),
            server.token("mad", "elsewhere:editor"),
            "",
            "nonsense",
        ]
        self.writers = [Writer(chance.randint(1, 6)) for _ in documents]

    def anything(self) -> None:
        """One frame."""
        number = self.chance.randrange(len(self.documents))
        address = self.documents[number] + self.chance.choice(("", "", "\0a", "\0b"))
        message = self._message(number)
        frame = vb(address) + (b"\7" if isinstance(message, Close) else spelled(message))
        match self.chance.randrange(40):
            case 0:
                frame = self._damaged(frame)
            case 1:
                frame = self.chance.randbytes(self.chance.randint(0, 40))
            case 2:
                frame = self.chance.choice((b"\x09", b"\x0a"))
            case 3:
                self.socket.send(b"x", opcode=self.chance.choice((PING, PONG, TEXT, CLOSE, 5)))
                return
            case _:
                pass
        if self.chance.random() < 0.05:
            half = len(frame) // 2
            self.socket.send(frame[:half], fin=False)
            self.socket.send(frame[half:], opcode=0)
        else:
            self.socket.send(frame)

    def _message(self, number: int) -> Message:
        chance, writer = self.chance, self.writers[number]
        match chance.randrange(14):
            case 0 | 1 | 2:
                return Authenticate(chance.choice(self.tokens), chance.choice((None, "4.8.0")))
            case 3:
                return Step1(chance.choice((NOTHING, writer.vector, b"\1\1\5", b"\xff")), chance.random() < 0.8)
            case 4:
                return Step2(chance.choice((EMPTY, writer.update(), b"")))
            case 5:
                return presence(chance.randrange(8), chance.randrange(50), chance.choice((b"{}", b"null", b"{")))
            case 6:
                return Awareness(chance.randbytes(chance.randint(0, 8)))
            case 7:
                return Stateless(b"hello")
            case 8:
                return QueryAwareness()
            case 9:
                return Close()
            case 10 if chance.random() < 0.1:
                return SyncStatus(saved=True)
            case _:
                if writer.text and chance.random() < 0.3:
                    edit = writer.erase(chance.randrange(len(writer.text)))
                else:
                    edit = writer.type(chance.choice("abc") * chance.randint(1, 5), chance.randint(0, len(writer.text)))
                return Update(self._damaged(edit) if chance.random() < 0.05 else edit)

    def _damaged(self, data: bytes) -> bytes:
        damaged = bytearray(data)
        damaged[self.chance.randrange(len(damaged))] ^= self.chance.randint(1, 255)
        return bytes(damaged)


async def _rave(server: Server, documents: list[str], seed: str) -> None:
    chance = random.Random(seed)
    client = await Mad.open(server)
    client.prepare(server, documents, chance)
    try:
        for _ in range(chance.randint(1, 60)):
            if client.closed is not None:
                break
            client.anything()
            if chance.random() < 0.3:
                await asyncio.sleep(chance.choice((0, 0, 0.001, 0.01)))
        if chance.random() < 0.5:
            await client.ping()
    except (ConnectionError, TimeoutError):
        pass  # it was closed, and deserved it
    finally:
        await client.leave()


async def test_the_server_makes_no_mistake(server: Server, name: str, more: Callable[[int], int]) -> None:
    documents = [f"{name}/{number}" for number in range(3)]
    for round_ in range(more(40)):
        await asyncio.gather(*(_rave(server, documents, f"{round_} {number}") for number in range(6)))
    assert server.runs
    for sign in ("Traceback", "has made a mistake", "a connection failed", "looked after", "could not be"):
        assert sign not in server.log
    with Judge() as judge:
        for document in documents:
            writer = Writer(1000)
            async with await Client.open(server) as honest:
                await honest.enter(document, server.token("honest"))
                found = judge.open(*honest.updates(document))
                assert (found.error, found.pending) == (None, False)
                honest.edit(document, writer.type("still works"))
                await honest.until(lambda document=document: honest.acks(document) == 2)  # type: ignore[misc]
