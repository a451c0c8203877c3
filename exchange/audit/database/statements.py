"""Check the table that finds statements against their entries."""

from collections.abc import Iterator, Mapping

from exchange.audit.result import Fault
from exchange.errors import Reason
from exchange.store.raw_rows import RawRows
from exchange.store.row_checksums import Value
from exchange.store.statement_rows import statement_row
from exchange.v1 import envelope_pb2 as pb

STATED = pb.KIND_DIRECTORY, ""
"""Kind and reason of an entry that is an ACCEPTED statement."""


def check_statements(raw: RawRows, origins: Mapping[Value, str]) -> Iterator[Fault]:
    """Check statements; `origins` are by the logs' numbers.

    1. Each ACCEPTED statement has its row.
    2. Each row has its entry, whose kind and verdict are checked with the log.
    """
    for log, origin in origins.items():
        # 1
        for index, right in _right_rows(raw, log):
            row = next(raw.rows("statement", log=log, index=index), {})
            if tuple(row.values()) != right:
                yield _fault(origin, index)
        # 2
        for row in raw.rows("statement", log=log):
            entry = next(raw.rows("entry", log=log, index=row["index"]), {})
            if (entry.get("kind"), entry.get("reason")) == STATED:
                continue
            if _row_of(log, row["index"], entry.get("entry")) != tuple(row.values()):
                yield _fault(origin, row["index"])


def _right_rows(raw: RawRows, log: Value) -> Iterator[tuple[int, tuple[Value, ...]]]:
    for index, entry in raw.directory(log):
        found = _row_of(log, index, entry)
        if found is not None and isinstance(index, int):
            yield index, found


def _row_of(log: Value, index: Value, entry: Value) -> tuple[Value, ...] | None:
    if isinstance(log, int) and isinstance(index, int) and isinstance(entry, bytes):
        return statement_row(log, index, entry)
    return None


def _fault(origin: str, index: Value) -> Fault:
    known = index if isinstance(index, int) else None
    return Fault(origin, known, Reason.DATABASE, "statement")
