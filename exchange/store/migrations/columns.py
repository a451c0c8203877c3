"""A short form of CREATE TABLE, for the revisions in versions/.

What a revision has made stays as it is for good, so nothing here may ever change what
is created.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import columns_of

ABORT = "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"


def create_table(
    name: str,
    keys: str,
    values: str = "",
    **options: Any,  # noqa: ANN401  as Alembic takes them
) -> sa.Table:
    """Create a table of primary keys and of values, if any (columns.py)."""
    return op.create_table(name, *columns_of(keys, values), **options)
