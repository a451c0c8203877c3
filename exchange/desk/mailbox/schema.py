"""The tables of a mailbox.

`message` is narrow, so that a page of the list is a few disk pages; what only a
reader needs stands in `body`. Columns are in the order of the fields in records.py.

A file of an earlier edition is brought up to date when it is opened: each step is run
once, in one transaction with its number. Steps that stand here are never changed; a
change is a further step.
"""

from exchange.desk.mailbox.arrival_tables import (
    BARE_LEAVES,
    EARLY_NOTES,
    MISSING_TEXTS,
)
from exchange.desk.mailbox.board_index import BOARD_INDEX
from exchange.desk.mailbox.directory_tables import DIRECTORY_TABLES
from exchange.desk.mailbox.draft_table import DRAFT_TABLE
from exchange.desk.mailbox.handover_table import HANDOVER_TABLE
from exchange.desk.mailbox.outbox_table import OUTBOX_HELD
from exchange.desk.mailbox.proven_tables import ANSWER_TABLE, PROVEN_TABLES
from exchange.desk.mailbox.release_tables import COUNTERSIGN_TABLE, RELEASE_TABLE
from exchange.desk.mailbox.template_table import TEMPLATE_TABLE
from exchange.desk.mailbox.thread_table import THREAD_TABLE

_FIRST = """
CREATE TABLE message (
  number INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  origin TEXT NOT NULL,
  idx INTEGER,
  envelope INTEGER NOT NULL,
  kind TEXT NOT NULL,
  precedence TEXT NOT NULL,
  mode TEXT NOT NULL,
  tlp TEXT NOT NULL,
  subject TEXT NOT NULL,
  lang TEXT NOT NULL,
  author TEXT NOT NULL,
  desk TEXT NOT NULL,
  direction TEXT NOT NULL,
  filed INTEGER NOT NULL,
  received INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  acknowledge TEXT NOT NULL,
  acknowledge_by INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  state TEXT NOT NULL,
  verdict TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_place ON message(origin, idx) WHERE idx IS NOT NULL;
CREATE INDEX message_precedence ON message(precedence);
CREATE INDEX message_kind ON message(kind);
-- Conditions that are asked together are answered from one of these, in order and
-- without the rows; the first two are short, for little stays unread for long.
CREATE INDEX message_unacknowledged ON message(
  number, precedence, kind, mode, direction, state, read_at, acknowledged,
  acknowledge) WHERE acknowledged = 0 AND acknowledge != 'NONE';
CREATE INDEX message_unread ON message(
  number, precedence, kind, mode, direction, state, read_at, acknowledged,
  acknowledge) WHERE read_at = 0;
CREATE INDEX message_filter ON message(
  number, precedence, kind, mode, direction, state, read_at, acknowledged,
  acknowledge);
CREATE INDEX message_unsettled ON message(origin, idx)
  WHERE idx IS NOT NULL AND state NOT IN ('cosigned', 'refused');
CREATE TRIGGER message_stays BEFORE DELETE ON message
  BEGIN SELECT RAISE(ABORT, 'a message stays'); END;

CREATE TABLE body (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  entry BLOB NOT NULL,
  content BLOB,
  cek BLOB,
  facts TEXT NOT NULL
) STRICT;

CREATE TABLE state (
  number INTEGER NOT NULL REFERENCES message(number),
  state TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (number, state, by)
) STRICT, WITHOUT ROWID;

CREATE TABLE translation (
  name BLOB PRIMARY KEY,
  about BLOB NOT NULL,
  lang TEXT NOT NULL,
  state TEXT NOT NULL,
  origin TEXT NOT NULL,
  author TEXT NOT NULL,
  filed INTEGER NOT NULL,
  entry BLOB NOT NULL,
  content BLOB NOT NULL,
  cek BLOB
) STRICT;
CREATE INDEX translation_about ON translation(about);

CREATE TABLE receipt (
  name BLOB PRIMARY KEY,
  about BLOB NOT NULL,
  relation TEXT NOT NULL,
  author TEXT NOT NULL,
  filed INTEGER NOT NULL,
  entry BLOB NOT NULL,
  remark BLOB,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX receipt_about ON receipt(about);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  lane INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  queued INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  origin TEXT NOT NULL,
  idx INTEGER
) STRICT;

CREATE TABLE log (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  hashes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note BLOB NOT NULL,
  time_s INTEGER NOT NULL,
  cosigned TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE statement (
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (origin, idx)
) STRICT;

CREATE TABLE cursor (node TEXT PRIMARY KEY, after INTEGER NOT NULL) STRICT;
CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  saved INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Contentless: the text stands in body, once. `search_text` has cut it into
-- words, so the tokenizer only splits at spaces.
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, tokenize='ascii');
-- The words themselves, to complete one as it is typed.
CREATE TABLE term (term TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""

_SECOND = """
-- What a message refers to; `about` need not be here. Threads follow these both ways.
CREATE TABLE reference (
  number INTEGER NOT NULL REFERENCES message(number),
  relation TEXT NOT NULL,
  about BLOB NOT NULL,
  PRIMARY KEY (number, relation, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_about ON reference(about);
CREATE INDEX reference_relation ON reference(relation, number);

-- The coded values to filter by: ('details.actors', 'BLA', 412).
CREATE TABLE fact (
  field TEXT NOT NULL,
  code TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES message(number),
  PRIMARY KEY (field, code, number)
) STRICT, WITHOUT ROWID;

-- Where a bulletin is about, in degrees; error in metres.
CREATE TABLE spot (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  error_m INTEGER NOT NULL
) STRICT;

-- What a desk that was asked has not done yet; `reached` is a step of the ladder.
CREATE TABLE owed (
  number INTEGER NOT NULL REFERENCES message(number),
  desk TEXT NOT NULL,
  by INTEGER NOT NULL,
  reached INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (number, desk)
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_expires ON owed(expires);

-- Filters by language, label, time and author, too, without the rows.
DROP INDEX message_filter;
CREATE INDEX message_filter ON message(
  number, precedence, kind, mode, direction, state, read_at, acknowledged,
  acknowledge, lang, tlp, filed, desk);
CREATE INDEX message_filed ON message(filed);

-- A translation under way at this desk, not yet signed: a serialized Translation.
CREATE TABLE work (
  about BLOB NOT NULL,
  lang TEXT NOT NULL,
  officer TEXT NOT NULL,
  saved INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (about, lang)
) STRICT, WITHOUT ROWID;

-- The translation memory; `label` keeps what may not meet apart.
CREATE TABLE memory (
  id INTEGER PRIMARY KEY,
  label TEXT NOT NULL,
  lang TEXT NOT NULL,
  text TEXT NOT NULL,
  target_lang TEXT NOT NULL,
  target_text TEXT NOT NULL,
  officer TEXT NOT NULL,
  changed INTEGER NOT NULL,
  UNIQUE (label, lang, target_lang, text, target_text)
) STRICT;
-- Contentless, and no places: which texts have a word, and how many have it.
CREATE VIRTUAL TABLE memory_words USING fts5(
  text, content='', detail=none, columnsize=0, tokenize='ascii');
CREATE VIRTUAL TABLE memory_term USING fts5vocab(memory_words, row);

-- The register of sources: codes, never names; each grade given, and why.
CREATE TABLE source (
  code TEXT PRIMARY KEY,
  remark TEXT NOT NULL,
  made INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE grade (
  code TEXT NOT NULL REFERENCES source(code),
  at INTEGER NOT NULL,
  reliability TEXT NOT NULL,
  officer TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (code, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE search (name TEXT PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What is kept already is noted in batches once this step is done (filling.py).
INSERT INTO setting SELECT 'mailbox:filled', '0' WHERE EXISTS (SELECT 1 FROM message);
"""

_THIRD = """
-- Many bulletins are of one place, so a circle is held against few.
DROP TABLE spot;
CREATE TABLE place (
  id INTEGER PRIMARY KEY,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  error_m INTEGER NOT NULL,
  UNIQUE (lat, lon, error_m)
) STRICT;
CREATE INDEX place_error ON place(error_m);
-- Where a bulletin is about.
CREATE TABLE spot (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  place INTEGER NOT NULL REFERENCES place(id)
) STRICT;

-- From when to when (ms UTC) a block of 1,024 numbers was filed.
CREATE TABLE block (
  block INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT;
INSERT INTO block
  SELECT number / 1024, min(filed), max(filed) FROM message GROUP BY 1;
CREATE TRIGGER message_block AFTER INSERT ON message BEGIN
  INSERT INTO block VALUES (NEW.number / 1024, NEW.filed, NEW.filed)
    ON CONFLICT DO UPDATE
    SET first = min(first, excluded.first), last = max(last, excluded.last)
    WHERE excluded.first < first OR excluded.last > last;
END;

-- Made again, which is faster than to replace each row: it holds the codes of a message
-- beside its words now (index_terms.py), precedence among them.
DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, tokenize='ascii');
DROP INDEX message_precedence;
CREATE INDEX message_state ON message(state) WHERE state != 'cosigned';

-- What is kept already gets spot and index in batches after this step (indexer.py).
UPDATE setting SET value = '0' WHERE key = 'mailbox:filled';
INSERT INTO setting SELECT 'mailbox:indexed', '0' WHERE EXISTS (SELECT 1 FROM message)
  AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'mailbox:filled');
"""

_MEMORY_ABOUT = """
-- Of which bulletins a pair was learnt; none where it came in a file.
CREATE TABLE memory_about (
  pair INTEGER NOT NULL REFERENCES memory(id),
  about BLOB NOT NULL,
  PRIMARY KEY (pair, about)
) STRICT, WITHOUT ROWID;
-- What was learnt before is learnt again, from the translation with this rowid on.
INSERT INTO setting SELECT 'memory:learnt', '0' WHERE EXISTS (SELECT 1 FROM memory);
"""

_GONE = """
-- What its author's desk recalled or replaced: that is acknowledged in its place.
CREATE TABLE gone (number INTEGER PRIMARY KEY REFERENCES message(number)) STRICT;
-- As `marking` has it, of the tables as they stand; others are noted later.
INSERT INTO gone SELECT DISTINCT a.number FROM reference r
  CROSS JOIN message m ON m.number = r.number CROSS JOIN message a ON a.name = r.about
  WHERE r.relation IN ('RECALLS', 'SUPERSEDES') AND a.desk = m.desk AND a.mode = m.mode
  AND m.verdict IN ('ACCEPTED', 'ERASED', 'KEY_GONE', 'SEAL', 'PADDING', 'BODY',
    'WRAPS', 'CONTENT')
  AND (m.state != 'refused' OR m.idx IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM reference g
    CROSS JOIN message b ON b.number = g.number
    WHERE g.about = m.name AND g.relation = 'RECALLS' AND b.desk = m.desk
    AND b.mode = m.mode
    AND b.verdict IN ('ACCEPTED', 'ERASED', 'KEY_GONE', 'SEAL', 'PADDING', 'BODY',
      'WRAPS', 'CONTENT')
    AND (b.state != 'refused' OR b.idx IS NOT NULL));
"""

_UNPROVEN = """
-- Translations that name an officer whose key no log has shown here yet.
CREATE TABLE unproven (
  name BLOB PRIMARY KEY,
  author TEXT NOT NULL,
  entry BLOB NOT NULL,
  content BLOB NOT NULL,
  cek BLOB
) STRICT, WITHOUT ROWID;
"""

_LABELS = """
-- What narrows a message and counts, by strictness: the number of its TLP.
CREATE TABLE narrowed (
  about BLOB NOT NULL,
  tlp INTEGER NOT NULL,
  number INTEGER NOT NULL REFERENCES message(number),
  PRIMARY KEY (number, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX narrowed_about ON narrowed(about, tlp);
-- The column tlp is the label in force from here on: what is narrowed gets it, and the
-- index its mark, in batches after this step (indexer.py).
INSERT INTO setting SELECT 'mailbox:indexed', '0'
  WHERE EXISTS (SELECT 1 FROM reference WHERE relation = 'NARROWS')
  ON CONFLICT DO UPDATE SET value = '0';
"""

_UNREVIEWED = """
-- The translations that no other officer has reviewed: those of a FLASH are waited for.
CREATE INDEX translation_unreviewed ON translation(filed)
  WHERE state NOT IN ('FINAL', 'REVIEWED');
"""

STEPS = (
    _FIRST,
    _SECOND,
    _THIRD,
    _MEMORY_ABOUT,
    _GONE,
    _UNPROVEN,
    _LABELS,
    BARE_LEAVES,
    MISSING_TEXTS,
    DRAFT_TABLE,
    OUTBOX_HELD,
    EARLY_NOTES,
    PROVEN_TABLES,
    COUNTERSIGN_TABLE,
    RELEASE_TABLE,
    ANSWER_TABLE,
    BOARD_INDEX,
    TEMPLATE_TABLE,
    HANDOVER_TABLE,
    DIRECTORY_TABLES,
    THREAD_TABLE,
    _UNREVIEWED,
)
VERSION = len(STEPS)
