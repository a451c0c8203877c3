"""Fill the tables beside a message as it is kept: index, references, facts, debts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from exchange.core import TIME_MAX
from exchange.desk import ladder, search_text
from exchange.desk.mailbox import countersignatures, index_facts, index_terms
from exchange.desk.mailbox.answers import HELD
from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.folded_threads import FoldedThreads
from exchange.desk.mailbox.records import NOWHERE, NewMessage, core_of
from exchange.desk.mailbox.references import MARKING, References
from exchange.desk.records import Row
from exchange.limits import FLASH_GOAL, IMMEDIATE_GOAL, PRIORITY_GOAL, ROUTINE_GOAL
from exchange.trust import names
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

_TERMS_KEPT = 20_000  # words known to be written, to skip writing them again
_PLACES_KEPT = 4_096  # cached numbers of places on the ground
_WORDS = "words(rowid, text)"
_TABLES = ("reference", "fact", "spot", "owed", "countersign")
_RECALL_WITHIN = {
    pb.PRECEDENCE_FLASH: FLASH_GOAL,
    pb.PRECEDENCE_IMMEDIATE: IMMEDIATE_GOAL,
    pb.PRECEDENCE_PRIORITY: PRIORITY_GOAL,
    pb.PRECEDENCE_ROUTINE: ROUTINE_GOAL,
}


class _Given(NamedTuple):
    """A receipt; `held` is its hold in the outbox, None if a log has it."""

    name: bytes
    author: str
    relation: str
    filed: int
    held: str | None


class Indexer:
    """Works within the caller's transaction."""

    def __init__(
        self, db: MailboxDatabase, references: References, threads: FoldedThreads
    ) -> None:
        self._db = db
        self._references = references
        self._threads = threads
        self._terms: set[str] = set()
        self._places: dict[index_facts.Spot, int] = {}
        db.on_rollback += [self._terms.clear, self._places.clear]

    def number(self, name: bytes) -> int:
        """Return 0 if it is not here."""
        found = self._db.select_one(
            "SELECT number FROM message WHERE name = ?", (name,)
        )
        return int(found[0]) if found else 0

    def note(self, number: int) -> None:
        """Index one message; idempotent."""
        name, acknowledge, by, entry, content = self._db.select_one(
            "SELECT name, acknowledge, acknowledge_by, entry, content FROM message"
            " JOIN body USING (number) WHERE number = ?",
            (number,),
        )
        core = core_of(entry)
        self._db.insert_many("reference", _references(number, core), "IGNORE")
        self.note_marks(number)
        facts: list[index_facts.Fact] = []
        if content is not None and core.kind == pb.KIND_BULLETIN:
            said = bulletin_pb2.Content.FromString(content)
            facts += index_facts.facts(said)
            self._note_spot(number, said)
        self._db.insert_many("fact", [(*fact, number) for fact in facts], "IGNORE")
        self._count(number, name, (acknowledge, by), core)
        self.index(number, facts)

    def add(self, added: Sequence[tuple[Row, NewMessage]]) -> None:
        """Index rows as `note` does, with one query for earlier references to them."""
        tables: dict[str, list[Values]] = {each: [] for each in (*_TABLES, _WORDS)}
        for row, new in added:
            for table, rows in self._rows(row, new):
                tables[table] += rows
        words = tables.pop(_WORDS)
        for table, rows in tables.items():
            self._db.insert_many(table, rows, "IGNORE")
        # One by one: the index flushes its memory before a statement of several rows.
        self._db.write_many(f"INSERT OR IGNORE INTO {_WORDS} VALUES (?, ?)", words)  # noqa: S608  # our words
        marking = {number for number, word, _ in tables["reference"] if word in MARKING}
        referring = {number for number, _, _ in tables["reference"]}
        spoken = self._spoken_of([row.name for row, _ in added])
        for row, new in added:
            if row.number in marking or row.name in spoken or row.state in NOWHERE:
                self.note_marks(row.number)
                asked = row.acknowledge, row.acknowledge_by
                self._count(row.number, row.name, asked, new.parts.core)
                self.index(row.number)
            elif row.number in referring:
                self._threads.note(row.number)

    def _rows(self, row: Row, new: NewMessage) -> Iterator[tuple[str, list[Values]]]:
        core, said, coded = new.parts
        number, facts, place = row.number, list[index_facts.Fact](), 0
        if said is not None:
            facts += index_facts.facts(said, coded)
            spot = index_facts.spot(said, coded)
            place = self._place(spot) if spot else 0
        yield "reference", _references(number, core)
        yield "fact", [(*fact, number) for fact in facts]
        yield "spot", [(number, place)] if place else []
        yield "owed", _owed(number, row.acknowledge, row.acknowledge_by, core)
        yield "countersign", list(countersignatures.rows_of(number, core))
        text = self._index_text(row.subject, new.facts, said)
        codes = (row.kind, row.precedence, row.mode, row.tlp, row.lang)
        header = index_terms.Header(*codes, row.direction, row.desk)
        found = index_terms.of_message(header, facts, place)
        yield _WORDS, [(number, " ".join((text, *found)))]

    def _spoken_of(self, names: Sequence[bytes]) -> set[bytes]:
        """Return names that others refer to, acknowledge or translate."""
        marks, values = placeholders(names), tuple(names)
        return {
            name
            for table in ("reference", "receipt", "translation")
            for (name,) in self._db.select(
                f"SELECT about FROM {table} WHERE about IN ({marks})",  # noqa: S608  # marks
                values,
            )
        }

    def note_marks(self, number: int) -> None:
        """Update those of messages that its author's desk referred to, too."""
        self._references.note_gone(number)
        self._threads.note(number)
        for changed in self._references.note_labels(number):
            self.index(changed)
            self._db.touch(changed)

    def _note_spot(self, number: int, content: bulletin_pb2.Content) -> None:
        if place := index_facts.spot(content):
            self._db.insert("spot", (number, self._place(place)), "REPLACE")

    def _place(self, spot: index_facts.Spot) -> int:
        if spot not in self._places:
            if len(self._places) >= _PLACES_KEPT:
                self._places.clear()
            self._places[spot] = self._read_place(spot)
        return self._places[spot]

    def _read_place(self, spot: index_facts.Spot) -> int:
        known = "SELECT id FROM place WHERE (lat, lon, error_m) = (?, ?, ?)"
        if not self._db.select_one(known, spot):
            self._db.write(
                "INSERT INTO place(lat, lon, error_m) VALUES (?, ?, ?)", spot
            )
        return int(self._db.select_one(known, spot)[0])

    def count(self, number: int) -> None:
        name, acknowledge, by, entry = self._db.select_one(
            "SELECT name, acknowledge, acknowledge_by, entry FROM message"
            " JOIN body USING (number) WHERE number = ?",
            (number,),
        )
        self._count(number, name, (acknowledge, by), core_of(entry))

    def _count(
        self, number: int, name: bytes, asked: tuple[str, int], core: pb.Core
    ) -> None:
        """Refill the tables that depend on receipts; `asked` is step and deadline.

        1. What each asked desk still owes, and when the first answer stilled the alarm.
        2. Which of them declined; an officer's note of that is kept.
        3. The last answer of this desk, if no log has it.
        """
        rows = self._db.select(
            f"SELECT name, author, relation, filed, {HELD} FROM receipt r"  # noqa: S608  # constant
            " WHERE about = ? ORDER BY rowid",
            (name,),
        )
        given = [_Given._make(row) for row in rows]
        logged = [one for one in given if one.held is None]
        desks = ladder.asked_desks(core)
        # 1
        said = [(one.author, one.relation) for one in logged]
        climbed = ladder.climb(asked[0], desks, said)
        self._note_owed(number, climbed, _owed(number, *asked, core))
        if any(one.relation == countersignatures.COUNTERSIGNED for one in logged):
            self._db.write("DELETE FROM countersign WHERE number = ?", (number,))
        else:
            rows = list(countersignatures.rows_of(number, core))
            self._db.insert_many("countersign", rows, "IGNORE")
        answers = [
            one for one in given if ladder.step_of(one.relation) >= climbed.answer
        ]
        self._note_first_answer(number, desks, answers)
        # 2, 3
        self._note_declined(number, desks, logged)
        self._note_pending(number, answers)

    def _note_first_answer(
        self, number: int, desks: tuple[str, ...], answers: Sequence["_Given"]
    ) -> None:
        counting = [
            one.filed
            for one in answers
            if one.held is None and _counts(one.author, desks)
        ]
        self._db.write(
            "UPDATE message SET acknowledged = ?1 WHERE number = ?2"
            " AND acknowledged != ?1",
            (min(counting, default=0), number),
        )

    def _note_owed(
        self, number: int, climbed: ladder.Ladder, rows: Sequence[Values]
    ) -> None:
        missing = set(climbed.missing)
        self._db.write("DELETE FROM owed WHERE number = ?", (number,))
        self._db.insert_many(
            "owed",
            [
                (number, desk, by, int(climbed.reached[desk]), expires)
                for _, desk, by, _, expires in rows
                if desk in missing
            ],
        )

    def _note_declined(
        self, number: int, desks: Sequence[str], logged: Sequence["_Given"]
    ) -> None:
        said = [one.author for one in logged if one.relation == "CANNOT_COMPLY"]
        among = set(map(names.desk_of, said)).intersection(desks)
        last = {desk: ladder.furthest(logged, desk) for desk in among}
        declined = {
            desk: one.name
            for desk, one in last.items()
            if one is not None and one.relation == "CANNOT_COMPLY"
        }
        self._db.write(
            "DELETE FROM declined WHERE number = ?"  # noqa: S608  # marks
            f" AND desk NOT IN ({placeholders(declined)})",
            (number, *declined),
        )
        for desk, name in declined.items():
            self._db.write(
                "INSERT INTO declined(number, desk, name) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET name = excluded.name, officer = '', at = 0"
                " WHERE name != excluded.name",
                (number, desk, name),
            )

    def _note_pending(self, number: int, answers: Sequence["_Given"]) -> None:
        """Record this desk's last answer if it is still in the outbox."""
        own = {names.desk_of(one.author) for one in answers if one.held is not None}
        last = [one for one in answers if names.desk_of(one.author) in own][-1:]
        self._db.write("DELETE FROM pending_answer WHERE number = ?", (number,))
        for one in last:
            if one.held is not None:
                self._db.insert("pending_answer", (number, one.name, one.held))

    def index(
        self, number: int, facts: Sequence[index_facts.Fact] | None = None
    ) -> None:
        """Replace the words of a message; `facts` are those already extracted."""
        name, envelope, subject, content, labels, place, *columns = self._db.select_one(
            "SELECT name, envelope, subject, content, facts, place, kind, precedence,"
            " mode, tlp, lang, direction, desk FROM message JOIN body USING (number)"
            " LEFT JOIN spot USING (number) WHERE number = ?",
            (number,),
        )
        said = None
        if envelope == pb.KIND_BULLETIN and content is not None:
            said = bulletin_pb2.Content.FromString(content)
            if facts is None:
                facts = list(index_facts.facts(said))
        renderings = (
            bulletin_pb2.Translation.FromString(content)
            for (content,) in self._db.select(
                "SELECT content FROM translation WHERE about = ?", (name,)
            )
        )
        more = [segment.text for each in renderings for segment in each.segments]
        text = self._index_text(subject, labels, said, more)
        found = index_terms.of_message(
            index_terms.Header(*columns), facts or (), place or 0
        )
        self._db.write(
            "INSERT OR REPLACE INTO words(rowid, text) VALUES (?, ?)",
            (number, " ".join((text, *found))),
        )

    def _index_text(
        self,
        subject: str,
        labels: str,
        said: bulletin_pb2.Content | None,
        more: Iterable[str] = (),
    ) -> str:
        """Return the words; they are also kept for completion."""
        text = search_text.cut_for_index([*_texts(subject, said), *more])
        known = search_text.cut_labels(labels)
        self._note_terms(text.words)
        self._note_terms(known.words)
        return f"{text.text} {known.text}"

    def _note_terms(self, words: frozenset[str]) -> None:
        new = words - self._terms
        self._db.insert_many("term", [(word,) for word in new], "IGNORE")
        if len(self._terms) > _TERMS_KEPT:
            self._terms.clear()
        self._terms |= new


def summarize(
    core: pb.Core, content: bytes | None, said: bulletin_pb2.Content | None = None
) -> Values:
    """Return kind, subject, language, acknowledgement asked and deadline.

    A recall asks every reader to act, within the goal of its precedence. `said` is a
    bulletin's content, if already parsed.
    """
    if content is not None and core.kind == pb.KIND_RECALL:
        remark = bulletin_pb2.Remark.FromString(content)
        shown = remark.text.text or remark.reason  # a code, then, in no language
        by = core.filed + _RECALL_WITHIN.get(core.precedence, ROUTINE_GOAL)
        return "", shown, remark.text.lang, "ACTION", min(by, TIME_MAX)
    if content is None or core.kind != pb.KIND_BULLETIN:
        return "", "", "", "NONE", 0
    written = said or bulletin_pb2.Content.FromString(content)
    asked = written.request
    title = written.subject
    acknowledge = (asked.acknowledge or "NONE", asked.acknowledge_by)
    return written.kind, title.text, title.lang, *acknowledge


def _references(number: int, core: pb.Core) -> list[Values]:
    return [
        (number, pb.Relation.Name(one.relation).split("_", 1)[1], one.name)
        for one in core.references
    ]


def _owed(number: int, acknowledge: str, by: int, core: pb.Core) -> list[Values]:
    if acknowledge == "NONE":
        return []
    return [(number, desk, by, 0, core.expires) for desk in ladder.asked_desks(core)]


def _texts(subject: str, said: bulletin_pb2.Content | None) -> list[str]:
    texts = [subject]
    if said is not None:
        texts += [segment.text for segment in said.segments]
        texts += [form.text for term in said.terms for form in term.forms]
    return texts


def _counts(author: str, desks: tuple[str, ...]) -> bool:
    return not desks or author.partition("@")[2] in desks
