"""What stands beside the logs: what waits or was refused, pulses, proofs of forks."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Select, delete, func, insert, select

from exchange.ledger import checkpoint
from exchange.store import tables
from exchange.store.sums import row_sum
from exchange.store.values import (
    StoredFork,
    StoredHead,
    StoredRefused,
    StoredWaiting,
)

D, F, L, P, W = (
    tables.head,
    tables.fork,
    tables.log,
    tables.pulse,
    tables.waiting,
)
R = tables.refused


def wait(connection: Connection, new: Iterable[StoredWaiting]) -> None:
    """Keep envelopes that have no place yet, each name once, in their order."""
    number = connection.execute(select(func.max(W.c.number))).scalar() or 0
    for one in new:
        if connection.execute(select(W.c.number).where(W.c.name == one.name)).first():
            continue
        number += 1
        values = (number, one.name, one.envelope, one.desk, one.at)
        row = dict(zip(W.columns.keys(), (*values, row_sum(*values)), strict=True))
        connection.execute(insert(W), row)


def waiting(
    connection: Connection, limit: int, after: int, desk: str | None
) -> list[StoredWaiting]:
    """Return what waits behind a number, of one desk or all, in the order of coming."""
    asked = select(W.c.name, W.c.envelope, W.c.desk, W.c.at, W.c.number)
    asked = asked.where(W.c.number > after)
    if desk is not None:
        asked = asked.where(W.c.desk == desk)
    rows = connection.execute(asked.order_by(W.c.number).limit(limit))
    return [StoredWaiting(*row) for row in rows]


def waits(connection: Connection, names: Sequence[bytes]) -> set[bytes]:
    """Return those of some names that wait."""
    asked = select(W.c.name).where(W.c.name.in_(names))
    return set(connection.execute(asked).scalars())


def count_waiting(connection: Connection) -> int:
    """Return how many envelopes wait."""
    return connection.execute(select(func.count()).select_from(W)).scalar_one()


def settle(connection: Connection, names: list[bytes]) -> None:
    """Forget what waits no longer."""
    connection.execute(delete(W).where(W.c.name.in_(names)))


def refuse(connection: Connection, new: Sequence[StoredRefused], most: int) -> None:
    """Keep what was refused for good, of each desk the newest `most`."""
    for one in new:
        connection.execute(delete(R).where(R.c.name == one.name))
        values = (one.name, one.desk, one.reason, one.where, one.at)
        row = dict(zip(R.columns.keys(), (*values, row_sum(*values)), strict=True))
        connection.execute(insert(R), row)
    for desk in {one.desk for one in new}:
        newest = _refused(desk).with_only_columns(R.c.name).limit(most)
        old = delete(R).where(R.c.desk == desk, R.c.name.not_in(newest))
        connection.execute(old)


def refused(
    connection: Connection, desk: str, since: int, limit: int
) -> list[StoredRefused]:
    """Return what was refused to a desk since then, the newest first."""
    asked = _refused(desk).where(R.c.at >= since).limit(limit)
    return [StoredRefused(*row) for row in connection.execute(asked)]


def forget_refused(connection: Connection, before: int) -> None:
    """Forget what was refused before then (ms UTC)."""
    connection.execute(delete(R).where(R.c.at < before))


def _refused(desk: str) -> Select[bytes, str, str, str, int]:
    asked = select(R.c.name, R.c.desk, R.c.reason, R.c.where, R.c.at)
    return asked.where(R.c.desk == desk).order_by(R.c.at.desc(), R.c.name)


def beat(
    connection: Connection, log: int, held: StoredHead, note: bytes, now: int
) -> None:
    """Keep the newest lines under a log's newest head, if any is newer than before."""
    newest = select(func.max(D.c.size)).where(D.c.log == log)
    if connection.execute(newest).scalar_one() != held.head.size:
        return
    before = pulse(connection, held) or held
    merged = checkpoint.merge(before.note, note)
    if merged in {before.note, checkpoint.completed(held.note, note)}:
        return
    connection.execute(delete(P).where(P.c.log == log))
    size = held.head.size
    row = (log, size, merged, now, row_sum(log, size, now))
    connection.execute(insert(P), dict(zip(P.columns.keys(), row, strict=True)))


def pulse(connection: Connection, held: StoredHead) -> StoredHead | None:
    """Return the head with its newest lines; None where they are those kept."""
    row = connection.execute(
        select(P.c.note, P.c.at)
        .join_from(P, L, L.c.number == P.c.log)
        .where(L.c.origin == held.head.origin, P.c.size == held.head.size)
    ).one_or_none()
    return None if row is None else StoredHead(held.head, row[0], row[1])


def fade(connection: Connection, log: int, sizes: Sequence[int]) -> None:
    """Forget the pulse of a log's head that is forgotten."""
    connection.execute(delete(P).where(P.c.log == log, P.c.size.in_(sizes)))


def freeze(connection: Connection, log: int, proof: bytes, now: int) -> None:
    """Keep the first proof that a log is forked."""
    if connection.execute(select(F.c.log).where(F.c.log == log)).first():
        return
    row = (log, proof, now, row_sum(log, now))
    connection.execute(insert(F), dict(zip(F.columns.keys(), row, strict=True)))


def forks(connection: Connection) -> dict[str, StoredFork]:
    """Return origin -> the proof of each log that is frozen."""
    rows = connection.execute(
        select(L.c.origin, F.c.proof, F.c.at).join_from(F, L, L.c.number == F.c.log)
    )
    return {origin: StoredFork(proof, at) for origin, proof, at in rows}
