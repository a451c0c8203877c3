"""Alembic's entry: run the migrations on the connection that the store holds."""

from alembic import context
from sqlmodel import SQLModel

from exchange.store import directory_models, index_models, models  # noqa: F401  register the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
