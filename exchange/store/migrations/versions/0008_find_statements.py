"""Find statements by kid, subject and desk, in the place of a directory in memory."""

from itertools import islice

import sqlalchemy as sa
from alembic import op

from exchange.store.migrations.columns import create_table
from exchange.store.statement_rows import statement_row
from exchange.v1 import envelope_pb2 as pb

revision = "0008"
down_revision = "0007"

AT_ONCE = 1_000  # rows
INDEXES = ("kid", "subject, role", "desk, role")


def upgrade() -> None:
    """Move the schema forward: read each statement once more, as each start did."""
    made = create_table(
        "statement",
        "log INT, index LONG",
        "type INT, subject TEXT, role TEXT, desk TEXT, kid BLOB, serial LONG,"
        " since LONG",
    )
    for columns in INDEXES:
        keys = columns.split(", ")
        op.create_index(f"statement_{keys[0]}", "statement", [*keys, "log", "index"])
    names = made.columns.keys()
    entries = op.get_bind().execute(
        sa.text(
            'SELECT log, "index", entry FROM entry'  # noqa: S608  our own number
            f" WHERE kind = {pb.KIND_DIRECTORY} AND reason = ''"
        )
    )
    rows = (row for one in entries if (row := statement_row(*one)) is not None)
    while some := list(islice(rows, AT_ONCE)):
        op.bulk_insert(made, [dict(zip(names, row, strict=True)) for row in some])
