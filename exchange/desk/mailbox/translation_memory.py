"""The translation memory of a desk: pairs of texts, separated by label.

A pair is offered only if a bulletin it was learnt from is not recalled and permits, by
its label in force, the pair's own.
"""

import hashlib
from collections.abc import Iterable, Iterator

from msgspec import Struct

from exchange.desk import search_text
from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.references import References
from exchange.errors import Refusal
from exchange.translation.memory import MemoryLabel, TextPair

CANDIDATES_MAX = 1_000  # texts compared with the given one
_COUNTED = 32  # longest words of a text, looked up by frequency
_RARE_MAX = 8  # a compared text must have one of them
_PAIR = "lang, text, target_lang, target_text, officer, changed"
_MARKED = (
    "EXISTS (SELECT 1 FROM memory_about s JOIN reference r ON r.about = s.about"
    " WHERE s.pair = memory.id AND r.relation IN ('RECALLS', 'NARROWS'))"
)
"""Condition: a bulletin that a pair was learnt from was so marked; few are."""
_ROW = f"id, {_MARKED}, label, {_PAIR}"


class Memory(Struct, frozen=True):
    """Compares only texts that share one of its rarest words.

    So a hundred thousand pairs answer at once.
    """

    _db: MailboxDatabase
    _references: References

    def remember(
        self, label: MemoryLabel, pairs: Iterable[TextPair], about: bytes = b""
    ) -> int:
        """Return how many were new; `about` is the bulletin, "" if none."""
        with self._db.transaction():
            return sum(self._remember(str(label), pair, about) for pair in pairs)

    def find_pairs(
        self, label: MemoryLabel, lang: str, target_lang: str, text: str
    ) -> list[TextPair]:
        """Return pairs of exactly this label, the same text included.

        The newest CANDIDATES_MAX, plus those of the same text; without withheld pairs.
        """
        where = "label = ? AND lang = ? AND target_lang = ?"
        compartment = (str(label), lang, target_lang)
        rows = self._db.select(
            f"SELECT {_ROW} FROM memory WHERE {where} AND text = ?",  # noqa: S608  # constants
            (*compartment, text),
        )
        for number in self._like(compartment, text):
            rows += self._db.select(
                f"SELECT {_ROW} FROM memory WHERE id = ? AND {where} AND text != ?",  # noqa: S608  # constants
                (number, *compartment, text),
            )
        return [pair for _, pair in self._offered(rows)]

    def counts(self) -> list[tuple[MemoryLabel, str, str, int]]:
        rows = self._db.select(
            "SELECT label, lang, target_lang, count(*) FROM memory"
            " GROUP BY label, lang, target_lang ORDER BY label, lang, target_lang"
        )
        return [(_label(row[0]), *row[1:]) for row in rows]

    def pairs(
        self, label: MemoryLabel | None = None
    ) -> Iterator[tuple[MemoryLabel, TextPair]]:
        """Yield them by label, oldest first; without withheld pairs."""
        where = "" if label is None else "WHERE label = ?"
        rows = self._db.select(
            f"SELECT {_ROW} FROM memory {where} ORDER BY label, id",  # noqa: S608  # constants
            () if label is None else (str(label),),
        )
        yield from self._offered(rows)

    def forget(self, about: bytes) -> None:
        """Forget pairs learnt from this bulletin only."""
        rows = self._db.select(
            "SELECT id, label, lang, text, target_lang FROM memory JOIN memory_about a"
            " ON a.pair = id WHERE a.about = ? AND NOT EXISTS"
            " (SELECT 1 FROM memory_about b WHERE b.pair = id AND b.about != a.about)",
            (about,),
        )
        with self._db.transaction():
            self._db.write("DELETE FROM memory_about WHERE about = ?", (about,))
            for number, label, lang, text, target in rows:
                words = _indexed((label, lang, target), text)
                self._db.write(
                    "INSERT INTO memory_words(memory_words, rowid, text)"
                    " VALUES ('delete', ?, ?)",
                    (number, words),
                )
                self._db.write("DELETE FROM memory WHERE id = ?", (number,))

    def _offered(
        self, rows: Iterable[Values]
    ) -> Iterator[tuple[MemoryLabel, TextPair]]:
        for number, marked, text, *pair in rows:
            label = _label(text)
            if not marked or self._goes(number, label):
                yield label, TextPair._make(pair)

    def _goes(self, number: int, label: MemoryLabel) -> bool:
        rows = self._db.select(
            "SELECT about FROM memory_about WHERE pair = ?", (number,)
        )
        return any(self._lets(about, label) for (about,) in rows)

    def _lets(self, about: bytes, label: MemoryLabel) -> bool:
        if any(
            link.relation == "RECALLS" for link in self._references.marking([about])
        ):
            return False
        try:
            label.handling.check_within(self._references.handling_of(about).label)
        except Refusal:
            return False
        return True

    def _remember(self, label: str, pair: TextPair, about: bytes) -> int:
        row = (None, label, *pair)
        new = self._db.insert("memory", row, "IGNORE")
        if new:
            self._index_pair(
                self._db.select_one("SELECT last_insert_rowid()")[0], label, pair
            )
        else:
            self._renew(label, pair)
        if about:
            self._db.write(
                "INSERT OR IGNORE INTO memory_about SELECT id, ? FROM memory"  # noqa: S608  # constant
                f" WHERE {_SAME}",
                (about, *_key(label, pair)),
            )
        return new

    def _index_pair(self, number: int, label: str, pair: TextPair) -> None:
        compartment = (label, pair.lang, pair.target_lang)
        self._db.write(
            "INSERT INTO memory_words(rowid, text) VALUES (?, ?)",
            (number, _indexed(compartment, pair.text)),
        )

    def _renew(self, label: str, pair: TextPair) -> None:
        self._db.write(
            f"UPDATE memory SET officer = ?, changed = ? WHERE {_SAME} AND changed < ?",  # noqa: S608  # constant
            (pair.officer, pair.changed, *_key(label, pair), pair.changed),
        )

    def _like(self, compartment: tuple[str, str, str], text: str) -> dict[int, None]:
        """Return rows with the rarest words first."""
        by_text: dict[int, None] = {}
        for word in self._rare(text):
            if len(by_text) >= CANDIDATES_MAX:
                break
            rows = self._db.select(
                "SELECT rowid FROM memory_words WHERE memory_words MATCH ?"
                " ORDER BY rowid DESC LIMIT ?",
                (f'{_token(compartment)} AND "{word}"', CANDIDATES_MAX - len(by_text)),
            )
            by_text |= dict.fromkeys(row[0] for row in rows)
        return by_text

    def _rare(self, text: str) -> list[str]:
        """Return only those in the memory, rarest first."""
        words = set(search_text.index_text([text]).split())
        longest = sorted(words, key=lambda word: (-len(word), word))[:_COUNTED]
        marks = placeholders(longest)
        counted = self._db.select(
            f"SELECT doc, term FROM memory_term WHERE term IN ({marks})",  # noqa: S608  # marks
            tuple(longest),
        )
        return [word for _, word in sorted(counted)[:_RARE_MAX]]


_SAME = "label = ? AND lang = ? AND target_lang = ? AND text = ? AND target_text = ?"


def _key(label: str, pair: TextPair) -> Values:
    return label, pair.lang, pair.target_lang, pair.text, pair.target_text


def _indexed(compartment: tuple[str, str, str], text: str) -> str:
    return f"{_token(compartment)} {search_text.index_text([text])}"


def _token(compartment: tuple[str, str, str]) -> str:
    """Return an index word that stands for label and languages.

    It only keeps other compartments from filling the result; the columns make sure that
    none is in it.
    """
    return "m" + hashlib.sha256("\n".join(compartment).encode()).hexdigest()[:24]


def _label(text: str) -> MemoryLabel:
    label = MemoryLabel.parse(text)
    assert label is not None  # noqa: S101  # written by `remember` only
    return label
