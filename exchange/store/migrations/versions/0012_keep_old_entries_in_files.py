"""Keep old entries in files: which those are, and that only they may leave a row."""

from alembic import op

from exchange.store.migrations.columns import MESSAGE, create_table, forbid

revision = "0012"
down_revision = "0011"

SAME = " AND ".join(
    f'NEW."{column}" = OLD."{column}"'
    for column in ("log", "index", "name", "id", "kind", "desks", "reason")
)
TO_A_FILE = (
    "length(NEW.entry) = 0 AND EXISTS (SELECT 1 FROM cold"
    ' WHERE cold.log = OLD.log AND cold.tile = OLD."index" / 256)'
)
FROM_A_FILE = "length(OLD.entry) = 0 AND OLD.reason = ''"


def upgrade() -> None:
    """Move the schema forward."""
    create_table(
        "cold", "log INT, tile LONG", "root BLOB, bytes LONG, at LONG, sum LONG"
    )
    wrong = f"NOT ({SAME} AND ({TO_A_FILE} OR {FROM_A_FILE}))"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER entry_no_update")
        forbid("entry_no_update", "UPDATE", "entry", wrong)
        return
    # A condition of PostgreSQL's triggers looks at no other table; a function does.
    op.execute("DROP TRIGGER entry_no_update ON entry")
    op.execute(
        "CREATE FUNCTION entry_only_leaves() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {wrong} THEN RAISE EXCEPTION '{MESSAGE}'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry"
        " FOR EACH ROW EXECUTE FUNCTION entry_only_leaves()"
    )
