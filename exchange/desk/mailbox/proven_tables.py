"""The tables of what is known of times and places in logs, for standings."""

PROVEN_TABLES = """
-- Entries of a log below `size` are proven to have been there at `time_s` (logs.py).
CREATE TABLE proven (
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  time_s INTEGER NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
INSERT INTO proven
  SELECT m.origin, max(m.idx) + 1, s.at / 1000 FROM state s
  CROSS JOIN message m ON m.number = s.number
  WHERE s.state = 'cosigned' AND m.idx IS NOT NULL GROUP BY m.origin, s.at / 1000
  ON CONFLICT DO UPDATE SET time_s = min(time_s, excluded.time_s);
-- Where a translation stands in a log.
CREATE TABLE translation_place (
  name BLOB PRIMARY KEY,
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

ANSWER_TABLE = """
-- The log of a receipt or translation; `met` once it stands in it as this desk reads it
-- now, `lost` (ms UTC) since it is known that the log does not have it, else 0.
CREATE TABLE answer_log (
  name BLOB PRIMARY KEY,
  origin TEXT NOT NULL,
  met INTEGER NOT NULL,
  lost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_log_origin ON answer_log(origin) WHERE NOT met;
INSERT INTO answer_log SELECT name, origin, 1, 0 FROM translation_place;
"""
