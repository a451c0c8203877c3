"""What desks handed over that has no place in the log: what waits, what was refused."""

from collections.abc import Iterable, Sequence

from exchange.limits import REFUSED_KEPT, REFUSED_MAX
from exchange.store import aside
from exchange.store.database import Database
from exchange.store.values import StoredRefused, StoredWaiting


class DeskQueue:
    """The part of a Store that a node's desks fill; each method is one transaction."""

    _database: Database

    def wait(self, new: Sequence[StoredWaiting]) -> None:
        """Keep serialized envelopes that have no place yet; on disk on return."""
        if not new:
            return
        with self._database.writing() as connection:
            aside.wait(connection, new)

    def waiting(
        self, limit: int, after: int = 0, desk: str | None = None
    ) -> list[StoredWaiting]:
        """Return at most `limit` envelopes that wait, behind a number, as they came.

        Those of one desk ("": the operator) where it is named.
        """
        with self._database.reading() as connection:
            return aside.waiting(connection, limit, after, desk)

    def waits(self, names: Iterable[bytes]) -> set[bytes]:
        """Return those of some names that wait."""
        names = list(names)
        if not names:
            return set()
        with self._database.reading() as connection:
            return aside.waits(connection, names)

    def count_waiting(self) -> int:
        """Return how many envelopes wait."""
        with self._database.reading() as connection:
            return aside.count_waiting(connection)

    def settle(
        self, names: Iterable[bytes], refused: Sequence[StoredRefused] = ()
    ) -> None:
        """Forget envelopes that wait no longer; keep which of them were refused."""
        names = list(names)
        if not names:
            return
        with self._database.writing() as connection:
            aside.settle(connection, names)
            aside.refuse(connection, refused, REFUSED_MAX)

    def refuse(self, new: Sequence[StoredRefused], now: int) -> None:
        """Keep what was refused for good; forget what is older than REFUSED_KEPT.

        Of each desk the newest REFUSED_MAX; `now` is ms UTC.
        """
        if not new:
            return
        with self._database.writing() as connection:
            aside.forget_refused(connection, now - REFUSED_KEPT)
            aside.refuse(connection, new, REFUSED_MAX)

    def refused_to(self, desk: str, now: int) -> list[StoredRefused]:
        """Return what was refused to a desk within REFUSED_KEPT, the newest first."""
        with self._database.reading() as connection:
            since = now - REFUSED_KEPT
            return aside.refused(connection, desk, since, REFUSED_MAX)
