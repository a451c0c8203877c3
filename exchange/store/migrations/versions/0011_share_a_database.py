"""Keep until when the writer may write, and which processes share the database."""

from exchange.store.migrations.columns import create_table

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Move the schema forward; nobody holds a lease yet."""
    create_table(
        "lease",
        "number INT",
        "epoch LONG, holder BLOB, until LONG, timeline LONG, restored INT",
    )
    create_table("replica", "holder BLOB", "name TEXT, seen LONG")
