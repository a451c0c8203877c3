"""The register of sources, by code, with every grade given."""

from typing import NamedTuple

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.errors import Reason, Refusal


class Source(NamedTuple):
    """A source with its current grade; `entered_at` and `at` are ms UTC."""

    code: str
    "Code such as PK-H-07; never a name."
    remark: str
    entered_at: int
    reliability: str
    at: int


class Grade(NamedTuple):
    """A grade of reliability, A to F, with its officer, time and reason."""

    at: int
    reliability: str
    officer: str
    why: str


_SOURCES = (
    "SELECT s.code, s.remark, s.made, g.reliability, g.at FROM source s"
    " JOIN grade g ON g.code = s.code"
    " AND g.at = (SELECT max(at) FROM grade WHERE code = s.code)"
)


class SourceRegister(Struct, frozen=True):
    """Keeps codes and grades: never deleted, never sent."""

    _db: MailboxDatabase

    def add(self, code: str, remark: str, grade: Grade) -> None:
        """Raise Refusal(FIELD_VALUE) if known."""
        with self._db.transaction():
            row = (code, remark, grade.at)
            if not self._db.insert("source", row, "IGNORE"):
                raise Refusal(Reason.FIELD_VALUE, f"{code}: registered")
            self._db.insert("grade", (code, *grade))

    def grade(self, code: str, grade: Grade) -> None:
        """Move its time behind the last one's if not later; Refusal(CODE_UNKNOWN)."""
        with self._db.transaction():
            last = self.get(code).at  # a clock that was set back reorders nothing
            self._db.insert("grade", (code, max(grade.at, last + 1), *grade[1:]))

    def get(self, code: str) -> Source:
        """Raise Refusal(CODE_UNKNOWN)."""
        row = self._db.select_one(f"{_SOURCES} WHERE s.code = ?", (code,))
        if not row:
            raise Refusal(Reason.CODE_UNKNOWN, code)
        return Source._make(row)

    def all(self) -> list[Source]:
        return [
            Source._make(row) for row in self._db.select(f"{_SOURCES} ORDER BY s.code")
        ]

    def grades(self, code: str) -> list[Grade]:
        """Return the oldest first."""
        rows = self._db.select(
            "SELECT at, reliability, officer, why FROM grade WHERE code = ?"
            " ORDER BY at",
            (code,),
        )
        return [Grade._make(row) for row in rows]
