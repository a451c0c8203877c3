"""The search for messages: by words, filters, and names as an officer types them."""

import json
import re
from array import array
from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from exchange.desk import search_text
from exchange.desk.mailbox import index_terms
from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.filters import FigureCondition, Filter
from exchange.desk.mailbox.movements import Movements
from exchange.desk.mailbox.obligations import Obligations
from exchange.desk.mailbox.pending_translations import PendingTranslations
from exchange.desk.mailbox.query_plan import (
    conditions,
    places_in,
    short,
    spans,
    unindexed_conditions,
)
from exchange.desk.mailbox.references import References
from exchange.errors import Reason, Refusal
from exchange.ledger import entry_place
from exchange.ledger.entry_place import EntryPlace

FOUND_MAX = 10_000  # hits in one list
COMPLETIONS_MAX = 64  # completions of a word's start, shortest first
NAME_SIZE = 32  # bytes
FEW = 4_096  # numbers checked against the word index
SINGLY_MAX = 64  # numbers sought there one by one
PLACES_MAX = 64  # places searched by the index
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


class Search(Struct, frozen=True):
    _db: MailboxDatabase
    _references: References
    _obligations: Obligations
    _movements: Movements
    _pending: PendingTranslations

    def text(self, text: str, limit: int = FOUND_MAX) -> "array[int]":
        """Find all words of `text`, newest first.

        Words may be anywhere in subject, segments, translations and labels; a run of
        Han characters or other text without spaces must appear as is. A last word
        without a space behind it matches by its start. Nothing in `text` is syntax.
        """
        match = self._match(text)
        if not match:
            return array("q")
        return self._db.numbers(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?",
            (match, limit),
        )

    def ids(self, wanted: Filter | str, limit: int = -1, now: int = 0) -> "array[int]":
        """Return the newest first, at most `limit`.

        A str is parsed as typed (`Filter.parse`, at `now`, ms UTC); names in it may be
        unknown. With a text there are at most FOUND_MAX. An empty filter gives all.
        Raises Refusal(NOT_FOUND | AMBIGUOUS) for a thread of a Filter.
        """
        if isinstance(wanted, str):
            with suppress(Refusal):
                return self.ids(Filter.parse(wanted, now), limit)
            return array("q")
        sought = wanted.text.strip()
        if sought:
            limit = min(limit, FOUND_MAX) if limit >= 0 else FOUND_MAX
        if not sought and replace(wanted, text="") == Filter(
            now=wanted.now, expired_at=wanted.expired_at
        ):
            newest = self._db.count()
            first = 0 if limit < 0 else max(newest - limit, 0)
            return array("q", range(newest, first, -1))
        given = self._given(wanted)
        if short(wanted) and given is None:
            if not (sought or wanted.facts or wanted.near):
                return self._passing(wanted, limit)
            few = self._passing(wanted, FEW + 1)
            given = set(few) if len(few) <= FEW else None
        return self._sift(wanted, given, limit)

    def _given(self, wanted: Filter) -> set[int] | None:
        """Return those of conditions on other tables; None without any."""
        sets: list[Collection[int]] = [
            self._references.thread_numbers(self.resolve(thread))
            for thread in wanted.threads
        ]
        if wanted.recalled:
            sets.append(self._references.find_recalled())
        if wanted.stale:
            sets.append({each.number for each in self._pending.stale()})
        if wanted.overdue:
            times = wanted.now, wanted.expired_at
            late = {journey.number for journey in self._movements.late(*times)}
            sets.append(
                self._obligations.select_in_force(
                    late | self._obligations.overdue(*times)
                )
            )
        sets += map(self._having, wanted.figures)
        return set(sets[0]).intersection(*sets[1:]) if sets else None

    def _passing(self, wanted: Filter, limit: int) -> "array[int]":
        where, values = conditions(wanted)
        question = _Question(
            f"SELECT number FROM message INDEXED BY {short(wanted)}"  # noqa: S608  # our words
            f" WHERE {' AND '.join(where)} AND number BETWEEN ? AND ?"
            " ORDER BY number DESC LIMIT ?",
            values,
        )
        return self._newest(question, wanted, limit)

    def _sift(self, wanted: Filter, given: set[int] | None, limit: int) -> "array[int]":
        """Return the newest first, out of `given`."""
        words = self._match(wanted.text)
        near = [places_in(self._db, each) for each in wanted.near]
        places = set(near[0]).intersection(*near[1:]) if near else None
        if set() in (given, places) or (wanted.text.strip() and not words):
            return array("q")
        return self._newest(_question(wanted, words, places, given), wanted, limit)

    def _newest(
        self, question: "_Question", wanted: Filter, limit: int
    ) -> "array[int]":
        """Query span by span, newest numbers first, until there are enough."""
        numbers = array("q")
        for span in spans(self._db, wanted):
            left = limit - len(numbers) if limit >= 0 else -1
            if not left:
                break
            ends = (span.start, span.stop - 1)
            numbers.extend(
                self._db.numbers(question.sql, (*question.values, *ends, left))
            )
        return numbers

    def resolve(self, text: str) -> bytes:
        """Return the name that an officer means.

        `text` is 64 hex, a unique prefix of 8 or more, or a place, `islamabad.pk#412`,
        with its log if the node has several: `islamabad.pk/2#412`.

        Raises Refusal(NOT_FOUND | AMBIGUOUS | INPUT).
        """
        text = text.strip()
        if place := entry_place.parse(text):
            return self._at(place)
        if not _PREFIX.fullmatch(text.lower()):
            raise Refusal(Reason.INPUT, "NAME")
        low = bytes.fromhex(text.lower().ljust(2 * NAME_SIZE, "0"))
        high = bytes.fromhex(text.lower().ljust(2 * NAME_SIZE, "f"))
        return _only(
            self._db.select(
                "SELECT name FROM message WHERE name BETWEEN ? AND ? LIMIT 2",
                (low, high),
            )
        )

    def _at(self, place: EntryPlace) -> bytes:
        rows = self._db.select(
            "SELECT origin, name FROM message WHERE origin GLOB ? AND idx = ?",
            (f"{place.node}.fusion/log/*", place.index),
        )
        names: dict[str, bytes] = dict(rows)
        return names[place.choose(list(names))]

    def kept_since(self, at: int, limit: int = -1) -> "array[int]":
        """Return what this desk wrote or received after `at` (ms UTC), newest first."""
        rows = self._db.select(
            "SELECT number FROM message WHERE received > ?"
            " ORDER BY number DESC LIMIT ?",
            (at, limit),
        )
        return array("q", [number for (number,) in rows])

    def _having(self, asked: FigureCondition) -> list[int]:
        rows = self._db.select(
            f"SELECT number FROM fact WHERE field IN ({placeholders(asked.fields)})"  # noqa: S608  # our words
            f" AND CAST(code AS REAL) {asked.sign} ?",
            (*asked.fields, asked.figure),
        )
        return [number for (number,) in rows]

    def _match(self, text: str) -> str:
        """Write it in FTS5 syntax; folded words need no escape."""
        query = search_text.query(text)
        parts = [f'"{" ".join(phrase)}"' for phrase in query.phrases]
        if query.unfinished:
            words = self._completions(query.unfinished)
            parts.append("(" + " OR ".join(f'"{word}"' for word in words) + ")")
        return " AND ".join(parts)

    def _completions(self, start: str) -> list[str]:
        rows = self._db.select(
            "SELECT term FROM term WHERE term >= ? AND term < ?"
            " ORDER BY length(term), term LIMIT ?",
            (start, start + "\U0010ffff", COMPLETIONS_MAX),
        )
        return [row[0] for row in rows] or [start]


def _only(rows: list[tuple[bytes]]) -> bytes:
    if not rows:
        raise Refusal(Reason.NOT_FOUND, "NAME")
    if len(rows) > 1:
        raise Refusal(Reason.AMBIGUOUS, "NAME")
    return rows[0][0]


class _Question(NamedTuple):
    """A query of numbers and its values; then come first, last and limit."""

    sql: str
    values: Values


def _question(
    wanted: Filter, words: str, places: set[int] | None, given: set[int] | None
) -> _Question:
    """Return a query that begins with the word index if it applies."""
    keys, where, values = list[str](), list[str](), list[str | int]()
    wide = places is not None and len(places) > PLACES_MAX
    match = _and_marks(words, wanted, () if wide or places is None else places)
    if match:
        keys.append("words.rowid")
        where.append("words MATCH ?")
        values.append(match)
    if wide:
        keys.append("spot.number")
        where.append("spot.place IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(places or ())))
    also, more = unindexed_conditions(wanted)
    if also or not keys:
        keys.append("message.number")
        where += also
        values += more
    if given is not None:
        # The index seeks few numbers one by one, but scans past many.
        one_by_one = "" if len(given) <= SINGLY_MAX else "+"
        where.append(f"{one_by_one}{keys[0]} IN (SELECT value FROM json_each(?))")  # noqa: S608  # our words
        values.append(json.dumps(sorted(given)))
    tables = " CROSS JOIN ".join(key.partition(".")[0] for key in keys)
    if keys[-1] == "message.number":
        tables += f" INDEXED BY {short(wanted) or 'message_filter'}"
    joined = [f"{key} = {keys[0]}" for key in keys[1:]]
    sql = (
        f"SELECT {keys[0]} FROM {tables} WHERE {' AND '.join((*where, *joined))}"  # noqa: S608  # our words
        f" AND {keys[0]} BETWEEN ? AND ? ORDER BY {keys[0]} DESC LIMIT ?"
    )
    return _Question(sql, tuple(values))


def _and_marks(words: str, wanted: Filter, places: Collection[int]) -> str:
    terms = [*index_terms.of_filter(wanted)]
    if places:
        terms.append(
            [
                index_terms.mark(index_terms.PLACE, str(place))
                for place in sorted(places)
            ]
        )
    parts = [words] if words else []
    parts += ("(" + " OR ".join(f'"{mark}"' for mark in each) + ")" for each in terms)
    return " AND ".join(parts)
