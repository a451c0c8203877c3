"""The tables of what a second officer is to sign, before or afterwards."""

COUNTERSIGN_TABLE = """
-- Of each EMERGENCY that nobody has countersigned: until when that is due (ms UTC).
CREATE TABLE countersign (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  by INTEGER NOT NULL
) STRICT;
"""
