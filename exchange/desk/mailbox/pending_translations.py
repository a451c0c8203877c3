"""Translations to be made: under way, wanted, or stale."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.translations import BY_PERSONS, stale
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.query_plan import BLOCK
from exchange.desk.mailbox.records import OUT
from exchange.desk.mailbox.references import MENDING, References
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

UNTRANSLATED_MAX = 200  # in one list
STALE_MAX = 1_000  # messages followed to their corrections
_BULLETIN = int(pb.KIND_BULLETIN)
_LIVE = f"m.expires > ? AND m.{OUT} AND m.verdict = 'ACCEPTED'"
# CROSS JOIN keeps the order of the tables, as in `obligations`.
_BY_PERSONS = "('" + "', '".join(sorted(BY_PERSONS)) + "')"
_MENDING = "('" + "', '".join(MENDING) + "')"


class Stale(NamedTuple):
    """A message whose translation into `lang` must be made again."""

    number: int
    lang: str


class SentUnread(NamedTuple):
    """A translation of a FLASH that was sent before review."""

    number: int
    """Of the FLASH."""
    lang: str
    officer: str
    """Its signer."""


class PendingTranslations(Struct, frozen=True):
    """Keeps one per message and language, shared by the officers.

    None is wanted of expired, refused or unopened messages.
    """

    _db: MailboxDatabase
    _references: References

    def put(
        self, about: bytes, work: bulletin_pb2.Translation, officer: str, at: int
    ) -> None:
        """Keep a translation; it replaces the last one."""
        data = work.SerializeToString(deterministic=True)
        with self._db.transaction():
            row = (about, work.lang, officer, at, data)
            self._db.insert("work", row, "REPLACE")

    def get(self, about: bytes, lang: str) -> bulletin_pb2.Translation | None:
        row = self._db.select_one(
            "SELECT data FROM work WHERE about = ? AND lang = ?", (about, lang)
        )
        return bulletin_pb2.Translation.FromString(row[0]) if row else None

    def left_at(self, about: bytes, lang: str) -> int:
        """Return ms UTC; 0 if none."""
        row = self._db.select_one(
            "SELECT saved FROM work WHERE about = ? AND lang = ?", (about, lang)
        )
        return int(row[0]) if row else 0

    def drop(self, about: bytes, lang: str) -> None:
        with self._db.transaction():
            self._db.write(
                "DELETE FROM work WHERE about = ? AND lang = ?", (about, lang)
            )

    def all(self, now: int) -> list[tuple[int, str, str]]:
        """Return number, language and officer."""
        return self._db.select(
            "SELECT m.number, w.lang, w.officer FROM work w"  # noqa: S608  # constant
            f" CROSS JOIN message m ON m.name = w.about WHERE {_LIVE} ORDER BY 1, 2",
            (now,),
        )

    def list_untranslated(self, lang: str, since: int, now: int) -> list[int]:
        """Return messages without a text in `lang`, newest first.

        Reads back to the first block of numbers with a message filed since then.
        """
        (block,) = self._db.select_one(
            "SELECT min(block) FROM block WHERE last >= ?", (since,)
        )
        if block is None:
            return []
        rows = self._db.select(
            "SELECT m.number FROM message m NOT INDEXED WHERE m.number >= ?"  # noqa: S608  # constant
            f" AND m.filed >= ? AND m.direction = 'in' AND m.envelope = {_BULLETIN}"
            f" AND m.lang NOT IN ('', ?) AND {_LIVE} AND NOT EXISTS"
            " (SELECT 1 FROM translation t WHERE t.about = m.name AND t.lang = ?)"
            " ORDER BY m.number DESC LIMIT ?",
            (block * BLOCK, since, lang, now, lang, UNTRANSLATED_MAX),
        )
        return [number for (number,) in rows]

    def list_sent_unread(self, desk: str, since: int, now: int) -> list[SentUnread]:
        """Return those of FLASH filed since then, newest first.

        Only those sent unreviewed, if no desk has since reviewed one into that
        language. The last per language counts.
        """
        rows = self._db.select(
            "SELECT m.number, t.lang, t.author, max(t.filed)"  # noqa: S608  # constant
            " FROM translation t INDEXED BY translation_unreviewed"
            " CROSS JOIN message m ON m.name = t.about"
            f" WHERE t.filed >= ? AND t.state NOT IN {_BY_PERSONS}"
            f" AND m.filed >= ? AND m.envelope = {_BULLETIN}"
            f" AND m.precedence = 'FLASH' AND {_LIVE}"
            " AND substr(t.author, instr(t.author, '@') + 1) = ? AND NOT EXISTS"
            " (SELECT 1 FROM translation f WHERE f.about = t.about"
            f" AND f.lang = t.lang AND f.state IN {_BY_PERSONS})"
            " GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT ?",
            (since, since, now, desk, UNTRANSLATED_MAX),
        )
        return [SentUnread(*found) for *found, _ in rows]

    def stale(self) -> list[Stale]:
        """Return the newest first.

        A replaced message's translation is stale until the last replacement, if it has
        another text, has its own. Out of the STALE_MAX messages replaced last.
        """
        by_about: dict[Stale, None] = {}
        lasts: dict[bytes, bytes] = {}
        for name in self._mended():
            by_about |= dict.fromkeys(
                self._stale_of(name, self._references.successor(name, lasts))
            )
        return sorted(by_about, reverse=True)

    def _mended(self) -> list[bytes]:
        """Return the newest first."""
        rows = self._db.select(
            "SELECT r.about, max(r.number) AS last FROM reference r"  # noqa: S608  # constant
            f" WHERE r.relation IN {_MENDING} AND EXISTS"
            " (SELECT 1 FROM translation t WHERE t.about = r.about)"
            " GROUP BY r.about ORDER BY last DESC LIMIT ?",
            (STALE_MAX,),
        )
        return [name for name, _ in rows]

    def _stale_of(self, name: bytes, last: bytes) -> Iterator[Stale]:
        """Compare only the longest of several into a language: all are of one text."""
        row = self._db.select_one(
            "SELECT number, lang, content FROM message JOIN body USING (number)"
            " WHERE name = ? AND verdict = 'ACCEPTED' AND content IS NOT NULL",
            (last,),
        )
        if last == name or not row:
            return
        number, own, content = row
        signed = self._db.select(
            "SELECT lang, content, max(length(content)) FROM translation"
            " WHERE about = ? AND lang NOT IN"
            " (SELECT lang FROM translation WHERE about = ? UNION ALL SELECT ?)"
            " GROUP BY lang",
            (name, last, own),
        )
        for lang, rendering, _ in signed:
            if _is_stale(content, rendering):
                yield Stale(number, lang)


def _is_stale(content: bytes, rendering: bytes) -> bool:
    source = bulletin_pb2.Content.FromString(content)
    return bool(stale(source, bulletin_pb2.Translation.FromString(rendering)))
