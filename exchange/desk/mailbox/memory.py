"""The translation memory of a desk: pairs of texts, apart by label."""

import hashlib
from collections.abc import Iterable, Iterator

from exchange.desk import search_text
from exchange.desk.mailbox.database import Database
from exchange.translation.memory import Label, Pair

CANDIDATES_MAX = 1_000  # texts that are compared with the one at hand
_COUNTED = 32  # words of a text, the longest, whose frequency is looked up
_RARE_MAX = 8  # of which a text must have one to be compared
_PAIR = "lang, text, target_lang, target_text, officer, changed"


class Memory(Database):
    """Keeps what was translated, and finds what resembles a text.

    What is compared shares one of the rarest words of the text, which folded words of
    the index tell; so a hundred thousand pairs answer at once.
    """

    def remember(self, label: Label, pairs: Iterable[Pair]) -> int:
        """Keep pairs of one label, each once; return how many were new."""
        with self.transaction():
            return sum(self._remember(str(label), pair) for pair in pairs)

    def remembered(
        self, label: Label, lang: str, target_lang: str, text: str
    ) -> list[Pair]:
        """Return pairs of that very label to compare with a text, the same among them.

        At most CANDIDATES_MAX besides those of the very text, the newest.
        """
        where = "label = ? AND lang = ? AND target_lang = ?"
        compartment = (str(label), lang, target_lang)
        rows = self._all(
            f"SELECT {_PAIR} FROM memory WHERE {where} AND text = ?",  # noqa: S608  # constants
            (*compartment, text),
        )
        for number in self._like(compartment, text):
            rows += self._all(
                f"SELECT {_PAIR} FROM memory WHERE id = ? AND {where} AND text != ?",  # noqa: S608  # constants
                (number, *compartment, text),
            )
        return [Pair._make(row) for row in rows]

    def memories(self) -> list[tuple[Label, str, str, int]]:
        """Return each label, language and target language, and how many pairs."""
        rows = self._all(
            "SELECT label, lang, target_lang, count(*) FROM memory"
            " GROUP BY label, lang, target_lang ORDER BY label, lang, target_lang"
        )
        return [(_label(row[0]), *row[1:]) for row in rows]

    def pairs(self, label: Label | None = None) -> Iterator[tuple[Label, Pair]]:
        """Yield all pairs, or those of one label, by label, the oldest first."""
        where = "" if label is None else "WHERE label = ?"
        rows = self._all(
            f"SELECT label, {_PAIR} FROM memory {where} ORDER BY label, id",  # noqa: S608  # constants
            () if label is None else (str(label),),
        )
        for own, *pair in rows:
            yield _label(own), Pair._make(pair)

    def _remember(self, label: str, pair: Pair) -> int:
        row = (None, label, *pair)
        if not self._insert("memory", row, "IGNORE"):
            self._renew(label, pair)
            return 0
        number = self._one("SELECT last_insert_rowid()")[0]
        compartment = (label, pair.lang, pair.target_lang)
        words = search_text.index_text([pair.text])
        self._write(
            "INSERT INTO memory_words(rowid, text) VALUES (?, ?)",
            (number, f"{_token(compartment)} {words}"),
        )
        return 1

    def _renew(self, label: str, pair: Pair) -> None:
        """Let a pair that is kept have the officer who last said the same."""
        self._write(
            "UPDATE memory SET officer = ?, changed = ? WHERE label = ? AND lang = ?"
            " AND target_lang = ? AND text = ? AND target_text = ? AND changed < ?",
            (
                *(pair.officer, pair.changed, label, pair.lang),
                *(pair.target_lang, pair.text, pair.target_text, pair.changed),
            ),
        )

    def _like(self, compartment: tuple[str, str, str], text: str) -> dict[int, None]:
        """Return what shares a word with a text, of its rarest words first."""
        found: dict[int, None] = {}
        for word in self._rare(text):
            if len(found) >= CANDIDATES_MAX:
                break
            rows = self._all(
                "SELECT rowid FROM memory_words WHERE memory_words MATCH ?"
                " ORDER BY rowid DESC LIMIT ?",
                (f'{_token(compartment)} AND "{word}"', CANDIDATES_MAX - len(found)),
            )
            found |= dict.fromkeys(row[0] for row in rows)
        return found

    def _rare(self, text: str) -> list[str]:
        """Return the rarest words of a text that the memory has, the rarest first."""
        words = set(search_text.index_text([text]).split())
        longest = sorted(words, key=lambda word: (-len(word), word))[:_COUNTED]
        marks = ", ".join("?" * len(longest))
        counted = self._all(
            f"SELECT doc, term FROM memory_term WHERE term IN ({marks})",  # noqa: S608  # marks
            tuple(longest),
        )
        return [word for _, word in sorted(counted)[:_RARE_MAX]]


def _token(compartment: tuple[str, str, str]) -> str:
    """Return a word of the index that stands for label and languages.

    It only keeps other compartments from filling the answer; that none is in it, the
    columns see to.
    """
    return "m" + hashlib.sha256("\n".join(compartment).encode()).hexdigest()[:24]


def _label(text: str) -> Label:
    label = Label.parse(text)
    assert label is not None  # noqa: S101  # written by `remember` only
    return label
