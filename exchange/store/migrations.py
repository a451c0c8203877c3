"""The schema's history, applied whenever the store opens.

Each version is a function that moves the schema on by one; what it has made stays as
it is. The table that holds the number is called as Alembic called it, which kept this
history until version 12.
"""

from collections.abc import Callable, Iterable
from itertools import groupby, islice

from exchange.store import directory_rows
from exchange.store.cursor import Cursor
from exchange.store.place_keys import SLICES, KeyFilter, key_of, slice_of
from exchange.store.row_checksums import row_sum
from exchange.store.statement_rows import statement_row
from exchange.store.tables import columns_of

IDLE = 600_000  # ms that a server waits for our next statement of a migration
AT_ONCE = 1_000  # rows
TYPES = {"INT": "INTEGER", "LONG": "INTEGER", "TEXT": "VARCHAR", "BLOB": "BLOB"}
SERVER_TYPES = {"LONG": "BIGINT", "TEXT": 'VARCHAR COLLATE "C"', "BLOB": "BYTEA"}
"""A server orders texts by their bytes too, whatever its locale."""
QUOTED = frozenset({"after", "by", "index", "key", "where"})
NO_ROWID = frozenset({"hash", "name_place", "id_place", "place_slice"})
MESSAGE = "the ledger only grows"
ABORT = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
RAISE = f"BEGIN RAISE EXCEPTION '{MESSAGE}'; END"
VERSIONS = (
    "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n"
    "\tCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
)


class Schema:
    """Changes a schema in a transaction, by the words of its engine."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.server = cursor, cursor.server
        self.execute = cursor.execute

    def table(self, name: str, keys: str, values: str) -> None:
        """Create a table; its columns are written as in tables.py."""
        key, others = columns_of(keys), columns_of(values)
        parts = [self.column(one.name, one.type) for one in (*key, *others)]
        parts.append(f"PRIMARY KEY ({_names(one.name for one in key)})")
        parts += [f"UNIQUE ({one.name})" for one in others if one.unique]
        body = ", \n\t".join(parts)
        end = "" if self.server or name not in NO_ROWID else "\n WITHOUT ROWID\n\n"
        self.execute(f"CREATE TABLE {name} (\n\t{body}\n){end}")

    def column(self, name: str, type_: str, default: str = "") -> str:
        """Return the words by which a column is created."""
        types = {**TYPES, "BOOL": "BOOLEAN", **(SERVER_TYPES if self.server else {})}
        return f"{_quoted(name)} {types[type_]}{default} NOT NULL"

    def index(self, name: str, table: str, columns: str, where: str = "") -> None:
        """Create an index, of some rows of a table or of all."""
        names = _names(columns.split(", "))
        when = f" WHERE {where}" if where else ""
        self.execute(f"CREATE INDEX {name} ON {table} ({names}){when}")

    def forbid(self, name: str, verb: str, table: str, when: str = "") -> None:
        """Create a trigger that refuses a change which a table may never have."""
        happens = f"CREATE TRIGGER {name} BEFORE {verb} ON {table}"
        if self.server:
            when = f" WHEN ({when})" if when else ""
            run = "EXECUTE FUNCTION only_grows()"
            self.execute(f"{happens} FOR EACH ROW{when} {run}")
        else:
            when = f" WHEN {when}" if when else ""
            self.execute(f"{happens}{when} {ABORT}")


def version(cursor: Cursor) -> str | None:
    """Return the version of a database's schema, None for an empty one."""
    there = (
        "SELECT to_regclass('alembic_version') IS NOT NULL"
        if cursor.server
        else "SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'"
    )
    if not cursor.execute(there).fetchone()[0]:
        return None
    row = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def upgrade(cursor: Cursor) -> None:
    """Apply every version that a database lacks, in a transaction."""
    schema, before = Schema(cursor), version(cursor)
    if cursor.server:  # longer than a writer may stand idle
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE}")
    if before is None:
        cursor.execute(VERSIONS)
    for number, move in enumerate(HISTORY, 1):
        if f"{number:04}" > (before or ""):
            move(schema)
    cursor.execute("DELETE FROM alembic_version")
    cursor.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _quoted(name: str) -> str:
    return f'"{name}"' if name in QUOTED else name


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))


def _begin(schema: Schema) -> None:
    """Begin with the ledger; names and ids had two indexes, which 7 would drop."""
    schema.table("log", "number INT", "origin TEXT UNIQUE, size LONG, root BLOB")
    schema.table(
        "entry",
        "log INT, index LONG",
        "entry BLOB, name BLOB, id BLOB, kind INT, desks TEXT, reason TEXT",
    )
    schema.table("hash", "log INT, level INT, index LONG", "hash BLOB")
    schema.table("payload", "log INT, index LONG", "wraps BLOB, body BLOB")
    notes = "root BLOB, note BLOB, at LONG, sum LONG"
    schema.table("head", "log INT, size LONG", notes)
    about = "kind INT, log INT, index LONG, by TEXT, reason TEXT, sum LONG"
    schema.table("arrival", "number LONG", about)
    of_entries = "log INT, index LONG, by TEXT"
    schema.table("refusal", of_entries, "reason TEXT, at LONG, sum LONG")
    schema.table(
        "peer",
        "name TEXT",
        "up BOOL, since LONG, cosigned_size LONG, cosigned_at LONG, "
        "failures INT, next_try_at LONG, reason TEXT, sum LONG",
    )
    schema.index("entry_refused", "entry", "name", "reason <> ''")
    schema.index("entry_refusal", "entry", "log, index", "reason <> ''")
    where = "kind = 5 AND reason = ''"
    schema.index("entry_directory", "entry", "log, index", where)
    if schema.server:
        function = "CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql"
        schema.execute(f"{function} AS $$ {RAISE} $$")
    for table in ("entry", "hash", "payload", "head", "arrival", "log"):
        verb = 'UPDATE OF log, "size", root, at' if table == "head" else "UPDATE"
        if table != "log":
            schema.forbid(f"{table}_no_update", verb, table)
        if table not in {"payload", "head"}:  # retention deletes, nothing rewrites
            schema.forbid(f"{table}_no_delete", "DELETE", table)
    back = (
        'NEW."size" < OLD."size" OR NEW.number <> OLD.number'
        " OR NEW.origin <> OLD.origin"
    )
    schema.forbid("log_no_return", "UPDATE", "log", back)


def _wait(schema: Schema) -> None:
    """Wait, refresh and freeze."""
    about = "name BLOB UNIQUE, envelope BLOB, desk TEXT, at LONG, sum LONG"
    schema.table("waiting", "number LONG", about)
    schema.table("pulse", "log INT", "size LONG, note BLOB, at LONG, sum LONG")
    schema.table("fork", "log INT", "proof BLOB, at LONG, sum LONG")
    for verb in ("UPDATE", "DELETE"):
        schema.forbid(f"fork_no_{verb.lower()}", verb, "fork")


def _keep_states(schema: Schema) -> None:
    """Keep the states of texts, what partners lack, desk cursors, times, refusals."""
    defaults = {"state": "INT", "reason": "TEXT", "at": "LONG", "sum": "LONG"}
    for name, type_ in defaults.items():
        default = " DEFAULT ''" if type_ == "TEXT" else " DEFAULT '0'"
        column = schema.column(name, type_, default)
        schema.execute(f"ALTER TABLE payload ADD COLUMN {column}")
    of_entries = "log INT, index LONG, by TEXT"
    schema.table("lacking", of_entries, "at LONG, sum LONG")
    schema.table("undelivered", of_entries, "desks TEXT, at LONG, sum LONG")
    schema.table("desk", "name TEXT", "after LONG, at LONG, sum LONG")
    schema.table("clock", "number INT", "signed LONG, by TEXT, own LONG, sum LONG")
    about = "desk TEXT, reason TEXT, where TEXT, at LONG, sum LONG"
    schema.table("refused", "name BLOB", about)


def _find_lacking(schema: Schema) -> None:
    """Find texts that lack without looking at those that are here."""
    schema.index("payload_lacking", "payload", "log, index", "state = 1")


def _keep_writer(schema: Schema) -> None:
    """Keep who writes, boundaries that are committed before they are signed, sightings.

    A database that holds logs already was made before nodes kept a record outside of
    it: the row of epoch 0 says so (docs/decisions/start_up.md).
    """
    schema.table("writer", "number INT", "epoch LONG, holder BLOB, sum LONG")
    notes = "root BLOB, note BLOB, at LONG, sum LONG"
    schema.table("boundary", "log INT, size LONG", notes)
    place = "origin TEXT, size LONG, root BLOB"
    schema.table("sighting", place, "note BLOB, promised BOOL, at LONG, sum LONG")
    if schema.execute("SELECT 1 FROM log").fetchone() is not None:
        row = 1, 0, b"", row_sum(1, 0, b"")
        schema.execute("INSERT INTO writer VALUES (?, ?, ?, ?)", row)


def _keep_urgent(schema: Schema) -> None:
    """Keep urgent envelopes that came ahead of their log, and places of urgent entries.

    Entries that are here already are not looked through: they are found in their order.
    """
    schema.table(
        "express",
        "name BLOB",
        "peer TEXT, origin TEXT, id BLOB, envelope BLOB, statements BLOB, below LONG,"
        " urgency INT, author TEXT, desks TEXT, at LONG, linked LONG, state INT,"
        " reason TEXT, index LONG, closed_at LONG, sum LONG",
    )
    schema.table("urgent", "log INT, index LONG", "urgency INT, arrival LONG, sum LONG")
    schema.index("urgent_arrival", "urgent", "arrival")


def _merge_names(schema: Schema) -> None:
    """Merge names and ids by slices, in the place of two indexes of the whole log.

    What is here is merged at once; only files are as old as that.
    """
    schema.execute("DROP INDEX IF EXISTS entry_name")
    schema.execute("DROP INDEX IF EXISTS entry_id")
    for table in ("name_place", "id_place"):
        schema.table(table, "key LONG, log INT, index LONG", "")
    schema.table("place_slice", "slice INT, log INT", "size LONG, sum LONG")
    schema.table("place_filter", "slice INT", "name BLOB, id BLOB")
    logs = schema.execute('SELECT number, "size" FROM log').fetchall()
    if not logs:
        return
    schema.cursor.connection.create_function("place_key", 2, key_of)
    for column in ("name", "id"):
        schema.execute(
            f"INSERT INTO {column}_place"  # noqa: S608  our own names
            f" SELECT place_key('{column}', {column}), log, \"index\""
            " FROM entry WHERE reason = '' ORDER BY 1, 2, 3"
        )
    ends = [
        (number, log, size, row_sum(number, log, size))
        for number in range(SLICES)
        for log, size in logs
    ]
    parts = [_filter_parts(schema, f"{column}_place") for column in ("name", "id")]
    filters = zip(range(SLICES), *parts, strict=True)
    schema.cursor.executemany("INSERT INTO place_slice VALUES (?, ?, ?, ?)", ends)
    schema.cursor.executemany("INSERT INTO place_filter VALUES (?, ?, ?)", filters)


def _filter_parts(schema: Schema, table: str) -> list[bytes]:
    """Return the filter of a table, slice by slice."""
    made = KeyFilter()
    rows = schema.execute(f"SELECT key FROM {table} ORDER BY key")  # noqa: S608  our own names
    slices = groupby((row[0] for row in rows), slice_of)
    keys = {number: made.part(number, held) for number, held in slices}
    return [keys.get(number) or made.part(number) for number in range(SLICES)]


def _find_statements(schema: Schema) -> None:
    """Find statements by kid, subject and desk: each is read once more."""
    schema.table(
        "statement",
        "log INT, index LONG",
        "type INT, subject TEXT, role TEXT, desk TEXT, kid BLOB, serial LONG,"
        " since LONG",
    )
    for columns in ("kid", "subject, role", "desk, role"):
        name = f"statement_{columns.split(', ')[0]}"
        schema.index(name, "statement", f"{columns}, log, index")
    entries = schema.execute(
        "SELECT log, \"index\", entry FROM entry WHERE kind = 5 AND reason = ''"
    ).fetchall()
    rows = (row for one in entries if (row := statement_row(*one)) is not None)
    insert = "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    while some := list(islice(rows, AT_ONCE)):
        schema.cursor.executemany(insert, some)


def _keep_directories(schema: Schema) -> None:
    """Keep the edge of each log's directory tree, and the heads signed over it."""
    schema.table("directory", "log INT", "size LONG, edge BLOB, sum LONG")
    notes = "root BLOB, note BLOB, at LONG, sum LONG"
    schema.table("directory_head", "log INT, size LONG", notes)
    about = "size LONG, note BLOB, at LONG, sum LONG"
    schema.table("directory_fault", "log INT, by TEXT", about)
    for number, size in schema.execute('SELECT number, "size" FROM log').fetchall():
        edge = directory_rows.edge_at(schema.cursor, number, size)
        schema.execute(directory_rows.WRITE, directory_rows.edge_row(number, edge))


def _keep_drafts(schema: Schema) -> None:
    """Keep drafts that wait for their releaser, and emergencies.

    Emergencies that are here already are not looked for: their desks name them.
    """
    schema.table(
        "draft",
        "name BLOB",
        "author TEXT, desk TEXT, review TEXT, state INT, since LONG, expires LONG,"
        " index LONG, returned BLOB, envelope BLOB, sum LONG",
    )
    schema.index("draft_desk", "draft", "desk, state")
    schema.index("draft_review", "draft", "review, state")
    schema.index("draft_state", "draft", "state")


def _share(schema: Schema) -> None:
    """Keep until when the writer may write, and which processes share the database."""
    about = "epoch LONG, holder BLOB, until LONG, timeline LONG, restored INT"
    schema.table("lease", "number INT", about)
    schema.table("replica", "holder BLOB", "name TEXT, seen LONG")


def _keep_old_in_files(schema: Schema) -> None:
    """Keep old entries in files: which ones, and that only they may leave a row."""
    about = "root BLOB, bytes LONG, at LONG, sum LONG"
    schema.table("cold", "log INT, tile LONG", about)
    same = " AND ".join(
        f'NEW."{column}" = OLD."{column}"'
        for column in ("log", "index", "name", "id", "kind", "desks", "reason")
    )
    to_a_file = (
        "length(NEW.entry) = 0 AND EXISTS (SELECT 1 FROM cold"
        ' WHERE cold.log = OLD.log AND cold.tile = OLD."index" / 256)'
    )
    from_a_file = "length(OLD.entry) = 0 AND OLD.reason = ''"
    wrong = f"NOT ({same} AND ({to_a_file} OR {from_a_file}))"
    if not schema.server:
        schema.execute("DROP TRIGGER entry_no_update")
        schema.forbid("entry_no_update", "UPDATE", "entry", wrong)
        return
    # A condition of PostgreSQL's triggers looks at no other table; a function does.
    schema.execute("DROP TRIGGER entry_no_update ON entry")
    schema.execute(
        "CREATE FUNCTION entry_only_leaves() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {wrong} THEN RAISE EXCEPTION '{MESSAGE}'; END IF;"
        " RETURN NEW; END $$"
    )
    schema.execute(
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry"
        " FOR EACH ROW EXECUTE FUNCTION entry_only_leaves()"
    )


HISTORY: tuple[Callable[[Schema], None], ...] = (
    *(_begin, _wait, _keep_states, _find_lacking, _keep_writer, _keep_urgent),
    *(_merge_names, _find_statements, _keep_directories, _keep_drafts, _share),
    _keep_old_in_files,
)
HEAD = f"{len(HISTORY):04}"
