"""The table of hand-overs of a shift."""

HANDOVER_TABLE = """
-- Hand-overs of this desk's shifts, in the order in which they were signed here
-- (docs/spec/handover.md): the bytes that both officers signed, and their signatures.
CREATE TABLE handover (
  number INTEGER PRIMARY KEY,
  record BLOB NOT NULL,
  leaves_kid BLOB NOT NULL,
  leaves_signature BLOB NOT NULL,
  comes_kid BLOB NOT NULL,
  comes_signature BLOB NOT NULL
) STRICT;
"""
