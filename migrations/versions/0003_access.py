"""Share links, people's roles, API keys, what was revoked, and who was there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As they were when this migration was written: collab.storage.tables goes on from here.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUBJECT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("password", sa.Text()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("max_uses", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_shares_document"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shares_document", "shares", ["document"])
    op.create_table(
        "grants",
        sa.Column("document", ID, autoincrement=False, nullable=False),
        sa.Column("subject", SUBJECT, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document", "subject", name="pk_grants"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_grants_document"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_subject", "grants", ["subject"])
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("revoked", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revocations",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("value", SUBJECT, nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="pk_revocations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "access_events",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("via_id", sa.Text()),
        sa.Column("role", sa.SmallInteger()),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_events"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_access_events_document"),
    )
    op.create_index("ix_access_events_document", "access_events", ["document"])
