"""The tables of a mailbox.

`message` is narrow, so a page of the list is a few disk pages; `body` has the rest.
Columns are in the order of the fields in records.py.
"""

from collections.abc import Iterator

from sqlcipher3 import dbapi2 as sqlite

VERSION = 23

_MESSAGES = """
CREATE TABLE message (
  number INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  origin TEXT NOT NULL,
  idx INTEGER,
  envelope INTEGER NOT NULL,
  kind TEXT NOT NULL,
  precedence TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- The label in force: of all that narrows it, too.
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
  acknowledge, lang, tlp, filed, desk);
CREATE INDEX message_filed ON message(filed);
CREATE INDEX message_state ON message(state) WHERE state != 'cosigned';
CREATE INDEX message_unsettled ON message(origin, idx)
  WHERE idx IS NOT NULL AND state NOT IN ('cosigned', 'refused');
-- When each desk was heard last.
CREATE INDEX message_desk ON message(desk, received) WHERE verdict = 'ACCEPTED';
-- What a board shows and counts, of a kind and mode, newest first, without the rows.
CREATE INDEX message_board ON message(kind, mode, filed, expires);
CREATE TRIGGER message_stays BEFORE DELETE ON message
  BEGIN SELECT RAISE(ABORT, 'a message stays'); END;

-- From when to when (ms UTC) a block of 1,024 numbers was filed.
CREATE TABLE block (
  block INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT;
CREATE TRIGGER message_block AFTER INSERT ON message BEGIN
  INSERT INTO block VALUES (NEW.number / 1024, NEW.filed, NEW.filed)
    ON CONFLICT DO UPDATE
    SET first = min(first, excluded.first), last = max(last, excluded.last)
    WHERE excluded.first < first OR excluded.last > last;
END;

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
-- The desks that cannot do what a message asks of them: `name` is the receipt that says
-- so. Of a message of this desk: which officer has taken note, '' for none, and when.
CREATE TABLE declined (
  number INTEGER NOT NULL REFERENCES message(number),
  desk TEXT NOT NULL,
  name BLOB NOT NULL,
  officer TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (number, desk)
) STRICT, WITHOUT ROWID;
CREATE INDEX declined_open ON declined(number) WHERE officer = '';
-- The last answer of this desk to a message, while no log has it; `held` as in outbox.
CREATE TABLE pending_answer (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  name BLOB NOT NULL,
  held TEXT NOT NULL
) STRICT;

-- Of each EMERGENCY that nobody has countersigned: until when that is due (ms UTC).
CREATE TABLE countersign (
  number INTEGER PRIMARY KEY REFERENCES message(number),
  by INTEGER NOT NULL
) STRICT;
"""

_REFERENCES = """
-- What a message refers to; `about` need not be here. Threads follow these both ways.
CREATE TABLE reference (
  number INTEGER NOT NULL REFERENCES message(number),
  relation TEXT NOT NULL,
  about BLOB NOT NULL,
  PRIMARY KEY (number, relation, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_about ON reference(about);
CREATE INDEX reference_relation ON reference(relation, number);

-- What its author's desk recalled or replaced: that is acknowledged in its place.
CREATE TABLE gone (number INTEGER PRIMARY KEY REFERENCES message(number)) STRICT;

-- What narrows a message and counts, by strictness: the number of its TLP.
CREATE TABLE narrowed (
  about BLOB NOT NULL,
  tlp INTEGER NOT NULL,
  number INTEGER NOT NULL REFERENCES message(number),
  PRIMARY KEY (number, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX narrowed_about ON narrowed(about, tlp);

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
"""

_SEARCH = """
-- Contentless: the text stands in body, once. `search_text` has cut it into words, so
-- the tokenizer only splits at spaces; beside them stand codes (index_terms.py).
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, tokenize='ascii');
-- The words themselves, to complete one as it is typed.
CREATE TABLE term (term TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The coded values to filter by: ('details.actors', 'BLA', 412).
CREATE TABLE fact (
  field TEXT NOT NULL,
  code TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES message(number),
  PRIMARY KEY (field, code, number)
) STRICT, WITHOUT ROWID;

-- Places, in degrees; error in metres. Many bulletins are of one place, so a circle is
-- held against few.
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

CREATE TABLE search (name TEXT PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

_ANSWERS = """
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
-- Those that no other officer has reviewed: those of a FLASH are waited for.
CREATE INDEX translation_unreviewed ON translation(filed)
  WHERE state NOT IN ('FINAL', 'REVIEWED');
-- Where a translation stands in a log.
CREATE TABLE translation_place (
  name BLOB PRIMARY KEY,
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Translations that name an officer whose key no log has shown here yet.
CREATE TABLE unproven (
  name BLOB PRIMARY KEY,
  author TEXT NOT NULL,
  entry BLOB NOT NULL,
  content BLOB NOT NULL,
  cek BLOB
) STRICT, WITHOUT ROWID;
-- A translation under way at this desk, not yet signed: a serialized Translation.
CREATE TABLE work (
  about BLOB NOT NULL,
  lang TEXT NOT NULL,
  officer TEXT NOT NULL,
  saved INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (about, lang)
) STRICT, WITHOUT ROWID;

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

-- The log of a receipt or translation; `met` once it stands in it as this desk reads it
-- now, `lost` (ms UTC) since it is known that the log does not have it, else 0.
CREATE TABLE answer_log (
  name BLOB PRIMARY KEY,
  origin TEXT NOT NULL,
  met INTEGER NOT NULL,
  lost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_log_origin ON answer_log(origin) WHERE NOT met;

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
-- Of which bulletins a pair was learnt; none where it came in a file.
CREATE TABLE memory_about (
  pair INTEGER NOT NULL REFERENCES memory(id),
  about BLOB NOT NULL,
  PRIMARY KEY (pair, about)
) STRICT, WITHOUT ROWID;
-- Contentless, and no places: which texts have a word, and how many have it.
CREATE VIRTUAL TABLE memory_words USING fts5(
  text, content='', detail=none, columnsize=0, tokenize='ascii');
CREATE VIRTUAL TABLE memory_term USING fts5vocab(memory_words, row);
"""

_LINK = """
-- Why an envelope is not taken: held is '' (nobody was asked yet), LATER, RESIGN,
-- EXPIRED or REFUSED; `asked` is when the node said so or it expired (ms UTC). `nodes`
-- must hold it before it goes, by spaces; none: any partner's.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  lane INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  queued INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  origin TEXT NOT NULL,
  idx INTEGER,
  held TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '',
  not_before INTEGER NOT NULL DEFAULT 0,
  asked INTEGER NOT NULL DEFAULT 0,
  expires INTEGER NOT NULL,
  nodes TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_way ON outbox(sent, held, lane, id);
-- What was signed again, and as what: what spoke of it speaks of that.
CREATE TABLE renewed (old BLOB PRIMARY KEY, new BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Envelopes that wait for a second officer, of this desk or shown to it (releases.py).
-- `returned` is a serialized ReturnDraftRequest that was verified, `told` whether the
-- node has it; `missed` in how many Watches in turn the node did not show one.
-- Drafts of the same millisecond keep the order of their rowids.
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
) STRICT;

CREATE TABLE cursor (node TEXT PRIMARY KEY, after INTEGER NOT NULL) STRICT;
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
-- Entries of a log below `size` are proven to have been there at `time_s` (logs.py).
CREATE TABLE proven (
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  time_s INTEGER NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;

-- Places of which the own node showed the leaf hash alone (bare_leaves.py).
CREATE TABLE bare_leaf (
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  number INTEGER NOT NULL,
  leaf BLOB NOT NULL,
  PRIMARY KEY (origin, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX bare_leaf_number ON bare_leaf(number);
-- Entries for this desk whose text has not come yet (missing_texts.py).
CREATE TABLE missing_text (
  origin TEXT NOT NULL,
  idx INTEGER NOT NULL,
  name BLOB NOT NULL,
  entry BLOB NOT NULL,
  asked INTEGER NOT NULL,
  PRIMARY KEY (origin, idx)
) STRICT, WITHOUT ROWID;
-- Sealed texts in formats that only a newer program reads (newer_texts.py).
CREATE TABLE newer_text (
  name BLOB PRIMARY KEY,
  kind INTEGER NOT NULL,
  about BLOB NOT NULL,
  author TEXT NOT NULL,
  origin TEXT NOT NULL,
  idx INTEGER,
  entry BLOB NOT NULL,
  format INTEGER NOT NULL,
  body BLOB NOT NULL,
  cek BLOB NOT NULL
) STRICT;
CREATE INDEX newer_text_about ON newer_text(about);
CREATE INDEX newer_text_format ON newer_text(format);
-- The desks that this one has bulletins of or, if `sent`, that its log has some to, and
-- how many of these do not open (desk_numbers.py).
CREATE TABLE number_desk (
  sent INTEGER NOT NULL,
  desk TEXT NOT NULL,
  unopened INTEGER NOT NULL,
  PRIMARY KEY (sent, desk)
) STRICT, WITHOUT ROWID;
-- The numbers of those that do, as runs without a hole; `name` brought `first`, and the
-- hole below it is known since `at`.
CREATE TABLE number_run (
  sent INTEGER NOT NULL,
  desk TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  name BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (sent, desk, first)
) STRICT, WITHOUT ROWID;
-- What officers of this desk said of a number that came; the last word on it counts.
CREATE TABLE number_verdict (
  id INTEGER PRIMARY KEY,
  desk TEXT NOT NULL,
  number INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  officer TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
-- What came before its log had it, and is no message or waits for one (early_notes.py);
-- `data` is a serialized Urgent, empty once it was filed.
CREATE TABLE early_note (
  name BLOB PRIMARY KEY,
  about BLOB NOT NULL,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""

_OFFICERS = """
-- What an officer has begun to write.
CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  officer TEXT NOT NULL,
  version INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX draft_officer ON draft(officer);
-- What a bulletin begins with, by a name; '' names what every new one begins with.
CREATE TABLE template (
  name TEXT PRIMARY KEY,
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- Desks that are addressed together, by the name of their group, with blanks between.
CREATE TABLE address_group (
  name TEXT PRIMARY KEY,
  desks TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

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


def statements() -> Iterator[str]:
    """Yield one by one; executescript would commit the transaction."""
    statement = ""
    for part in (_MESSAGES, _REFERENCES, _SEARCH, _ANSWERS, _LINK, _OFFICERS):
        for line in part.splitlines(keepends=True):
            statement += line
            if sqlite.complete_statement(statement):
                yield statement
                statement = ""
    yield f"PRAGMA user_version = {VERSION}"
