"""Bits that flip on the disk of a real server (FAULTS rows 10 and 13): found, worked round, said, and never made worse."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.crdt import squash
from collab.doctor import Finding, Harm, Outcome, Repair, rounds
from collab.rooms.fold import fold
from collab.storage.sql import SqlStore
from tests.editors import Editors
from tests.growing_old.client import Client, Refused
from tests.growing_old.writing import Typist, keep, text_of
from tests.servers import Server

PART = 600
"""Changes up to the older generation, between the two, and behind both: more than is folded on leaving."""


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Not started yet."""
    return Server(tmp_path, "--idle-room-seconds", "0.1s")


async def write(server: Server, *names: str) -> str:
    """Make documents of two generations and a tail; what is written in each of them."""
    store = await SqlStore.open(f"sqlite:///{server.database}")
    typist = Typist()
    parts = [typist.type(PART) for _ in range(3)]
    for name in names:
        for part in parts[:2]:
            await keep(store, name, part.log)
            await fold(store, name)
        await keep(store, name, parts[2].log)
    await store.close()
    return parts[2].text


@pytest.fixture
async def text(server: Server) -> str:
    """What is written in the document ``notes``."""
    return await write(server, "notes")


def flip(
    server: Server, column: str, *sequences: int, table: str = "checkpoints", name: str = "notes", bits: int = 1
) -> None:
    """Flip a bit, or several, in the middle of a column; flipping them again mends it."""
    connection = sqlite3.connect(server.database)
    with connection:
        for sequence in sequences:
            where = f"sequence = {sequence} AND document = (SELECT id FROM documents WHERE name = '{name}')"
            (blob,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
            flipped = bytearray(blob)
            for at in range(bits):
                flipped[len(blob) // 2 + at] ^= 1
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (bytes(flipped),))
    connection.close()


def rows(server: Server) -> list[list[tuple[object, ...]]]:
    """All that is stored of documents."""
    connection = sqlite3.connect(server.database)
    tables = ("documents", "changes", "checkpoints")
    found = [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
    connection.close()
    return found


async def doctor(server: Server) -> list[Finding]:
    """What the doctor finds while the server runs."""
    store = await SqlStore.open_to_look(f"sqlite:///{server.database}")
    found = [finding async for report in rounds(store) for finding in report.findings]
    await store.close()
    for finding in found:
        print("doctor:", finding)
    return found


async def until_well(server: Server) -> None:
    for _ in range(400):  # a busy machine folds late
        if not await doctor(server):
            return
        await asyncio.sleep(0.1)
    pytest.fail("the next fold did not mend it")


def sequences(server: Server) -> list[int]:
    """Of the checkpoints there are."""
    connection = sqlite3.connect(server.database)
    found = [sequence for (sequence,) in connection.execute("SELECT sequence FROM checkpoints")]
    connection.close()
    return found


async def until_folded(server: Server, *, behind: int) -> None:
    for _ in range(400):
        if max(sequences(server)) > behind:
            return
        await asyncio.sleep(0.1)
    pytest.fail("it was not folded")


async def test_a_damaged_checkpoint_is_worked_round_and_mended(server: Server) -> None:
    """Whichever of its columns it is."""
    columns = ("squashed", "state_vector", "delete_set", "checksum", "served", "served_checksum")
    text = await write(server, *columns)
    for column in columns:
        flip(server, column, 2 * PART, name=column)
    async with server:
        found = await doctor(server)
        harms = [Harm.MARRED if column.startswith("served") else Harm.EXPOSED for column in columns]
        assert [(one.document, one.sequence) for one in found] == [(column, 2 * PART) for column in columns]
        assert [one.harm for one in found] == harms
        for column in columns:
            async with Client(server, column) as client:
                assert client.text == text
        await until_well(server)  # the last one has left: it is folded from what is older, and the log
        await server.logs(f"document '{columns[-1]}': ")
        noticed = re.findall(rf"document '(\w+)': .*checkpoint at {2 * PART} is damaged", server.log)
        assert set(noticed) == set(columns)  # at opening, or at folding
        for column in columns:
            async with Client(server, column) as client:
                assert client.text == text


async def test_what_cannot_be_opened_is_refused_and_kept(server: Server, text: str) -> None:
    """Both generations damaged, and what is before them let go: not all of it can be had."""
    flip(server, "state_vector", PART, 2 * PART)
    before = rows(server)
    async with server:
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                await Client(server, "notes").__aenter__()
            assert refused.value.code == 1013
            assert "'notes' cannot be read: change 1" in refused.value.reason
        await server.logs("is kept as it is")
        assert [finding.harm for finding in await doctor(server)] == [Harm.EXPOSED, Harm.EXPOSED, Harm.BROKEN]
        async with Client(server, "other") as client:
            assert client.text == ""  # everybody else goes on
        assert rows(server) == before
        flip(server, "state_vector", PART)
        async with Client(server, "notes") as client:
            assert client.text == text


async def test_what_only_history_needs_keeps_nobody_from_opening(server: Server, text: str) -> None:
    """The content of both generations is damaged, and not what readers open: they read and write on."""
    flip(server, "squashed", PART, 2 * PART, bits=40)  # more than the doctor can mend
    async with server:
        async with Client(server, "notes") as client:
            assert client.text == text
            more = squash(Typist(client=7).type(PART, piece=20).log)
            await client.edit(more)
            written = text_of([*client.updates, more])
        await server.logs("document 'notes' could not be folded: ")
        await server.logs("only `collab doctor --repair` can help")
        async with Client(server, "notes") as client:
            assert client.text == written
        assert [finding.harm for finding in await doctor(server)] == [Harm.EXPOSED] * 3

    (repaired,) = [one async for one in Repair(f"sqlite:///{server.database}").run()]
    print("doctor:", repaired)
    assert (repaired.outcome, repaired.uncertain) == (Outcome.SET_ASIDE, ())
    ((first, last, what),) = [(loss.first, loss.last, loss.what) for loss in repaired.losses]
    assert (first, last, "had been deleted" in what) == (1, 2 * PART, True)
    async with server:
        assert await doctor(server) == []
        async with Client(server, "notes") as client:
            assert client.text == written
            await client.edit(squash(Typist(client=8).type(PART, piece=20).log))
        await until_folded(server, behind=max(sequences(server)))
        assert await doctor(server) == []


@pytest.mark.node
async def test_an_editor_of_what_cannot_be_opened_is_told_and_keeps_its_edits(
    server: Server, text: str, editors: Editors
) -> None:
    flip(server, "payload", 3 * PART, table="changes")
    async with server:
        before = rows(server)
        alice = await editors.hocuspocus("alice", server, "notes")
        await alice.edit(insert="while it was away")
        await alice.until(closes=1)
        view = await alice.look()
        assert f"'notes' cannot be read: change {3 * PART}" in view.closes[0]["reason"]
        assert (view.synced, view.unsynced > 0, view.acknowledged) == (False, True, 0)
        assert view.denials == [], "it is no lack of rights"
        assert rows(server) == before
        flip(server, "payload", 3 * PART, table="changes")
        await alice.disconnect()
        await alice.until(connected=False)
        await alice.connect()
        await alice.until(saved=True, acknowledged=1)
        async with Client(server, "notes") as client:
            assert client.text == text  # what alice wrote has another name in her document
            assert b"while it was away" in b"".join(client.updates)
        assert await doctor(server) == []


@pytest.fixture
async def editors() -> AsyncIterator[Editors]:
    """Node, ready to open editors."""
    async with Editors() as running:
        yield running
