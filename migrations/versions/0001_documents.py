"""Documents, their changes and checkpoints, one-time codes that were spent, and what a repair has taken out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As they were when this migration was written: collab.storage.tables goes on from here.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger()),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("name", name="uq_documents_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_documents_digest", "documents", ["digest"])
    for state, condition in (("living", "deleted IS NULL"), ("deleted", "deleted IS NOT NULL")):
        for column in ("name", "hour"):
            where = sa.text(condition)
            op.create_index(
                f"ix_documents_{state}_{column}", "documents", [column], sqlite_where=where, postgresql_where=where
            )
    op.create_table(
        "changes",
        sa.Column("document", ID, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("batch", sa.LargeBinary(16)),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("ranges", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("document", "sequence", name="pk_changes"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_changes_document"),
    )
    op.create_index(
        "uq_changes_batch",
        "changes",
        ["batch"],
        unique=True,
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("document", ID, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checksum", sa.LargeBinary(16), nullable=False),
        sa.Column("served_checksum", sa.LargeBinary(16)),
        sa.Column("state_vector", sa.LargeBinary(), nullable=False),
        sa.Column("delete_set", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("squashed", sa.LargeBinary(), nullable=False),
        sa.Column("served", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("document", "sequence", name="pk_checkpoints"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_checkpoints_document"),
    )
    op.create_table(
        "spent_codes",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_spent_codes"),
    )
    op.create_index("ix_spent_codes_expires", "spent_codes", ["expires"])
    op.create_table(
        "set_aside",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_set_aside"),
    )
    op.create_index("ix_set_aside_document", "set_aside", ["document"])
