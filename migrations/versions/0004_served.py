"""The checksum of what readers open covers all that opens a document, so that nothing else has to be read for that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("checkpoints") as table:
        table.add_column(sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"))
    # What is there was sealed by itself. The next fold makes it anew, and until then every opening does.
    op.execute("UPDATE checkpoints SET served = NULL, served_checksum = NULL")
