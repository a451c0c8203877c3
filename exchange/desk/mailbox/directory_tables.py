"""The step of the schema for the directory of desks, and groups of addresses."""

DIRECTORY_TABLES = """
-- Desks that are addressed together, by the name of their group, with blanks between.
CREATE TABLE address_group (
  name TEXT PRIMARY KEY,
  desks TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- When each desk was heard last.
CREATE INDEX message_desk ON message(desk, received) WHERE verdict = 'ACCEPTED';
"""
