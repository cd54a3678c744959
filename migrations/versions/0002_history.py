"""What was done and by whom, in steps; versions; what people are called; checkpoints that are packed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As they were when this migration was written: collab.storage.tables goes on from here.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("changes", sa.Column("restored", sa.BigInteger()))
    op.add_column("checkpoints", sa.Column("packing", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_table(
        "steps",
        sa.Column("document", ID, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.Column("restored", sa.BigInteger()),
        sa.Column("actor", sa.Text()),
        sa.Column("ranges", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document", "sequence", name="pk_steps"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_steps_document"),
    )
    op.create_table(
        "versions",
        sa.Column("document", ID, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document", "id", name="pk_versions"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_versions_document"),
    )
    op.create_table(
        "people",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_people"),
    )
