"""The step of the schema that gives templates a table (templates.py)."""

TEMPLATE_TABLE = """
-- What a bulletin begins with, by a name; '' names what every new one begins with.
CREATE TABLE template (
  name TEXT PRIMARY KEY,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
