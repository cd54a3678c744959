"""All sockets together: how many, what time brings, and a stop that is told to everyone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.transports.connection import Connection
from tests.attacks.clients import Client, YClient
from tests.transports.doors import Doors


async def counted(doors: Doors, number: int) -> None:
    async with asyncio.timeout(10):
        while len(doors.connections) != number:  # noqa: ASYNC110 - the end of a socket is told to nobody
            await asyncio.sleep(0.01)


async def test_sockets_are_counted_from_their_beginning_to_their_end(doors: Doors) -> None:
    clients = [await Client.open(doors) for _ in range(3)]
    await counted(doors, 3)
    await clients.pop().leave()
    await counted(doors, 2)
    for client in clients:
        await client.leave()
    await counted(doors, 0)


async def test_one_too_many_is_told_so_and_changes_nothing_for_the_others(tmp_path: Path) -> None:
    async with Doors(tmp_path, max_connections=2) as doors:
        one, two = await Client.open(doors), await Client.open(doors)
        async with await Client.open(doors) as late:
            closed = await late.ended()
            assert (closed.code, "2 connections" in closed.reason) == (1013, True)
        assert await one.ping() < 5
        await two.leave()
        await counted(doors, 1)
        async with await Client.open(doors) as again:
            assert await again.ping() < 5
        await one.leave()


async def test_a_stop_is_told_to_everyone_and_nobody_new_gets_in(doors: Doors) -> None:
    clients = [await Client.inside(doors, "notes", f"writer {number}") for number in range(3)]
    clients.append(await Client.open(doors))
    stopping = asyncio.create_task(doors.connections.close())
    assert [(await client.ended()).code for client in clients] == [1001] * 4
    await stopping
    assert len(doors.connections) == 0
    async with await Client.open(doors) as late:
        assert (await late.ended()).code == 1001
    for client in clients:
        await client.leave()


async def test_a_stop_is_told_to_who_waits_for_a_document(doors: Doors) -> None:
    doors.house.disk.reads.clear()
    async with (
        await YClient.join(doors, "notes", doors.token("alice")) as alice,
        await Client.open(doors) as bob,
    ):
        bob.authenticate("notes", doors.token("bob"))
        await asyncio.sleep(0.1)
        await doors.house.rooms.close(0.2)
        async with asyncio.timeout(4):
            await doors.connections.close()
            assert [(await client.ended()).code for client in (alice, bob)] == [1001, 1001]


async def test_the_mistake_of_one_does_not_stop_the_clock_of_the_others(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tick = Connection.tick
    mistaken: list[Connection] = []

    def mistakes_one(connection: Connection, now: float) -> None:
        mistaken[:] = mistaken or [connection]
        if connection is mistaken[0]:
            raise RuntimeError("a mistake")
        tick(connection, now)

    monkeypatch.setattr(Connection, "tick", mistakes_one)
    async with await Client.open(doors), await Client.open(doors) as other:
        doors.ahead = 60
        assert (await other.ended()).code == 4408
    assert "could not be looked after" in caplog.text
