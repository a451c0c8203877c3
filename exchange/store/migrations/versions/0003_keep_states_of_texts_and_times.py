"""Keep the states of texts, what partners lack, desk cursors, times and refusals."""

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import LONG, TYPES
from exchange.store.migrations.columns import create_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Move the schema forward."""
    for column in (
        sa.Column("state", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reason", TYPES["TEXT"], nullable=False, server_default=""),
        sa.Column("at", LONG, nullable=False, server_default="0"),
        sa.Column("sum", LONG, nullable=False, server_default="0"),
    ):
        op.add_column("payload", column)
    create_table("lacking", "log INT, index LONG, by TEXT", "at LONG, sum LONG")
    create_table(
        "undelivered", "log INT, index LONG, by TEXT", "desks TEXT, at LONG, sum LONG"
    )
    create_table("desk", "name TEXT", "after LONG, at LONG, sum LONG")
    create_table("clock", "number INT", "signed LONG, by TEXT, own LONG, sum LONG")
    create_table(
        "refused", "name BLOB", "desk TEXT, reason TEXT, where TEXT, at LONG, sum LONG"
    )
