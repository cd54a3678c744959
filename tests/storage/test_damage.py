"""Stored bits that flip (FAULTS row 13): found, worked around with what is older, or said; never served, never blank."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, SmallInteger, Table, create_engine, select, text, update

from collab.errors import CollabError, DocumentUnreadable, StorageUnavailable
from collab.storage import checkpoints as checkpoint_work
from collab.storage.base import Checkpoint, Opening, StoredDocument
from collab.storage.connect import connect
from collab.storage.packing import Packing
from collab.storage.sql import SqlStore
from collab.storage.tables import changes, checkpoints, documents
from tests.storage.child import everything
from tests.storage.samples import NOON, batch, change, checkpoint, let_go

COLUMNS = [
    (table, column.name)
    for table in (documents, changes, checkpoints)
    for column in table.columns
    if (table.name, column.name) not in {("documents", "name"), ("documents", "title")}
]
"""Every column that decides which bytes a reader gets. Whoever flips a bit of a title has made a typo, and whoever
changes a name together with its index has renamed the document: ``test_any_bit_of_the_file`` flips them apart."""

ROWS = {"documents": [0], "changes": [0, 1, 2, 3, 6], "checkpoints": [0, 1]}
"""Which rows, counted from the last one."""


async def fill(store: SqlStore) -> SqlStore:
    """A document of eight changes, with checkpoints at 2, 4 and 6, of which the last two are kept; and another one."""
    for end in (2, 4, 6):
        new = (end - 1, end)
        await store.append([batch("notes", *(change(b"%d" % number) for number in new))])
        await store.add_checkpoint("notes", checkpoint(end, everything(end)), dict.fromkeys(new, b"did"))
    await store.append([batch("notes", change(b"7"), change(b"8", actor=None))])
    await store.append([batch("other", change(b"sound"))])
    return store


@pytest.fixture
async def store(sql_store: SqlStore) -> SqlStore:
    """A store that has something to lose."""
    return await fill(sql_store)


def text_of(document: StoredDocument) -> bytes:
    pieces = [update for stored in document.tail for update in stored.updates]
    start = [] if document.checkpoint is None else [document.checkpoint.squashed.removeprefix(b"squashed ")]
    return b" ".join(start + pieces)


def flip(value: object, kind: type, chance: random.Random) -> object:
    """The same with one bit flipped; what is NULL becomes something."""
    match value:
        case None:
            return kind(1)
        case int():
            return value ^ 1 << chance.randrange(20, 40)  # a high one, so that no two rows clash
        case str():
            at = chance.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
        case bytes():
            bit = chance.randrange(len(value) * 8)
            return value[: bit // 8] + bytes([value[bit // 8] ^ 1 << bit % 8]) + value[bit // 8 + 1 :]
        case _:
            raise TypeError(value)


def damage(connection: Connection, table: Table, column: str, row: int, chance: random.Random) -> None:
    """Flip a bit in the so-manieth last row of the first document."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # as a disk: no rule is checked
    key = list(table.primary_key)
    of = table.c.id if table is documents else table.c.document
    stored = connection.execute(select(table).where(of == 1).order_by(*(part.desc() for part in key))).all()[row]
    value = flip(getattr(stored, column), table.c[column].type.python_type, chance)
    if isinstance(table.c[column].type, SmallInteger):
        value = getattr(stored, column) ^ (1 << chance.randrange(15))
    connection.execute(
        update(table).where(*(part == getattr(stored, part.name) for part in key)).values({column: value})
    )


async def meddle(url: str, work: Callable[[Connection], None]) -> None:
    """Write to a database past the store and its rules."""
    if url.startswith("postgresql"):
        database = connect(url)
        await database.write(work)
        await database.close()
        return

    def run() -> None:
        engine = create_engine(url)  # without foreign keys, as SQLite comes
        with engine.begin() as connection:
            work(connection)
        engine.dispose()

    await asyncio.to_thread(run)


def expected(table: Table, column: str, row: int) -> str:
    """What a flipped bit in the so-manieth last row must lead to."""
    if table is documents:  # the digest is not asked while the name is found; hour and folded are for lists
        return "the same" if column in {"digest", "hour", "folded"} else "unreadable"
    if table is changes:  # the last two are the tail; what they did is not read with it
        return "unreadable" if row < 2 and column != "ranges" else "the same"
    if row == 0:
        return "not servable" if column in {"served", "served_checksum", "size"} else "the older checkpoint"
    return "the same"


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [(table, column, row) for table, column in COLUMNS for row in ROWS[table.name]],
    ids=lambda value: getattr(value, "name", str(value)),
)
async def test_a_flipped_bit_in_any_column(
    store: SqlStore, url: str, table: Table, column: str, row: int, caplog: pytest.LogCaptureFixture
) -> None:
    sound = await store.load("notes")
    assert sound is not None
    assert text_of(sound) == everything(8)
    chance = random.Random(f"{table.name} {column} {row}")
    await meddle(url, lambda connection: damage(connection, table, column, row, chance))
    outcome = expected(table, column, row)
    if outcome == "unreadable":
        with pytest.raises(DocumentUnreadable, match=r"'notes' cannot be read: (its row|change [78])"):
            await store.load("notes")
        if table is documents:
            with pytest.raises(DocumentUnreadable):
                await store.append([batch("notes")])
    else:
        document = await store.load("notes")
        assert document is not None
        assert text_of(document) == everything(8)
        assert (document.lineage, document.head) == (sound.lineage, sound.head)
        assert document.checkpoint is not None
        assert document.checkpoint.sequence == (4 if outcome == "the older checkpoint" else 6)
        assert (document.checkpoint.served is None) == (outcome != "the same")
        # A checkpoint that belongs to nobody is not missed; one that moved up is looked at first.
        noticed = (column == "sequence" and table is checkpoints) or (outcome != "the same" and column != "document")
        assert ("damaged" in caplog.text) == noticed
    other = await store.load("other")
    assert other is not None
    assert text_of(other) == b"sound"


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [(table, column, row) for table, column in COLUMNS for row in ROWS[table.name]],
    ids=lambda value: getattr(value, "name", str(value)),
)
async def test_a_flipped_bit_is_never_served(store: SqlStore, url: str, table: Table, column: str, row: int) -> None:
    """Whoever opens the document gets what was written, of the checkpoint's served form or of all that there is."""
    chance = random.Random(f"served {table.name} {column} {row}")
    await meddle(url, lambda connection: damage(connection, table, column, row, chance))
    if expected(table, column, row) == "unreadable":
        with pytest.raises(DocumentUnreadable, match=r"'notes' cannot be read: (its row|change [78])"):
            await store.load_to_serve("notes")
        return
    opens = await store.load_to_serve("notes")
    if isinstance(opens, Opening):
        made = checkpoint(opens.sequence, everything(opens.sequence))
        assert (opens.sequence, opens.size, opens.served) == (6, len(made.squashed), made.served)
        assert (opens.state_vector, opens.delete_set, opens.entries) == (
            made.state_vector,
            made.delete_set,
            made.entries,
        )
        assert [update for change in opens.tail for update in change.updates] == [b"7", b"8"]
    else:
        assert opens is not None
        assert text_of(opens) == everything(8)


async def test_without_any_sound_checkpoint_it_is_said_which_change_is_missing(store: SqlStore, url: str) -> None:
    await let_go(store, "notes")
    for row in (0, 1):
        work = partial(damage, table=checkpoints, column="squashed", row=row, chance=random.Random(1))
        await meddle(url, work)
    with pytest.raises(DocumentUnreadable, match=r"'notes' cannot be read: change 1 of 8 is missing"):
        await store.load("notes")


async def test_a_damaged_checkpoint_is_replaced_before_the_sound_one_goes(store: SqlStore, url: str) -> None:
    await meddle(url, lambda connection: damage(connection, checkpoints, "squashed", 0, random.Random(1)))
    await store.add_checkpoint("notes", checkpoint(8, everything(8)), dict.fromkeys(range(5, 9), b"did"))
    # 8 and 4 are kept, and with 4 what came after it: now 8 may be damaged, too.
    await meddle(url, lambda connection: damage(connection, checkpoints, "delete_set", 0, random.Random(1)))
    document = await store.load("notes")
    assert document is not None
    assert document.checkpoint is not None
    assert document.checkpoint.sequence == 4
    assert text_of(document) == everything(8)
    # It can be made anew in its place.
    await store.add_checkpoint("notes", checkpoint(8, everything(8)), {})
    document = await store.load("notes")
    assert document is not None
    assert document.checkpoint == checkpoint(8, everything(8))


async def test_a_damaged_change_keeps_its_payload(store: SqlStore, url: str) -> None:
    def payloads(connection: Connection) -> None:
        query = select(changes.c.sequence).where(changes.c.document == 1, changes.c.payload.is_not(None))
        kept.extend(connection.execute(query.order_by(changes.c.sequence)).scalars())

    await meddle(url, lambda connection: damage(connection, changes, "payload", 1, random.Random(1)))
    for end in (7, 8):  # a room that read it while it was sound
        await store.add_checkpoint("notes", checkpoint(end, everything(end)), dict.fromkeys((7, 8), b"did"))
    await store.append([batch("notes")])
    await store.add_checkpoint("notes", checkpoint(9), {9: b"did"})
    await let_go(store, "notes")
    kept: list[int] = []
    await meddle(url, payloads)
    assert kept == [7, 9]


async def test_a_checkpoint_that_reads_back_damaged_is_taken_out(
    sql_store: SqlStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that writes something else than it was given."""
    await sql_store.append([batch("notes", change(b"1"), change(b"2"))])
    await sql_store.add_checkpoint("notes", checkpoint(1, everything(1)), {})
    insert_new = checkpoint_work.insert_new

    def insert_and_flip(
        connection: Connection, name: str, checkpoint: Checkpoint, packed: tuple[Packing, bytes]
    ) -> None:
        insert_new(connection, name, checkpoint, packed)
        damage(connection, checkpoints, "squashed", 0, random.Random(1))

    monkeypatch.setattr(checkpoint_work, "insert_new", insert_and_flip)
    with pytest.raises(StorageUnavailable, match="did not read back"):
        await sql_store.add_checkpoint("notes", checkpoint(2, everything(2)), {})
    document = await sql_store.load("notes")
    assert document is not None
    assert document.checkpoint == checkpoint(1, everything(1))
    assert text_of(document) == everything(2)


async def test_a_flipped_bit_in_a_title_is_a_typo(store: SqlStore, url: str) -> None:
    await store.retitle("notes", "Notes", time=NOON)
    await meddle(url, lambda connection: damage(connection, documents, "title", 0, random.Random(2)))
    document = await store.load("notes")
    assert document is not None
    assert document.title != "Notes"
    assert text_of(document) == everything(8)


def run_sql(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement).close()


async def test_text_that_is_no_text_any_more_holds_back_nobody(sqlite_url: str) -> None:
    store = await SqlStore.open(sqlite_url)
    await store.append([batch("notes"), batch("titled"), batch("other")])
    for statement in (
        "UPDATE documents SET lineage = CAST(x'FF41' AS TEXT) WHERE name = 'notes'",
        "UPDATE documents SET title = CAST(x'FF41' AS TEXT) WHERE name = 'titled'",
    ):
        await meddle(sqlite_url, partial(run_sql, statement=statement))
    with pytest.raises(DocumentUnreadable, match="notes"):
        await store.load("notes")
    assert await store.append([batch("titled"), batch("other")]) == {"titled": 2, "other": 2}
    assert [record.title for record in (await store.documents()).records] == ["", "", "�A"]
    await store.close()


async def look(url: str, sound: dict[str, StoredDocument | None]) -> str:
    """What readers of a damaged file get."""
    try:
        store = await SqlStore.open(url)
    except CollabError:
        return "refused"
    outcome = "the same"
    for name, before in sound.items():
        assert before is not None
        try:
            document = await store.load(name)
        except CollabError:
            outcome = "refused"
            continue
        if document is None:
            outcome = "blank"
        elif (text_of(document), document.head, document.lineage) != (text_of(before), before.head, before.lineage):
            outcome = "wrong"
    await store.close()
    return outcome


async def test_a_name_that_is_damaged_somewhere_does_not_begin_a_blank_document(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The name stands twice in its row and in two indexes. Whichever loses it, there is another way to the row."""
    store = await SqlStore.open(sqlite_url)
    await store.append([batch("the notes", change(b"1"), change(b"2"))])
    sound = {"the notes": await store.load("the notes")}
    await store.close()
    original = await asyncio.to_thread((tmp_path / "collab.db").read_bytes)
    places = [at for at in range(len(original)) if original.startswith(b"the notes", at)]
    assert len(places) == 4
    copy = tmp_path / "copy.db"
    for at in places:
        outcomes = set()
        for bit in range(0, 8 * len(b"the notes"), 8):
            flipped = bytearray(original)
            flipped[at + bit // 8] ^= 1 << bit % 8
            await asyncio.to_thread(copy.write_bytes, flipped)
            outcomes.add(await look(f"sqlite:///{copy}", sound))
            store = await SqlStore.open(f"sqlite:///{copy}")
            with contextlib.suppress(DocumentUnreadable):
                assert await store.append([batch("the notes", change(b"3"))]) == {"the notes": 3}
            await store.close()
        assert outcomes <= {"the same", "refused"}


async def test_any_bit_of_the_file(
    sqlite_url: str, tmp_path: Path, more: Callable[[int], int], caplog: pytest.LogCaptureFixture
) -> None:
    """Pages and indexes have bits, too. SQLite's own damage must be said like ours."""
    store = await fill(await SqlStore.open(sqlite_url))
    caplog.set_level(logging.CRITICAL)
    sound = {name: await store.load(name) for name in ("notes", "other")}
    await store.close()
    original = await asyncio.to_thread((tmp_path / "collab.db").read_bytes)
    chance = random.Random(5)
    used = [at for at, byte in enumerate(original) if byte]
    seen: Counter[str] = Counter()
    for _ in range(more(150)):
        bit = chance.choice(used) * 8 + chance.randrange(8)
        flipped = bytearray(original)
        flipped[bit // 8] ^= 1 << bit % 8
        copy = tmp_path / "copy.db"
        await asyncio.to_thread(copy.write_bytes, flipped)
        seen[await look(f"sqlite:///{copy}", sound)] += 1
    assert set(seen) <= {"the same", "refused"}
    assert seen["the same"]
    assert seen["refused"]
