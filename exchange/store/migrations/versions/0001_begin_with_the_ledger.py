"""Begin with the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACCEPTED = sa.text("reason = ''")
REFUSED = sa.text("reason <> ''")
DIRECTORY = sa.text("kind = 5 AND reason = ''")
ABORT = "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"

# What only grows: the verb, and the columns or condition it is forbidden for.
FORBIDDEN = {
    "entry_no_update": "UPDATE ON entry",
    "entry_no_delete": "DELETE ON entry",
    "hash_no_update": "UPDATE ON hash",
    "hash_no_delete": "DELETE ON hash",
    "payload_no_update": "UPDATE ON payload",  # retention deletes, nothing rewrites
    "head_no_update": 'UPDATE OF log, "size", root, at ON head',  # its note gains lines
    "arrival_no_update": "UPDATE ON arrival",
    "arrival_no_delete": "DELETE ON arrival",
    "log_no_delete": "DELETE ON log",
    "log_no_return": (
        'UPDATE ON log WHEN NEW."size" < OLD."size" OR NEW.number <> OLD.number'
        " OR NEW.origin <> OLD.origin"
    ),
}


def upgrade() -> None:
    """Move the schema forward."""
    create_tables()
    create_indexes()
    if op.get_bind().dialect.name == "sqlite":
        for name, what in FORBIDDEN.items():
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} {ABORT}")


def create_tables() -> None:
    """Create the eight tables."""
    op.create_table(
        "log",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("origin", sa.String(), nullable=False, unique=True),
        sa.Column("size", LONG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("desks", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_table(
        "hash",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("level", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payload",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("wraps", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "head",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("size", LONG, primary_key=True),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "arrival",
        sa.Column("number", LONG, primary_key=True),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("index", LONG, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "refusal",
        sa.Column("log", sa.Integer(), primary_key=True),
        sa.Column("index", LONG, primary_key=True),
        sa.Column("by", sa.String(), primary_key=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )
    op.create_table(
        "peer",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("up", sa.Boolean(), nullable=False),
        sa.Column("since", LONG, nullable=False),
        sa.Column("cosigned_size", LONG, nullable=False),
        sa.Column("cosigned_at", LONG, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", LONG, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sum", LONG, nullable=False),
    )


def create_indexes() -> None:
    """Create what finds entries by name, id, and kind."""
    for name, columns, unique, where in (
        ("entry_name", ["name", "log"], True, ACCEPTED),
        ("entry_id", ["log", "id"], True, ACCEPTED),
        ("entry_refused", ["name"], False, REFUSED),
        ("entry_refusal", ["log", "index"], False, REFUSED),
        ("entry_directory", ["log", "index"], False, DIRECTORY),
    ):
        op.create_index(
            name,
            "entry",
            columns,
            unique=unique,
            sqlite_where=where,
            postgresql_where=where,
        )
