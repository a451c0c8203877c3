"""A short form of CREATE TABLE, for the revisions in versions/.

What a revision has made stays as it is for good, so nothing here may ever change what
is created.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import columns_of

MESSAGE = "the ledger only grows"
ABORT = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
REFUSING = f"""
CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$
"""
"""What the triggers of PostgreSQL execute."""


def forbid(name: str, verb: str, table: str, when: str = "") -> None:
    """Create a trigger that refuses a change which a table's rows may never have."""
    happens = f"CREATE TRIGGER {name} BEFORE {verb} ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{happens}{f' WHEN {when}' if when else ''} {ABORT}")
        return
    when = f" WHEN ({when})" if when else ""
    op.execute(f"{happens} FOR EACH ROW{when} EXECUTE FUNCTION only_grows()")


def create_table(
    name: str,
    keys: str,
    values: str = "",
    **options: Any,  # noqa: ANN401  as Alembic takes them
) -> sa.Table:
    """Create a table of primary keys and of values, if any (columns.py)."""
    return op.create_table(name, *columns_of(keys, values), **options)
