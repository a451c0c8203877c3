"""The remaining budgets of partners and own desks (node/quota.py)."""

from collections.abc import Mapping

from exchange.store.database import Database
from exchange.store.row_checksums import row_sum


class Budgets:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[tuple[str, str], int]:
        with self._database.read_cursor() as cursor:
            rows = cursor.execute('SELECT name, what, "left" FROM budget')
            return {(name, what): left for name, what, left in rows}

    def keep(self, left: Mapping[tuple[str, str], int]) -> None:
        rows = [(*key, n) for key, n in left.items()]
        with self._database.write_cursor() as cursor:
            cursor.executemany("DELETE FROM budget WHERE name = ? AND what = ?", left)
            cursor.insert("budget", [(*row, row_sum(*row)) for row in rows])
