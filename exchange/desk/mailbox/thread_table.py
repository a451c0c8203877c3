"""The table of threads, as a list folds them."""

THREAD_TABLE = """
-- The messages of threads of two and more; `head` is the one that the others are about,
-- `folded` 1 for all but the newest of a thread.
CREATE TABLE thread (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  head INTEGER NOT NULL,
  folded INTEGER NOT NULL
) STRICT;
CREATE INDEX thread_head ON thread(head, number);
CREATE INDEX thread_last ON thread(head) WHERE folded = 0;
-- How many of each 1,024 numbers are folded.
CREATE TABLE thread_block (
  block INTEGER PRIMARY KEY,
  folded INTEGER NOT NULL
) STRICT;
CREATE TRIGGER thread_added AFTER INSERT ON thread WHEN NEW.folded BEGIN
  INSERT INTO thread_block VALUES (NEW.number / 1024, 1)
    ON CONFLICT DO UPDATE SET folded = folded + 1;
END;
CREATE TRIGGER thread_changed AFTER UPDATE OF folded ON thread
  WHEN NEW.folded != OLD.folded BEGIN
  INSERT INTO thread_block VALUES (NEW.number / 1024, NEW.folded - OLD.folded)
    ON CONFLICT DO UPDATE SET folded = folded + excluded.folded;
END;
-- What is kept already is put into threads in batches after this step (indexer.py).
INSERT INTO setting SELECT 'mailbox:threads', '0'
  WHERE EXISTS (SELECT 1 FROM reference);
"""
