"""Messages: the list, the reader, and the states of a message."""

from collections.abc import Sequence

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase, placeholders
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.mailbox.message_row import asked_of, row_of
from exchange.desk.mailbox.newer_texts import NewerTexts
from exchange.desk.mailbox.receipts import Receipts
from exchange.desk.mailbox.records import (
    NOWHERE,
    STATES,
    Found,
    Message,
    NewMessage,
    Proven,
    Unsettled,
)
from exchange.desk.mailbox.translations import Translations
from exchange.desk.records import Milestone, Row
from exchange.errors import Reason, Refusal
from exchange.limits import SECOND

Id = int | bytes
"""A message by number or by name."""

SETTLED_AT_ONCE = 1_000  # messages
TAKEN = STATES.index("local")
_FURTHER = {state: STATES[place + 1 :] for place, state in enumerate(STATES)}
# A node may lose an entry, and then refuse it, or take it after all.
_FURTHER |= dict.fromkeys(("resign", "expired"), STATES[TAKEN + 1 :])


class Messages(Struct, frozen=True):
    _db: MailboxDatabase
    _indexer: Indexer
    _translations: Translations
    _receipts: Receipts
    _newer_texts: NewerTexts

    def page(self, first: int, n: int) -> list[Row]:
        """Return rows from `first` on, fewer at the end; 1 is the oldest."""
        rows = self._db.select(
            "SELECT * FROM message WHERE number >= ? AND number < ? ORDER BY number",
            (max(first, 1), first + n),
        )
        return [Row(*row) for row in rows]

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """Return a screenful of rows, in that order."""
        marks = placeholders(numbers)
        found = self._db.select(
            f"SELECT * FROM message WHERE number IN ({marks})",  # noqa: S608  # marks
            tuple(numbers),
        )
        rows = {row[0]: Row(*row) for row in found}
        return [rows[number] for number in numbers if number in rows]

    def find_rows(self, names: Sequence[bytes]) -> list[Row]:
        """Return those here, in order of arrival."""
        rows = self._db.select(
            "SELECT * FROM message"  # noqa: S608  # marks
            f" WHERE name IN ({placeholders(names)}) ORDER BY number",
            tuple(names),
        )
        return [Row(*row) for row in rows]

    def row(self, which: Id) -> Row:
        """Raise Refusal(NOT_FOUND)."""
        column = "number" if isinstance(which, int) else "name"
        row = self._db.select_one(f"SELECT * FROM message WHERE {column} = ?", (which,))  # noqa: S608  # constant
        if not row:
            raise Refusal(
                Reason.NOT_FOUND, str(which) if isinstance(which, int) else ""
            )
        return Row(*row)

    def knows(self, name: bytes) -> bool:
        return bool(
            self._db.select_one("SELECT 1 FROM message WHERE name = ?", (name,))
        )

    def find_known(self, names: Sequence[bytes]) -> frozenset[bytes]:
        rows = self._db.select(
            f"SELECT name FROM message WHERE name IN ({placeholders(names)})",  # noqa: S608  # marks
            tuple(names),
        )
        return frozenset(name for (name,) in rows)

    def find(self, name: bytes) -> Found | None:
        row = self._db.select_one(
            "SELECT verdict, author, entry, content FROM message"
            " JOIN body USING (number) WHERE name = ?",
            (name,),
        )
        return Found(*row) if row else None

    def read(self, which: Id) -> Message:
        """Raise Refusal(NOT_FOUND)."""
        row = self.row(which)
        entry, content, cek, facts = self._db.select_one(
            "SELECT entry, content, cek, facts FROM body WHERE number = ?",
            (row.number,),
        )
        return Message(
            row=row,
            entry=entry,
            content=content,
            cek=cek,
            facts=facts,
            translations=self._translations.of(row.name),
            receipts=self._receipts.of(row.name),
            states=self.states(row.number),
            unread=self._newer_texts.about(row.name),
        )

    def states(self, number: int) -> tuple[Milestone, ...]:
        """Return them in order of time."""
        rows = self._db.select(
            "SELECT state, at, by, why FROM state WHERE number = ? ORDER BY at",
            (number,),
        )
        return tuple(sorted(map(Milestone._make, rows), key=_step))

    def list_unsettled(self, origin: str, size: int, start: int = 0) -> list[Unsettled]:
        """Return entries below `size`, neither cosigned nor refused.

        In log order from place `start`, at most SETTLED_AT_ONCE.
        """
        rows = self._db.select(
            "SELECT m.number, m.name, m.idx, m.state, b.entry FROM message m"
            " JOIN body b ON b.number = m.number WHERE m.origin = ? AND m.idx < ?"
            " AND m.idx >= ? AND m.idx IS NOT NULL"
            " AND m.state NOT IN ('cosigned', 'refused') ORDER BY m.idx LIMIT ?",
            (origin, size, start, SETTLED_AT_ONCE),
        )
        return [Unsettled(*row) for row in rows]

    def list_recorded(self, origin: str, start: int, end: int) -> list[Unsettled]:
        """Return those of start <= index < end, without refused ones."""
        rows = self._db.select(
            "SELECT m.number, m.name, m.idx, m.state, b.entry FROM message m"
            " JOIN body b ON b.number = m.number WHERE m.origin = ? AND m.idx >= ?"
            " AND m.idx < ? AND m.idx IS NOT NULL AND m.state != 'refused'"
            " ORDER BY m.idx",
            (origin, start, end),
        )
        return [Unsettled(*row) for row in rows]

    def list_without_place(self, origin: str) -> list[Row]:
        rows = self._db.select(
            "SELECT * FROM message WHERE origin = ? AND idx IS NULL AND state IN"
            " ('local', 'delivered', 'cosigned', 'undelivered') ORDER BY number",
            (origin,),
        )
        return [Row(*row) for row in rows]

    def put(self, new: NewMessage) -> int:
        """Return its number; idempotent.

        A message already kept gains its place in the log, its content and a further
        state if missing; the verdict is replaced. Raises Refusal(POSITION) if another
        message has that place.
        """
        with self._db.transaction():
            known = self._db.select_one(
                "SELECT number FROM message WHERE name = ?", (new.name,)
            )
            if not known:
                return self.add([new])
            number = int(known[0])
            self._fill_in(number, new)
            self._set_state(number, new.state, new.received, "", "")
            self._db.touch(number)
        return number

    def add(self, news: Sequence[NewMessage]) -> int:
        """Add messages that are all new; return the last number.

        It takes few statements, for a long catch-up, and stores the same rows as `put`.
        Raises Refusal(POSITION) as `put` does.
        """
        with self._db.transaction():
            rows = [row_of(n, new) for n, new in enumerate(news, self._db.count() + 1)]
            added = list(zip(rows, news, strict=True))
            self._db.insert_many("message", [row.stored for row in rows])
            self._db.insert_many(
                "body",
                [
                    (row.number, new.entry, new.content, new.cek, new.facts)
                    for row, new in added
                ],
            )
            self._indexer.add(added)
            self._db.insert_many(
                "state",
                [(row.number, new.state, "", new.received, "") for row, new in added],
            )
            self._db.touch(*(row.number for row in rows))
        return rows[-1].number

    def mark_read(self, which: Id, at: int) -> None:
        """Mark it read at the first time; Refusal(NOT_FOUND)."""
        with self._db.transaction():
            number = self.row(which).number
            if self._db.write(
                "UPDATE message SET read_at = ? WHERE number = ? AND read_at = 0",
                (at, number),
            ):
                self._db.touch(number)

    def set_state(
        self, which: Id, state: str, at: int, by: str = "", why: str = ""
    ) -> None:
        """Note one of STATES, by whom and why.

        Kept once per state and node, with the first time. The row shows the furthest;
        `refused` outranks all. Raises Refusal(NOT_FOUND).
        """
        with self._db.transaction():
            number = self.row(which).number
            self._set_state(number, state, at, by, why)
            self._db.touch(number)

    def set_proven(self, steps: Sequence[Proven]) -> None:
        """Set states as `set_state`, in few statements.

        Dated to the second of the line, but after other steps of the same second.
        """
        if not steps:
            return
        with self._db.transaction():
            numbers = tuple(step.number for step in steps)
            rows = self._db.select(
                "SELECT number, at FROM state"  # noqa: S608  # marks
                f" WHERE number IN ({placeholders(numbers)})",
                numbers,
            )
            latest: dict[tuple[int, int], int] = {}
            for number, at in rows:
                key = number, at // SECOND
                latest[key] = max(latest.get(key, 0), at)
            reached = [
                (number, state, by, latest.get((number, s), s * SECOND), "")
                for number, state, s, by in steps
            ]
            self._db.insert_many("state", reached, "IGNORE")
            for state in {step.state for step in steps}:
                further = _FURTHER[state]
                marks = placeholders(further)
                which = [step.number for step in steps if step.state == state]
                self._db.write(
                    "UPDATE message SET state = ?"  # noqa: S608  # marks
                    f" WHERE number IN ({placeholders(which)})"
                    f" AND state NOT IN ({marks})",
                    (state, *which, *further),
                )
            self._db.touch(*numbers)

    def add_step(
        self, which: Id, state: str, at: int, by: str = "", why: str = ""
    ) -> None:
        """Add a state beside the row; idempotent; Refusal(NOT_FOUND)."""
        with self._db.transaction():
            number = self.row(which).number
            self._db.insert("state", (number, state, by, at, why), "IGNORE")
            self._db.touch(number)

    def revive(self, name: bytes) -> None:
        """Undo the expiry: it is queued, or to be released, again."""
        with self._db.transaction():
            if self._db.write(
                "UPDATE message SET state = CASE state WHEN 'expired' THEN 'queued'"
                " ELSE 'drafted' END WHERE name = ? AND state IN ('expired', 'lapsed')",
                (name,),
            ):
                number = self._indexer.number(name)
                self._unexpire(number)
                self._indexer.note_marks(number)
                self._db.touch(number)

    def set_lost(self, number: int, at: int) -> None:
        """Note that no log has it any more (ms UTC).

        Its steps in that log are forgotten. A log that records it again ends this.
        """
        with self._db.transaction():
            self._db.write(
                "DELETE FROM state WHERE number = ? AND state IN"
                " ('local', 'delivered', 'cosigned', 'undelivered')",
                (number,),
            )
            self._db.insert("state", (number, "lost", "", at, ""), "REPLACE")
            self._db.write(
                "UPDATE message SET state = 'lost' WHERE number = ?", (number,)
            )
            self._db.touch(number)

    def take_back_refusal(self, name: bytes) -> None:
        """Undo the refusal of a message shown ahead of its log, which has it now."""
        self._take_back(name, "m.direction = 'in' AND m.idx IS NULL")

    def take_back_format(self, name: bytes) -> None:
        self._take_back(name, f"s.why = '{Reason.FORMAT}'")

    def _take_back(self, name: bytes, where: str) -> None:
        with self._db.transaction():
            if self._db.write(
                "DELETE FROM state AS s WHERE s.state = 'refused' AND s.number ="  # noqa: S608  # constants
                f" (SELECT m.number FROM message m WHERE m.name = ? AND {where})",
                (name,),
            ):
                number = self._indexer.number(name)
                left = max(STATES.index(step.state) for step in self.states(number))
                sql = "UPDATE message SET state = ? WHERE number = ?"
                self._db.write(sql, (STATES[left], number))
                self._indexer.note_marks(number)
                self._db.touch(number)

    def set_place(self, which: Id, origin: str, index: int) -> None:
        """Raise Refusal(NOT_FOUND | POSITION)."""
        with self._db.transaction():
            number = self.row(which).number
            self._set_place(number, origin, index)
            self._db.touch(number)

    def set_verdict(self, which: Id, verdict: str) -> None:
        """Raise Refusal(NOT_FOUND)."""
        with self._db.transaction():
            number = self.row(which).number
            self._db.write(
                "UPDATE message SET verdict = ? WHERE number = ?", (verdict, number)
            )
            self._indexer.note_marks(number)
            self._db.touch(number)

    def _fill_in(self, number: int, new: NewMessage) -> None:
        self._db.write(
            "UPDATE message SET verdict = ? WHERE number = ?", (new.verdict, number)
        )
        self._indexer.note_marks(number)
        if new.index is not None:
            self._set_place(number, new.origin, new.index)
        if new.content is None:
            return
        opened = self._db.write(
            "UPDATE body SET content = ?, cek = ?, facts = ?"
            " WHERE number = ? AND content IS NULL",
            (new.content, new.cek, new.facts, number),
        )
        if opened:
            self._db.write(
                "UPDATE message SET (kind, subject, lang, acknowledge, acknowledge_by)"
                " = (?, ?, ?, ?, ?), read_at = iif(direction = 'in', 0, read_at)"
                " WHERE number = ?",
                (*asked_of(new), number),
            )
            self._indexer.note(number)

    def _set_place(self, number: int, origin: str, index: int) -> None:
        self._db.write(
            "UPDATE message SET origin = ?, idx = ? WHERE number = ?"
            " AND (origin, idx) IS NOT (?, ?)",
            (origin, index, number, origin, index),
        )
        self._indexer.note_marks(number)

    def _set_state(self, number: int, state: str, at: int, by: str, why: str) -> None:
        further = _FURTHER[state]
        self._db.insert("state", (number, state, by, at, why), "IGNORE")
        marks = placeholders(further)
        self._db.write(
            f"UPDATE message SET state = ? WHERE number = ? AND state NOT IN ({marks})",  # noqa: S608  # marks
            (state, number, *further),
        )
        if state in {*NOWHERE, "queued"} or (
            state == "local" and self._unexpire(number)
        ):
            self._indexer.note_marks(number)

    def _unexpire(self, number: int) -> bool:
        """Return whether it had expired."""
        sql = "DELETE FROM state WHERE number = ? AND state IN ('expired', 'lapsed')"
        return bool(self._db.write(sql, (number,)))


def _step(state: Milestone) -> tuple[int, int]:
    return state.at, STATES.index(state.state)
