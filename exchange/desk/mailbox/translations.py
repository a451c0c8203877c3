"""Translations that desks signed, and those whose officers are not known yet."""

from msgspec import Struct

from exchange.bulletin.translation_model import rank
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.mailbox.records import TRANSLATION_COLUMNS, Translation, Unproven

_FIELDS = Translation.__struct_fields__


class Translations(Struct, frozen=True):
    """Keeps translations; their message need not be here yet."""

    _db: MailboxDatabase
    _indexer: Indexer

    def of(self, about: bytes) -> tuple[Translation, ...]:
        """Return furthest states first, then newest.

        So an earlier state, whenever it comes, never hides a later one.
        """
        rows = self._db.select(
            "SELECT t.*, coalesce(a.lost, 0) FROM translation t"
            " LEFT JOIN answer_log a ON a.name = t.name"
            " WHERE t.about = ? ORDER BY t.filed DESC, t.name",
            (about,),
        )
        found = [Translation(**dict(zip(_FIELDS, row, strict=True))) for row in rows]
        return tuple(sorted(found, key=lambda one: rank(one.state, one.filed)))

    def get(self, name: bytes) -> Translation | None:
        row = self._db.select_one("SELECT * FROM translation WHERE name = ?", (name,))
        return (
            Translation(**dict(zip(TRANSLATION_COLUMNS, row, strict=True)))
            if row
            else None
        )

    def put(self, new: Translation) -> None:
        with self._db.transaction():
            added = self._db.insert(
                "translation",
                tuple(getattr(new, column) for column in TRANSLATION_COLUMNS),
                "IGNORE",
            )
            about = self._indexer.number(new.about)
            if added and about:
                self._indexer.index(about)
                self._db.touch(about)

    def put_unproven(self, new: Unproven) -> None:
        with self._db.transaction():
            self._db.insert("unproven", new, "IGNORE")

    def unproven(self, key_id: bytes = b"") -> list[Unproven]:
        """Return with `key_id` only those possibly signed with it.

        A partner may leave any number pending and show any number of keys.
        """
        sql = "SELECT * FROM unproven WHERE instr(content, ?)"
        return [Unproven(*row) for row in self._db.select(sql, (key_id,))]

    def drop_unproven(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM unproven WHERE name = ?", (name,))

    def note_place(self, name: bytes, origin: str, index: int) -> None:
        with self._db.transaction():
            self._db.insert("translation_place", (name, origin, index), "REPLACE")

    def place(self, name: bytes) -> tuple[str, int] | None:
        row = self._db.select_one(
            "SELECT origin, idx FROM translation_place WHERE name = ?", (name,)
        )
        return (str(row[0]), int(row[1])) if row else None

    def drop(self, name: bytes) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM translation WHERE name = ?", (name,))
