"""Wait, refresh and freeze."""

from alembic import op

from exchange.store.migrations.columns import ABORT, create_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Move the schema forward."""
    create_table(
        "waiting",
        "number LONG",
        "name BLOB UNIQUE, envelope BLOB, desk TEXT, at LONG, sum LONG",
    )
    create_table("pulse", "log INT", "size LONG, note BLOB, at LONG, sum LONG")
    create_table("fork", "log INT", "proof BLOB, at LONG, sum LONG")
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"fork_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON fork {ABORT}")
