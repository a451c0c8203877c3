"""Searches that a desk keeps under a name."""

from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.prose import nfc
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.filters import LINE_MAX
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEARCH_NAME_MAX, SEARCHES_MAX

_UNKNOWN = Why("no such saved search; --list-saved lists them")


class SavedSearch(NamedTuple):
    name: str
    line: str


class SavedSearches(Struct, frozen=True):
    """Keeps each as typed, and parses it again on use."""

    _db: MailboxDatabase

    def save(self, name: str, line: str) -> None:
        """Save or replace a search.

        Raises Refusal: FIELD_VALUE for a name that is empty, too long or not printable,
        TOO_LONG over SEARCHES_MAX or for the line.
        """
        name = _checked(name)
        if len(line) > LINE_MAX:
            raise Refusal(Reason.TOO_LONG, "search")
        with self._db.transaction():
            self._db.insert("search", (name, line), "REPLACE")
            if len(self.all()) > SEARCHES_MAX:
                raise Refusal(Reason.TOO_LONG, "searches")

    def all(self) -> list[SavedSearch]:
        rows = self._db.select("SELECT name, line FROM search ORDER BY name")
        return [SavedSearch._make(row) for row in rows]

    def line(self, name: str) -> str:
        """Raise Refusal(FIELD_VALUE) if unknown."""
        row = self._db.select_one(
            "SELECT line FROM search WHERE name = ?", (_checked(name),)
        )
        if not row:
            raise Refusal(Reason.FIELD_VALUE, "search", _UNKNOWN)
        return str(row[0])

    def drop(self, name: str) -> None:
        """Raise Refusal(FIELD_VALUE) if unknown."""
        with self._db.transaction():
            if not self._db.write(
                "DELETE FROM search WHERE name = ?", (_checked(name),)
            ):
                raise Refusal(Reason.FIELD_VALUE, "search", _UNKNOWN)


def _checked(name: str) -> str:
    name = nfc(name.strip())
    if not (0 < len(name) <= SEARCH_NAME_MAX and name.isprintable()):
        raise Refusal(Reason.FIELD_VALUE, "search")
    return name
