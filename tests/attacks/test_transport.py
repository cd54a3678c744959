"""A network that repeats, reorders and loses what clients say (row 16): in the end everyone has the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from collab.protocol.messages import Close, Message, Step1, Step2, Update
from tests.attacks.clients import Client
from tests.attacks.wire import RawSocket
from tests.rooms.house import EMPTY, Writer, shown
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Unlucky(Client):
    """An editor that speaks the protocol as it should, over a transport that does not carry it as it should.

    Updates are repeated, overtake each other and are lost; what is asked for is answered, over the same transport.
    """

    def __init__(self, socket: RawSocket) -> None:
        super().__init__(socket)
        self.writer = Writer(0)
        self.document = ""
        self.chance = random.Random()
        self._waiting: list[Update] = []
        self._applied = 0
        self.lost = 0
        self.asked = 0

    async def begin(self, document: str, token: str, number: int, seed: int) -> None:
        """Open the document, empty."""
        self.writer = Writer(number)
        self.chance = random.Random(f"{seed} {number}")
        await self.enter(document, token, self.writer)
        self.document = document
        self._applied = len(self.updates(document))

    def write(self) -> None:
        """One edit of what is seen now, or two."""
        self.take_in()
        for _ in range(self.chance.randint(1, 2)):
            if self.writer.text and self.chance.random() < 0.25:
                edit = self.writer.erase(self.chance.randrange(len(self.writer.text)))
            else:
                at = self.chance.randint(0, len(self.writer.text))
                edit = self.writer.type(self.chance.choice("abcdefgh") * self.chance.randint(1, 3), at)
            self.carry(edit)

    def carry(self, edit: bytes) -> None:
        """What the transport does with an edit."""
        fate = self.chance.random()
        if fate < 0.1:
            self.lost += 1
            return
        self._waiting += [Update(edit)] * (2 if fate < 0.25 else 1)
        while self._waiting and self.chance.random() < 0.6:
            self.say(self.document, self._waiting.pop(self.chance.randrange(len(self._waiting))))

    def take_in(self) -> None:
        """What a Yjs client does with what it hears."""
        heard = self.updates(self.document)
        if len(heard) > self._applied:
            self.writer.hear(*heard[self._applied :])
            self._applied = len(heard)

    async def comes_to_see(self, text: str) -> None:
        """Wait until this is the text: what others sent last may be on its way yet, since a busy room gathers a moment."""

        def sees() -> bool:
            self.take_in()
            return self.writer.text == text

        await self.until(sees)

    def _hear(self, frame: bytes) -> None:
        super()._hear(frame)
        if self.document:
            last: Message = self.heard[self.document][-1]
            if isinstance(last, Step1):
                self.asked += 1
                self.say(self.document, Step2(self.writer.update(last.state_vector)))

    async def end(self) -> None:
        """The transport is well again: what it still holds arrives, and one more handshake brings what was lost."""
        for update in self._waiting:
            self.say(self.document, update)
        self.say(self.document, Step1(self.writer.vector))
        asked = self.asked
        await self.until(lambda: self.asked > asked)
        await self.settled()


@pytest.mark.parametrize("number", range(8))
async def test_everyone_ends_with_the_same(server: Server, name: str, number: int, more: Callable[[int], int]) -> None:
    for seed in range(number * 1000, number * 1000 + more(1)):
        document = f"{name} {seed}"
        clients = [await Unlucky.open(server) for _ in range(3)]
        try:
            for index, client in enumerate(clients):
                await client.begin(document, server.token(f"writer {index}"), index + 1, seed)
            for _ in range(25):
                for client in clients:
                    client.write()
                    await asyncio.sleep(0)
                await clients[0].settled()
            for client in clients:
                await client.end()
            everything = shown(*(client.writer.update() for client in clients))
            for client in clients:
                await client.comes_to_see(everything)
                assert not client.all_of(document, Close)
            async with await Client.inside(server, document, "newcomer", "viewer") as newcomer:
                assert newcomer.sees(document) == everything
            assert sum(client.lost for client in clients) > 0
            assert sum(client.asked for client in clients) > 6, "gaps were asked for, besides the six handshakes"
        finally:
            for client in clients:
                await client.leave()


async def test_an_edit_that_never_arrives_is_asked_for_at_once(server: Server, name: str) -> None:
    writer = Writer(1)
    async with await Client.inside(server, name, "alice") as alice:
        asked = len(alice.all_of(name, Step1))
        writer.type("lost")
        alice.edit(name, writer.type("late"))
        await alice.until(lambda: len(alice.all_of(name, Step1)) == asked + 1)
        alice.say(name, Step2(EMPTY), Update(writer.update()))
        await alice.until(lambda: alice.acks(name) == 3)
