"""References between messages, both ways, and what authors say of their own."""

from collections.abc import Collection, Sequence
from functools import reduce
from operator import and_

from msgspec import Struct

from exchange.desk.mailbox.database import MailboxDatabase, Values, placeholders
from exchange.desk.mailbox.records import NOWHERE
from exchange.desk.records import MessageLink
from exchange.errors import Reason, Refusal
from exchange.trust.labels import Handled
from exchange.v1 import envelope_pb2 as pb

UNOPENED = frozenset(
    {
        Reason.KEY_GONE,
        Reason.SEAL,
        Reason.PADDING,
        Reason.BODY,
        Reason.WRAPS,
        Reason.CONTENT,
    }
)
"""Verdicts on an envelope whose header was verified, and whose text did not open."""
TEXTLESS = frozenset({Reason.ERASED, Reason.MISSING})
"""Verdicts on an envelope whose header was verified, and whose text is not here."""
AWAITED = frozenset({Reason.MISSING, Reason.FORMAT})
"""Verdicts on an envelope whose text may be read later."""
BELIEVED = frozenset({"ACCEPTED", *TEXTLESS, *AWAITED, *UNOPENED})
"""Verdicts under which a header counts: whose it is, and what it refers to."""
MARKING = ("RECALLS", "SUPERSEDES", "CORRECTS", "NARROWS")
"""Relations by which an author's desk marks its own message, the strongest first."""


_FROM = " FROM reference r JOIN message m ON m.number = r.number"
_LINKS = f"SELECT m.number, m.name, r.relation, r.about{_FROM}"
MENDING = ("CORRECTS", "SUPERSEDES")
"""Relations that put another message in the place of one."""
THREAD_MESSAGES_MAX = 10_000  # that a filter by thread follows
LEAVING = ("RECALLS", "SUPERSEDES")
"""Relations after which only the message that states them is acknowledged."""
_NOWHERE = ", ".join(f"'{state}'" for state in sorted(NOWHERE))
LOGGED = f"(m.state NOT IN ({_NOWHERE}) OR m.idx IS NOT NULL)"
"""Condition: the message went out; the own node neither refused nor missed it."""
_COUNTS = "m.verdict IN ('" + "', '".join(sorted(BELIEVED)) + "')"
# A forged one may have come before what it is about: so the desk is looked at here.
_OWN = (
    f" JOIN message a ON a.name = r.about WHERE {_COUNTS} AND {LOGGED}"
    " AND a.desk = m.desk AND a.mode = m.mode"
)
_MARKS = _LINKS + _OWN
_STANDS = (
    "NOT EXISTS (SELECT 1 FROM reference g JOIN message b ON b.number = g.number"  # noqa: S608  # constants
    " WHERE g.about = m.name AND g.relation = 'RECALLS' AND b.desk = m.desk"
    f" AND b.mode = m.mode AND {_COUNTS.replace('m.', 'b.')}"
    f" AND {LOGGED.replace('m.', 'b.')})"
)
# One is enough, as `marking` has it: many may say the same of one message.
_LEFT = (
    f"{_MARKS} AND r.relation IN ({placeholders(LEAVING)}) AND r.about = ?"
    f" AND {_STANDS} LIMIT 1"
)
_RANKS = " ".join(
    f"WHEN '{t.removeprefix('TLP_')}' THEN {n}" for t, n in pb.Tlp.items()
)
# Rows of the table `narrowed`: what narrows a message, as `marking` has it.
_NARROWING = (
    f"SELECT r.about, CASE m.tlp {_RANKS} END, m.number{_FROM}{_OWN}"
    # The plus keeps the index of relations out: many may be narrowed.
    f" AND +r.relation = 'NARROWS' AND r.about = ? AND {_STANDS}"
)


class References(Struct, frozen=True):
    """Answers who refers to whom, and what is in force of it."""

    _db: MailboxDatabase

    def referring(self, abouts: Sequence[bytes], limit: int) -> list[MessageLink]:
        """Return what refers to any of these, in order of arrival."""
        return self._links(
            f"{_LINKS} WHERE {_COUNTS} AND r.about IN ({placeholders(abouts)})"
            " ORDER BY m.number, r.relation LIMIT ?",
            (*abouts, limit),
        )

    def list_referred(self, names: Sequence[bytes]) -> list[MessageLink]:
        """Return what these refer to, in order of arrival."""
        return self._links(
            f"{_LINKS} WHERE {_COUNTS} AND m.name IN ({placeholders(names)})"
            " ORDER BY m.number, r.relation, r.about",
            tuple(names),
        )

    def marking(self, abouts: Sequence[bytes]) -> list[MessageLink]:
        """Return what an author's desk said of its own, but what it recalled again."""
        links = self._links(
            f"{_MARKS} AND r.relation IN ({placeholders(MARKING)})"
            f" AND r.about IN ({placeholders(abouts)}) ORDER BY m.number, r.relation",
            (*MARKING, *abouts),
        )
        names = {link.name for link in links}
        recalled = self._links(
            f"{_MARKS} AND r.relation = 'RECALLS'"
            f" AND r.about IN ({placeholders(names)})",
            tuple(names),
        )
        gone = {link.about for link in recalled}
        return [link for link in links if link.name not in gone]

    def handling_of(self, name: bytes) -> Handled:
        """Return how a message is to be handled: as it says, and all that narrows it.

        The label is the most restrictive of all, as is who can read it. Its author's
        desk alone narrows; what narrows may be narrowed too. What it recalled again is
        none, as in `marking`. Raises Refusal(NOT_FOUND).
        """
        found = self.handling_together([name])
        if found is None:
            raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
        return found

    def handling_together(self, names: Collection[bytes]) -> Handled | None:
        """Return how some (hundreds of) messages are to be handled as if they were one.

        As `handling_of` each of them; None where none of them is here.
        """
        known, new = set(names), sorted(names)
        while new:
            marks = self.marking(new)
            narrower = {link.name for link in marks if link.relation == "NARROWS"}
            new = sorted(narrower - known)
            known |= narrower
        rows = self._db.select(
            "SELECT entry FROM message JOIN body USING (number)"  # noqa: S608  # marks
            f" WHERE name IN ({placeholders(known)})",
            tuple(known),
        )
        found = (Handled.of(_core(entry)) for (entry,) in rows)
        return reduce(and_, found) if rows else None

    def successor(self, name: bytes, known: dict[bytes, bytes]) -> bytes:
        """Return the last that stands in the place of a message, else its own name.

        From one to the next, each once: a partner may let them go round. `known` keeps
        what was found, for the next that is asked.
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

    def find_recalled(self) -> set[int]:
        """Return the numbers of what its author's desk has taken back.

        A forged recall may have come before what it is about, so the desk is looked at
        here; a recall of an exercise takes back nothing real.
        """
        rows = self._db.select(
            "SELECT a.number FROM reference r"  # noqa: S608  # constant
            " CROSS JOIN message m ON m.number = r.number"
            " CROSS JOIN message a ON a.name = r.about WHERE r.relation = 'RECALLS'"
            f" AND {LOGGED} AND m.verdict = 'ACCEPTED'"
            " AND a.desk = m.desk AND a.mode = m.mode"
        )
        return {number for (number,) in rows}

    def thread_numbers(self, name: bytes) -> Sequence[int]:
        """Return the numbers of all that is connected with a message, both ways.

        At most THREAD_MESSAGES_MAX: a partner can refer to what it likes.
        """
        rows = self._db.select(
            "WITH RECURSIVE thread(name) AS (SELECT ?"
            " UNION SELECT m.name FROM thread t CROSS JOIN reference r"
            " ON r.about = t.name CROSS JOIN message m ON m.number = r.number"
            " UNION SELECT r.about FROM thread t CROSS JOIN message m"
            " ON m.name = t.name CROSS JOIN reference r ON r.number = m.number LIMIT ?)"
            " SELECT number FROM thread CROSS JOIN message USING (name)",
            (name, THREAD_MESSAGES_MAX),
        )
        return [number for (number,) in rows]

    def note_gone(self, number: int) -> None:
        """Note whether a message is gone, and what it says so of, and what that says.

        For who recalls a replacement brings back the original. Again is safe; whatever
        changes what `marking` says must come here.
        """
        (name,) = self._db.select_one(
            "SELECT name FROM message WHERE number = ?", (number,)
        )
        abouts = self._leaving([name])
        for each in {name, *abouts, *self._leaving(abouts)}:
            gone = bool(self._db.select(_LEFT, (*LEAVING, each)))
            self._db.write(
                "INSERT OR IGNORE INTO gone SELECT number FROM message WHERE name = ?"
                if gone
                else "DELETE FROM gone WHERE number ="
                " (SELECT number FROM message WHERE name = ?)",
                (each,),
            )

    def note_labels(self, number: int) -> list[int]:
        """Give a message, and what it narrows or did, the label in force for a column.

        Returns the numbers of those whose label that changed. Again is safe. Each has
        what narrows it by strictness in a table, since many may narrow one message;
        one whose label stays tells nothing to those that it narrows itself.
        """
        (name,) = self._db.select_one(
            "SELECT name FROM message WHERE number = ?", (number,)
        )
        self._db.write(f"INSERT OR IGNORE INTO narrowed {_NARROWING}", (name,))
        changed = []
        todo = [name, *self._speaking_of([name], ("RECALLS",))]
        names = set(todo)
        while todo:
            each = todo.pop(0)
            found = self._note_label(each)
            changed += found
            if found or each in names:
                names.discard(each)  # once; after that only if its label changes
                for about in self._speaking_of([each], ("NARROWS",)):
                    self._note_narrowing(each, about)
                    todo.append(about)
        return changed

    def _note_narrowing(self, name: bytes, about: bytes) -> None:
        """Note by which label one narrows the other, if it does."""
        self._db.write(
            "DELETE FROM narrowed WHERE about = ? AND number ="
            " (SELECT number FROM message WHERE name = ?)",
            (about, name),
        )
        self._db.write(
            f"INSERT INTO narrowed {_NARROWING} AND m.name = ?", (about, name)
        )

    def _note_label(self, name: bytes) -> list[int]:
        """Return the number of a message that is here, if its label changed."""
        row = self._db.select_one(
            "SELECT number, tlp, entry, (SELECT max(tlp) FROM narrowed WHERE about = ?)"
            " FROM message JOIN body USING (number) WHERE name = ?",
            (name, name),
        )
        if not row:
            return []
        number, before, entry, narrower = row
        strictest = max(_core(entry).tlp, pb.Tlp.ValueType(narrower or 0))
        tlp = pb.Tlp.Name(strictest).removeprefix("TLP_")
        if tlp == before:
            return []
        self._db.write("UPDATE message SET tlp = ? WHERE number = ?", (tlp, number))
        return [int(number)]

    def _leaving(self, names: Sequence[bytes]) -> list[bytes]:
        return self._speaking_of(names, LEAVING)

    def _speaking_of(
        self, names: Sequence[bytes], relations: Sequence[str]
    ) -> list[bytes]:
        """Return what these say something of, whether they count or not."""
        rows = self._db.select(
            "SELECT r.about FROM message m"  # noqa: S608  # marks
            " CROSS JOIN reference r ON r.number = m.number"
            f" WHERE m.name IN ({placeholders(names)})"
            f" AND r.relation IN ({placeholders(relations)})",
            (*names, *relations),
        )
        return [about for (about,) in rows]

    def _links(self, sql: str, values: Values) -> list[MessageLink]:
        return [MessageLink._make(row) for row in self._db.select(sql, values)]


def _core(entry: bytes) -> pb.Core:
    return pb.Core.FromString(pb.Entry.FromString(entry).core)
