"""Statistics of one mode at a time: no figure mixes exercise with actual.

Every answer is bounded: rows beyond a limit are counted, not returned. Times are the
signers' own (`filed`, ms UTC); durations are in s.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from exchange.limits import DAY, FILED_AHEAD_MAX, REPORT_ROWS_MAX
from exchange.report.calendar import Calendar, calendar
from exchange.report.derived_tables import CODES, GOALS
from exchange.v1 import envelope_pb2 as pb

SENT = (pb.KIND_BULLETIN, pb.KIND_TRANSLATION, pb.KIND_RECALL)
MODES = (pb.MODE_ACTUAL, pb.MODE_EXERCISE, pb.MODE_TEST)
NODES_DRAWN = 5  # the busiest; all others are drawn as one
OTHERS = ""  # the name of all others

_Row = TypeVar("_Row")


class Some(Struct, Generic[_Row], frozen=True):
    """The first rows of `total`."""

    rows: list[_Row]
    total: int

    @classmethod
    def of(cls, rows: Iterator[_Row], most: int = REPORT_ROWS_MAX) -> "Some[_Row]":
        kept = list(islice(rows, most))
        return cls(kept, len(kept) + sum(1 for _ in rows))


class Spread(NamedTuple):
    """Durations in s; `ninety` is the ninth decile."""

    median: int
    ninety: int
    worst: int


def spread(count: int, ranked: Callable[[int], int]) -> Spread:
    """`ranked(0)` is the smallest."""
    median, ninety = (max(-(-count * percent // 100), 1) - 1 for percent in (50, 90))
    return Spread(ranked(median), ranked(ninety), ranked(max(count, 1) - 1))


class Days(Struct, frozen=True):
    """Bulletins in each span of a calendar, by the busiest nodes and OTHERS.

    `nodes` are in the order of their names. `others` are translations and recalls, of
    all nodes. `undrawn` messages and receipts are outside the chart: before the first
    span, or later than the export itself.
    """

    calendar: Calendar
    nodes: tuple[str, ...]
    sent: list[Counter[str]]
    others: list[int]
    receipts: list[int]
    undrawn: int


class Sender(NamedTuple):
    """First and last are in ms."""

    desk: str
    bulletins: int
    translations: int
    recalls: int
    receipts: int
    first: int
    last: int


class Urgency(NamedTuple):
    """Bulletins of one node by precedence."""

    node: str
    counts: tuple[int, ...]


class Response(NamedTuple):
    """The time until a receipt of a relation; desk "" is all desks.

    `within` of the `answers` came within the goal of their precedence.
    """

    desk: str
    precedence: int
    relation: int
    answers: int
    spread: Spread
    within: int


class WaitingMessage(NamedTuple):
    """A message that a desk should have acknowledged by `due` (ms).

    `word` is the last relation that the desk did send, OPENED or UNOPENABLE.
    """

    origin: str
    idx: int
    sender: str
    desk: str
    precedence: int
    filed: int
    due: int
    word: int | None


class Backlog(NamedTuple):
    """The pending messages of one precedence, and the overdue ones among them."""

    precedence: int
    waiting: int
    overdue: int


class ActionOutcome(NamedTuple):
    """Counts of bulletins of one precedence to act upon: acknowledged, done, ...

    Each addressed desk counts; one that has completed counts as done only.
    """

    precedence: int
    asked: int
    done: int
    acknowledged: int
    """Acknowledged, but neither done nor declined."""
    declined: int
    waiting: int


class Totals(NamedTuple):
    bulletins: int
    translations: int
    recalls: int
    receipts: int


class Figures(Struct, frozen=True):
    """The statistics of one mode up to the export (ms)."""

    mode: int
    exported: int
    totals: Totals
    days: Days
    senders: Some[Sender]
    urgency: Some[Urgency]
    overall: list[Response]
    by_desk: Some[Response]
    outcomes: list[ActionOutcome]
    backlog: list[Backlog]
    waiting: Some[WaitingMessage]


def figures(db: sqlite3.Connection, mode: int, exported: int) -> Figures | None:
    """Return None if it has no messages; `exported` is in ms."""
    counted = Counted.of(db, mode, exported)
    days = counted.days()
    if days is None:
        return None
    return Figures(
        mode,
        exported,
        counted.totals(),
        days,
        Some.of(counted.senders()),
        Some.of(counted.urgency()),
        list(counted.overall()),
        Some.of(counted.by_desk()),
        list(counted.outcomes()),
        list(counted.backlog()),
        Some.of(counted.waiting()),
    )


class Counted(Struct, frozen=True):
    db: sqlite3.Connection
    values: Mapping[str, int]

    @classmethod
    def of(cls, db: sqlite3.Connection, mode: int, exported: int) -> "Counted":
        return cls(db, {**CODES, "mode": mode, "now": exported})

    def _ask(self, sql: str, **more: int | str) -> sqlite3.Cursor:
        return self.db.execute(sql, {**self.values, **more})

    def totals(self) -> Totals:
        row = self._ask(
            "SELECT SUM(kind = :bulletin), SUM(kind = :translation),"
            " SUM(kind = :recall), SUM(kind = :receipt) FROM message"
            " WHERE mode = :mode AND kind NOT IN (:directory, :head)"
        ).fetchone()
        return Totals._make(row)

    def days(self) -> Days | None:
        """Count by span and node; None if there are no messages.

        1. The spans cover the first message to the last, but not beyond the export.
        2. The busiest nodes are named.
        3. Each day's counts go to their span.
        """
        # 1
        last = self.values["now"] + FILED_AHEAD_MAX
        (first, end, total) = self._ask(
            "SELECT COALESCE(MIN(CASE WHEN filed <= :last THEN filed END), :now),"
            " COALESCE(MAX(CASE WHEN filed <= :last THEN filed END), :now), COUNT(*)"
            " FROM message WHERE mode = :mode AND kind NOT IN (:directory, :head)",
            last=last,
        ).fetchone()
        if not total:
            return None
        spans = calendar(first, end)
        # 2
        nodes = self._busiest()
        found = Days(spans, nodes, [Counter() for _ in spans.starts], [], [], total)
        # 3
        return self._fill(found, last)

    def _busiest(self) -> tuple[str, ...]:
        rows = self._ask(
            "SELECT l.node FROM message m JOIN log l ON l.number = m.log"
            " WHERE m.mode = :mode AND m.kind NOT IN (:directory, :head)"
            " GROUP BY l.node ORDER BY SUM(m.kind = :bulletin) DESC, l.node"
        )
        nodes = [node for (node,) in islice(rows, NODES_DRAWN + 2)]
        if len(nodes) <= NODES_DRAWN + 1:
            return tuple(sorted(nodes))
        return (*sorted(nodes[:NODES_DRAWN]), OTHERS)

    def _fill(self, days: Days, last: int) -> Days:
        receipts = [0] * len(days.calendar.starts)
        others = [0] * len(days.calendar.starts)
        drawn = 0
        for day, node, sent, more, answers in self._ask(
            "SELECT m.filed / :day, l.node, SUM(m.kind = :bulletin),"
            " SUM(m.kind IN (:translation, :recall)), SUM(m.kind = :receipt)"
            " FROM message m JOIN log l ON l.number = m.log"
            " WHERE m.mode = :mode AND m.kind NOT IN (:directory, :head)"
            " AND m.filed <= :last GROUP BY 1, 2",
            day=DAY,
            last=last,
        ):
            place = days.calendar.place(day * DAY)
            if place is not None:
                drawn += sent + more + answers
                others[place] += more
                receipts[place] += answers
                name = node if node in days.nodes else OTHERS
                days.sent[place][name] += sent
        undrawn = days.undrawn - drawn
        return Days(days.calendar, days.nodes, days.sent, others, receipts, undrawn)

    def senders(self) -> Iterator[Sender]:
        """Yield the busiest first; "" for signers without a statement."""
        rows = self._ask(
            "SELECT COALESCE(s.desk, ''), SUM(m.kind = :bulletin),"
            " SUM(m.kind = :translation), SUM(m.kind = :recall),"
            " SUM(m.kind = :receipt), MIN(m.filed), MAX(m.filed)"
            " FROM message m JOIN signer s ON s.number = m.signer"
            " WHERE m.mode = :mode AND m.kind NOT IN (:directory, :head)"
            " GROUP BY 1 ORDER BY COUNT(*) DESC, 1"
        )
        return (Sender(*row) for row in rows)

    def urgency(self) -> Iterator[Urgency]:
        """Yield the busiest first."""
        rows = self._ask(
            "SELECT l.node, SUM(m.precedence = 1), SUM(m.precedence = 2),"
            " SUM(m.precedence = 3), SUM(m.precedence = 4)"
            " FROM message m JOIN log l ON l.number = m.log WHERE m.mode = :mode"
            " AND m.kind = :bulletin"
            " GROUP BY 1 ORDER BY COUNT(*) DESC, 1"
        )
        return (Urgency(node, tuple(counts)) for node, *counts in rows)

    def overall(self) -> Iterator[Response]:
        for precedence, relation, count in self._ask(
            "SELECT precedence, relation, COUNT(*) FROM answer WHERE mode = :mode"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall():
            yield self._response("", precedence, relation, count)

    def by_desk(self) -> Iterator[Response]:
        for desk, precedence, relation, count in self._ask(
            "SELECT desk, precedence, relation, COUNT(*) FROM answer"
            " WHERE mode = :mode GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall():
            yield self._response(desk, precedence, relation, count)

    def _response(
        self, desk: str, precedence: int, relation: int, count: int
    ) -> Response:
        def ask(sql: str, **more: int) -> int:
            where = (
                " FROM answer WHERE mode = :mode AND precedence = :precedence"
                " AND relation = :relation" + (" AND desk = :desk" if desk else "")
            )
            given = {"precedence": precedence, "relation": relation} | more
            found = self._ask(sql.replace(" FROM", where), desk=desk, **given)
            return int(found.fetchone()[0])

        def ranked(rank: int) -> int:
            return ask("SELECT took FROM ORDER BY took LIMIT 1 OFFSET :rank", rank=rank)

        goal = GOALS[precedence] // 1_000
        within = ask("SELECT COUNT(*) FROM AND took <= :goal", goal=goal)
        taken = spread(count, ranked)
        return Response(desk, precedence, relation, count, taken, within)

    def outcomes(self) -> Iterator[ActionOutcome]:
        said = (
            "EXISTS (SELECT 1 FROM word w WHERE w.message = m.number"
            " AND w.desk = a.desk AND w.relation = :{})"
        )
        rows = self._ask(
            "SELECT precedence, COUNT(*), SUM(done),"  # noqa: S608  # constants
            " SUM(acknowledged AND NOT (done OR declined)),"
            " SUM(declined AND NOT done),"
            " SUM(NOT (done OR declined OR acknowledged)) FROM"
            f" (SELECT m.precedence AS precedence, {said.format('completed')} AS done,"
            f" {said.format('cannot_comply')} AS declined,"
            f" {said.format('acknowledged')} AS acknowledged"
            " FROM message m JOIN addressed a ON a.message = m.number"
            " AND a.class = :action WHERE m.mode = :mode"
            " AND m.kind IN (:bulletin, :recall) AND m.precedence BETWEEN 1 AND 4"
            " AND NOT EXISTS (SELECT 1 FROM recalled WHERE message = m.number))"
            " GROUP BY 1 ORDER BY 1"
        )
        return (ActionOutcome(*row) for row in rows)

    def backlog(self) -> Iterator[Backlog]:
        rows = self._ask(
            "SELECT precedence, COUNT(*), SUM(due < :now) FROM waiting"
            " WHERE mode = :mode GROUP BY 1 ORDER BY 1"
        )
        return (Backlog(*row) for row in rows)

    def waiting(self) -> Iterator[WaitingMessage]:
        """Yield the most urgent first, then the longest due."""
        rows = self._ask(
            "SELECT l.origin, m.idx, COALESCE(s.desk, ''), w.desk, w.precedence,"
            " w.filed, w.due, (SELECT MAX(relation) FROM word WHERE"
            " word.message = w.message AND word.desk = w.desk)"
            " FROM waiting w JOIN message m ON m.number = w.message"
            " JOIN log l ON l.number = m.log JOIN signer s ON s.number = m.signer"
            " WHERE w.mode = :mode ORDER BY w.precedence, w.due, w.message, w.desk"
        )
        return (WaitingMessage(*row) for row in rows)
