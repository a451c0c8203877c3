"""Keep drafts that wait for their releaser, and emergencies not yet countersigned."""

from alembic import op

from exchange.store.migrations.columns import create_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Move the schema forward.

    Emergencies that are here already are not looked for: their desks name them.
    """
    create_table(
        "draft",
        "name BLOB",
        "author TEXT, desk TEXT, review TEXT, state INT, since LONG, expires LONG,"
        " index LONG, returned BLOB, envelope BLOB, sum LONG",
    )
    op.create_index("draft_desk", "draft", ["desk", "state"])
    op.create_index("draft_review", "draft", ["review", "state"])
    op.create_index("draft_state", "draft", ["state"])
