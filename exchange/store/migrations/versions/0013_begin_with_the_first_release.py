"""Begin with the tables, indexes and triggers of the first release.

Until that release they change in place with tables.py. With it, write the statements
out here: a version that was released never changes.
"""

from alembic import op

from exchange.store import schema

revision = "0013"
down_revision = None


def upgrade() -> None:
    for statement in schema.definitions(op.get_context().dialect):
        op.execute(statement)
