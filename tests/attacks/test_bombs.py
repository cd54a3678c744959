"""Small frames that are dear to read: while one is read, nobody else waits (row 24)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from collab.config import DocumentLimits
from collab.protocol.messages import Awareness, Close, Message, Step1, Step2, SyncStatus, Update
from tests.attacks import bombs
from tests.attacks.clients import Client
from tests.attacks.latency import Latency
from tests.protocol.frames import vb, vu
from tests.rooms.house import Writer
from tests.servers import Server

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.alone]

CLOSELY = 0.1
"""Seconds for which the loop may stand still."""

TRIES = 3
"""A machine has other things to do; a loop that stands still does so each time."""

MILLION = 1_000_000


def deletions_of_the_past(count: int) -> Callable[[], Message]:
    """Every second clock of a client that the document holds ``2 * count`` clocks of."""
    return lambda: Update(bombs.update(deletes=bombs.ranges(77, ((2 * clock, 1) for clock in range(count)))))


def deletions_of_the_future(count: int) -> Callable[[], Message]:
    return lambda: Update(bombs.update(deletes=bombs.ranges(78, ((2 * clock, 1) for clock in range(count)))))


def one_deletion_again_and_again(count: int) -> Callable[[], Message]:
    return lambda: Update(bombs.update(deletes=bombs.ranges(77, ((1, 1) for _ in range(count)))))


def skips(count: int) -> Callable[[], Message]:
    return lambda: Update(bombs.update(bombs.section(79, 0, (bytes([bombs.SKIP, 1]) for _ in range(count)))))


def structs(count: int) -> Callable[[], Message]:
    return lambda: Update(bombs.prepended(80, count))


def sections(count: int) -> Callable[[], Message]:
    """Of so many clients, one struct each."""
    return lambda: Update(
        bombs.update(*(bombs.section(1000 + number, 0, [bytes([bombs.GC, 1])]) for number in range(count)))
    )


def state_vector(count: int) -> Callable[[], Message]:
    return lambda: Step1(vu(count) + b"".join(vu(1000 + number) + b"\1" for number in range(count)))


def json_values(count: int) -> Callable[[], Message]:
    text = json.dumps([[]] * 100 + [""] * count)
    return lambda: Update(bombs.update(bombs.section(81, 0, [bombs.root(bombs.EMBED, vb(text))])))


def any_values(count: int) -> Callable[[], Message]:
    content = vu(1) + bytes([117]) + vu(count) + b"\x78" * count
    return lambda: Update(bombs.update(bombs.section(82, 0, [bombs.root(bombs.ANY, content)])))


def text(count: int) -> Callable[[], Message]:
    return lambda: Update(bombs.update(bombs.section(83, 0, [bombs.root(bombs.STRING, vb("ä" * count))])))


def presences(count: int, size: int) -> Callable[[], Message]:
    state = vb(json.dumps([""] * (size // 4)))
    return lambda: Awareness(vu(count) + b"".join(vu(2000 + number) + b"\1" + state for number in range(count)))


BOMBS: dict[str, Callable[[], Message]] = {
    "1,000,000 deletions of what is there": deletions_of_the_past(MILLION),
    "240,000 deletions of what is there, which is allowed": deletions_of_the_past(240_000),
    "300,000 deletions of what is yet to come": deletions_of_the_future(300_000),
    "one deletion 1,000,000 times": one_deletion_again_and_again(MILLION),
    "2,000,000 Skips": skips(2 * MILLION),
    "600,000 structs": structs(600_000),
    "200,000 clients": sections(200_000),
    "a state vector of 1,000,000 clients": state_vector(MILLION),
    "a JSON text of 1,000,000 values": json_values(MILLION - 200),
    "1,000,000 any values": any_values(MILLION),
    "7 MB of text": text(3_500_000),
    "200 presences of 60 kB": presences(200, 60_000),
}


Attempt = Callable[[str], Awaitable[float]]
"""Does something in a document, and tells how long others waited at the most."""


async def nobody_waits(attempt: Attempt, document: str) -> None:
    worst: list[float] = []
    for number in range(TRIES):
        worst.append(await attempt(f"{document}/{number}"))
        if worst[-1] < CLOSELY:
            return
    pytest.fail(f"others waited {', '.join(f'{seconds:.3f}' for seconds in worst)} s")


@pytest.mark.parametrize("role", ["editor", "viewer"])
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
async def test_while_a_bomb_is_read_nobody_waits(
    server: Server, name: str, bomb: Callable[[], Message], role: str
) -> None:
    """Neither elsewhere on the server, nor in the very same document for more than a moment."""
    message = bomb()

    async def attempt(document: str) -> float:
        async with await Client.inside(server, document, "bob") as bob:
            bob.edit(document, bombs.filler(77, 2 * MILLION))
            await bob.until(lambda: bob.acks(document) == 2)
            async with await Client.inside(server, document, "eve", role) as eve:
                heard = len(eve.heard[document])

                def answers() -> list[Message]:
                    return [
                        m for m in eve.heard[document][heard:] if isinstance(m, Close | SyncStatus | Step2 | Awareness)
                    ]

                with Latency(server) as latency:
                    eve.say(document, message)
                    his = Writer(5)
                    for count in range(10):
                        bob.edit(document, his.type("x"))
                        await bob.until(lambda count=count: bob.acks(document) == 3 + count, timeout=30)  # type: ignore[misc]
                    await eve.until(lambda: bool(answers()), timeout=60)
                assert all(answer.reason for answer in answers() if isinstance(answer, Close))
        return latency.worst

    await nobody_waits(attempt, name)


async def test_an_honest_first_upload_at_the_limit_and_the_newcomers_after_it(server: Server, name: str) -> None:
    """Structs that nothing can join, as a Step2; somebody opens it, somebody deletes, somebody opens it again."""
    upload = bombs.prepended(7, DocumentLimits().max_update_structs)

    async def attempt(document: str) -> float:
        async with await Client.open(server) as alice:
            alice.authenticate(document, server.token("alice"))
            await alice.until(lambda: bool(alice.all_of(document, Step2)))
            with Latency(server) as latency:
                alice.say(document, Step2(upload))
                await alice.until(lambda: alice.acks(document) == 1, timeout=60)
                for count in range(2):
                    async with await Client.open(server) as carol:
                        carol.authenticate(document, server.token("carol"))
                        await carol.until(lambda carol=carol: bool(carol.all_of(document, Step2)), timeout=60)  # type: ignore[misc]
                        assert sum(map(len, carol.updates(document))) > 2_000_000
                    alice.edit(document, bombs.update(deletes=bombs.ranges(7, [(1000 * count, 1)])))
                    await alice.until(lambda count=count: alice.acks(document) == 2 + count)  # type: ignore[misc]
        return latency.worst

    await nobody_waits(attempt, name)


async def test_many_uploads_at_the_same_moment(server: Server, name: str) -> None:
    """Twenty people open documents of their own that they wrote offline: each in small steps, and all together, too."""
    upload = bombs.prepended(7, 40_000)

    async def attempt(document: str) -> float:
        people = [await Client.inside(server, f"{document}/{number}", "someone") for number in range(20)]
        with Latency(server) as latency:
            for number, client in enumerate(people):
                client.edit(f"{document}/{number}", upload)
            for number, client in enumerate(people):
                await client.until(
                    lambda number=number, client=client: client.acks(f"{document}/{number}") == 2,  # type: ignore[misc]
                    timeout=60,
                )
        for client in people:
            await client.leave()
        return latency.worst

    await nobody_waits(attempt, name)
