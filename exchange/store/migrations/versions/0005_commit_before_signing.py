"""Keep who writes, boundaries that are committed before they are signed, sightings."""

import sqlalchemy as sa
from alembic import op

from exchange.store.row_checksums import row_sum

revision = "0005"
down_revision = "0004"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Move the schema forward.

    A database that holds logs already was made before nodes kept a record outside of
    it: the row of epoch 0 says so (docs/decisions/start_up.md).
    """
    writer = op.create_table(
        "writer",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("epoch", LONG, nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "boundary",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("size", LONG, primary_key=True),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "sighting",
        sa.Column("origin", sa.String(), primary_key=True),
        sa.Column("size", LONG, primary_key=True),
        sa.Column("root", sa.LargeBinary(), primary_key=True),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("promised", sa.Boolean(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    if op.get_bind().execute(sa.text("SELECT 1 FROM log")).first() is not None:
        row = {"number": 1, "epoch": 0, "holder": b"", "sum": row_sum(1, 0, b"")}
        op.bulk_insert(writer, [row])
