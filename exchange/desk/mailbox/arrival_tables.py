"""The steps of the schema that keep what arrives out of its turn, or without text."""

BARE_LEAVES = """
-- Places of which the own node showed the leaf hash alone (bare_leaves.py).
CREATE TABLE bare_leaf (
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  number INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  PRIMARY KEY (origin, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX bare_leaf_number ON bare_leaf(number);
"""

MISSING_TEXTS = """
-- Entries for this desk whose text has not come yet (missing_texts.py).
CREATE TABLE missing_text (
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  name BLOB NOT NULL,
  entry BLOB NOT NULL,
  asked INTEGER NOT NULL,
  PRIMARY KEY (origin, idx)
) STRICT, WITHOUT ROWID;
"""

EARLY_NOTES = """
-- What came before its log had it, and is no message or waits for one (early_notes.py);
-- `data` is a serialized Urgent, empty once it was filed.
CREATE TABLE early_note (
  name BLOB PRIMARY KEY,
  about BLOB NOT NULL,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
