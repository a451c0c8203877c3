"""References between messages, both ways, and the marks authors give their own."""

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
"""Verdicts on an envelope with a verified header whose text did not open."""
TEXTLESS = frozenset({Reason.ERASED, Reason.MISSING})
"""Verdicts on an envelope with a verified header whose text is not here."""
AWAITED = frozenset({Reason.MISSING, Reason.FORMAT})
"""Verdicts on an envelope whose text may be read later."""
BELIEVED = frozenset({"ACCEPTED", *TEXTLESS, *AWAITED, *UNOPENED})
"""Verdicts under which the header counts: author and references."""
MARKING = ("RECALLS", "SUPERSEDES", "CORRECTS", "NARROWS")
"""Relations by which an author's desk marks its own message, the strongest first."""


_FROM = " FROM reference r JOIN message m ON m.number = r.number"
_LINKS = f"SELECT m.number, m.name, r.relation, r.about{_FROM}"
MENDING = ("CORRECTS", "SUPERSEDES")
"""Relations that replace a message by another."""
THREAD_MESSAGES_MAX = 10_000  # followed by a thread filter
LEAVING = ("RECALLS", "SUPERSEDES")
"""Relations after which only the newer message is acknowledged."""
_NOWHERE = ", ".join(f"'{state}'" for state in sorted(NOWHERE))
LOGGED = f"(m.state NOT IN ({_NOWHERE}) OR m.idx IS NOT NULL)"
"""Condition: the message was sent; the own node neither refused nor lacks it."""
_COUNTS = "m.verdict IN ('" + "', '".join(sorted(BELIEVED)) + "')"
# A forged one may have come before the message it refers to, so check the desk here.
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
# One is enough, as in `marking`: many may say the same of one message.
_LEFT = (
    f"{_MARKS} AND r.relation IN ({placeholders(LEAVING)}) AND r.about = ?"
    f" AND {_STANDS} LIMIT 1"
)
_RANKS = " ".join(
    f"WHEN '{t.removeprefix('TLP_')}' THEN {n}" for t, n in pb.Tlp.items()
)
# Rows of the table `narrowed`: the narrowings of a message, as in `marking`.
_NARROWING = (
    f"SELECT r.about, CASE m.tlp {_RANKS} END, m.number{_FROM}{_OWN}"
    # The plus keeps the index of relations out: many may be narrowed.
    f" AND +r.relation = 'NARROWS' AND r.about = ? AND {_STANDS}"
)


class References(Struct, frozen=True):
    _db: MailboxDatabase

    def referring(self, abouts: Sequence[bytes], limit: int) -> list[MessageLink]:
        """Return them in order of arrival."""
        return self._links(
            f"{_LINKS} WHERE {_COUNTS} AND r.about IN ({placeholders(abouts)})"
            " ORDER BY m.number, r.relation LIMIT ?",
            (*abouts, limit),
        )

    def list_referred(self, names: Sequence[bytes]) -> list[MessageLink]:
        """Return them in order of arrival."""
        return self._links(
            f"{_LINKS} WHERE {_COUNTS} AND m.name IN ({placeholders(names)})"
            " ORDER BY m.number, r.relation, r.about",
            tuple(names),
        )

    def marking(self, abouts: Sequence[bytes]) -> list[MessageLink]:
        """Return those of the author's own desk, except those it recalled."""
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
        """Return its own label and all that narrow it; Refusal(NOT_FOUND).

        The label is the strictest of all, and so are the readers. Only the author's
        desk narrows; a narrowing may be narrowed too; one recalled again does not
        count, as in `marking`.
        """
        found = self.handling_together([name])
        if found is None:
            raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
        return found

    def handling_together(self, names: Collection[bytes]) -> Handled | None:
        """Return it as `handling_of` each (hundreds); None if none is here."""
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
        """Return the last message that replaces this one, else its own name.

        Follows each link once: a partner may send a cycle. `known` caches results for
        the next call.
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
        """Return those recalled by their author's desk.

        A forged recall may have come before its message, so the desk is checked here; a
        recall in an exercise takes back no real message.
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
        """Return at most THREAD_MESSAGES_MAX: a partner can refer to any number."""
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
        """Update the message, its targets, and their targets.

        Recalling a replacement brings back the original. Idempotent; every change to
        the result of `marking` must call this.
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
        """Return the numbers of changed rows, also of messages it narrows or narrowed.

        Idempotent. If a label does not change, the messages it narrows are not visited.
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
        self._db.write(
            "DELETE FROM narrowed WHERE about = ? AND number ="
            " (SELECT number FROM message WHERE name = ?)",
            (about, name),
        )
        self._db.write(
            f"INSERT INTO narrowed {_NARROWING} AND m.name = ?", (about, name)
        )

    def _note_label(self, name: bytes) -> list[int]:
        """Return its number if it is here and its label changed."""
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
        """Return the targets of references, whether they count or not."""
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
