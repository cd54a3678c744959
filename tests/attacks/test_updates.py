"""Updates that are damaged, or made to damage: their sender is told and closed; nothing else changes (rows 20 to 23)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from collab.protocol.messages import Close, Message, Step1, Step2, Update
from tests.attacks import bombs
from tests.attacks.bombs import after, ranges, root, section, update
from tests.attacks.clients import Client, YClient
from tests.crdt.yjs import Judge
from tests.editors import Editors
from tests.protocol.frames import vb, vu
from tests.rooms.house import NOTHING, Writer
from tests.servers import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """Real Yjs."""
    with Judge() as running:
        yield running


class Pair:
    """Bob, who writes on, and Eve, who does her worst; both have a document open that says ``hello``."""

    def __init__(self, document: str, bob: Client, eve: Client, his: Writer) -> None:
        self.document = document
        self.bob = bob
        self.eve = eve
        self.his = his
        self._acks = 2

    async def goes_on(self) -> None:
        """Bob's next edit is saved as any other."""
        self.bob.edit(self.document, self.his.type("!"))
        self._acks += 1
        await self.bob.until(lambda: self.bob.acks(self.document) == self._acks)

    async def is_sent_away(self) -> str:
        """Why Eve is."""
        await self.eve.until(lambda: bool(self.eve.all_of(self.document, Close)))
        assert self.eve.closed is None, "her other documents stay open"
        return self.eve.all_of(self.document, Close)[0].reason


@asynccontextmanager
async def pair(server: Server, document: str) -> AsyncIterator[Pair]:
    his = Writer(5)
    async with (
        await Client.inside(server, document, "bob") as bob,
        await Client.inside(server, document, "eve") as eve,
    ):
        bob.edit(document, his.type("hello"))
        await bob.until(lambda: bob.acks(document) == 2)
        yield Pair(document, bob, eve, his)


DAMAGED = {
    "nothing": b"",
    "no delete set": vu(0),
    "cut short": update(section(9, 0, [root(bombs.STRING, vb("hello"))]))[:-4],
    "bytes behind its end": update() + b"\0",
    "a client twice": update(section(9, 0, [b"\0\1"]), section(9, 1, [b"\0\1"])),
    "a client with nothing": update(vu(0) + vu(9) + vu(0)),
    "an unknown kind of content": update(section(9, 0, [root(11, vb("x"))])),
    "a string that is not UTF-8": update(section(9, 0, [root(bombs.STRING, vb(b"\xff\xfe"))])),
    "half a surrogate pair in UTF-8": update(section(9, 0, [root(bombs.STRING, vb(b"\xed\xa0\xbd"))])),
    "an embed that is no JSON": update(section(9, 0, [root(bombs.EMBED, vb("{"))])),
    "NaN": update(section(9, 0, [root(bombs.EMBED, vb('{"a":NaN}'))])),
    "a clock near 2^32": update(section(9, 2**32 - 2, [b"\0\1"])),
    "a length above 2^31": update(section(9, 0, [b"\0" + vu(2**31 + 1)])),
    "a client id above 2^53": update(section(2**53, 0, [b"\0\1"])),
    "an origin of its own future": update(section(9, 0, [after(9, 5, bombs.STRING, vb("x"))])),
    "a deleted range of nothing": update(deletes=ranges(5, [(0, 0)])),
    "a deleted range that overflows": update(deletes=ranges(5, [(2**31 - 1, 2**31)])),
    "a client twice in the delete set": update(deletes=b"\2" + (vu(5) + vu(1) + b"\0\1") * 2),
    "more structs than there are bytes": vu(1) + vu(2**40) + vu(9) + vu(0) + b"\0\1",
    "more deletions than there are bytes": update(deletes=b"\1" + vu(5) + vu(2**50)),
    "two clients that wait for each other": update(
        section(9, 0, [after(8, 0, bombs.STRING, vb("x"))]), section(8, 0, [after(9, 0, bombs.STRING, vb("x"))])
    ),
    # Row 21: what empties documents elsewhere, or ends yrs.
    "an empty string": update(section(9, 0, [root(bombs.STRING, vb(""))])),
    "an empty string of a client that is there": update(section(5, 5, [after(5, 4, bombs.STRING, vb(""))])),
    "an empty list of values": update(section(9, 0, [root(bombs.ANY, vu(0))])),
    "an empty list of JSON texts": update(section(9, 0, [root(bombs.JSON, vu(0))])),
    "an empty deletion": update(section(9, 0, [root(bombs.DELETED, vu(0))])),
    "an empty GC": update(section(9, 0, [b"\0\0"])),
    "an empty Skip": update(section(9, 0, [b"\x0a\0"])),
    # Row 22.
    "100,000 arrays in each other": update(section(9, 0, [root(bombs.ANY, vu(1) + b"\x75\1" * 100_000 + b"\x7f")])),
    "100,000 objects in each other": update(
        section(9, 0, [root(bombs.ANY, vu(1) + (b"\x76\1" + vb("a")) * 100_000 + b"\x7f")])
    ),
    "100,000 arrays in each other as JSON": update(
        section(9, 0, [root(bombs.EMBED, vb("[" * 100_000 + "]" * 100_000))])
    ),
    "100,000 open arrays as JSON": update(section(9, 0, [root(bombs.EMBED, vb("[" * 100_000))])),
    "100,000 arrays in each other as a mark": update(
        section(9, 0, [root(bombs.FORMAT, vb("bold") + vb("[" * 100_000 + "]" * 100_000))])
    ),
}


@pytest.mark.parametrize("kind", [Update, Step2])
@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
async def test_whoever_sends_what_is_damaged_is_told_and_sent_away(
    server: Server, name: str, damaged: bytes, kind: Callable[[bytes], Message]
) -> None:
    async with pair(server, name) as both:
        both.eve.say(name, kind(damaged))
        assert await both.is_sent_away()
        await both.goes_on()
        assert both.eve.sees(name) == "hello"
        async with await Client.inside(server, name, "newcomer", "viewer") as newcomer:
            assert newcomer.sees(name) == "hello!"


@pytest.mark.parametrize("damaged", ["cut short", "an empty string", "100,000 arrays in each other"])
async def test_a_y_websocket_client_is_told_by_the_close(server: Server, name: str, damaged: str) -> None:
    async with await YClient.join(server, quote(name), server.token("eve")) as eve:
        eve.say("", Step1(NOTHING), Update(DAMAGED[damaged]))
        closed = await eve.ended()
        assert closed.code == 4400, "final: it would send the same again"
        assert closed.reason


async def test_mutants_of_real_edits(server: Server, name: str, judge: Judge, more: Callable[[int], int]) -> None:
    """Whatever gets in can be read by Yjs, by those who were there and by newcomers alike, and waits for nothing."""
    chance = random.Random(20)
    seeds = _seeds()
    async with pair(server, name) as both:
        bob, eve = both.bob, both.eve
        refused = 0
        for _ in range(more(1500)):
            mutant = bytearray(chance.choice(seeds))
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(mutant))
                match chance.randrange(4):
                    case 0:
                        mutant[at] ^= 1 << chance.randrange(8)
                    case 1:
                        mutant[at] = chance.choice((0, 1, 127, 128, 255))
                    case 2:
                        del mutant[at : at + chance.randint(1, 4)]
                    case _:
                        mutant[at:at] = chance.randbytes(chance.randint(1, 4))
                mutant = mutant or bytearray(1)
            said = len(eve.heard[name])
            eve.edit(name, bytes(mutant))
            await eve.settled()
            if any(isinstance(heard, Close) for heard in eve.heard[name][said:]):
                refused += 1
                eve.heard[name].clear()
                eve.authenticate(name, server.token("eve"))
                await eve.until(lambda: bool(eve.all_of(name, Step2)))
                eve.say(name, Step2(b"\0\0"))
        assert refused > 500, "most mutants are damaged"
        await both.goes_on()
        await bob.settled()
        there = [
            bob.all_of(name, Step2)[0].update,
            both.his.update(),
            *(one.update for one in bob.all_of(name, Update)),
        ]
        async with await Client.inside(server, name, "newcomer", "viewer") as newcomer:
            came = newcomer.updates(name)
    was, now = judge.open(*there), judge.open(*came)
    assert was.error is None
    assert (now.error, now.pending) == (None, False)
    assert now.shape == was.shape
    assert now.vector == was.vector


def _seeds() -> list[bytes]:
    """Real edits of one editor, each of which follows on from nothing or from another one of these."""
    writer = Writer(6)
    typed = [writer.type("hello"), writer.type("ab", at=2), writer.erase(1, 3), writer.type("x" * 200), writer.update()]
    return [
        *typed,
        update(section(7, 0, [root(bombs.ANY, vu(3) + b"\x7e\x79" + b"\x77" + vb("text"))])),
        update(section(8, 0, [root(bombs.EMBED, vb('{"image":[1,2]}')), root(bombs.FORMAT, vb("bold") + vb("true"))])),
        update(section(9, 0, [root(bombs.TYPE, vu(3) + vb("p"), "doc"), b"\x04\0" + vu(9) + vu(0) + vb("in it")])),
    ]


async def test_what_is_built_deep_by_small_edits_is_contained(server: Server, name: str) -> None:
    """XML 20,000 deep ends yrs when it is shown; here it is bytes, which others may fetch, fold and delete."""
    depth = 20_000
    nested = [root(bombs.TYPE, vu(3) + vb("p"), "doc")]
    nested += [bytes([bombs.TYPE]) + b"\0" + vu(9) + vu(clock) + vu(3) + vb("p") for clock in range(depth - 1)]
    async with pair(server, name) as both:
        both.eve.edit(name, update(section(9, 0, nested)))
        await both.eve.until(lambda: both.eve.acks(name) == 2)
        both.eve.edit(name, update(deletes=ranges(9, [(0, 1)])))
        await both.eve.until(lambda: both.eve.acks(name) == 3)
        async with await Client.open(server) as newcomer:
            newcomer.authenticate(name, server.token("newcomer", "**:viewer"))
            await newcomer.until(lambda: bool(newcomer.all_of(name, Step2)))
            assert sum(map(len, newcomer.updates(name))) > depth
        await both.goes_on()


async def test_half_an_emoji_is_to_a_newcomer_what_it_is_to_yjs(server: Server, name: str, judge: Judge) -> None:
    """A naive text area turns one emoji into another by replacing its second half (row 23)."""
    async with Editors() as editors, await Client.inside(server, name, "listener", "editor") as listener:
        alice = await editors.hocuspocus("alice", server, name)
        await alice.until(synced=True)
        await alice.edit(insert="one 😀 two 👩‍👧 three")
        await alice.write([(5, 1, "\ude01"), (11, 1, "\udc68"), (0, 1, "O")])
        await alice.edit(at=4, erase=1)
        await alice.until(saved=True)
        await listener.settled()
        raw = judge.open(*listener.updates(name))
        assert (raw.error, raw.pending) == (None, False)
        assert "�" in raw.shape
        for number in range(2):
            async with await Client.inside(server, name, f"newcomer {number}", "viewer") as newcomer:
                assert judge.open(*newcomer.updates(name)).shape == raw.shape
            await alice.edit(insert=".")  # what is served now follows on from the served form
            await listener.until(lambda number=number: len(listener.all_of(name, Update)) >= 6 + number)  # type: ignore[misc]
            raw = judge.open(*listener.updates(name))
        bob = await editors.ywebsocket("bob", server, name)
        await bob.until(synced=True)
        assert (await bob.text()).replace("�", "") == (await alice.text()).encode("utf-16", "surrogatepass").decode(
            "utf-16", "replace"
        ).replace("�", "")
