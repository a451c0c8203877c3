"""Wait, refresh and freeze."""

from exchange.store.migrations.columns import create_table, forbid

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
    for verb in ("UPDATE", "DELETE"):
        forbid(f"fork_no_{verb.lower()}", verb, "fork")
