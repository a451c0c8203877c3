"""The rows of a board: few of a large mailbox, each found by an index.

Every query has a bound: a partner may send as many of these as it likes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.answers import HELD
from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.records import OUT
from exchange.limits import (
    BOARD_ANSWERED_MAX,
    BOARD_BEHIND_MAX,
    BOARD_COUNTED_MAX,
    BOARD_READ_MAX,
)

_COUNTS = f"m.verdict = 'ACCEPTED' AND m.{OUT}"
_STANDS = (
    f"{_COUNTS} AND NOT EXISTS"  # noqa: S608  # constants
    " (SELECT 1 FROM gone g WHERE g.number = m.number)"
)
_COLUMNS = (
    "m.number, m.name, m.desk, m.kind, m.precedence, m.tlp, m.subject, m.lang,"
    " m.filed, m.expires, b.content"
)
_BODY = "CROSS JOIN body b ON b.number = m.number"
# CROSS JOIN keeps the order: the newest of a kind by the index, then their rows.
_FILED = (
    "SELECT number, filed FROM message INDEXED BY message_board"
    " WHERE kind = ? AND mode = ? AND filed > ? AND expires > ?"
    " ORDER BY filed DESC LIMIT ?"
)
ANY_EXPIRY = -1  # ms UTC, before every end
_NEWEST = f"({_FILED}) f CROSS JOIN message m ON m.number = f.number"

_ABOUT = (
    f"CROSS JOIN message m ON m.number = f.number AND {_COUNTS}"
    " CROSS JOIN reference r ON r.number = m.number"
    " CROSS JOIN message a ON a.name = r.about AND +a.kind = m.kind"
    " AND a.mode = m.mode AND CASE a.desk WHEN m.desk"
    " THEN r.relation IN ('UPDATES', 'CORRECTS', 'SUPERSEDES')"
    " ELSE r.relation = 'CORROBORATES' END"
)


class BoardRow(NamedTuple):
    """A bulletin that a board may show; times in ms UTC."""

    number: int
    name: bytes
    desk: str
    kind: str
    precedence: str
    tlp: str
    subject: str
    lang: str
    filed: int
    expires: int
    content: bytes


class Joined(NamedTuple):
    """Two bulletins of one kind and mode, by number: the first refers to the second."""

    number: int
    about: int
    same_desk: bool


class Ended(NamedTuple):
    """A bulletin that an all-clear of `desk` refers to, and the all-clear's content."""

    about: bytes
    desk: str
    content: bytes


class AnswerTimes(NamedTuple):
    """The times a bulletin was filed and first answered (ms UTC)."""

    filed: int
    answered: int


class BoardRows(Struct, frozen=True):
    """Reads bulletins in force: not refused, recalled or replaced."""

    _db: MailboxDatabase

    def newest(self, kind: str, mode: str, since: int, until: int) -> list[BoardRow]:
        """Return bulletins filed after `since` that expire after `until`, newest first.

        Out of the BOARD_READ_MAX newest of the kind.
        """
        rows = self._db.select(
            f"SELECT {_COLUMNS} FROM {_NEWEST} {_BODY} WHERE {_STANDS}"  # noqa: S608  # constants
            " AND b.content IS NOT NULL ORDER BY m.filed DESC",
            (kind, mode, since, until, BOARD_READ_MAX),
        )
        return [BoardRow._make(row) for row in rows]

    def is_cut(self, kind: str, mode: str, since: int, until: int) -> bool:
        return self._are_more(BOARD_READ_MAX, kind, mode, since, until)

    def is_count_cut(self, kind: str, mode: str, since: int) -> bool:
        return self._are_more(BOARD_COUNTED_MAX, kind, mode, since - 1, ANY_EXPIRY)

    def is_answered_cut(self, kind: str, mode: str, since: int) -> bool:
        return self._are_more(BOARD_ANSWERED_MAX, kind, mode, since, 0)

    def _are_more(self, most: int, *window: str | int) -> bool:
        return bool(self._db.select(f"{_FILED} OFFSET ?", (*window, 1, most)))

    def of(self, numbers: Sequence[int], mode: str) -> list[BoardRow]:
        rows = self._db.select(
            f"SELECT {_COLUMNS} FROM message m {_BODY}"  # noqa: S608  # constants, marks
            f" WHERE m.number IN ({placeholders(numbers)}) AND m.mode = ? AND {_STANDS}"
            " AND b.content IS NOT NULL ORDER BY m.filed DESC",
            (*numbers, mode),
        )
        return [BoardRow._make(row) for row in rows]

    def joined(self, numbers: Sequence[int]) -> list[Joined]:
        """Return their links, and those of at most BOARD_READ_MAX that they refer to.

        A desk updates, corrects and replaces its own bulletins, and corroborates those
        of other desks.
        """
        rows = self._db.select(
            "WITH RECURSIVE found(number) AS ("  # noqa: S608  # marks, constant
            f"SELECT number FROM message WHERE number IN ({placeholders(numbers)})"
            f" UNION SELECT a.number FROM found f {_ABOUT} LIMIT ?)"
            f" SELECT m.number, a.number, a.desk = m.desk FROM found f {_ABOUT}",
            (*numbers, len(numbers) + BOARD_READ_MAX),
        )
        return [Joined(number, about, bool(same)) for number, about, same in rows]

    def ended(self, mode: str) -> list[Ended]:
        """Return those of the newest all-clears in force."""
        rows = self._db.select(
            f"SELECT r.about, m.desk, b.content FROM {_NEWEST} {_BODY}"  # noqa: S608  # constants
            " CROSS JOIN reference r ON r.number = m.number"
            f" WHERE {_STANDS} AND b.content IS NOT NULL",
            ("ALL_CLEAR", mode, 0, 0, BOARD_READ_MAX),
        )
        return [Ended._make(row) for row in rows]

    def counted(
        self, kind: str, mode: str, since: int, span: int
    ) -> list[tuple[int, int]]:
        """Return (number of the span, count); spans are in ms.

        Out of the BOARD_COUNTED_MAX newest of the kind, in any state.
        """
        rows = self._db.select(
            f"SELECT (filed - ?) / ?, count(*) FROM ({_FILED}) GROUP BY 1",  # noqa: S608  # constant
            (since, span, kind, mode, since - 1, ANY_EXPIRY, BOARD_COUNTED_MAX),
        )
        return [(int(at), int(n)) for at, n in rows]

    def counted_names(self, kind: str, mode: str, since: int) -> list[bytes]:
        rows = self._db.select(
            f"SELECT m.name FROM {_NEWEST}",  # noqa: S608  # constant
            (kind, mode, since - 1, ANY_EXPIRY, BOARD_COUNTED_MAX),
        )
        return [name for (name,) in rows]

    def filed(
        self, kinds: Sequence[str], mode: str, since: int, until: int
    ) -> list[int]:
        """Return since <= filed < until, newest first, at most BOARD_BEHIND_MAX."""
        rows = self._db.select(
            "SELECT number FROM message INDEXED BY message_board"  # noqa: S608  # marks
            f" WHERE kind IN ({placeholders(kinds)}) AND mode = ?"
            " AND filed >= ? AND filed < ? ORDER BY filed DESC, number DESC LIMIT ?",
            (*kinds, mode, since, until, BOARD_BEHIND_MAX),
        )
        return [number for (number,) in rows]

    def answered(
        self, kinds: Sequence[str], mode: str, since: int
    ) -> list[AnswerTimes]:
        """Count only officers' answers that a log has; OPENED is none.

        Out of the BOARD_ANSWERED_MAX newest of each kind.
        """
        found: list[AnswerTimes] = []
        for kind in kinds:
            rows = self._db.select(
                "SELECT m.filed, min(r.filed) FROM"  # noqa: S608  # constants
                f" {_NEWEST} CROSS JOIN receipt r ON r.about = m.name"
                f" WHERE {_STANDS} AND {HELD} IS NULL AND r.relation IN"
                " ('ACKNOWLEDGED', 'COMPLETED', 'CANNOT_COMPLY') GROUP BY m.number",
                (kind, mode, since, 0, BOARD_ANSWERED_MAX),
            )
            found += [AnswerTimes._make(row) for row in rows]
        return found
