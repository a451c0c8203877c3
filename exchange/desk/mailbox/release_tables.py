"""The tables of what a second officer is to sign, before or afterwards."""

COUNTERSIGN_TABLE = """
-- Of each EMERGENCY that nobody has countersigned: until when that is due (ms UTC).
CREATE TABLE countersign (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  by INTEGER NOT NULL
) STRICT;
"""

RELEASE_TABLE = """
-- Envelopes that wait for a second officer, of this desk or shown to it (releases.py).
-- `returned` is a serialized ReturnDraftRequest that was verified, `told` whether the
-- node has it; `missed` in how many Watches in turn the node did not show one.
CREATE TABLE awaited_release (
  name BLOB PRIMARY KEY,
  envelope BLOB NOT NULL,
  author TEXT NOT NULL,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  returned BLOB NOT NULL,
  told INTEGER NOT NULL,
  missed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
