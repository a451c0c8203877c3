"""The proofs that logs are forked, which freeze them."""

from exchange.store import append
from exchange.store.database import Database
from exchange.store.row_checksums import row_sum
from exchange.store.values import StoredFork


class Forks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, origin: str, proof: bytes, now: int) -> None:
        """Keep the first proof for good; `now` is ms UTC."""
        with self._database.write_cursor() as cursor:
            log = append.find_position(cursor, origin)[0]
            if not cursor.execute(
                "SELECT 1 FROM fork WHERE log = ?", (log,)
            ).fetchone():
                row = log, proof, now, row_sum(log, now)
                cursor.insert("fork", [row])

    def all(self) -> dict[str, StoredFork]:
        asked = (
            "SELECT l.origin, f.proof, f.at FROM fork f JOIN log l ON l.number = f.log"
        )
        with self._database.read_cursor() as cursor:
            return {row[0]: StoredFork(row[1], row[2]) for row in cursor.execute(asked)}
