"""What the store answers of entries and of the tree."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import (
    Connection,
    RowMapping,
    bindparam,
    func,
    select,
    text,
)

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import Get, Id
from exchange.limits import WRAP_SIZE
from exchange.store import tables
from exchange.store.values import HELD, Counts, StoredEntry
from exchange.v1 import envelope_pb2 as pb

Asked = TypeVar("Asked")

IN_MAX = 500  # values asked for in one statement; old SQLite takes 999

D, E, H, L, P = (
    tables.head,
    tables.entry,
    tables.hashes,
    tables.log,
    tables.payload,
)

# An index over some rows serves only a query that says so word by word; payload has
# a column `reason` too.
ACCEPTED = text(f"entry.{tables.ACCEPTED.text}")
REFUSED = text(f"entry.{tables.REFUSED.text}")
DIRECTORY = text(f"entry.kind = {pb.KIND_DIRECTORY} AND entry.reason = ''")

WHOLE = (
    select(
        E,
        *(L.c.origin, H.c.hash.label("leaf"), P.c.wraps, P.c.body, P.c.state),
        P.c.reason.label("why"),
    )
    .join_from(E, L, L.c.number == E.c.log)
    .outerjoin(H, (H.c.log == E.c.log) & (H.c.level == 0) & (H.c.index == E.c.index))
    .outerjoin(P, (P.c.log == E.c.log) & (P.c.index == E.c.index))
)
NUMBER = select(L.c.number).where(L.c.origin == bindparam("origin")).scalar_subquery()
SIGNED = select(func.max(D.c.size)).where(D.c.log == NUMBER).scalar_subquery()
"""The size of a log's newest head: readers see what is below it."""
PAGE = (
    WHOLE.where(E.c.log == NUMBER, E.c.index >= bindparam("start"), E.c.index < SIGNED)
    .order_by(E.c.index)
    .limit(bindparam("limit"))
)
SOME_OF = WHOLE.where(
    E.c.log == NUMBER,
    E.c.index.in_(bindparam("indexes", expanding=True)),
    P.c.state == HELD,
).order_by(E.c.index)
BARE = (
    select(E.c.entry)
    .where(E.c.log == NUMBER, E.c.index >= bindparam("start"), E.c.index < SIGNED)
    .order_by(E.c.index)
    .limit(bindparam("limit"))
)
NAMED = WHOLE.where(E.c.name == bindparam("name"), ACCEPTED).order_by(E.c.log.desc())
NAMED_REFUSED = WHOLE.where(E.c.name == bindparam("name"), REFUSED).order_by(
    E.c.log.desc()
)
REFUSALS = (
    WHOLE.where(E.c.log == NUMBER, E.c.index >= bindparam("start"), REFUSED)
    .order_by(E.c.index.desc())
    .limit(bindparam("limit"))
)
PLACES = select(E.c.name, E.c.index).where(
    E.c.log == NUMBER, E.c.name.in_(bindparam("names", expanding=True)), ACCEPTED
)
STATED = WHOLE.where(E.c.log == NUMBER, DIRECTORY).order_by(E.c.index)
SOME = (
    'SELECT level, "index", hash FROM hash'
    " WHERE log = (SELECT number FROM log WHERE origin = ?)"
    ' AND (level, "index") IN (VALUES'
)
HASH = select(H.c.hash).where(
    H.c.log == NUMBER, H.c.level == bindparam("level"), H.c.index == bindparam("index")
)


def _entry(row: RowMapping) -> StoredEntry:
    wraps = row["wraps"] or b""
    return StoredEntry(
        origin=row["origin"],
        index=row["index"],
        entry=row["entry"],
        name=row["name"],
        id=row["id"],
        kind=row["kind"],
        wraps=tuple(
            wraps[at : at + WRAP_SIZE] for at in range(0, len(wraps), WRAP_SIZE)
        ),
        body=row["body"] or b"",
        desks=tuple(row["desks"].split()),
        reason=row["reason"],
        leaf=row["leaf"] or b"",
        state=row["state"],
        why=row["why"] or "",
    )


def page(
    connection: Connection, origin: str, start: int, limit: int
) -> list[StoredEntry]:
    """Return at most `limit` entries from index `start` on."""
    asked = {"origin": origin, "start": start, "limit": limit}
    return [_entry(row) for row in connection.execute(PAGE, asked).mappings()]


def with_text(
    connection: Connection, origin: str, indexes: Iterable[int], limit: int
) -> list[StoredEntry]:
    """Return at most `limit` of these entries, those whose text is here."""
    wanted, found = list(indexes), list[StoredEntry]()
    for at in range(0, len(wanted), IN_MAX):
        some = {"origin": origin, "indexes": wanted[at : at + IN_MAX]}
        query = SOME_OF.limit(limit - len(found))
        found += map(_entry, connection.execute(query, some).mappings())
        if len(found) >= limit:
            break
    return found


def bare(connection: Connection, origin: str, start: int, limit: int) -> list[bytes]:
    """Return at most `limit` entries from index `start` on, and nothing beside them."""
    asked = {"origin": origin, "start": start, "limit": limit}
    return list(connection.execute(BARE, asked).scalars())


def by_name(connection: Connection, name: bytes) -> StoredEntry | None:
    """Return the ACCEPTED entry of that name, else a REFUSED one, else None."""
    for query in (NAMED, NAMED_REFUSED):
        row = connection.execute(query, {"name": name}).mappings().first()
        if row is not None:
            return _entry(row)
    return None


def between(
    connection: Connection, first: bytes, last: bytes, limit: int
) -> list[StoredEntry]:
    """Return ACCEPTED entries with first <= name <= last; the newest log's first."""
    query = (
        WHOLE.where(E.c.name.between(first, last), ACCEPTED)
        .order_by(E.c.log.desc(), E.c.name)
        .limit(limit)
    )
    return [_entry(row) for row in connection.execute(query).mappings()]


def directory(connection: Connection, origin: str) -> list[StoredEntry]:
    """Return the ACCEPTED DIRECTORY entries in their order."""
    rows = connection.execute(STATED, {"origin": origin}).mappings()
    return [_entry(row) for row in rows]


def refused(
    connection: Connection, origin: str, start: int, limit: int
) -> list[StoredEntry]:
    """Return at most `limit` REFUSED entries from index `start` on, newest first."""
    asked = {"origin": origin, "start": start, "limit": limit}
    return [_entry(row) for row in connection.execute(REFUSALS, asked).mappings()]


def places(
    connection: Connection, origin: str, names: Iterable[bytes]
) -> dict[bytes, int]:
    """Return where those of `names` stand that an ACCEPTED entry of the log has."""
    wanted = list(names)
    found: dict[bytes, int] = {}
    for at in range(0, len(wanted), IN_MAX):
        some = {"origin": origin, "names": wanted[at : at + IN_MAX]}
        found.update((row[0], row[1]) for row in connection.execute(PLACES, some))
    return found


def known(
    connection: Connection, origin: str, column: str, values: Iterable[bytes]
) -> set[bytes]:
    """Return those of `values` that an ACCEPTED entry has as its name or id."""
    wanted = list(values)
    asked = E.c[column]
    query = select(asked).where(
        E.c.log == NUMBER, asked.in_(bindparam("values", expanding=True)), ACCEPTED
    )
    found: set[bytes] = set()
    for at in range(0, len(wanted), IN_MAX):
        some = {"origin": origin, "values": wanted[at : at + IN_MAX]}
        found.update(connection.execute(query, some).scalars())
    return found


def node(connection: Connection, origin: str, level: int, index: int) -> bytes:
    """Return one stored node; Refusal(MISSING) where it is not."""
    asked = {"origin": origin, "level": level, "index": index}
    found = connection.execute(HASH, asked).scalar_one_or_none()
    if found is None:
        raise Refusal(Reason.MISSING, f"{origin} {level}/{index}")
    return bytes(found)


def of_nodes(connection: Connection, origin: str, ask: Callable[[Get], Asked]) -> Asked:
    """Return what `ask` makes of stored nodes, all read at once.

    It is asked twice: first which nodes it wants, then with what they are. Raises
    Refusal(MISSING) where one is not there.
    """
    wanted: list[Id] = []

    def note(level: int, index: int) -> bytes:
        wanted.append((level, index))
        return b""

    ask(note)
    found = _some_nodes(connection, origin, wanted)

    def get(level: int, index: int) -> bytes:
        if (level, index) not in found:
            raise Refusal(Reason.MISSING, f"{origin} {level}/{index}")
        return found[level, index]

    return ask(get)


def _some_nodes(
    connection: Connection, origin: str, wanted: Sequence[Id]
) -> dict[Id, bytes]:
    if not wanted:
        return {}
    marks = ", ".join(["(?, ?)"] * len(wanted))
    asked = (origin, *(part for node in wanted for part in node))
    rows = connection.exec_driver_sql(f"{SOME} {marks})", asked)
    return {(level, index): bytes(hashed) for level, index, hashed in rows}


def counts(connection: Connection, origin: str) -> Counts:
    """Return how many rows each table has of a log."""
    return Counts(
        *(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.log == NUMBER),
                {"origin": origin},
            ).scalar_one()
            for table in (E, H, P, D)
        )
    )
