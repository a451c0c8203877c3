"""Erase the text of a message, and everything this desk derived from it."""

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.mailbox.records import core_of
from exchange.desk.mailbox.translation_memory import Memory
from exchange.desk.mailbox.translations import Translations
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb


class TextEraser(Struct, frozen=True):
    """Erases for good; the signed entry, its steps and receipts stay."""

    _db: MailboxDatabase
    _indexer: Indexer
    _translations: Translations
    _memory: Memory

    def erase(self, name: bytes) -> None:
        """Erase a message's text, in every language, and its key; idempotent.

        Erases text, coded facts and place; translations, also unfinished ones; memory
        pairs learnt only from it. Its verdict becomes ERASED. Single words may stay in
        the search index until that is merged.
        """
        number = self._indexer.number(name)
        with self._db.transaction():
            self._db.write(
                "UPDATE body SET content = NULL, cek = NULL, facts = ''"
                " WHERE number = ?",
                (number,),
            )
            self._db.write(
                "UPDATE message SET subject = '', lang = '', verdict = ?"
                " WHERE number = ?",
                (Reason.ERASED, number),
            )
            for table in ("fact", "spot"):
                self._db.write(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608  constants
            for table in ("translation", "work"):
                self._db.write(f"DELETE FROM {table} WHERE about = ?", (name,))  # noqa: S608  constants
            self._db.write(
                "DELETE FROM newer_text WHERE name = ? OR (about = ? AND kind = ?)",
                (name, name, pb.KIND_TRANSLATION),
            )
            for aside in self._translations.unproven():
                if core_of(aside.entry).references[0].name == name:
                    self._translations.drop_unproven(aside.name)
            self._memory.forget(name)
            self._indexer.index(number)
            self._db.touch(number)
        self._db.empty_wal()
