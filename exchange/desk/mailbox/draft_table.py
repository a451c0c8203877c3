"""The step of the schema that gives drafts a table of their own (drafts.py)."""

DRAFT_TABLE = """
-- The table was never written: the terminal kept its drafts in a setting.
DROP TABLE draft;
-- What an officer has begun to write; '' where the program did not note whose it is.
CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  officer TEXT NOT NULL,
  version INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX draft_officer ON draft(officer);
INSERT INTO draft (officer, version, saved, data)
  SELECT '', 1, 0, CAST(each.value AS BLOB) FROM setting s, json_each(
    CASE WHEN json_valid(s.value) THEN s.value ELSE '{}' END, '$.drafts') each
  WHERE s.key = 'tui:draft' AND each.type = 'text';
-- An older program kept one as it stands; what nobody can read is there to be seen.
INSERT INTO draft (officer, version, saved, data)
  SELECT '', 1, 0, CAST(value AS BLOB) FROM setting
  WHERE key = 'tui:draft' AND value != '' AND NOT EXISTS (SELECT 1 FROM draft);
DELETE FROM setting WHERE key = 'tui:draft';
"""
