"""Envelopes of desks without a place in the log: those that wait, those refused."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Select, delete, func, insert, select

from exchange.limits import REFUSED_KEPT, REFUSED_MAX
from exchange.store import tables
from exchange.store.database import Database
from exchange.store.row_checksums import with_sum
from exchange.store.values import StoredRefused, StoredWaiting

R, W = tables.refused, tables.waiting

PENDING = (  # each link asks it whenever the log grows
    "SELECT name, envelope, desk, at, number FROM waiting"
    " WHERE number > ? AND (CAST(? AS TEXT) IS NULL OR desk = ?)"
    " ORDER BY number LIMIT ?"
)


class DeskQueue:
    """The queue that a node's desks fill; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue_pending(self, new: Sequence[StoredWaiting]) -> None:
        """Keep serialized envelopes that have no place yet; on disk on return."""
        if not new:
            return
        with self._database.writing() as connection:
            number = connection.execute(select(func.max(W.c.number))).scalar() or 0
            for waiting in new:
                if connection.execute(
                    select(W.c.number).where(W.c.name == waiting.name)
                ).first():
                    continue
                number += 1
                row = with_sum(
                    W, number, waiting.name, waiting.envelope, waiting.desk, waiting.at
                )
                connection.execute(insert(W), row)

    def pending(
        self, limit: int, after: int = 0, desk: str | None = None
    ) -> list[StoredWaiting]:
        """Return at most `limit` envelopes that wait, behind a number, as they came.

        Those of one desk ("": the operator) where it is named.
        """
        with self._database.read_cursor() as cursor:
            rows = cursor.execute(PENDING, (after, desk, desk, limit))
            return [StoredWaiting(*row) for row in rows]

    def pending_names(self, names: Iterable[bytes]) -> set[bytes]:
        """Return those of some names that wait."""
        names = list(names)
        if not names:
            return set()
        with self._database.reading() as connection:
            asked = select(W.c.name).where(W.c.name.in_(names))
            return set(connection.execute(asked).scalars())

    def count_pending(self) -> int:
        """Return how many envelopes wait."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(W)).scalar_one()

    def drop_pending(
        self, names: Iterable[bytes], refused: Sequence[StoredRefused] = ()
    ) -> None:
        """Forget envelopes that wait no longer; keep which of them were refused."""
        names = list(names)
        if not names:
            return
        with self._database.writing() as connection:
            connection.execute(delete(W).where(W.c.name.in_(names)))
            _refuse(connection, refused)

    def refuse(self, new: Sequence[StoredRefused], now: int) -> None:
        """Keep what was refused for good; forget what is older than REFUSED_KEPT.

        Of each desk the newest REFUSED_MAX; `now` is ms UTC.
        """
        if not new:
            return
        with self._database.writing() as connection:
            connection.execute(delete(R).where(R.c.at < now - REFUSED_KEPT))
            _refuse(connection, new)

    def refused_to(self, desk: str, now: int) -> list[StoredRefused]:
        """Return what was refused to a desk within REFUSED_KEPT, the newest first."""
        with self._database.reading() as connection:
            since = now - REFUSED_KEPT
            asked = _refused(desk).where(R.c.at >= since).limit(REFUSED_MAX)
            return [StoredRefused(*row) for row in connection.execute(asked)]


def _refuse(connection: Connection, new: Sequence[StoredRefused]) -> None:
    """Keep what was refused for good, of each desk the newest REFUSED_MAX."""
    for one in new:
        connection.execute(delete(R).where(R.c.name == one.name))
        row = with_sum(R, one.name, one.desk, one.reason, one.where, one.at)
        connection.execute(insert(R), row)
    for desk in {one.desk for one in new}:
        newest = _refused(desk).with_only_columns(R.c.name).limit(REFUSED_MAX)
        old = delete(R).where(R.c.desk == desk, R.c.name.not_in(newest))
        connection.execute(old)


def _refused(desk: str) -> Select[bytes, str, str, str, int]:
    asked = select(R.c.name, R.c.desk, R.c.reason, R.c.where, R.c.at)
    return asked.where(R.c.desk == desk).order_by(R.c.at.desc(), R.c.name)
