"""Check the tables that find entries by name and id against the entries."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

from exchange.audit.result import Fault, shown
from exchange.errors import Reason
from exchange.store.place_keys import ID, NAME, KeyFilter, key_of, slice_of
from exchange.store.places import TABLES
from exchange.store.raw_rows import RawRows
from exchange.store.row_checksums import Value


def check_places(raw: RawRows, origins: Mapping[Value, str]) -> Iterator[Fault]:
    """Check places; `origins` are by the logs' numbers.

    1. The name and the id of each ACCEPTED entry below the end of their slices are
       found at its place.
    2. There is no other row.
    3. The filter of each slice has exactly its keys.
    """
    for log, origin in origins.items():
        ends = {
            row["slice"]: row["size"]
            for row in raw.rows("place_slice", log=log)
            if isinstance(row["size"], int)
        }
        counts: Counter[str] = Counter()
        # 1
        for index, name, id_ in raw.accepted(log) if ends else ():
            for column, value in ((NAME, name), (ID, id_)):
                key, table = key_of(column, value), TABLES[column]
                if index >= ends.get(slice_of(key), 0):
                    continue
                counts[table] += 1
                if not raw.has_place(table, key, log, index):
                    yield Fault(origin, index, Reason.DATABASE, table)
        # 2
        for table in TABLES.values():
            if raw.count(table, log) != counts[table]:
                yield Fault(origin, None, Reason.DATABASE, table)
    # 3
    yield from _check_filters(raw)


def _check_filters(raw: RawRows) -> Iterator[Fault]:
    rows = {row["slice"]: row for row in raw.rows("place_filter")}
    empty = KeyFilter()
    for column, table in TABLES.items():
        held = {number: row[column] for number, row in rows.items()}
        nothing = {number: empty.part(0) for number in held}
        right = nothing | {
            number: empty.part(number, keys)
            for number, keys in groupby(raw.keys(table), slice_of)
        }
        for number in right:
            if held.get(number) != right[number]:
                what = f"place_filter {shown(number)}"
                yield Fault(None, None, Reason.DATABASE, what)
