"""Keep the edge of each log's directory tree, and the heads signed over it."""

import sqlalchemy as sa
from alembic import op

from exchange.store import directory_rows
from exchange.store.cursor import cursor_of
from exchange.store.migrations.columns import create_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Move the schema forward: compute the edges of the logs that are here, once."""
    create_table("directory", "log INT", "size LONG, edge BLOB, sum LONG")
    create_table(
        "directory_head",
        "log INT, size LONG",
        "root BLOB, note BLOB, at LONG, sum LONG",
    )
    create_table(
        "directory_fault", "log INT, by TEXT", "size LONG, note BLOB, at LONG, sum LONG"
    )
    connection = op.get_bind()
    logs = connection.execute(sa.text('SELECT number, "size" FROM log')).all()
    cursor = cursor_of(connection)
    for number, size in logs:
        edge = directory_rows.edge_at(cursor, number, size)
        cursor.execute(directory_rows.WRITE, directory_rows.edge_row(number, edge))
