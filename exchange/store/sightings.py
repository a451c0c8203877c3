"""Heads ahead of the store that somebody showed, kept until the store reaches them.

Nobody signs or cosigns below or beside a head that was seen (docs/spec/ledger.md,
"Cosignatures"), not even after a restart. Who rebuilds a database puts in here what the
old one proves to have been signed.
"""

from sqlalchemy import delete, func, insert, select

from exchange.ledger.checkpoint import Head
from exchange.limits import SEEN_MAX
from exchange.store import tables
from exchange.store.database import Database
from exchange.store.row_checksums import with_sum
from exchange.store.values import Sighting

S = tables.sighting


class Sightings:
    """The sightings in one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Sighting]:
        """Return every sighting, each log's smallest first."""
        query = select(S).order_by(S.c.origin, S.c.size, S.c.root)
        with self._database.reading() as connection:
            return [
                Sighting(
                    Head(row.origin, row.size, row.root), row.note, row.promised, row.at
                )
                for row in connection.execute(query)
            ]

    def keep(self, new: Sighting) -> None:
        """Keep a sighting; what was promised, and is held by another, is one no more.

        Of each log SEEN_MAX are kept: beyond these a larger head takes the place of
        the largest, so that it is always known how far a log goes at least.
        """
        head = new.head
        this = (S.c.origin == head.origin, S.c.size == head.size, S.c.root == head.root)
        values = (head.origin, head.size, head.root, new.note, new.promised, new.at)
        row = with_sum(S, *values)
        with self._database.writing() as connection:
            held = connection.execute(select(S.c.promised).where(*this)).scalar()
            if held is not None:
                if not held or new.promised:
                    return
                connection.execute(delete(S).where(*this))
            count, largest = connection.execute(
                select(func.count(), func.max(S.c.size)).where(
                    S.c.origin == head.origin
                )
            ).one()
            if count >= SEEN_MAX:
                if head.size <= largest:
                    return
                these = (S.c.origin == head.origin, S.c.size == largest)
                connection.execute(delete(S).where(*these))
            connection.execute(insert(S), row)

    def drop(self, origin: str, up_to: int) -> None:
        """Forget sightings of a log of a size up to `up_to`: it has reached them."""
        with self._database.writing() as connection:
            connection.execute(delete(S).where(S.c.origin == origin, S.c.size <= up_to))
