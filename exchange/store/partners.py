"""A node's partners: the state of each, and its answers about logs of ours.

An answer is about a log of ours: lines, refusals, texts that the partner lacks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from exchange.errors import Reason
from exchange.store import tables
from exchange.store.append import add_arrivals
from exchange.store.database import Database
from exchange.store.entries import IN_MAX
from exchange.store.heads import add_lines, log_number, read_between
from exchange.store.row_checksums import with_sum
from exchange.store.values import (
    HELD,
    LACKING_TEXT,
    REFUSAL,
    Answer,
    Lacked,
    PeerState,
    StoredRefusal,
)

E, K, L, P, R, W = (
    tables.entry,
    tables.lacking,
    tables.log,
    tables.payload,
    tables.refusal,
    tables.peer,
)
PEER = select(W).where(W.c.name == bindparam("name"))


class Partners:
    """How it stands with partners; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, origin: str, answer: Answer) -> None:
        """Keep what a partner answers of a log of ours: all of it or nothing.

        Lines whose head is kept no longer are passed over. Raises Refusal(MISSING)
        where the log is not held, HEAD or NOTE as `Heads.add_lines` does.
        """
        with self._database.writing() as connection:
            keep_answer(connection, origin, answer)

    def lacked(self, limit: int) -> list[Lacked]:
        """Return at most `limit` entries of ours whose text a partner lacks."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(L.c.origin, K.c.index, K.c.by, K.c.at)
                .join_from(K, L, L.c.number == K.c.log)
                .order_by(K.c.log, K.c.index, K.c.by)
                .limit(limit)
            )
            return [Lacked(*row) for row in rows]

    def count_lacked(self, by: str) -> int:
        """Return of how many entries of ours a partner lacks the text."""
        with self._database.reading() as connection:
            query = select(func.count()).select_from(K).where(K.c.by == by)
            return int(connection.execute(query).scalar_one())

    def note_refusal(
        self, origin: str, index: int, by: str, reason: str, now: int
    ) -> None:
        """Keep that partner `by` mirrored an entry as REFUSED; announced once."""
        with self._database.writing() as connection:
            record_refusal(connection, origin, index, StoredRefusal(by, reason, now))

    def refusals(self, origin: str, index: int) -> list[StoredRefusal]:
        """Return which partners refused an entry, and why."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(R.c.by, R.c.reason, R.c.at)
                .join_from(R, L, L.c.number == R.c.log)
                .where(L.c.origin == origin, R.c.index == index)
                .order_by(R.c.by)
            )
            return [StoredRefusal(*row) for row in rows]

    def get_peer(self, name: str) -> PeerState:
        """Return how it stands with a partner; PeerState() where nothing is known."""
        with self._database.reading() as connection:
            return get_peer(connection, name)

    def set_peer(self, name: str, state: PeerState) -> None:
        """Keep a partner's state; its cosigned size and time never fall back."""
        with self._database.writing() as connection:
            set_peer(connection, name, state)

    def record_cosigned(self, peer: str, size: int, now: int) -> None:
        """Keep that a partner cosigned the own log up to `size`."""
        with self._database.writing() as connection:
            record_cosigned(connection, peer, size, now)


# How it stands with one.


def record_refusal(
    connection: Connection, origin: str, index: int, refusal: StoredRefusal
) -> None:
    """Keep a partner's refusal of an entry once, and announce it."""
    log = log_number(connection, origin)
    this = select(R.c.index).where(
        R.c.log == log, R.c.index == index, R.c.by == refusal.by
    )
    if connection.execute(this).first() is None:
        row = with_sum(R, log, index, refusal.by, refusal.reason, refusal.at)
        connection.execute(insert(R), row)
        add_arrivals(connection, log, [(REFUSAL, index, refusal.by, refusal.reason)])


def get_peer(connection: Connection, name: str) -> PeerState:
    """Return how it stands with a partner; PeerState() where nothing is known."""
    row = connection.execute(PEER, {"name": name}).one_or_none()
    return PeerState() if row is None else PeerState(*row[1:-1])


def record_cosigned(connection: Connection, name: str, size: int, now: int) -> None:
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
    row = with_sum(W, name, *values.values())
    if connection.execute(PEER, {"name": name}).one_or_none() is None:
        connection.execute(insert(W), row)
    else:
        connection.execute(update(W).where(W.c.name == name).values(row))


# An answer.


def keep_answer(connection: Connection, origin: str, answer: Answer) -> None:
    """Keep an answer, whole or not at all, within the caller's transaction.

    1. Refusals and texts that lack are announced before the line is: whoever reads
       arrivals in order never takes a line for more than it says.
    2. The lines, if the head is kept still.
    3. How far the partner has cosigned the log that this node writes to.
    """
    # 1
    log = log_number(connection, origin)
    _refuse(connection, log, answer)
    _lack(connection, log, answer)
    if answer.note is None:
        return
    # 2
    if read_between(connection, origin, answer.size - 1, answer.size):
        add_lines(connection, origin, answer.size, answer.note, answer.at)
    # 3
    if answer.own:
        record_cosigned(connection, answer.by, answer.size, answer.at)


def _refuse(connection: Connection, log: int, answer: Answer) -> None:
    """Keep and announce what is refused by the answer that first covers it."""
    new = {
        index: reason
        for index, reason in reversed(answer.refusals)
        if answer.start <= index < answer.size
    }
    if not new:
        return
    known = connection.execute(
        select(R.c.index).where(
            *(R.c.log == log, R.c.by == answer.by),
            *(R.c.index >= answer.start, R.c.index < answer.size),
        )
    )
    for index in known.scalars():
        new.pop(index, None)
    by, at = answer.by, answer.at
    rows = [
        with_sum(R, log, index, by, reason, at) for index, reason in sorted(new.items())
    ]
    if rows:
        connection.execute(insert(R), rows)
        told = [(REFUSAL, index, by, reason) for index, reason in sorted(new.items())]
        add_arrivals(connection, log, told)


def _lack(connection: Connection, log: int, answer: Answer) -> None:
    """Keep and announce which texts the partner lacks now, and which have come.

    The newest answer counts. An entry is new on the list only in the answer that first
    covers it: what was delivered stays so, and nobody fills this table at will. So an
    answer without a line, which covers nothing, takes back nothing that it could put on
    the list again. Behind a list that is full every entry of the answer may be lacking.
    """
    listed = set(
        connection.execute(
            select(K.c.index).where(K.c.log == log, K.c.by == answer.by)
        ).scalars()
    )
    named = {index for index in answer.lacking if index < answer.size}
    last = max(named, default=-1) if answer.full else answer.size - 1
    covered = answer.start if answer.note is None else answer.size
    unsure = set(range(max(last + 1, answer.start), answer.size))
    fresh = {index for index in named | unsure if index >= answer.start} - listed
    new = sorted(_addressed(connection, log, fresh, answer.by))
    came = sorted(
        index for index in listed - named if index <= last and index < covered
    )
    by, at = answer.by, answer.at
    rows = [with_sum(K, log, index, by, at) for index in new]
    if rows:
        connection.execute(insert(K), rows)
    for start in range(0, len(came), IN_MAX):
        some = came[start : start + IN_MAX]
        gone = (K.c.log == log, K.c.by == by, K.c.index.in_(some))
        connection.execute(delete(K).where(*gone))
    told = [(LACKING_TEXT, index, by, str(Reason.MISSING)) for index in new]
    told += [(LACKING_TEXT, index, by, "") for index in _here(connection, log, came)]
    if told:
        add_arrivals(connection, log, told)


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
