"""Fill the tables beside a message as it is kept: the index, references, facts, debts.

A file of an earlier edition is noted in batches when it is opened. Each batch is a
transaction with the number that it came to, so that what was interrupted goes on.
"""

from collections.abc import Callable, Sequence

from exchange.bulletin.search_words import code_labels_text
from exchange.core import TIME_MAX
from exchange.desk import ladder, search_text
from exchange.desk.mailbox import index_facts, index_terms
from exchange.desk.mailbox.database import MailboxDatabase, Values
from exchange.desk.mailbox.references import References
from exchange.limits import FLASH_GOAL, IMMEDIATE_GOAL, PRIORITY_GOAL, ROUTINE_GOAL
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

FILLED_AT_ONCE = 1_000  # messages a transaction
_FILLED = "mailbox:filled"  # up to this number, of a file of the first edition
_INDEXED = "mailbox:indexed"  # likewise of the second
_TERMS_KEPT = 20_000  # words remembered as written, so that few are written again
_RECALL_WITHIN = {
    pb.PRECEDENCE_FLASH: FLASH_GOAL,
    pb.PRECEDENCE_IMMEDIATE: IMMEDIATE_GOAL,
    pb.PRECEDENCE_PRIORITY: PRIORITY_GOAL,
    pb.PRECEDENCE_ROUTINE: ROUTINE_GOAL,
}


class Indexer:
    """Fills the tables beside `message`; within the caller's transaction."""

    def __init__(self, db: MailboxDatabase, references: References) -> None:
        self._db = db
        self._references = references
        self._terms: set[str] = set()
        db.on_rollback.append(self._terms.clear)

    def fill_in(self) -> None:
        """Note what a file of an earlier edition holds, in batches."""
        while self._fill_batch(_FILLED, self._note_anew):
            pass
        while self._fill_batch(_INDEXED, self._index_anew):
            pass

    def number(self, name: bytes) -> int:
        """Return the number of a message by its name, 0 where it is not here."""
        found = self._db.select_one(
            "SELECT number FROM message WHERE name = ?", (name,)
        )
        return int(found[0]) if found else 0

    def _fill_batch(self, key: str, note: Callable[[int], None]) -> bool:
        """Note what a file of an earlier edition holds; return whether more is left."""
        if not self._db.select_one("SELECT 1 FROM setting WHERE key = ?", (key,)):
            return False
        with self._db.transaction():
            row = self._db.select_one("SELECT value FROM setting WHERE key = ?", (key,))
            after = int(row[0]) if row else 0  # none: another process was faster
            numbers = self._db.select(
                "SELECT number FROM message WHERE number > ? ORDER BY number LIMIT ?",
                (after, FILLED_AT_ONCE if row else 0),
            )
            for (number,) in numbers:
                note(number)
                after = number
            if numbers:
                self._db.insert("setting", (key, str(after)), "REPLACE")
            else:
                self._db.write("DELETE FROM setting WHERE key = ?", (key,))
        return bool(numbers)

    def _note_anew(self, number: int) -> None:
        """Give a message of an earlier edition what it would get today."""
        entry, content = self._db.select_one(
            "SELECT entry, content FROM body WHERE number = ?", (number,)
        )
        core = core_of(entry)
        if core.kind == pb.KIND_BULLETIN and content is not None:
            opened = bulletin_pb2.Content.FromString(content)
            labels = code_labels_text(opened, core)
            self._db.write(
                "UPDATE body SET facts = ? WHERE number = ?", (labels, number)
            )
        if core.kind == pb.KIND_RECALL and content is not None:
            self._db.write(
                "UPDATE message SET (acknowledge, acknowledge_by) = (?, ?)"
                " WHERE number = ?",
                (*summarize(core, content)[3:], number),
            )
        self.note(number)

    def _index_anew(self, number: int) -> None:
        """Give a message of the second edition its spot, and the index its marks."""
        kind, content = self._db.select_one(
            "SELECT envelope, content FROM message JOIN body USING (number)"
            " WHERE number = ?",
            (number,),
        )
        if content is not None and kind == pb.KIND_BULLETIN:
            self._note_spot(number, bulletin_pb2.Content.FromString(content))
        for each in {number, *self._references.note_labels(number)}:
            self.index(each)

    def note(self, number: int) -> None:
        """Note what stands in the tables of one message now; again is safe."""
        name, acknowledge, by, entry, content = self._db.select_one(
            "SELECT name, acknowledge, acknowledge_by, entry, content FROM message"
            " JOIN body USING (number) WHERE number = ?",
            (number,),
        )
        core = core_of(entry)
        for reference in core.references:
            relation = pb.Relation.Name(reference.relation).split("_", 1)[1]
            self._db.insert("reference", (number, relation, reference.name), "IGNORE")
        self.note_marks(number)
        facts: list[index_facts.Fact] = []
        if content is not None and core.kind == pb.KIND_BULLETIN:
            said = bulletin_pb2.Content.FromString(content)
            facts += index_facts.facts(said)
            self._note_spot(number, said)
        for field, code in facts:
            self._db.insert("fact", (field, code, number), "IGNORE")
        if acknowledge != "NONE":
            for desk in ladder.asked_desks(core):
                self._db.insert("owed", (number, desk, by, 0, core.expires), "IGNORE")
        self._climb(number, name, acknowledge, core)
        self.index(number, facts)

    def note_marks(self, number: int) -> None:
        """Note what a message, and what the author's desk said of it, are by now."""
        self._references.note_gone(number)
        for changed in self._references.note_labels(number):
            self.index(changed)
            self._db.touch(changed)

    def _note_spot(self, number: int, content: bulletin_pb2.Content) -> None:
        if place := index_facts.spot(content):
            self._db.insert("spot", (number, self._place(place)), "REPLACE")

    def _place(self, spot: index_facts.Spot) -> int:
        """Return the number of a place on the ground, a new one where it has none."""
        known = "SELECT id FROM place WHERE (lat, lon, error_m) = (?, ?, ?)"
        if not self._db.select_one(known, spot):
            self._db.write(
                "INSERT INTO place(lat, lon, error_m) VALUES (?, ?, ?)", spot
            )
        return int(self._db.select_one(known, spot)[0])

    def acknowledge(self, number: int, name: bytes) -> None:
        """Take up a receipt of a message."""
        acknowledge, entry = self._db.select_one(
            "SELECT acknowledge, entry FROM message JOIN body USING (number)"
            " WHERE number = ?",
            (number,),
        )
        self._climb(number, name, acknowledge, core_of(entry))

    def _climb(self, number: int, name: bytes, acknowledge: str, core: pb.Core) -> None:
        """Note how far each desk has come, and when the first stilled the alarm."""
        receipts = self._db.select(
            "SELECT author, relation, filed FROM receipt WHERE about = ?", (name,)
        )
        if not receipts:
            return
        desks = ladder.asked_desks(core)
        climbed = ladder.climb(acknowledge, desks, (given[:2] for given in receipts))
        for desk, reached in climbed.reached.items():
            done = reached >= climbed.goal
            self._db.write(
                "DELETE FROM owed WHERE number = ? AND desk = ?"
                if done
                else "UPDATE owed SET reached = ? WHERE number = ? AND desk = ?",
                (number, desk) if done else (int(reached), number, desk),
            )
        least = min(climbed.goal, ladder.Step.ACKNOWLEDGED) or ladder.Step.ACKNOWLEDGED
        times = [
            filed
            for author, relation, filed in receipts
            if ladder.step_of(relation) >= least and _counts(author, desks)
        ]
        if times:
            self._db.write(
                "UPDATE message SET acknowledged = ? WHERE number = ?",
                (min(times), number),
            )

    def index(
        self, number: int, facts: Sequence[index_facts.Fact] | None = None
    ) -> None:
        """Index what stands in the tables of one message now; replaces before.

        `facts` are those of its content, where they were found already.
        """
        name, envelope, subject, content, labels, place, *columns = self._db.select_one(
            "SELECT name, envelope, subject, content, facts, place, kind, precedence,"
            " mode, tlp, lang, direction, desk FROM message JOIN body USING (number)"
            " LEFT JOIN spot USING (number) WHERE number = ?",
            (number,),
        )
        texts = [subject, labels]
        if envelope == pb.KIND_BULLETIN and content is not None:
            said = bulletin_pb2.Content.FromString(content)
            texts += [segment.text for segment in said.segments]
            texts += [form.text for term in said.terms for form in term.forms]
            facts = [*index_facts.facts(said)] if facts is None else facts
        for (rendering,) in self._db.select(
            "SELECT content FROM translation WHERE about = ?", (name,)
        ):
            parsed = bulletin_pb2.Translation.FromString(rendering)
            texts += [segment.text for segment in parsed.segments]
        text = search_text.index_text(texts)
        found = index_terms.of_message(
            index_terms.Header(*columns), facts or (), place or 0
        )
        self._db.write(
            "INSERT OR REPLACE INTO words(rowid, text) VALUES (?, ?)",
            (number, " ".join((text, *found))),
        )
        self._note_terms(text)

    def _note_terms(self, text: str) -> None:
        new = {word for word in text.split() if word not in self._terms}
        for word in filter(search_text.completable, new):
            self._db.insert("term", (word,), "IGNORE")
        if len(self._terms) > _TERMS_KEPT:
            self._terms.clear()
        self._terms |= new


def core_of(entry: bytes) -> pb.Core:
    """Return the header of a stored, verified entry."""
    return pb.Core.FromString(pb.Entry.FromString(entry).core)


def summarize(core: pb.Core, content: bytes | None) -> Values:
    """Return kind code, subject, language, acknowledgement asked and its deadline.

    A recall asks every reader to act, within the goal of its precedence.
    """
    if content is not None and core.kind == pb.KIND_RECALL:
        remark = bulletin_pb2.Remark.FromString(content)
        shown = remark.text.text or remark.reason  # a code, then, in no language
        by = core.filed + _RECALL_WITHIN.get(core.precedence, ROUTINE_GOAL)
        return "", shown, remark.text.lang, "ACTION", min(by, TIME_MAX)
    if content is None or core.kind != pb.KIND_BULLETIN:
        return "", "", "", "NONE", 0
    written = bulletin_pb2.Content.FromString(content)
    asked = written.request
    title = written.subject
    acknowledge = (asked.acknowledge or "NONE", asked.acknowledge_by)
    return written.kind, title.text, title.lang, *acknowledge


def _counts(author: str, desks: tuple[str, ...]) -> bool:
    """Say whether an officer's word stills the alarm: of a desk that is asked."""
    return not desks or author.partition("@")[2] in desks
