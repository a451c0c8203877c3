"""The step of the schema that keeps why an envelope is held back (outbox.py)."""

OUTBOX_HELD = """
-- Why an envelope of the outbox is not taken: held is '' (nobody was asked yet), LATER,
-- RESIGN, EXPIRED or REFUSED; `asked` is when the node said so or it expired (ms UTC).
ALTER TABLE outbox ADD COLUMN held TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
-- 0 until it was looked at: of what was queued by an earlier release.
ALTER TABLE outbox ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
-- The nodes that must hold it before it goes, by spaces; none: any partner's.
ALTER TABLE outbox ADD COLUMN nodes TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_way ON outbox(sent, held, lane, id);
-- What was signed again, and as what: what spoke of it speaks of that.
CREATE TABLE renewed (old BLOB PRIMARY KEY, new BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
