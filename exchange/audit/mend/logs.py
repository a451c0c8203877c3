"""Which logs there are: the rows of log, and what stands under no log at all."""

from collections.abc import Mapping
from itertools import islice

from exchange.audit.judge.keys import keys_of
from exchange.audit.mend.notes import verified
from exchange.audit.mend.rebuilt import Rebuilt
from exchange.audit.mend.sink import Mended, Sink
from exchange.errors import FusionError
from exchange.ledger.checkpoint import parse_head
from exchange.ledger.merkle import EMPTY_ROOT
from exchange.ledger.note import parse_note
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.repair import Change
from exchange.store.sums import Value
from exchange.trust.bundle import Bundle

STRAYS_MAX = 16  # rows of a table
STRAYS = ("entry", "payload", "hash", "head")


def number(raw: Raw, pinned: Mapping[str, Bundle], sink: Sink) -> None:
    """Mend the number and the origin of each log, by the notes that stand under it.

    1. A row under whose number nothing stands gets the number where its log does.
    2. A row gets the origin that was signed.
    3. A log that has no row gets one; its size comes later.
    """
    origins = {one: _signed_origin(raw, one, pinned) for one in raw.numbers()}
    rows = {row.number: row for row in raw.logs()}
    free = {one: row for one, row in rows.items() if one not in origins}
    for place, origin in origins.items():
        row = rows.get(place)
        if origin is None or (row is None and not raw.count("entry", place)):
            continue
        # 1
        like = [one for one in free.values() if one.origin == origin]
        if row is None and like:
            free.pop(like[0].number)
            _set(like[0], {"number": place}, sink)
        # 2
        elif row is not None and row.origin != origin:
            _set(row, {"origin": origin}, sink)
        # 3
        elif row is None:
            new: dict[str, Value] = {
                "number": place,
                "origin": origin,
                "size": 0,
                "root": EMPTY_ROOT,
            }
            sink.put(Change("log", None, new), Mended(origin, None, "log.number"))
    sink.flush()


def _signed_origin(raw: Raw, place: Value, pinned: Mapping[str, Bundle]) -> str | None:
    """Return whose log it is, by the first note under a number that verifies."""
    for row in raw.heads(place):
        if not isinstance(row.note, bytes):
            continue
        try:
            origin = parse_head(parse_note(row.note).text).origin
            verified(row.note, origin, keys_of(origin, pinned))
        except FusionError:
            continue
        return origin
    return None


def settle(row: RawLog, found: Rebuilt, sink: Sink) -> None:
    """Let a log's row say where the log ends, if that is certain."""
    if found.whole and (row.size, row.root) != (found.size, found.root):
        _set(row, {"size": found.size, "root": found.root}, sink)
        sink.flush()


def _set(row: RawLog, now: dict[str, Value], sink: Sink) -> None:
    was: dict[str, Value] = {
        "number": row.number,
        "origin": row.origin,
        "size": row.size,
        "root": row.root,
    }
    changed = [name for name, value in now.items() if was[name] != value]
    origin = str(now.get("origin", row.origin))
    sink.put(Change("log", was, now), Mended(origin, None, f"log.{changed[0]}"))


def drop_strays(raw: Raw, sink: Sink) -> None:
    """Take away what stands under a number of which there is no log.

    A few rows that strayed there: many may be a log of which nobody knows any more.
    """
    for table in STRAYS:
        keys = list(islice(raw.stray_keys(table), STRAYS_MAX + 1))
        for key in keys if len(keys) <= STRAYS_MAX else ():
            sink.put(Change(table, key, None), Mended(None, None, table))
    sink.flush()
