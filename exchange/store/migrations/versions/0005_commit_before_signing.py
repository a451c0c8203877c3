"""Keep who writes, boundaries that are committed before they are signed, sightings."""

import sqlalchemy as sa
from alembic import op

from exchange.store.migrations.columns import create_table
from exchange.store.row_checksums import row_sum

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Move the schema forward.

    A database that holds logs already was made before nodes kept a record outside of
    it: the row of epoch 0 says so (docs/decisions/start_up.md).
    """
    writer = create_table("writer", "number INT", "epoch LONG, holder BLOB, sum LONG")
    create_table(
        "boundary", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
    )
    create_table(
        "sighting",
        "origin TEXT, size LONG, root BLOB",
        "note BLOB, promised BOOL, at LONG, sum LONG",
    )
    if op.get_bind().execute(sa.text("SELECT 1 FROM log")).first() is not None:
        row = {"number": 1, "epoch": 0, "holder": b"", "sum": row_sum(1, 0, b"")}
        op.bulk_insert(writer, [row])
