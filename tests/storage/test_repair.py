"""Writing a document anew: all of it or nothing, and nothing that is taken out is gone. On SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Delete, Insert, Update, delete, insert, select, text, update

from collab.crdt import squash
from collab.doctor import Outcome, Repair, Repaired
from collab.errors import ConfigurationError
from collab.storage.base import DocumentRecord, KeptDocument
from collab.storage.patient import Patient
from collab.storage.repair import NewChange, RepairStore, Treatment
from collab.storage.sql import SqlStore
from collab.storage.tables import changes, documents, set_aside
from tests.doctor.surgery import reports, write
from tests.growing_old.writing import text_of
from tests.storage.postgres import Cluster
from tests.storage.samples import NOON, batch, change, checkpoint
from tests.storage.test_damage import meddle

LATER = NOON + 1000


@pytest.fixture
async def store(url: str) -> AsyncIterator[RepairStore]:
    """A document of five changes and two generations, and another one."""
    filling = await SqlStore.open(url)
    await filling.append([batch("notes", *(change(b"update %d" % number) for number in range(1, 6)))])
    await filling.add_checkpoint("notes", checkpoint(2), {1: b"did 1", 2: b"did 2"})
    await filling.add_checkpoint("notes", checkpoint(4), {3: b"did 3", 4: b"did 4"})
    await filling.append([batch("other", change(b"sound"))])
    await filling.close()
    opened = await RepairStore.open_to_repair(url)
    yield opened
    await opened.close()


async def harm(url: str, statement: Update | Delete | Insert) -> None:
    """Write past the store and its rules."""

    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # as a disk: no rule is checked
        connection.execute(statement)

    await meddle(url, work)


async def rows(store: RepairStore) -> list[object]:
    def work(connection: Connection) -> list[object]:
        tables = (documents, changes, set_aside)
        return [connection.execute(select(table).order_by(*table.primary_key)).all() for table in tables]

    return await store._database.read(work)


def anew(patient: Patient) -> Treatment:
    """Three changes instead of five."""
    return Treatment(
        record=replace(patient.record, head=3),
        time=LATER,
        changes=[
            NewChange(1, NOON, "alice", None, b"did"),
            NewChange(2, NOON, None, None, b"did"),
            NewChange(3, LATER, None, (b"last",), None, bytes(16)),
        ],
        checkpoints=[replace(checkpoint(2), served=None), checkpoint(3)],
        aside={("documents", 0): "its row", ("changes", 5): "lost", ("checkpoints", 4): "wrong"},
    )


def pass_all(kept: KeptDocument) -> None:
    assert kept.damage is None
    assert [one.sequence for one in kept.checkpoints] == [3, 2]
    assert [one.sequence for one in kept.changes] == [1, 2, 3]


async def test_a_document_is_written_anew(store: RepairStore) -> None:
    await store.treat(1, anew, pass_all)
    stored = await store.load("notes")
    assert stored is not None
    assert (stored.head, stored.checkpoint, stored.tail) == (3, checkpoint(3), ())
    assert await store.append([batch("notes", change(b"more"))]) == {"notes": 4}
    assert await store.load("other") is not None


async def test_what_is_taken_out_is_set_aside_as_it_lay_there(store: RepairStore) -> None:
    await store.treat(1, anew, pass_all)
    *_, aside = await rows(store)
    assert isinstance(aside, list)
    assert [(one.document, one.part, one.time, one.reason) for one in aside] == [
        (1, "documents", LATER, "its row"),
        (1, "changes", LATER, "lost"),
        (1, "checkpoints", LATER, "wrong"),
    ]
    document, lost, wrong = (json.loads(one.content) for one in aside)
    assert (document["name"], document["head"]) == ("notes", 5)
    assert (lost["sequence"], lost["actor"]) == (5, "alice")
    assert set(lost["payload"]) == {"base64"}
    assert wrong["sequence"] == 4


class Refused(Exception):
    """The outcome does not please."""


async def test_an_outcome_that_does_not_please_is_not_committed(store: RepairStore) -> None:
    before = await rows(store)

    def refuse(kept: KeptDocument) -> None:
        pass_all(kept)
        raise Refused

    with pytest.raises(Refused):
        await store.treat(1, anew, refuse)
    assert await rows(store) == before


async def test_changes_come_home(store: RepairStore, url: str) -> None:
    await harm(url, update(changes).where(changes.c.document == 1, changes.c.sequence == 5).values(document=1025))
    assert await store.lost() == [1025]
    assert await store.load("other") is not None
    assert await store.send_home(1025, time=LATER) == 1
    assert await store.lost() == []
    stored = await store.load("notes")
    assert stored is not None
    assert stored.tail[-1].updates == (b"update 5",)


async def test_what_lies_under_no_document_becomes_one(store: RepairStore, url: str) -> None:
    await harm(url, delete(documents).where(documents.c.id == 1))
    assert await store.lost() == [1]
    record = DocumentRecord("recovered", "", "fresh", 0, LATER, LATER, None)
    assert await store.adopt(1, record, time=LATER)
    stored = await store.load("recovered")
    assert stored is not None
    assert (stored.head, stored.lineage, stored.checkpoint) == (5, "fresh", checkpoint(4))


async def test_what_cannot_become_a_document_is_set_aside(store: RepairStore, url: str) -> None:
    await harm(url, insert(changes).values(document=9, sequence=3, time=NOON, actor=None, payload=b"not sealed"))
    record = DocumentRecord("recovered", "", "fresh", 0, LATER, LATER, None)
    assert not await store.adopt(9, record, time=LATER)
    assert await store.lost() == []
    *_, aside = await rows(store)
    assert isinstance(aside, list)
    assert [json.loads(one.content)["sequence"] for one in aside] == [3]


@pytest.mark.postgres
async def test_servers_that_are_connected_are_seen(postgres_url: str) -> None:
    server = await SqlStore.open(postgres_url)
    store = await RepairStore.open_to_look(postgres_url)
    assert await store.strangers() >= 1
    await server.close()
    for _ in range(400):  # the database takes leave of a connection in its own time
        if not await store.strangers():
            break
    assert await store.strangers() == 0
    await store.close()


# ---- the whole of it: ``tests/doctor/test_repairs.py`` has it on SQLite -------------------------------------------------


async def repaired_once_alone(url: str) -> list[Repaired]:
    """The database takes leave of a connection in its own time."""
    for _ in range(400):
        try:
            return [one async for one in Repair(url).run()]
        except ConfigurationError:
            await asyncio.sleep(0.05)
    pytest.fail("there are connections that nobody has")


@pytest.mark.postgres
async def test_the_doctor_mends_documents_on_postgres(cluster: Cluster, migrated: str, postgres_url: str) -> None:
    name, url = migrated, postgres_url
    filling = await SqlStore.open(url)
    logs = {
        document: await write(filling, document, seed=seed) for seed, document in enumerate(("a", "b", "c", "d", "e"))
    }
    repair = Repair(url)
    with pytest.raises(ConfigurationError, match="connections of servers are open"):
        _ = [one async for one in repair.run()]
    await filling.close()
    for statement in (
        "UPDATE checkpoints SET squashed = 'nothing' WHERE document = 1 AND sequence = 40",
        "UPDATE changes SET payload = set_bit(payload, 41, 1 - get_bit(payload, 41)) WHERE document = 2 AND sequence = 50",
        "DELETE FROM changes WHERE document = 3 AND sequence = 50",
        "UPDATE documents SET head = head # 4 WHERE id = 4",
        "SET session_replication_role = replica; UPDATE changes SET document = 13 WHERE document = 5 AND sequence = 60",
    ):
        cluster.sql(name, statement)
    told = await repaired_once_alone(url)
    outcomes = {one.document: one.outcome for one in told}
    assert outcomes == {
        "a": Outcome.REPAIRED,
        "b": Outcome.REPAIRED,
        "c": Outcome.SET_ASIDE,
        "d": Outcome.REPAIRED,
        "e": Outcome.REPAIRED,
    }
    store = await SqlStore.open(url)
    assert [report.document for report in await reports(store) if report.findings] == []
    for document, log in logs.items():
        stored = await store.load(document)
        assert stored is not None
        assert stored.checkpoint is not None
        if document != "c":
            tail = [update for change in stored.tail for update in change.updates]
            assert text_of([stored.checkpoint.squashed, *tail]) == text_of([squash(log)])
    assert cluster.sql(name, "SELECT count(*) FROM set_aside WHERE document = 3") != "0"
    await store.close()
    assert await repaired_once_alone(url) == [], "and then it is well"
