"""Keep the states of texts, what partners lack, desk cursors, times and refusals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Move the schema forward."""
    for column in (
        sa.Column("state", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("at", LONG, nullable=False, server_default="0"),
        sa.Column("sum", LONG, nullable=False, server_default="0"),
    ):
        op.add_column("payload", column)
    op.create_table(
        "lacking",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("by", sa.String(), primary_key=True),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "undelivered",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("by", sa.String(), primary_key=True),
        sa.Column("desks", sa.String(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "desk",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("after", LONG, nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "clock",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("signed", LONG, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("own", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "refused",
        sa.Column("name", sa.LargeBinary(), primary_key=True),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("where", sa.String(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
