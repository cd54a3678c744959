"""What newcomers are sent: everything, once; nothing that was deleted; and of what they have, nothing again."""

from __future__ import annotations

import asyncio
import random

import pytest

from collab.crdt import DocumentState, decode_state_vector
from collab.rooms.served import Served
from tests.attacks import bombs
from tests.rooms.house import EMPTY, Writer, shown
from tests.rooms.lag import CLOSELY, Lag


class Document:
    """A document as a room keeps it, and what was let into it."""

    def __init__(self) -> None:
        self.state = DocumentState()
        self.served = Served(self.state)
        self.log: list[bytes] = []

    def let_in(self, *updates: bytes) -> None:
        for update in updates:
            extension = self.state.extend(update)
            assert extension.rest is None
            self.served.add(extension)
            self.log.append(update)


async def test_nothing_is_an_answer_too() -> None:
    assert await Document().served.answer({}) == [EMPTY]


async def test_after_the_form_was_made_edits_follow_it() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(hers.type("hello"), hers.type(" world"))
    await document.served.renew()
    document.let_in(hers.type("!"))
    first, second = await document.served.answer({})
    assert shown(first) == "hello world"
    assert shown(first, second) == "hello world!"


async def test_all_of_it_as_one_update_is_made_once() -> None:
    """For a large document it takes long, and programs ask again and again."""
    document, hers = Document(), Writer(1)
    document.let_in(hers.type("hello"))
    await document.served.renew()
    for text in ("hello!", "hello!?"):
        document.let_in(hers.type(text[-1]))
        whole = await document.served.difference({})
        assert shown(whole) == text
        assert await document.served.difference({}) is whole
        assert shown(*await document.served.answer({})) == text
    assert await document.served.difference({1: 7}) == b"\0\0"
    document.let_in(hers.erase(0, 5))
    assert shown(await document.served.difference({})) == "!?"
    assert b"hello" not in await document.served.difference({})


async def test_what_was_deleted_is_in_no_answer() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(hers.type("keep secret keep"))
    assert b"secret" in b"".join(await document.served.answer({}))
    document.let_in(hers.erase(5, 7))
    for known in ({}, {1: 3}, {1: 8}):
        assert b"secret" not in b"".join(await document.served.answer(known))
    document.let_in(hers.type("!"))
    answer = await document.served.answer({})
    assert b"secret" not in b"".join(answer)
    assert shown(*answer) == "keep keep!"


async def test_who_has_it_all_is_sent_the_deletions_only() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(hers.type("hello" * 1000), hers.erase(3))
    await document.served.renew()
    answer = await document.served.answer({1: 5000})
    assert sum(map(len, answer)) < 20
    assert Writer(9).hear(hers.update()).hear(*answer).text == hers.text


async def test_who_has_some_of_it_is_sent_the_rest_only() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(hers.type("a" * 5000))
    await document.served.renew()
    document.let_in(hers.type("b" * 5000))
    assert sum(map(len, await document.served.answer({1: 9990}))) < 100


async def test_many_newcomers_at_once_are_all_served_from_one_making() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(*(hers.type("ab") for _ in range(300)), hers.erase(10, 100))
    answers = await asyncio.gather(*(document.served.answer({}) for _ in range(50)))
    assert {shown(*answer) for answer in answers} == {hers.text}
    assert len({id(answer[0]) for answer in answers}) == 1, "the very same bytes"


async def test_what_comes_in_while_an_answer_is_made_is_in_it() -> None:
    document, hers = Document(), Writer(1)
    document.let_in(bombs.prepended(7, 60_000), hers.type("a"), hers.erase(0))
    for known in ({}, {7: 10_000}):
        answering = asyncio.create_task(document.served.answer(known))
        for _ in range(5):
            await asyncio.sleep(0)
            document.let_in(hers.type("b"))
        assert not answering.done(), "or else this shows nothing"
        answer = await answering
        reached = DocumentState(dict(known))
        assert [reached.extend(update).rest for update in answer] == [None] * len(answer)
        assert reached.state_vector == document.state.state_vector


async def test_a_large_document_keeps_nobody_waiting() -> None:
    document = Document()
    document.let_in(bombs.prepended(7, 100_000), bombs.prepended(8, 100_000))
    async with Lag() as lag:
        await document.served.answer({})
        document.let_in(bombs.update(deletes=bombs.ranges(7, [(5, 1)])))
        await document.served.answer({7: 50_000})
    assert lag.seconds < CLOSELY


@pytest.mark.parametrize("seed", range(30))
async def test_random_sessions_and_random_newcomers(seed: int) -> None:
    """Three writers; newcomers and returners with any part of it; the form made anew at any moment."""
    chance = random.Random(seed)
    document = Document()
    writers = [Writer(number) for number in (1, 2, 3)]
    known_by: list[tuple[Writer, int]] = []
    for _ in range(80):
        writer = chance.choice(writers).hear(*document.log)
        if writer.text and chance.random() < 0.35:
            at = chance.randrange(len(writer.text))
            document.let_in(writer.erase(at, chance.randint(1, min(4, len(writer.text) - at))))
        else:
            document.let_in(
                writer.type(chance.choice("abcdef") * chance.randint(1, 5), chance.randint(0, len(writer.text)))
            )
        if chance.random() < 0.1:
            await document.served.renew()
        if chance.random() < 0.1:
            known_by.append((Writer(100).hear(*document.log), len(document.log)))
        if chance.random() < 0.3:
            answer = await document.served.answer({})
            assert shown(*answer) == shown(*document.log)
        if known_by and chance.random() < 0.3:
            who, count = chance.choice(known_by)
            answer = await document.served.answer(decode_state_vector(who.vector))
            returned = Writer(101).hear(*document.log[:count]).hear(*answer)
            assert returned.text == shown(*document.log)
            assert returned.vector == Writer(102).hear(*document.log).vector
