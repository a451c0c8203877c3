"""Alembic's entry: write the statements of the versions for one engine."""

from alembic import context

context.configure(dialect_name=context.config.attributes["dialect"])
context.run_migrations()
