"""What has not been done: debts, journeys, translations, and what was taken back."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.translations import stale
from exchange.desk.mailbox.references import LOGGED, References
from exchange.limits import DUE_MAX
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

UNTRANSLATED_MAX = 200  # that one list names
STALE_MAX = 1_000  # messages whose corrections are followed
_BULLETIN = int(pb.KIND_BULLETIN)
_BELIEVED = "m.state != 'refused' AND m.verdict = 'ACCEPTED'"
_DRILLS = "('" + "', '".join(DRILLS) + "')"
_LIVE = f"m.expires > ? AND {_BELIEVED}"
# CROSS JOIN keeps the order in which the tables stand: they have no statistics, and the
# planner would begin with all the messages.
MENDING = ("CORRECTS", "SUPERSEDES")
"""What puts another message in the place of one."""
_GONE = ("RECALLS", "SUPERSEDES")
_MENDING = "('" + "', '".join(MENDING) + "')"
THREAD_MESSAGES_MAX = 10_000  # that a filter by thread follows


class Stale(NamedTuple):
    """A message whose translation into `lang` is to be made anew."""

    number: int
    lang: str


class Owed(NamedTuple):
    """What one desk has not done yet; `reached` is a step of the ladder."""

    number: int
    desk: str
    by: int
    reached: int


class Duties(References):
    """What filters and the list of what is due ask beside the list.

    What has expired, what was refused and what did not open is nobody's duty.
    """

    def owed(self, now: int) -> list[Owed]:
        """Return what desks that were asked have not done, the DUE_MAX most urgent.

        What is real first, so that no drill pushes it out; then FLASH, by deadline.
        """
        rows = self._all(
            "SELECT o.number, o.desk, o.by, o.reached FROM owed o"  # noqa: S608  # constant
            f" CROSS JOIN message m ON m.number = o.number WHERE o.expires > ?"
            f" AND {_BELIEVED} ORDER BY m.mode IN {_DRILLS}, CASE m.precedence"
            " WHEN 'FLASH' THEN 0 WHEN 'IMMEDIATE' THEN 1 ELSE 2 END,"
            " o.by, o.number, o.desk LIMIT ?",
            (now, DUE_MAX),
        )
        return [Owed._make(row) for row in rows]

    def owing(self, numbers: Collection[int], now: int) -> dict[int, tuple[str, ...]]:
        """Return by number which desks have not done what was asked, at `now` (ms UTC).

        Of these (DUE_MAX or so) that have not expired; the desks by name.
        """
        rows = self._all(
            f"SELECT number, desk FROM owed WHERE number IN ({_marks(numbers)})"  # noqa: S608  # marks
            " AND expires > ? ORDER BY number, desk",
            (*numbers, now),
        )
        found: dict[int, tuple[str, ...]] = {}
        for number, desk in rows:
            found[number] = (*found.get(number, ()), desk)
        return found

    def overdue(self, now: int) -> set[int]:
        """Return the numbers of what was not done in time, at `now` (ms UTC).

        As a hand-over list has it (`desk.deadlines`): of what came in, by this desk,
        unless another's acknowledgement stilled it and nobody is to act upon it.
        """
        rows = self._all(
            "SELECT DISTINCT o.number FROM owed o"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = o.number WHERE o.expires > ?"
            f" AND o.by BETWEEN 1 AND ? AND {_BELIEVED} AND (m.direction = 'out'"
            " OR ? IN (o.desk, '')"
            " AND (m.acknowledged = 0 OR m.acknowledge = 'ACTION')) LIMIT ?",
            (now, now, self.desk, DUE_MAX),
        )
        return {number for (number,) in rows}

    def in_force(self, numbers: Collection[int]) -> set[int]:
        """Return those of these (DUE_MAX or so) that were not recalled or replaced."""
        rows = self._all(
            f"SELECT name, number FROM message WHERE number IN ({_marks(numbers)})",  # noqa: S608  # marks
            tuple(numbers),
        )
        gone = {
            x.about for x in self.marking([r[0] for r in rows]) if x.relation in _GONE
        }
        return {number for name, number in rows if name not in gone}

    def untranslated(self, lang: str, since: int, now: int) -> list[int]:
        """Return what came in since then and has no text in `lang`, newest first."""
        rows = self._all(
            "SELECT m.number FROM message m INDEXED BY message_filed"  # noqa: S608  # constant
            f" WHERE m.filed >= ? AND m.direction = 'in' AND m.envelope = {_BULLETIN}"
            f" AND m.lang NOT IN ('', ?) AND {_LIVE} AND NOT EXISTS"
            " (SELECT 1 FROM translation t WHERE t.about = m.name AND t.lang = ?)"
            " ORDER BY m.number DESC LIMIT ?",
            (since, lang, now, lang, UNTRANSLATED_MAX),
        )
        return [number for (number,) in rows]

    def works(self, now: int) -> list[tuple[int, str, str]]:
        """Return number, language and officer of each translation under way."""
        return self._all(
            "SELECT m.number, w.lang, w.officer FROM work w"  # noqa: S608  # constant
            f" CROSS JOIN message m ON m.name = w.about WHERE {_LIVE} ORDER BY 1, 2",
            (now,),
        )

    def newest(self, kind: str, desk: str, modes: Sequence[str], now: int) -> int:
        """Return the number of the last that came of a kind from a desk, 0 for none."""
        row = self._one(
            "SELECT m.number FROM message m INDEXED BY message_kind"  # noqa: S608  # marks
            f" WHERE m.kind = ? AND m.desk = ? AND m.mode IN ({_marks(modes)})"
            f" AND m.filed <= ? AND {_LIVE}"
            " ORDER BY m.number DESC LIMIT 1",
            (kind, desk, *modes, now, now),
        )
        return int(row[0]) if row else 0

    def recalled(self) -> set[int]:
        """Return the numbers of what its author's desk has taken back.

        A forged recall may have come before what it is about, so the desk is looked at
        here; a recall of an exercise takes back nothing real.
        """
        rows = self._all(
            "SELECT a.number FROM reference r"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = r.number"
            " CROSS JOIN message a ON a.name = r.about WHERE r.relation = 'RECALLS'"
            f" AND {LOGGED} AND m.verdict = 'ACCEPTED'"
            " AND a.desk = m.desk AND a.mode = m.mode"
        )
        return {number for (number,) in rows}

    def stale(self) -> list[Stale]:
        """Return what has a stale translation, newest first.

        A translation of a message that was corrected or superseded is stale where the
        last message in its place has another text, until that has its own. Of the
        STALE_MAX messages that were mended last.
        """
        found: dict[Stale, None] = {}
        lasts: dict[bytes, bytes] = {}
        for name in self._mended():
            found |= dict.fromkeys(self._stale_of(name, self._last(name, lasts)))
        return sorted(found, reverse=True)

    def _mended(self) -> list[bytes]:
        """Return the names of translated messages that were mended, newest first."""
        rows = self._all(
            "SELECT r.about, max(r.number) AS last FROM reference r"  # noqa: S608  # constant
            f" WHERE r.relation IN {_MENDING} AND EXISTS"
            " (SELECT 1 FROM translation t WHERE t.about = r.about)"
            " GROUP BY r.about ORDER BY last DESC LIMIT ?",
            (STALE_MAX,),
        )
        return [name for name, _ in rows]

    def _last(self, name: bytes, known: dict[bytes, bytes]) -> bytes:
        """Return the last that stands in the place of a message; else its own name.

        From one to the next, each once: a partner may let them go round.
        """
        way, last = {name: None}, name
        while last not in known:
            links = [x for x in self.marking([last]) if x.relation in MENDING]
            new = [link.name for link in links if link.name not in way]
            if not new:
                known[last] = last
                break
            last = new[-1]
            way[last] = None
        known |= dict.fromkeys(way, known[last])
        return known[last]

    def _stale_of(self, name: bytes, last: bytes) -> Iterator[Stale]:
        """Yield what `last`, in the place of a message, lacks of its translations.

        Of several into one language the longest is looked at: all are of one text.
        """
        row = self._one(
            "SELECT number, lang, content FROM message JOIN body USING (number)"
            " WHERE name = ? AND verdict = 'ACCEPTED' AND content IS NOT NULL",
            (last,),
        )
        if last == name or not row:
            return
        number, own, content = row
        made = self._all(
            "SELECT lang, content, max(length(content)) FROM translation"
            " WHERE about = ? AND lang NOT IN"
            " (SELECT lang FROM translation WHERE about = ? UNION ALL SELECT ?)"
            " GROUP BY lang",
            (name, last, own),
        )
        for lang, rendering, _ in made:
            if _is_stale(content, rendering):
                yield Stale(number, lang)

    def thread_numbers(self, name: bytes) -> Sequence[int]:
        """Return the numbers of all that is connected with a message, both ways.

        At most THREAD_MESSAGES_MAX: a partner can refer to what it likes.
        """
        rows = self._all(
            "WITH RECURSIVE thread(name) AS (SELECT ?"
            " UNION SELECT m.name FROM thread t CROSS JOIN reference r"
            " ON r.about = t.name CROSS JOIN message m ON m.number = r.number"
            " UNION SELECT r.about FROM thread t CROSS JOIN message m"
            " ON m.name = t.name CROSS JOIN reference r ON r.number = m.number LIMIT ?)"
            " SELECT number FROM thread CROSS JOIN message USING (name)",
            (name, THREAD_MESSAGES_MAX),
        )
        return [number for (number,) in rows]


def _is_stale(content: bytes, rendering: bytes) -> bool:
    """Say whether a translation's source texts are not those of a content."""
    source = bulletin_pb2.Content.FromString(content)
    return bool(stale(source, bulletin_pb2.Translation.FromString(rendering)))


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
