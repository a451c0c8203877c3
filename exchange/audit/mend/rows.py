"""What is derived of each entry of one log, and its wraps and body."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from exchange import envelope
from exchange.audit.database import erased_texts as erased
from exchange.audit.judge.keys import LogKeys
from exchange.audit.mend import entries
from exchange.audit.mend.guess import guessed
from exchange.audit.mend.judging import Below, Judging
from exchange.audit.mend.rebuilt import Rebuilt
from exchange.audit.mend.sink import Mended, Sink
from exchange.audit.mend.sources import Sources
from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.limits import WRAP_SIZE
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawEntry, RawLog
from exchange.store.repair import Change
from exchange.store.sums import Value, row_sum
from exchange.store.values import HELD, LACKING
from exchange.trust import names, rules
from exchange.v1 import envelope_pb2 as pb

Payload = tuple[bytes, bytes]
"""Wraps, end to end, and body."""


@dataclass(frozen=True, slots=True)
class _At:
    """One entry: as it stands, whether it stands, and what it is judged to be."""

    row: RawEntry
    stands: bool
    verdict: rules.Accepted | rules.Refused
    columns: entries.Columns

    @property
    def index(self) -> int:
        return int(str(self.row.index))


@dataclass(slots=True)
class _Below(Below):
    """What stands below as ACCEPTED, and what will once this run has mended it."""

    names: set[bytes] = field(default_factory=set)
    ids: set[bytes] = field(default_factory=set)

    def knows_id(self, id_: bytes) -> bool:
        """Whether an entry below has this id."""
        return id_ in self.ids or Below.knows_id(self, id_)

    def knows_name(self, name: bytes) -> bool:
        """Whether an entry below has this name."""
        return name in self.names or Below.knows_name(self, name)


@dataclass(frozen=True, slots=True)
class Home:
    """Whose database it is, and what time it is there (ms UTC).

    `late`, once the logs that a receipt may speak of were mended.
    """

    node: str
    now: int
    late: bool = True


class Entries:
    """Mends the rows of one log whose tree was mended before."""

    def __init__(  # noqa: PLR0913, PLR0917  what the tree was made of, and it
        self,
        raw: Raw,
        row: RawLog,
        home: Home,
        keys: LogKeys,
        found: Rebuilt,
        sources: Sources,
        sink: Sink,
        before: Judging | None = None,
    ) -> None:
        self.origin, self._log = str(row.origin), row.number
        self._raw, self._home, self._found = raw, home, found
        self._sources, self._sink = sources, sink
        self._rule = erased.rule_of(raw, row.number, home.node, keys, home.now)
        self._below = _Below(raw, row.number)
        self.judging = Judging(self.origin, keys, self._below, before)
        self.judging.end = Head(self.origin, found.size, found.root)
        self._sure = True  # that nothing is missing below, so that verdicts hold

    def run(self) -> None:
        """Mend each row in order; see `_mend`."""
        for index, row in self._rows():
            given = self._found.missing.get(index)
            if index in self._found.unknown or (row is None and given is None):
                self._sure = False
            elif row is None and given is not None:
                fresh = self._fresh(index, given[0].entry)
                self._mend(self._judged(fresh, stands=False))
            elif row is not None:
                self._mend(self._judged(row, stands=True))
        if self._found.whole:
            self._drop_orphans()
        self._sink.flush()

    def _rows(self) -> Iterator[tuple[int, RawEntry | None]]:
        """Yield each index below the end, and the row that stands there."""
        rows = (r for r in self._raw.entries(self._log) if isinstance(r.index, int))
        ahead = next(rows, None)
        for index in range(self._found.size):
            while ahead is not None and int(str(ahead.index)) < index:
                ahead = next(rows, None)
            stands = ahead is not None and ahead.index == index
            yield index, ahead if stands else None

    def _fresh(self, index: int, entry: bytes) -> RawEntry:
        """Return the row of an entry that is not here, with what is of its payload."""
        text = self._raw.payload(self._log, index)
        return RawEntry(index, entry, None, None, None, None, None, *text)

    def _judged(self, row: RawEntry, *, stands: bool) -> _At:
        accepted = stands and row.reason == ""
        entry = row.entry if isinstance(row.entry, bytes) else b""
        verdict = self.judging.judge(int(str(row.index)), entry, accepted=accepted)
        columns = entries.expected(entry, verdict, self._raw.desks)
        held = row.name, row.id, row.reason
        accepts = isinstance(verdict, rules.Accepted)
        if accepts and held != (columns.name, columns.id, ""):
            self._below.names.add(columns.name)
            self._below.ids.add(columns.id)
        return _At(row, stands, verdict, columns)

    def _mend(self, at: _At) -> None:
        """Mend one row.

        1. Where an entry below is unknown, no verdict is changed for another.
        2. An entry that was not there is put there, as a whole.
        3. Else each column that is another.
        4. Wraps and body.
        """
        # 1
        if not self._sure and (not at.stands or at.row.reason != at.columns.reason):
            return
        # 2
        if not at.stands:
            self._put(at)
        # 3
        for name, value in self._wrong(at) if at.stands else ():
            key = {"log": self._log, "index": at.index}
            held: Value = getattr(at.row, name)
            change = Change("entry", key | {name: held}, {name: value})
            self._sink.put(change, Mended(self.origin, at.index, f"entry.{name}"))
        # 4
        try:
            node = self._home.node
            entries.payload(self._log, at.row, at.verdict, node, self._rule)
        except Refusal as refusal:
            self._payload(at, refusal.where)

    def _put(self, at: _At) -> None:
        """Put an entry where none stands."""
        columns = at.columns
        row: dict[str, Value] = {
            "log": self._log,
            "index": at.index,
            "entry": at.row.entry,
            "name": columns.name,
            "id": columns.id,
            "kind": int(columns.kind),
            "desks": self._desks(at),
            "reason": str(columns.reason),
        }
        _, by = self._found.missing[at.index]
        mended = Mended(self.origin, at.index, "entry.entry", by)
        self._sink.put(Change("entry", None, row), mended)

    def _wrong(self, at: _At) -> Iterator[tuple[str, Value]]:
        """Yield the columns that say something else, and what they should."""
        columns, row = at.columns, at.row
        right: dict[str, Value] = {
            "name": columns.name,
            "id": columns.id,
            "kind": int(columns.kind),
            "reason": str(columns.reason),
        }
        for name, value in right.items():
            if getattr(row, name) != value:
                yield name, value
        if row.desks not in columns.desks and (self._home.late or not _spoken(at)):
            yield "desks", self._desks(at)

    def _desks(self, at: _At) -> str:
        """Return who may read an entry.

        A receipt is for every desk if what it speaks of came later. As long as that
        may only be lost, it is for its author's.
        """
        named = at.columns.desks[-1]
        if isinstance(at.verdict, rules.Refused):
            return named
        if named == entries.EVERY_DESK and not self._home.late:
            return names.desk_of(at.verdict.author.subject)
        if len(at.columns.desks) == 1:
            return named
        told = self._raw.told(self._log, at.index)
        for reference in at.verdict.core.references:
            subject = self._raw.told_by_name(reference.name)
            if isinstance(told, int) and isinstance(subject, int) and told < subject:
                return entries.EVERY_DESK
        return named

    # Wraps and body.

    def _payload(self, at: _At, what: str) -> None:
        """Put wraps and body that are those signed, or take away what is not.

        A row that only says why there are none says it again.
        """
        if self._state(at):
            return
        key = {"log": self._log, "index": at.index}
        gone = Change("payload", key, None)
        try:
            (wraps, body), by = self._signed(at)
        except Refusal:
            if not self._due(at):
                self._sink.put(gone, Mended(self.origin, at.index, "payload"))
            return
        self._sink.put(gone, None)
        row: dict[str, Value] = key | {"wraps": wraps, "body": body}
        row |= {"state": HELD, "reason": "", "at": 0, "sum": 0}
        mended = Mended(self.origin, at.index, what, by)
        self._sink.put(Change("payload", None, row), mended)

    def _state(self, at: _At) -> bool:
        """Mend a row that says why a text is not here; whether it is one.

        What has its sum; or else the text is LOST, and asked for until it comes. A row
        that holds the text which was signed, or damaged bytes of one, is none.
        """
        row = at.row
        key: dict[str, Value] = {"log": self._log, "index": at.index}
        stands: dict[str, Value] = {"state": row.state, "reason": row.why, "at": row.at}
        if row.wraps is None or not self._due(at) or self._sound(at):
            return False
        lost: dict[str, Value] = {"state": LACKING, "reason": "LOST", "at": 0}
        options = list(guessed({**key, **stands, "sum": row.sum}))
        if row.state != HELD or not (row.wraps or row.body):
            options.append({**key, **lost})
        for right in options:
            state, why, since = right["state"], right["reason"], right["at"]
            total = row_sum(self._log, at.index, state, why, since)
            said = {"state": state, "why": why, "at": since, "sum": total}
            mended = replace(row, wraps=b"", body=b"", **said)
            try:
                node = self._home.node
                entries.payload(self._log, mended, at.verdict, node, self._rule)
            except Refusal:
                continue
            now = {**key, "wraps": b"", "body": b"", **right, "sum": total}
            told = Mended(self.origin, at.index, "payload")
            self._sink.put(Change("payload", key, None), None)
            self._sink.put(Change("payload", None, now), told)
            return True
        return False

    def _sound(self, at: _At) -> bool:
        """Whether the text that stands there is the one that was signed."""
        row = replace(at.row, state=HELD, why="", at=0, sum=0)
        try:
            node = self._home.node
            state = entries.payload(self._log, row, at.verdict, node, self._rule)
        except Refusal:
            return False
        return state == HELD

    def _due(self, at: _At) -> bool:
        """Whether this node must hold wraps and body."""
        if isinstance(at.verdict, rules.Refused):
            return False
        core = at.verdict.core
        nodes = {names.node_of(recipient.desk) for recipient in core.recipients}
        return self._home.node in nodes and not self._rule.gone(core)

    def _signed(self, at: _At) -> tuple[Payload, str]:
        """Return wraps and body that were signed, and whose they are.

        They may stand here, also under another place. Raises Refusal(MISSING).
        """
        verdict = at.verdict
        if isinstance(verdict, rules.Refused) or not verdict.core.recipients:
            raise Refusal(Reason.MISSING)

        def check(sent: pb.Envelope) -> Payload:
            if not sent.wraps and not sent.body:
                raise Refusal(Reason.NOT_FOUND)
            envelope.check_payload(verdict.parsed, tuple(sent.wraps), sent.body)
            return b"".join(sent.wraps), sent.body

        own = (at.row.wraps, at.row.body)
        elsewhere = (row[2:] for row in self._raw.orphans())
        for wraps, body in chain([own], elsewhere):
            if isinstance(wraps, bytes) and isinstance(body, bytes):
                cut = range(0, len(wraps), WRAP_SIZE)
                held = pb.Envelope(
                    wraps=[wraps[place : place + WRAP_SIZE] for place in cut], body=body
                )
                try:
                    return check(held), ""
                except Refusal:
                    continue
        return self._sources.entry(self.origin, at.index, check)

    def _drop_orphans(self) -> None:
        """Take away wraps and bodies of this log that are of no entry."""
        for log, index, _, _ in self._raw.orphans():
            missing = index in self._found.missing or index in self._found.unknown
            if log == self._log and not missing:
                key = {"log": log, "index": index}
                self._sink.put(
                    Change("payload", key, None), Mended(self.origin, None, "payload")
                )


def _spoken(at: _At) -> bool:
    """Whether what it speaks of says who may read it."""
    if isinstance(at.verdict, rules.Refused):
        return False
    core = at.verdict.core
    return core.kind == pb.KIND_RECEIPT and not core.recipients
