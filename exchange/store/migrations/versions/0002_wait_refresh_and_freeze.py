"""Wait, refresh and freeze."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ABORT = "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"


def upgrade() -> None:
    """Move the schema forward."""
    op.create_table(
        "waiting",
        sa.Column("number", LONG, primary_key=True),
        sa.Column("name", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("desk", sa.String(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "pulse",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("size", LONG, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "fork",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"fork_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON fork {ABORT}")
