"""Messages: the list, the reader, what becomes of a message, and its index."""

from collections.abc import Sequence
from typing import Any

from exchange.bulletin.translated import rank
from exchange.desk.mailbox.database import Values
from exchange.desk.mailbox.forms import (
    STATES,
    Message,
    NewMessage,
    Translation,
    Unproven,
    Unsettled,
)
from exchange.desk.mailbox.noting import Noting, core_of, said
from exchange.desk.records import Milestone, Receipt, Row
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2

Id = int | bytes
"""A message by number or by name."""

TAKEN = STATES.index("local")
_FURTHER = {state: STATES[place + 1 :] for place, state in enumerate(STATES)}
# A node may lose what it had, and then refuse it, or take it after all.
_FURTHER |= dict.fromkeys(("resign", "expired"), STATES[TAKEN + 1 :])
NOWHERE = frozenset({"refused", "expired"})
"""States of what stands in no log; what it says of others counts no more."""


class Messages(Noting):
    """What the list and the reader ask, and what fills them."""

    def page(self, first: int, n: int) -> list[Row]:
        """Return rows `first` to `first + n - 1`; 1 is the oldest. Fewer at the end."""
        rows = self._all(
            "SELECT * FROM message WHERE number >= ? AND number < ? ORDER BY number",
            (max(first, 1), first + n),
        )
        return [Row(*row) for row in rows]

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """Return the rows of these numbers (a screenful), in that order."""
        marks = ", ".join("?" * len(numbers))
        found = self._all(
            f"SELECT * FROM message WHERE number IN ({marks})",  # noqa: S608  # marks
            tuple(numbers),
        )
        rows = {row[0]: Row(*row) for row in found}
        return [rows[number] for number in numbers if number in rows]

    def row(self, which: Id) -> Row:
        """Return the row of one message. Raises Refusal(NOT_FOUND)."""
        column = "number" if isinstance(which, int) else "name"
        row = self._one(f"SELECT * FROM message WHERE {column} = ?", (which,))  # noqa: S608  # constant
        if not row:
            raise Refusal(
                Reason.NOT_FOUND, str(which) if isinstance(which, int) else ""
            )
        return Row(*row)

    def knows(self, name: bytes) -> bool:
        """Say whether a message of that name is kept."""
        return bool(self._one("SELECT 1 FROM message WHERE name = ?", (name,)))

    def read(self, which: Id) -> Message:
        """Return everything kept of one message. Raises Refusal(NOT_FOUND)."""
        row = self.row(which)
        entry, content, cek, facts = self._one(
            "SELECT entry, content, cek, facts FROM body WHERE number = ?",
            (row.number,),
        )
        return Message(
            row=row,
            entry=entry,
            content=content,
            cek=cek,
            facts=facts,
            translations=self.translations(row.name),
            receipts=self.receipts(row.name),
            states=self.states(row.number),
        )

    def translations(self, about: bytes) -> tuple[Translation, ...]:
        """Return the translations of a message: further states first, then newest.

        So an earlier state, whenever it comes, never hides a later one.
        """
        rows = self._all(
            "SELECT * FROM translation WHERE about = ? ORDER BY filed DESC, name",
            (about,),
        )
        keys = Translation.__dataclass_fields__
        found = [Translation(**dict(zip(keys, row, strict=True))) for row in rows]
        return tuple(sorted(found, key=lambda one: rank(one.state, one.filed)))

    def translation(self, name: bytes) -> Translation | None:
        """Return a translation by its own name, None where there is none."""
        row = self._one("SELECT * FROM translation WHERE name = ?", (name,))
        keys = Translation.__dataclass_fields__
        return Translation(**dict(zip(keys, row, strict=True))) if row else None

    def receipts(self, about: bytes) -> tuple[Receipt, ...]:
        """Return what officers declared about a message, in order of filing."""
        rows = self._all(
            "SELECT * FROM receipt WHERE about = ? ORDER BY filed, name", (about,)
        )
        keys = Receipt.__dataclass_fields__
        return tuple(Receipt(**dict(zip(keys, row, strict=True))) for row in rows)

    def states(self, number: int) -> tuple[Milestone, ...]:
        """Return each step that a message made, in order of time."""
        rows = self._all(
            "SELECT state, at, by, why FROM state WHERE number = ? ORDER BY at",
            (number,),
        )
        return tuple(sorted(map(Milestone._make, rows), key=_step))

    def unsettled(self, origin: str, size: int) -> list[Unsettled]:
        """Return what stands below `size` in a log, neither cosigned nor refused."""
        rows = self._all(
            "SELECT m.number, m.name, m.idx, m.state, b.entry FROM message m"
            " JOIN body b ON b.number = m.number WHERE m.origin = ? AND m.idx < ?"
            " AND m.idx IS NOT NULL AND m.state NOT IN ('cosigned', 'refused')"
            " ORDER BY m.idx",
            (origin, size),
        )
        return [Unsettled(*row) for row in rows]

    def recorded(self, origin: str, start: int, end: int) -> list[Unsettled]:
        """Return what stands at start <= index < end in a log and is not refused."""
        rows = self._all(
            "SELECT m.number, m.name, m.idx, m.state, b.entry FROM message m"
            " JOIN body b ON b.number = m.number WHERE m.origin = ? AND m.idx >= ?"
            " AND m.idx < ? AND m.idx IS NOT NULL AND m.state != 'refused'"
            " ORDER BY m.idx",
            (origin, start, end),
        )
        return [Unsettled(*row) for row in rows]

    def put_message(self, new: NewMessage) -> int:
        """Keep a message and return its number; again is safe.

        A name that is kept already stays where it is and gains what it lacked: its
        place in the log, its content, a further state; the verdict is the newest.
        Raises Refusal(POSITION) when another message stands at that place.
        """
        with self.transaction():
            known = self._one("SELECT number FROM message WHERE name = ?", (new.name,))
            number = int(known[0]) if known else self._add(new)
            if known:
                self._fill_in(number, new)
            self._set_state(number, new.state, new.received, "", "")
            self._touch(number)
        return number

    def put_translation(self, new: Translation) -> None:
        """Keep a translation, also of a message that is not here yet; again is safe."""
        with self.transaction():
            added = self._insert("translation", _values(new), "IGNORE")
            about = self._number(new.about)
            if added and about:
                self._index(about)
                self._touch(about)

    def put_aside(self, new: Unproven) -> None:
        """Keep a translation until the keys of all whom it names are known."""
        with self.transaction():
            self._insert("unproven", new, "IGNORE")

    def unproven(self, key_id: bytes = b"") -> list[Unproven]:
        """Return what was put aside; of a key, what may be signed with it.

        A partner may let any number wait and show any number of keys.
        """
        sql = "SELECT * FROM unproven WHERE instr(content, ?)"
        return [Unproven(*row) for row in self._all(sql, (key_id,))]

    def proven(self, name: bytes) -> None:
        """Keep one of them no longer: it stands with the others, or nowhere."""
        with self.transaction():
            self._write("DELETE FROM unproven WHERE name = ?", (name,))

    def add_receipt(self, new: Receipt) -> None:
        """Keep a receipt, also of a message that is not here yet; again is safe.

        What meets its ladder stills the alarm of the message.
        """
        with self.transaction():
            self._insert("receipt", _values(new), "IGNORE")
            about = self._number(new.about)
            if about:
                self._acknowledge(about, new.about)
                self._touch(about)

    def complete_receipt(self, name: bytes, remark: bytes, reason: str) -> None:
        """Add the remark and its reason to a receipt that came without its text."""
        with self.transaction():
            self._write(
                "UPDATE receipt SET remark = ?, reason = ?"
                " WHERE name = ? AND remark IS NULL",
                (remark, reason, name),
            )

    def receipt(self, name: bytes) -> Receipt | None:
        """Return a receipt by its own name, None where there is none."""
        row = self._one("SELECT * FROM receipt WHERE name = ?", (name,))
        keys = Receipt.__dataclass_fields__
        return Receipt(**dict(zip(keys, row, strict=True))) if row else None

    def drop_renewed(self, name: bytes) -> None:
        """Forget a receipt or a translation of this desk that was signed anew."""
        with self.transaction():
            for table in ("receipt", "translation"):
                self._write(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608  constants

    def mark_read(self, which: Id, at: int) -> None:
        """Note when the message was first read. Raises Refusal(NOT_FOUND)."""
        with self.transaction():
            number = self.row(which).number
            if self._write(
                "UPDATE message SET read_at = ? WHERE number = ? AND read_at = 0",
                (at, number),
            ):
                self._touch(number)

    def set_state(
        self, which: Id, state: str, at: int, by: str = "", why: str = ""
    ) -> None:
        """Note that a message came to `state` (one of STATES), by whom and why.

        Kept once a state and node, at the first time. The row shows the furthest;
        `refused` stands above all. Raises Refusal(NOT_FOUND).
        """
        with self.transaction():
            number = self.row(which).number
            self._set_state(number, state, at, by, why)
            self._touch(number)

    def add_step(
        self, which: Id, state: str, at: int, by: str = "", why: str = ""
    ) -> None:
        """Keep a step of a message whose row stays as it is; again is safe.

        Raises Refusal(NOT_FOUND).
        """
        with self.transaction():
            number = self.row(which).number
            self._insert("state", (number, state, by, at, why), "IGNORE")
            self._touch(number)

    def revive(self, name: bytes) -> None:
        """Take back that a message expired: it is queued again."""
        with self.transaction():
            if self._write(
                "UPDATE message SET state = 'queued' WHERE name = ?"
                " AND state = 'expired'",
                (name,),
            ):
                number = self._number(name)
                self._unexpire(number)
                self._note_marks(number)
                self._touch(number)

    def set_place(self, which: Id, origin: str, index: int) -> None:
        """Note where a log recorded a message. Raises Refusal(NOT_FOUND|POSITION)."""
        with self.transaction():
            number = self.row(which).number
            self._set_place(number, origin, index)
            self._touch(number)

    def set_verdict(self, which: Id, verdict: str) -> None:
        """Replace what the desk found of a message. Raises Refusal(NOT_FOUND)."""
        with self.transaction():
            number = self.row(which).number
            self._write(
                "UPDATE message SET verdict = ? WHERE number = ?", (verdict, number)
            )
            self._note_marks(number)
            self._touch(number)

    def _number(self, name: bytes) -> int:
        found = self._one("SELECT number FROM message WHERE name = ?", (name,))
        return int(found[0]) if found else 0

    def _add(self, new: NewMessage) -> int:
        row = _row(self.count() + 1, new)
        self._insert("message", row.stored)
        self._insert("body", (row.number, new.entry, new.content, new.cek, new.facts))
        self._note(row.number)
        return row.number

    def _fill_in(self, number: int, new: NewMessage) -> None:
        self._write(
            "UPDATE message SET verdict = ? WHERE number = ?", (new.verdict, number)
        )
        self._note_marks(number)
        if new.index is not None:
            self._set_place(number, new.origin, new.index)
        if new.content is None:
            return
        opened = self._write(
            "UPDATE body SET content = ?, cek = ?, facts = ?"
            " WHERE number = ? AND content IS NULL",
            (new.content, new.cek, new.facts, number),
        )
        if opened:
            self._write(
                "UPDATE message SET (kind, subject, lang, acknowledge, acknowledge_by)"
                " = (?, ?, ?, ?, ?) WHERE number = ?",
                (*_said(new), number),
            )
            self._note(number)

    def _set_place(self, number: int, origin: str, index: int) -> None:
        self._write(
            "UPDATE message SET origin = ?, idx = ? WHERE number = ?"
            " AND (origin, idx) IS NOT (?, ?)",
            (origin, index, number, origin, index),
        )
        self._note_marks(number)

    def _set_state(self, number: int, state: str, at: int, by: str, why: str) -> None:
        further = _FURTHER[state]
        self._insert("state", (number, state, by, at, why), "IGNORE")
        marks = ", ".join("?" * len(further))
        self._write(
            f"UPDATE message SET state = ? WHERE number = ? AND state NOT IN ({marks})",  # noqa: S608  # marks
            (state, number, *further),
        )
        if state in NOWHERE or (state == "local" and self._unexpire(number)):
            self._note_marks(number)

    def _unexpire(self, number: int) -> bool:
        """Forget that a message expired; return whether it was said."""
        sql = "DELETE FROM state WHERE number = ? AND state = 'expired'"
        return bool(self._write(sql, (number,)))


def _values(form: Translation | Receipt) -> Values:
    """Return the fields of a form; the columns of its table are in the same order."""
    return tuple(getattr(form, key) for key in form.__dataclass_fields__)


def _step(state: Milestone) -> tuple[int, int]:
    return state.at, STATES.index(state.state)


def _word(enum: Any, value: int) -> str:  # noqa: ANN401  # generated wrappers have no common type
    """FLASH of PRECEDENCE_FLASH, AMBER_STRICT of TLP_AMBER_STRICT."""
    return str(enum.Name(value)).split("_", 1)[1]


def _said(new: NewMessage) -> Values:
    """Return kind, subject, language and what is asked, of this desk."""
    *prose, acknowledge, by = said(core_of(new.entry), new.content)
    return (*prose, acknowledge, by) if new.asked else (*prose, "NONE", 0)


def _row(number: int, new: NewMessage) -> Row:
    """Read the columns of the list from the signed header and the content."""
    core = core_of(new.entry)
    kind, subject, lang, acknowledge, acknowledge_by = _said(new)
    return Row(
        number=number,
        name=new.name,
        origin=new.origin,
        index=new.index,
        envelope=core.kind,
        kind=kind,
        precedence=_word(envelope_pb2.Precedence, core.precedence),
        mode=_word(envelope_pb2.Mode, core.mode),
        tlp=_word(envelope_pb2.Tlp, core.tlp),
        subject=subject,
        lang=lang,
        author=new.author,
        desk=new.author.partition("@")[2],
        direction=new.direction,
        filed=core.filed,
        received=new.received,
        expires=core.expires,
        read=new.received if new.direction == "out" else 0,
        acknowledge=acknowledge,
        acknowledge_by=acknowledge_by,
        acknowledged=0,
        state=new.state,
        verdict=new.verdict,
    )
