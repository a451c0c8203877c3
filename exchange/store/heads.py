"""What the store answers of heads, arrivals, refusals and partners, and keeps."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, text, update

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.store import aside, tables
from exchange.store.append import arrive
from exchange.store.sums import row_sum
from exchange.store.values import (
    HEAD,
    REFUSAL,
    PeerState,
    Span,
    StoredArrival,
    StoredHead,
    StoredRefusal,
)

A, D, L, R, W = (
    tables.arrival,
    tables.head,
    tables.log,
    tables.refusal,
    tables.peer,
)
HEADS = (
    select(L.c.origin, D.c.size, D.c.root, D.c.note, D.c.at)
    .join_from(D, L, L.c.number == D.c.log)
    .where(L.c.origin == bindparam("origin"))
    .order_by(D.c.size.desc())
)
BETWEEN = HEADS.where(
    D.c.size > bindparam("above"), D.c.size <= bindparam("limit")
).limit(bindparam("count"))
RISING = (
    HEADS.where(D.c.size > bindparam("above"), D.c.size <= bindparam("limit"))
    .order_by(None)
    .order_by(D.c.size)
    .limit(bindparam("count"))
)
ARRIVALS = (
    select(A.c.number, A.c.kind, L.c.origin, A.c.index, A.c.by, A.c.reason)
    .join_from(A, L, L.c.number == A.c.log)
    .where(A.c.number > bindparam("after"))
    .order_by(A.c.number)
    .limit(bindparam("limit"))
)
PEER = select(W).where(W.c.name == bindparam("name"))


LINE = "\n\u2014 ".encode()
SPANS = """
SELECT h."size", h.at, h.note, h."size" - h.below, (
  SELECT coalesce(sum(length(e.entry) + coalesce(length(p.wraps), 0)
    + coalesce(length(p.body), 0)), 0)
  FROM entry e LEFT JOIN payload p ON p.log = e.log AND p."index" = e."index"
  WHERE e.log = :log AND e."index" >= h.below AND e."index" < h."size")
FROM (
  SELECT "size", at, note, lag("size", 1, :start) OVER (ORDER BY "size") AS below
  FROM head WHERE log = :log AND "size" > :start ORDER BY "size" LIMIT :limit) h
ORDER BY h."size"
"""


def spans(connection: Connection, origin: str, start: int, limit: int) -> list[Span]:
    """Return at most `limit` heads above `start`, smallest first, with their weight."""
    asked = {"log": number(connection, origin), "start": start, "limit": limit}
    return [
        Span(size, at, note.count(LINE), entries, weight)
        for size, at, note, entries, weight in connection.execute(text(SPANS), asked)
    ]


def between(
    connection: Connection, origin: str, above: int, limit: int, count: int = 1
) -> list[StoredHead]:
    """Return heads with above < size <= limit, newest first."""
    asked = {"origin": origin, "above": above, "limit": limit, "count": count}
    return [_head(row) for row in connection.execute(BETWEEN, asked)]


def rising(
    connection: Connection, origin: str, above: int, limit: int, count: int
) -> list[StoredHead]:
    """Return heads with above < size <= limit, smallest first."""
    asked = {"origin": origin, "above": above, "limit": limit, "count": count}
    return [_head(row) for row in connection.execute(RISING, asked)]


def _head(row: Row[*tuple[Any, ...]]) -> StoredHead:
    origin, size, root, note, at = row
    return StoredHead(Head(origin, size, root), note, at)


def position(connection: Connection, origin: str) -> Head | None:
    """Return where the log stands by its own row, which an append moves."""
    row = connection.execute(
        select(L.c.size, L.c.root).where(L.c.origin == origin)
    ).one_or_none()
    return None if row is None else Head(origin, row[0], row[1])


def origins(connection: Connection) -> list[str]:
    """Return the logs held, in the order in which they came."""
    return list(connection.execute(select(L.c.origin).order_by(L.c.number)).scalars())


def number(connection: Connection, origin: str) -> int:
    """Return a log's number; Refusal(MISSING) where it is not held."""
    found = connection.execute(select(L.c.number).where(L.c.origin == origin)).scalar()
    if found is None:
        raise Refusal(Reason.MISSING, origin)
    return int(found)


def gather(
    connection: Connection, origin: str, size: int, note: bytes, now: int
) -> StoredHead:
    """Add a verified note's lines to a kept head; announce those of new keys.

    The first line of a key stays; a newer one of the newest head goes into its
    pulse. Under the writer's lock, so that no line is lost to a race.
    """
    found = between(connection, origin, size - 1, size)
    if not found:
        raise Refusal(Reason.MISSING, f"{origin}#{size}")
    held, log = found[0], number(connection, origin)
    aside.beat(connection, log, held, note, now)
    completed = checkpoint.completed(held.note, note)
    if completed == held.note:
        return held
    connection.execute(
        update(D).where(D.c.log == log, D.c.size == size).values(note=completed)
    )
    arrive(connection, log, [(HEAD, size, "", "")])
    return StoredHead(held.head, completed, held.at)


def prune(connection: Connection, origin: str, sizes: Sequence[int]) -> None:
    """Forget heads that others cover, and the newer lines that stood under one."""
    log = number(connection, origin)
    connection.execute(delete(D).where(D.c.log == log, D.c.size.in_(sizes)))
    aside.fade(connection, log, sizes)


def arrivals(connection: Connection, after: int, limit: int) -> list[StoredArrival]:
    """Return at most `limit` arrivals behind number `after`."""
    rows = connection.execute(ARRIVALS, {"after": after, "limit": limit})
    return [StoredArrival(*row) for row in rows]


def refuse(
    connection: Connection, origin: str, index: int, refusal: StoredRefusal
) -> None:
    """Keep a partner's refusal of an entry once, and announce it."""
    log = number(connection, origin)
    this = select(R.c.index).where(
        R.c.log == log, R.c.index == index, R.c.by == refusal.by
    )
    if connection.execute(this).first() is None:
        row = {"log": log, "index": index, **asdict(refusal)}
        total = row_sum(log, index, refusal.by, refusal.reason, refusal.at)
        connection.execute(insert(R), {**row, "sum": total})
        arrive(connection, log, [(REFUSAL, index, refusal.by, refusal.reason)])


def refusals(connection: Connection, origin: str, index: int) -> list[StoredRefusal]:
    """Return what partners said of an entry."""
    rows = connection.execute(
        select(R.c.by, R.c.reason, R.c.at)
        .join_from(R, L, L.c.number == R.c.log)
        .where(L.c.origin == origin, R.c.index == index)
        .order_by(R.c.by)
    )
    return [StoredRefusal(*row) for row in rows]


def get_peer(connection: Connection, name: str) -> PeerState:
    """Return how it stands with a partner; PeerState() where nothing is known."""
    row = connection.execute(PEER, {"name": name}).one_or_none()
    return PeerState() if row is None else PeerState(*row[1:-1])


def cosigned(connection: Connection, name: str, size: int, now: int) -> None:
    """Keep that a partner cosigned the own log up to `size`."""
    held = get_peer(connection, name)
    set_peer(connection, name, replace(held, cosigned_size=size, cosigned_at=now))


def set_peer(connection: Connection, name: str, state: PeerState) -> None:
    """Keep a partner's state; what it has cosigned never falls back."""
    held = get_peer(connection, name)
    values = asdict(state) | {
        "cosigned_size": max(state.cosigned_size, held.cosigned_size),
        "cosigned_at": max(state.cosigned_at, held.cosigned_at),
    }
    values["sum"] = row_sum(name, *values.values())
    if connection.execute(PEER, {"name": name}).one_or_none() is None:
        connection.execute(insert(W), {"name": name, **values})
    else:
        connection.execute(update(W).where(W.c.name == name).values(values))
