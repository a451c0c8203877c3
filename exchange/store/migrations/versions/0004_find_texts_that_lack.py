"""Find texts that lack without looking at those that are here."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

LACKING = sa.text("state = 1")


def upgrade() -> None:
    """Move the schema forward."""
    op.create_index(
        "payload_lacking",
        "payload",
        ["log", "index"],
        sqlite_where=LACKING,
        postgresql_where=LACKING,
    )
