"""The proofs that logs are forked, which freeze them."""

from sqlalchemy import insert, select

from exchange.store import append, tables
from exchange.store.cursor import cursor_of
from exchange.store.database import Database
from exchange.store.row_checksums import with_sum
from exchange.store.values import StoredFork

F, L = tables.fork, tables.log


class Forks:
    """The proofs that logs are forked; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, origin: str, proof: bytes, now: int) -> None:
        """Keep the first proof that a log is forked, for good; `now` is ms UTC."""
        with self._database.writing() as connection:
            log = append.find_position(cursor_of(connection), origin)[0]
            if connection.execute(select(F.c.log).where(F.c.log == log)).first():
                return
            connection.execute(insert(F), with_sum(F, log, proof, now))

    def all(self) -> dict[str, StoredFork]:
        """Return origin -> proof of each frozen log."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(L.c.origin, F.c.proof, F.c.at).join_from(
                    F, L, L.c.number == F.c.log
                )
            )
            return {origin: StoredFork(proof, at) for origin, proof, at in rows}
