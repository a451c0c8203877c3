"""What a partner answers of a log of ours: lines, refusals, texts that it lacks."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from exchange.errors import Reason
from exchange.store import heads, tables
from exchange.store.append import arrive
from exchange.store.entries import IN_MAX
from exchange.store.sums import row_sum
from exchange.store.values import HELD, LACKING_TEXT, REFUSAL, Answer, Lacked

E, K, L, P, R = (
    tables.entry,
    tables.lacking,
    tables.log,
    tables.payload,
    tables.refusal,
)


def keep(connection: Connection, origin: str, answer: Answer) -> None:
    """Keep an answer, whole or not at all, within the caller's transaction.

    1. Refusals and texts that lack are announced before the line is: whoever reads
       arrivals in order never takes a line for more than it says.
    2. The lines, if the head is kept still.
    3. How far the partner has cosigned the log that this node writes to.
    """
    # 1
    log = heads.number(connection, origin)
    _refuse(connection, log, answer)
    _lack(connection, log, answer)
    if answer.note is None:
        return
    # 2
    if heads.between(connection, origin, answer.size - 1, answer.size):
        heads.gather(connection, origin, answer.size, answer.note, answer.at)
    # 3
    if answer.own:
        heads.cosigned(connection, answer.by, answer.size, answer.at)


def _refuse(connection: Connection, log: int, answer: Answer) -> None:
    """Keep and announce what is refused by the answer that first covers it."""
    new = {
        index: reason
        for index, reason in reversed(answer.refusals)
        if answer.start <= index < answer.size
    }
    if not new:
        return
    held = connection.execute(
        select(R.c.index).where(
            *(R.c.log == log, R.c.by == answer.by),
            *(R.c.index >= answer.start, R.c.index < answer.size),
        )
    )
    for index in held.scalars():
        new.pop(index, None)
    by, at = answer.by, answer.at
    keys = ("log", "index", "by", "reason", "at")
    rows = [
        dict(zip(keys, values, strict=True)) | {"sum": row_sum(*values)}
        for index, reason in sorted(new.items())
        for values in [(log, index, by, reason, at)]
    ]
    if rows:
        connection.execute(insert(R), rows)
        told = [(REFUSAL, index, by, reason) for index, reason in sorted(new.items())]
        arrive(connection, log, told)


def _lack(connection: Connection, log: int, answer: Answer) -> None:
    """Keep and announce which texts the partner lacks now, and which have come.

    The newest answer counts. An entry is new on the list only in the answer that first
    covers it: what was delivered stays so, and nobody fills this table at will. So an
    answer without a line, which covers nothing, takes back nothing that it could put on
    the list again. Behind a list that is full every entry of the answer may be lacking.
    """
    held = set(
        connection.execute(
            select(K.c.index).where(K.c.log == log, K.c.by == answer.by)
        ).scalars()
    )
    named = {index for index in answer.lacking if index < answer.size}
    last = max(named, default=-1) if answer.full else answer.size - 1
    covered = answer.start if answer.note is None else answer.size
    unsure = set(range(max(last + 1, answer.start), answer.size))
    fresh = {one for one in named | unsure if one >= answer.start} - held
    new = sorted(_addressed(connection, log, fresh, answer.by))
    came = sorted(one for one in held - named if one <= last and one < covered)
    by, at = answer.by, answer.at
    rows = [
        dict(zip(("log", "index", "by", "at"), values, strict=True))
        | {"sum": row_sum(*values)}
        for index in new
        for values in [(log, index, by, at)]
    ]
    if rows:
        connection.execute(insert(K), rows)
    for start in range(0, len(came), IN_MAX):
        some = came[start : start + IN_MAX]
        gone = (K.c.log == log, K.c.by == by, K.c.index.in_(some))
        connection.execute(delete(K).where(*gone))
    told = [(LACKING_TEXT, one, by, str(Reason.MISSING)) for one in new]
    told += [(LACKING_TEXT, one, by, "") for one in _here(connection, log, came)]
    if told:
        arrive(connection, log, told)


def _here(connection: Connection, log: int, indexes: Sequence[int]) -> Iterator[int]:
    """Yield those of some entries whose text is here: from nowhere else can it come.

    A partner that gives one up no longer names it either.
    """
    for start in range(0, len(indexes), IN_MAX):
        some = indexes[start : start + IN_MAX]
        held = (P.c.log == log, P.c.index.in_(some), P.c.state == HELD)
        yield from connection.execute(select(P.c.index).where(*held)).scalars()


def _addressed(
    connection: Connection, log: int, indexes: Iterable[int], node: str
) -> Iterable[int]:
    """Return those of some entries that were ACCEPTED here for desks of a node."""
    wanted = sorted(indexes)
    for start in range(0, len(wanted), IN_MAX):
        some = wanted[start : start + IN_MAX]
        rows = connection.execute(
            select(E.c.index, E.c.desks).where(
                E.c.log == log, E.c.index.in_(some), E.c.reason == ""
            )
        )
        for index, desks in rows:
            if any(desk.partition(".")[2] == node for desk in desks.split()):
                yield index


def lacked(connection: Connection, limit: int) -> list[Lacked]:
    """Return at most `limit` entries whose text a partner lacks, in their order."""
    rows = connection.execute(
        select(L.c.origin, K.c.index, K.c.by, K.c.at)
        .join_from(K, L, L.c.number == K.c.log)
        .order_by(K.c.log, K.c.index, K.c.by)
        .limit(limit)
    )
    return [Lacked(*row) for row in rows]


def count_lacked(connection: Connection, by: str) -> int:
    """Return of how many entries a partner lacks the text."""
    query = select(func.count()).select_from(K).where(K.c.by == by)
    return int(connection.execute(query).scalar_one())
