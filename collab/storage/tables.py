"""The tables, as SQLAlchemy sees them. ``migrations/`` makes them; a test holds the two equal.

They are portable between SQLite and PostgreSQL. Names compare and sort by code point in both: SQLite does so by
itself, PostgreSQL in its collation ``C``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")
_Name = String(255).with_variant(String(255, collation="C"), "postgresql")

documents = Table(
    "documents",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("name", _Name, nullable=False, unique=True),
    Column("digest", BigInteger, nullable=False, index=True),  # of the name: a second way to the row
    Column("title", Text, nullable=False),
    Column("lineage", Text, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("deleted", BigInteger),
    Column("checksum", BigInteger, nullable=False),  # see collab.storage.seals
    Column("hour", BigInteger, nullable=False),  # of ``modified``: see collab.storage.listing
    Column("folded", Text, nullable=False),  # name and title, as they are searched
    sqlite_autoincrement=True,  # the id of a document that is gone is never given again
)
for _state, _which in (("living", documents.c.deleted.is_(None)), ("deleted", documents.c.deleted.is_not(None))):
    for _column in (documents.c.name, documents.c.hour):
        Index(f"ix_documents_{_state}_{_column.name}", _column, sqlite_where=_which, postgresql_where=_which)

changes = Table(
    "changes",
    metadata,
    Column("document", _Id, ForeignKey(documents.c.id), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text),
    Column("batch", LargeBinary(16)),
    Column("payload", LargeBinary),
    Column("ranges", LargeBinary),
    Column("restored", BigInteger),  # the moment that it brought back; below zero, -1 - the one behind which it undid
)
# Unique among those that may still be retried: once a payload is let go, so is its batch id.
Index(
    "uq_changes_batch",
    changes.c.batch,
    unique=True,
    sqlite_where=changes.c.batch.is_not(None),
    postgresql_where=changes.c.batch.is_not(None),
)

# Small columns first: SQLite walks through all that stands before the one it wants.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("document", _Id, ForeignKey(documents.c.id), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("checksum", LargeBinary(16), nullable=False),
    Column("served_checksum", LargeBinary(16)),
    Column("state_vector", LargeBinary, nullable=False),
    Column("delete_set", LargeBinary, nullable=False),
    Column("entries", LargeBinary, nullable=False),
    Column("squashed", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False, server_default="0"),  # of what is packed in it, in bytes
    Column("served", LargeBinary),
    Column("packing", SmallInteger, nullable=False, server_default="0"),  # of ``squashed``: see collab.storage.packing
)

# What is left of folded changes: one row for all that an actor did in a window of time. See collab.storage.steps.
steps = Table(
    "steps",
    metadata,
    Column("document", _Id, ForeignKey(documents.c.id), primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # of the actor's last change in the window
    Column("before", BigInteger, nullable=False),  # the last change before the window
    Column("moment", BigInteger, nullable=False),  # the last change of the window
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("restored", BigInteger),
    Column("actor", Text),
    Column("ranges", LargeBinary, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("document", _Id, ForeignKey(documents.c.id), primary_key=True, autoincrement=False),
    Column("id", String(32), primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),  # of the moment
    Column("created", BigInteger, nullable=False),
    Column("subject", Text),
    Column("name", Text, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("checksum", BigInteger, nullable=False),  # see collab.storage.seals
)

people = Table(
    "people",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
)

spent_codes = Table(
    "spent_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # never the code itself
    Column("expires", BigInteger, nullable=False, index=True),
)

# What `collab doctor --repair` has taken out, as it lay there: see collab.storage.repair.
set_aside = Table(
    "set_aside",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("document", BigInteger, nullable=False, index=True),  # no key: the row it names may be what was lost
    Column("part", Text, nullable=False),  # the table it was in
    Column("time", BigInteger, nullable=False),  # of the repair
    Column("reason", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),  # the row, as JSON
)

# Who may come in: see collab.storage.access. Tables whose key is not a number are their own index (WITHOUT ROWID).
_Subject = Text().with_variant(Text(collation="C"), "postgresql")

shares = Table(
    "shares",
    metadata,
    Column("id", Text, primary_key=True),
    Column("document", _Id, ForeignKey(documents.c.id), nullable=False, index=True),
    Column("digest", LargeBinary(32), nullable=False),  # of the secret, which is nowhere
    Column("role", SmallInteger, nullable=False),
    Column("name", Text),
    Column("password", Text),  # as argon2 spells it
    Column("created", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),  # who made it
    Column("author", Text, nullable=False),  # and what people call them
    Column("expires", BigInteger),
    Column("max_uses", BigInteger),
    Column("uses", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    sqlite_with_rowid=False,
)

grants = Table(
    "grants",
    metadata,
    Column("document", _Id, ForeignKey(documents.c.id), primary_key=True, autoincrement=False),
    Column("subject", _Subject, primary_key=True, index=True),
    Column("role", SmallInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("author", Text, nullable=False),  # the subject of who gave it
    sqlite_with_rowid=False,
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),  # of the secret
    Column("name", Text, nullable=False),
    Column("grants", Text, nullable=False),  # JSON, as a token spells them
    Column("created", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
    sqlite_with_rowid=False,
)

revocations = Table(
    "revocations",
    metadata,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", _Subject, primary_key=True),  # a token's id, a subject; empty: everybody
    Column("before", BigInteger, nullable=False),  # what was issued until then is not good any more
    Column("created", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    sqlite_with_rowid=False,
)

access_events = Table(
    "access_events",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),  # in the order they were written
    Column("document", _Id, ForeignKey(documents.c.id), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("via_id", Text),
    Column("role", SmallInteger),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("detail", Text, nullable=False),  # JSON
)
