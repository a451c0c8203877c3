"""Begin with the ledger."""

import sqlalchemy as sa
from alembic import op

from exchange.store.migrations.columns import REFUSING, create_table, forbid

revision = "0001"
down_revision = None

ACCEPTED = sa.text("reason = ''")
REFUSED = sa.text("reason <> ''")
DIRECTORY = sa.text("kind = 5 AND reason = ''")

# What only grows: the verb, the table, and when it is forbidden, if not always.
FORBIDDEN = {
    "entry_no_update": ("UPDATE", "entry"),
    "entry_no_delete": ("DELETE", "entry"),
    "hash_no_update": ("UPDATE", "hash"),
    "hash_no_delete": ("DELETE", "hash"),
    "payload_no_update": ("UPDATE", "payload"),  # retention deletes, nothing rewrites
    "head_no_update": (
        'UPDATE OF log, "size", root, at',
        "head",
    ),  # its note gains lines
    "arrival_no_update": ("UPDATE", "arrival"),
    "arrival_no_delete": ("DELETE", "arrival"),
    "log_no_delete": ("DELETE", "log"),
    "log_no_return": (
        "UPDATE",
        "log",
        (
            'NEW."size" < OLD."size" OR NEW.number <> OLD.number'
            " OR NEW.origin <> OLD.origin"
        ),
    ),
}


def upgrade() -> None:
    """Move the schema forward."""
    create_tables()
    create_indexes()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSING)
    for name, what in FORBIDDEN.items():
        forbid(name, *what)


def create_tables() -> None:
    """Create the eight tables."""
    create_table("log", "number INT", "origin TEXT UNIQUE, size LONG, root BLOB")
    create_table(
        "entry",
        "log INT, index LONG",
        "entry BLOB, name BLOB, id BLOB, kind INT, desks TEXT, reason TEXT",
    )
    create_table(
        "hash", "log INT, level INT, index LONG", "hash BLOB", sqlite_with_rowid=False
    )
    create_table("payload", "log INT, index LONG", "wraps BLOB, body BLOB")
    create_table(
        "head", "log INT, size LONG", "root BLOB, note BLOB, at LONG, sum LONG"
    )
    create_table(
        "arrival",
        "number LONG",
        "kind INT, log INT, index LONG, by TEXT, reason TEXT, sum LONG",
    )
    create_table(
        "refusal", "log INT, index LONG, by TEXT", "reason TEXT, at LONG, sum LONG"
    )
    create_table(
        "peer",
        "name TEXT",
        "up BOOL, since LONG, cosigned_size LONG, cosigned_at LONG, "
        "failures INT, next_try_at LONG, reason TEXT, sum LONG",
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
