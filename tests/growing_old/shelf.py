"""Many folded documents at once: laid down in one transaction, past the store, which would take several for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from collab.crdt import encode_state_vector, squash, tombstone
from collab.doctor.forms import state_of
from collab.storage.base import Checkpoint
from collab.storage.checkpoints import values_of
from collab.storage.keys import hour_of, searchable
from collab.storage.packing import Packing
from collab.storage.seals import Part, document_checksum, frame, name_digest, seal
from collab.storage.sql import SqlStore
from tests.storage.samples import NOON


async def fill_shelf(file: Path, names: Iterable[str], log: tuple[bytes, ...]) -> None:
    """Put documents of these names, all with this log in one change and folded once, into a database."""
    await (await SqlStore.open(f"sqlite:///{file}")).close()
    squashed = squash(log)
    state = state_of(squashed)
    known = encode_state_vector(state.state_vector), state.deletes.encode()
    checkpoint = Checkpoint(1, *known, squashed, tombstone(squashed), state.entries.encode())
    payload = frame(log)
    connection = sqlite3.connect(file)
    with connection:
        for row, name in enumerate(names, start=1):
            checksum = document_checksum(row, name, "l", 1, NOON, NOON, None)
            connection.execute(
                "INSERT INTO documents (id, name, digest, title, lineage, head, created, modified, checksum, hour, folded)"
                " VALUES (?, ?, ?, '', 'l', 1, ?, ?, ?, ?, ?)",
                (row, name, name_digest(name), NOON, NOON, checksum, hour_of(NOON), searchable(name, "")),
            )
            batch = row.to_bytes(16, "big")
            kept = values_of(row, checkpoint, (Packing.PLAIN, checkpoint.squashed))
            connection.execute(
                "INSERT INTO changes (document, sequence, time, batch, payload) VALUES (?, 1, ?, ?, ?)",
                (row, NOON, batch, seal(Part.PAYLOAD, row, 1, NOON, None, batch, payload)),
            )
            connection.execute(
                f"INSERT INTO checkpoints ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})",
                tuple(kept.values()),
            )
    connection.close()
