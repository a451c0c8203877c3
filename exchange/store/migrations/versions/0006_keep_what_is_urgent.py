"""Keep urgent envelopes that came ahead of their log, and places of urgent entries."""

from alembic import op

from exchange.store.migrations.columns import create_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Move the schema forward.

    Entries that are here already are not looked through: they are found in their order.
    """
    create_table(
        "express",
        "name BLOB",
        "peer TEXT, origin TEXT, id BLOB, envelope BLOB, statements BLOB, below LONG,"
        " urgency INT, author TEXT, desks TEXT, at LONG, linked LONG, state INT,"
        " reason TEXT, index LONG, closed_at LONG, sum LONG",
    )
    create_table("urgent", "log INT, index LONG", "urgency INT, arrival LONG, sum LONG")
    op.create_index("urgent_arrival", "urgent", ["arrival"])
