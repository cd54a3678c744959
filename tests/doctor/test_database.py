"""Damage beside the documents: found, and with the documents around it mended by one command."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from collab.doctor import Harm, Outcome, Part, Repair, file_findings, stray_findings
from collab.rooms.fold import fold
from collab.storage.repair import RepairStore
from collab.storage.sql import SqlStore
from tests.doctor.surgery import reports
from tests.doctor.test_command import doctor
from tests.growing_old.client import Client
from tests.growing_old.writing import Typist, keep, text_of
from tests.servers import Server
from tests.storage.test_salvage import pages, wreck

NAMES = [f"document {number:02}" for number in range(40)]


async def fill(file: Path) -> str:
    """Forty documents, a long one among them; what is in that."""
    store = await SqlStore.open(f"sqlite:///{file}")
    typist, text = Typist(), ""
    for name in NAMES:
        if name == NAMES[20]:
            await keep(store, name, typist.type(600).log)
            await fold(store, name)
            last = typist.type(400)
            await keep(store, name, last.log)
            text = last.text
        else:
            await store.create(name, lineage="lineage", time=1)
    await store.close()
    return text


async def test_rows_without_a_document_and_indexes_without_rows_are_found(
    store: SqlStore, log: list[bytes], file: Path
) -> None:
    url = f"sqlite:///{file}"
    looking = await RepairStore.open_to_look(url)
    assert (await file_findings(url), await stray_findings(looking)) == ([], [])
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM documents WHERE id = 1")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("CREATE INDEX spare ON documents (title)")
    connection.execute("DELETE FROM sqlite_schema WHERE name = 'spare'")
    connection.commit()
    connection.close()
    (finding,) = await stray_findings(looking)
    assert (finding.part, finding.harm) == (Part.DATABASE, Harm.BROKEN)
    assert str(finding).startswith("broken: the database: changes or checkpoints of a document that is not there")
    assert await file_findings(url), "a page that nobody uses"
    await looking.close()
    result = await asyncio.to_thread(doctor, file)
    assert result.exit_code == 1
    assert "problems in the database" in result.output


async def test_a_file_with_pages_that_cannot_be_read(tmp_path: Path) -> None:
    """Of documents and of changes: what is on other pages is all there, and what is on these is told."""
    file = tmp_path / "collab.db"
    text = await fill(file)
    changes, documents = pages(file, "changes"), pages(file, "documents")
    wreck(file, changes[len(changes) // 4], documents[-1])  # of changes that a checkpoint holds
    damaged = await asyncio.to_thread(file.read_bytes)
    found = await asyncio.to_thread(doctor, file)
    assert found.exit_code == 1
    assert "the database" in found.output
    result = await asyncio.to_thread(doctor, file, "--repair", "--json")
    assert result.exit_code == 1, "rows were lost"
    *told, summary = map(json.loads, result.stdout.splitlines())
    assert summary["summary"]["rows_unreadable"] > 0
    assert await asyncio.to_thread(Path(summary["summary"]["original"]).read_bytes) == damaged
    assert {one["outcome"] for one in told} == {"set aside"}
    assert (await asyncio.to_thread(doctor, file)).exit_code == 0
    async with Server(tmp_path) as server, Client(server, NAMES[20]) as client:
        assert client.text == text
    store = await SqlStore.open(f"sqlite:///{file}")
    assert [name for _, name in await store.rows()] == NAMES
    await store.close()


async def test_an_index_that_has_lost_a_document(tmp_path: Path) -> None:
    file = tmp_path / "collab.db"
    text = await fill(file)
    data = bytearray(await asyncio.to_thread(file.read_bytes))
    start = (pages(file, "sqlite_autoindex_documents_1")[0] - 1) * 4096
    at = data.index(NAMES[20].encode(), start, start + 4096)
    data[at + 3] ^= 1
    await asyncio.to_thread(file.write_bytes, data)
    result = await asyncio.to_thread(doctor, file, "--repair")
    assert result.exit_code == 0, result.output
    assert "its indexes were made anew" in result.output
    assert (await asyncio.to_thread(doctor, file)).exit_code == 0
    store = await SqlStore.open(f"sqlite:///{file}")
    stored = await store.load(NAMES[20])
    assert stored is not None
    assert stored.checkpoint is not None
    tail = [update for change in stored.tail for update in change.updates]
    assert text_of([stored.checkpoint.squashed, *tail]) == text
    await store.close()


async def test_any_bit_of_the_file(
    store: SqlStore, log: list[bytes], file: Path, tmp_path: Path, more: Callable[[int], int]
) -> None:
    """Besides the pages with the schema: whatever flips is mended, or told; never passed over, never made worse."""
    await store.close()
    original = await asyncio.to_thread(file.read_bytes)
    sound = await texts(file)
    chance = random.Random(5)
    with closing(sqlite3.connect(file)) as connection:
        pages = {page for (page,) in connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")}
    used = [at for at, byte in enumerate(original) if byte and at // 4096 + 1 not in pages]
    for number in range(more(8)):
        flipped = bytearray(original)
        at, bit = chance.choice(used), chance.randrange(8)
        flipped[at] ^= 1 << bit
        copy = tmp_path / str(number) / "collab.db"
        await asyncio.to_thread(copy.parent.mkdir)
        await asyncio.to_thread(copy.write_bytes, flipped)
        told = [one async for one in Repair(f"sqlite:///{copy}").run()]
        assert await file_findings(f"sqlite:///{copy}") == [], (at, bit)
        left = await texts(copy)
        whole = {one.document for one in told if one.outcome is Outcome.REPAIRED}
        for name in whole | (set(sound) - {one.document for one in told}):
            assert left[name] == sound[name], (at, bit)


async def texts(file: Path) -> dict[str, str]:
    """What is written in each document; all of them are well."""
    opened = await SqlStore.open(f"sqlite:///{file}")
    written = {}
    for report in await reports(opened):
        assert report.findings == ()
        stored = await opened.load(report.document)
        assert stored is not None
        base = [stored.checkpoint.squashed] if stored.checkpoint else []
        written[report.document] = text_of([*base, *(each for change in stored.tail for each in change.updates)])
    await opened.close()
    return written
