"""A node's partners: the state of each, and its answers about logs of ours.

An answer has lines, refusals, and the texts that the partner is missing.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import astuple, replace

from exchange.errors import Reason
from exchange.limits import REFUSALS_COUNTED
from exchange.store.append import add_arrivals
from exchange.store.cursor import Cursor, Row
from exchange.store.database import Database
from exchange.store.entries import IN_MAX
from exchange.store.head_rows import add_lines, log_number, read_between
from exchange.store.log_memory import LogMemory, WriterMemory
from exchange.store.row_checksums import row_sum
from exchange.store.values import (
    HELD,
    LACKING_TEXT,
    REFUSAL,
    Answer,
    Lacked,
    PeerState,
    SaidRefusal,
    StoredRefusal,
)

_COLUMNS = ", ".join(
    f'"{name}" = ?' for name in ("name", *PeerState.__struct_fields__, "sum")
)
UPDATE_PEER = f"UPDATE peer SET {_COLUMNS} WHERE name = ?"  # noqa: S608  our own names


class Partners:
    def __init__(self, database: Database, logs: LogMemory) -> None:
        self._database = database
        self._logs = logs
        self._peers = WriterMemory[PeerState]()

    def use_memory(self) -> None:
        """Keep states in memory: this process is the writer."""
        self._peers.use()

    def answer(self, origin: str, *answers: Answer) -> None:
        """Store all of a partner's answers, or none.

        Each must start at the end of the last. Lines under a head that is no longer
        kept are ignored. Refusal(MISSING) if the log is not held, HEAD or NOTE as
        `Heads.add_lines` does.
        """
        (by,) = {answer.by for answer in answers}
        with self._logs.changing(self._database, origin) as log:
            change = self._peers.forget(by)
            state = _find_peer(log.cursor, by)
            for answer in answers:
                state = keep_answer(log.cursor, origin, answer, state)
            log.add_lines()
        if state is not None:
            self._peers.keep(by, change, state)

    def lacked(self, limit: int) -> list[Lacked]:
        """Return entries of ours whose text is missing at a partner."""
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(
                'SELECT l.origin, k."index", k.by, k.at FROM lacking k'
                ' JOIN log l ON l.number = k.log ORDER BY k.log, k."index", k.by'
                " LIMIT ?",
                (limit,),
            )
            return [Lacked(*row) for row in rows]

    def count_lacked(self, by: str) -> int:
        with self._database.read_cursor() as cursor:
            asked = "SELECT count(*) FROM lacking WHERE by = ?"
            return int(cursor.execute(asked, (by,)).fetchone()[0])

    def note_refusal(
        self, origin: str, by: str, refused: SaidRefusal, now: int
    ) -> None:
        """Record a refusal and announce it once."""
        covered = range(refused.index, refused.index + 1)
        with self._database.write_cursor() as cursor:
            log = log_number(cursor, origin)
            _add_refusals(cursor, log, (by, now), covered, [refused])

    def refusals(self, origin: str, index: int) -> list[StoredRefusal]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(
                "SELECT r.by, r.reason, r.at, r.proof FROM refusal r"
                ' JOIN log l ON l.number = r.log WHERE l.origin = ? AND r."index" = ?'
                " ORDER BY r.by",
                (origin, index),
            )
            return [StoredRefusal(*row) for row in rows]

    def count_refusals(self, since: int) -> list[tuple[str, str, int, int]]:
        """Return (by, reason, count, first at) of refusals since then (ms UTC).

        Only the newest REFUSALS_COUNTED are read.
        """
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(
                "SELECT by, reason, count(*), min(at) FROM (SELECT by, reason, at"
                ' FROM refusal ORDER BY log DESC, "index" DESC LIMIT ?) AS newest'
                " WHERE at >= ? GROUP BY by, reason ORDER BY by, reason",
                (REFUSALS_COUNTED, since),
            )
            return [(by, reason, n, at) for by, reason, n, at in rows]

    def get_peer(self, name: str) -> PeerState:
        """Return PeerState() for an unknown one."""
        if state := self._peers.get(name):
            return state
        with self._database.read_cursor() as cursor:
            return get_peer(cursor, name)

    def set_peer(self, name: str, state: PeerState) -> None:
        """Set it, but never decrease its cosigned size and time."""
        with self._database.write_cursor() as cursor:
            change = self._peers.forget(name)
            kept = set_peer(cursor, name, _find_peer(cursor, name), state)
        self._peers.keep(name, change, kept)

    def record_cosigned(self, peer: str, size: int, now: int) -> None:
        with self._database.write_cursor() as cursor:
            change = self._peers.forget(peer)
            kept = record_cosigned(cursor, peer, _find_peer(cursor, peer), size, now)
        self._peers.keep(peer, change, kept)


# The state of a partner.


def get_peer(cursor: Cursor, name: str) -> PeerState:
    return _find_peer(cursor, name) or PeerState()


def _find_peer(cursor: Cursor, name: str) -> PeerState | None:
    row = cursor.execute("SELECT * FROM peer WHERE name = ?", (name,)).fetchone()
    return None if row is None else PeerState(bool(row[1]), *row[2:-1])


def record_cosigned(
    cursor: Cursor, name: str, known: PeerState | None, size: int, now: int
) -> PeerState:
    new = replace(known or PeerState(), cosigned_size=size, cosigned_at=now)
    return set_peer(cursor, name, known, new)


def set_peer(
    cursor: Cursor, name: str, known: PeerState | None, state: PeerState
) -> PeerState:
    """Set it, but never decrease cosigned size and time.

    `known` is the stored state, None if there is no row.
    """
    held = known or PeerState()
    kept = replace(
        state,
        cosigned_size=max(state.cosigned_size, held.cosigned_size),
        cosigned_at=max(state.cosigned_at, held.cosigned_at),
    )
    values = name, *astuple(kept)
    row: Row = *values, row_sum(*values)
    if known is None:
        cursor.insert("peer", [row])
    else:
        cursor.execute(UPDATE_PEER, (*row, name))
    return kept


# An answer.


def keep_answer(
    cursor: Cursor, origin: str, answer: Answer, state: PeerState | None
) -> PeerState | None:
    """Keep all of it or nothing, in the caller's transaction.

    Returns the partner's new state; `state` is None for no row.

    1. Announce refusals and missing texts before the line, so that a reader of arrivals
       in order never takes the line to cover more than it does.
    2. Add the lines, if the head is still kept.
    3. Record how far the partner has cosigned the log that this node writes to.
    """
    # 1
    log = log_number(cursor, origin)
    _refuse(cursor, log, answer)
    _lack(cursor, log, answer)
    if answer.note is None:
        return state
    # 2
    if read_between(cursor, origin, answer.size - 1, answer.size):
        size, note, at = answer.size, answer.note, answer.at
        add_lines(cursor, origin, size, note, at, announced=answer.announced)
    # 3
    if not answer.own:
        return state
    return record_cosigned(cursor, answer.by, state, answer.size, answer.at)


def _refuse(cursor: Cursor, log: int, answer: Answer) -> None:
    covered = range(answer.start, answer.size)
    new = [one for one in answer.refusals if one.index in covered]
    if new:
        _add_refusals(cursor, log, (answer.by, answer.at), covered, new)


def _add_refusals(
    cursor: Cursor,
    log: int,
    said: tuple[str, int],
    covered: range,
    refused: Sequence[SaidRefusal],
) -> None:
    """Record refusals within a range, and announce new ones.

    `said` is the partner and the time (ms UTC).
    """
    by, at = said
    known = cursor.execute(
        'SELECT "index" FROM refusal'
        ' WHERE log = ? AND by = ? AND "index" >= ? AND "index" < ?',
        (log, by, covered.start, covered.stop),
    ).fetchall()
    held = {index for (index,) in known}
    first = {one.index: one for one in reversed(refused)}
    fresh = [first[index] for index in sorted(first.keys() - held)]
    values = [(log, one.index, by, one.reason, at, one.proof) for one in fresh]
    cursor.insert("refusal", [(*one, row_sum(*one)) for one in values])
    if fresh:
        told = [(REFUSAL, one.index, by, one.reason) for one in fresh]
        add_arrivals(cursor, log, told)


def _lack(cursor: Cursor, log: int, answer: Answer) -> None:
    """Keep and announce which texts are missing now, and which arrived.

    The newest answer counts. An entry enters the list only in the answer that first
    covers it: a delivered text stays delivered, and a partner cannot fill this table at
    will. So an answer without a line, which covers no entries, removes only entries
    that it could not list again. After the end of a full list, every entry of the
    answer may be missing.
    """
    by = answer.by
    named = {index for index in answer.lacking if index < answer.size}
    last = max(named, default=-1) if answer.full else answer.size - 1
    covered = answer.start if answer.note is None else answer.size
    unsure = set(range(max(last + 1, answer.start), answer.size))
    fresh = {index for index in named | unsure if index >= answer.start}
    fresh.difference_update(_listed(cursor, log, by, fresh))
    new = sorted(_addressed(cursor, log, fresh, by))
    values = [(log, index, by, answer.at) for index in new]
    cursor.insert("lacking", [(*one, row_sum(*one)) for one in values])
    told = [(LACKING_TEXT, index, by, str(Reason.MISSING)) for index in new]
    for page in _pages(cursor, log, by, min(last + 1, covered)):
        if came := sorted(page - named):
            gone = 'DELETE FROM lacking WHERE log = ? AND by = ? AND "index" = ?'
            cursor.executemany(gone, [(log, by, index) for index in came])
            here = _here(cursor, log, came)
            add_arrivals(
                cursor, log, told + [(LACKING_TEXT, index, by, "") for index in here]
            )
            told = []
    if told:
        add_arrivals(cursor, log, told)


def _pages(cursor: Cursor, log: int, by: str, end: int) -> Iterator[set[int]]:
    start = 0
    while True:
        rows = cursor.execute(
            'SELECT "index" FROM lacking WHERE log = ? AND by = ?'
            ' AND "index" >= ? AND "index" < ? ORDER BY "index" LIMIT ?',
            (log, by, start, end, IN_MAX),
        ).fetchall()
        if not rows:
            return
        yield {index for (index,) in rows}
        start = rows[-1][0] + 1


def _listed(cursor: Cursor, log: int, by: str, indexes: Iterable[int]) -> list[int]:
    asked = 'SELECT 1 FROM lacking WHERE log = ? AND "index" = ? AND by = ?'
    return [
        index
        for index in indexes
        if cursor.execute(asked, (log, index, by)).fetchone() is not None
    ]


def _here(cursor: Cursor, log: int, indexes: Sequence[int]) -> Iterator[int]:
    """Yield those that are here; they can arrive from nowhere else.

    A partner that gives up a text no longer names it either.
    """
    asked = 'SELECT 1 FROM payload WHERE log = ? AND "index" = ? AND state = ?'
    for index in indexes:
        if cursor.execute(asked, (log, index, HELD)).fetchone() is not None:
            yield index


def _addressed(
    cursor: Cursor, log: int, indexes: Iterable[int], node: str
) -> Iterator[int]:
    """Yield those that are ACCEPTED and for desks of a node."""
    wanted = sorted(indexes)
    for start in range(0, len(wanted), IN_MAX):
        some = wanted[start : start + IN_MAX]
        marks = ", ".join("?" * len(some))
        rows = cursor.execute(
            'SELECT "index", desks FROM entry'  # noqa: S608  marks alone
            f" WHERE log = ? AND \"index\" IN ({marks}) AND reason = ''",
            (log, *some),
        )
        for index, desks in rows:
            if any(desk.partition(".")[2] == node for desk in desks.split()):
                yield index
