"""Types of columns and a short form of CREATE TABLE, for the revisions in versions/.

What a revision has made stays as it is for good, so nothing here may ever change what
is created.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES: dict[str, Any] = {
    "INT": sa.Integer(),
    "LONG": LONG,
    "TEXT": sa.String(),
    "BLOB": sa.LargeBinary(),
    "BOOL": sa.Boolean(),
}
ABORT = "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"


def create_table(
    name: str,
    keys: str,
    values: str = "",
    **options: Any,  # noqa: ANN401  as Alembic takes them
) -> sa.Table:
    """Create a table of primary keys and of values, if any; none may be NULL.

    Columns are written as in SQL: `size LONG, name BLOB UNIQUE`.
    """
    columns = *_columns(keys, key=True), *_columns(values, key=False)
    return op.create_table(name, *columns, **options)


def _columns(text: str, *, key: bool) -> Iterator[sa.Column[Any]]:
    for column in filter(None, text.split(", ")):
        name, type_, *rest = column.split()
        unique = bool(rest) or None
        yield sa.Column(
            name, TYPES[type_], primary_key=key, nullable=False, unique=unique
        )
