"""The part of the page on one mode: actual, exercise or test."""

from collections.abc import Sequence

from exchange.limits import SECOND
from exchange.report import charts
from exchange.report.anomaly_queries import OF_MODE, Oddities
from exchange.report.anomaly_tables import anomalies
from exchange.report.canvas import key, swatch
from exchange.report.charts import Drawing, Range, StackedBar
from exchange.report.derived_tables import GOALS
from exchange.report.html import PARTS
from exchange.report.statistics import OTHERS, Days, Figures, Response
from exchange.report.tables import (
    Column,
    caption,
    desk,
    mode,
    name,
    place,
    precedence,
    relation,
    short_caption,
    table,
)
from exchange.report.words import Words, word
from exchange.v1 import envelope_pb2 as pb

BARS_MAX = 8  # of a chart
MARKS = {
    "circle": word("median"),
    "diamond": word("90th percentile"),
    "worst": word("worst"),
    "goal": word("goal, for acknowledging"),
}
UNITS = {
    "day": word("Bulletins a day"),
    "week": word("Bulletins a week, by the Monday on which it begins"),
    "month": word("Bulletins a month"),
    "year": word("Bulletins a year"),
}


def section(words: Words, ident: str, figures: Figures, oddities: Oddities) -> str:
    """Return a section of the page; `ident` is the prefix of its parts' ids."""
    parts = (
        PARTS.paragraph(_summary(words, figures)),
        _when(words, ident, figures.days),
        _who(words, figures),
        _urgency(words, ident, figures),
        _responses(words, ident, figures),
        _outcomes(words, figures),
        _waiting(words, figures),
        anomalies(words, OF_MODE, oddities, figures.mode),
    )
    made: str = PARTS.section(ident, mode(words, figures.mode), parts)
    return made


def nothing(words: Words, ident: str, value: int) -> str:
    said = PARTS.paragraph(words.say("No messages were sent in this mode."))
    made: str = PARTS.section(ident, mode(words, value), [said], style="short")
    return made


def _summary(words: Words, figures: Figures) -> str:
    sent = figures.totals
    return words.say(
        "{bulletins}; apart from these {translations}, {recalls} and {receipts}.",
        bulletins=words.count("{n} bulletin", "{n} bulletins", sent.bulletins),
        translations=words.count(
            "{n} translation", "{n} translations", sent.translations
        ),
        recalls=words.count("{n} recall", "{n} recalls", sent.recalls),
        receipts=words.count("{n} receipt", "{n} receipts", sent.receipts),
    )


def _node(words: Words, node: str) -> str:
    return name(node) if node != OTHERS else words.say("other nodes")


def _when(words: Words, ident: str, days: Days) -> str:
    title = words.say(UNITS[days.calendar.unit])
    desc = words.say("Columns of the bulletins sent, by the node of their log.")
    drawing = Drawing(f"{ident}-when", title, desc)
    values = [[counts[node] for node in days.nodes] for counts in days.sent]
    said = (_node(words, node) for node in days.nodes)
    parts = (
        charts.columns(words, drawing, days.calendar, values),
        PARTS.legend([(swatch("n", i), node) for i, node in enumerate(said)]),
        _days(words, title, days),
        _undrawn(words, days),
    )
    figure: str = PARTS.figure(title, parts)
    return figure


def _days(words: Words, title: str, days: Days) -> str:
    columns = [
        Column(words.say("Beginning")),
        *(Column(_node(words, node), number=True) for node in days.nodes),
        Column(words.say("Translations and recalls"), number=True),
        Column(words.say("Receipts"), number=True),
    ]
    rows = []
    for start, sent, others, receipts in zip(
        days.calendar.starts, days.sent, days.others, days.receipts, strict=True
    ):
        if receipts or others or sent.total():
            counts = [*(sent[node] for node in days.nodes), others, receipts]
            rows.append([words.day(start), *map(words.number, counts)])
    return table(words, short_caption(title), columns, rows)


def _undrawn(words: Words, days: Days) -> str | None:
    if not days.undrawn:
        return None
    said = words.count(
        "{n} lies outside of this chart: long before, or dated later than the export.",
        "{n} lie outside of this chart: long before, or dated later than the export.",
        days.undrawn,
    )
    more: str = PARTS.paragraph(said, "more")
    return more


def _who(words: Words, figures: Figures) -> str:
    say = words.say
    columns = [
        Column(say("Desk")),
        Column(say("Bulletins"), number=True),
        Column(say("Translations"), number=True),
        Column(say("Recalls"), number=True),
        Column(say("Receipts"), number=True),
        Column(say("First sent")),
        Column(say("Last sent")),
    ]
    rows = (
        [
            desk(words, each.desk),
            words.number(each.bulletins),
            words.number(each.translations),
            words.number(each.recalls),
            words.number(each.receipts),
            words.moment(each.first),
            words.moment(each.last),
        ]
        for each in figures.senders.rows
    )
    title = say("Messages by sender")
    total = figures.senders.total
    shown = table(words, short_caption(title), columns, rows, total)
    block: str = PARTS.block(title, [shown])
    return block


def _urgency(words: Words, ident: str, figures: Figures) -> str | None:
    rows = figures.urgency.rows
    if not rows:
        return None
    title = words.say("Precedence, by node")
    desc = words.say("A bar for each node: its bulletins, divided by precedence.")
    drawing = Drawing(f"{ident}-urgency", title, desc)
    drawn = [StackedBar(each.node, each.counts) for each in rows[:BARS_MAX]]
    labels = [precedence(words, value) for value in GOALS]
    columns = [
        Column(words.say("Node")),
        *(Column(label, number=True) for label in labels),
    ]
    cells = ([name(each.node), *map(words.number, each.counts)] for each in rows)
    parts = (
        charts.bars(words, drawing, drawn),
        PARTS.legend([(swatch("u", i), label) for i, label in enumerate(labels)]),
        table(words, short_caption(title), columns, cells, figures.urgency.total),
    )
    figure: str = PARTS.figure(title, parts)
    return figure


def _responses(words: Words, ident: str, figures: Figures) -> str:
    """Count only desks addressed for action."""
    title = words.say("Response times")
    if not figures.overall:
        return _nothing(title, words.say("No desk that was to act has answered."))
    desc = words.say(
        "For each precedence and receipt: median, nine in ten, worst, and the goal,"
        " on a logarithmic axis of time."
    )
    drawing = Drawing(f"{ident}-responses", title, desc)
    drawn = [_range(words, row) for row in figures.overall]
    legend = [(key(shape), words.say(text)) for shape, text in MARKS.items()]
    everyone = _response_table(words, caption(words.say("All desks")), figures.overall)
    each = caption(words.say("Desk by desk"))
    found = figures.by_desk
    by_desk = _response_table(words, each, found.rows, found.total)
    parts = charts.ranges(words, drawing, drawn), PARTS.legend(legend), everyone
    together: str = PARTS.together([PARTS.figure(title, parts), by_desk])
    return together


def _nothing(title: str, text: str) -> str:
    block: str = PARTS.block(title, [PARTS.paragraph(text)])
    return block


def _range(words: Words, row: Response) -> Range:
    label = f"{precedence(words, row.precedence)} · {relation(words, row.relation)}"
    answered = row.relation == pb.RELATION_ACKNOWLEDGED
    goal = GOALS[row.precedence] // SECOND if answered else None
    return Range(label, row.spread, goal)


def _response_table(
    words: Words, title: str, rows: Sequence[Response], total: int | None = None
) -> str:
    say = words.say
    columns = [
        *([Column(say("Desk"))] if total is not None else []),
        Column(say("Precedence")),
        Column(say("Receipt")),
        Column(say("Answers"), number=True),
        Column(say("Median"), number=True),
        Column(say("90th percentile"), number=True),
        Column(say("Worst"), number=True),
        Column(say("Within goal"), number=True),
    ]
    cells = (
        [
            *([name(each.desk)] if total is not None else []),
            precedence(words, each.precedence),
            relation(words, each.relation),
            words.number(each.answers),
            *map(words.span, each.spread),
            _within(words, each),
        ]
        for each in rows
    )
    return table(words, title, columns, cells, total)


def _within(words: Words, row: Response) -> str:
    if row.relation != pb.RELATION_ACKNOWLEDGED:
        return "–"
    return words.percent(row.within / row.answers)


def _outcomes(words: Words, figures: Figures) -> str | None:
    """Return a table of bulletins to act upon: acknowledged is not done."""
    if not figures.outcomes:
        return None
    say = words.say
    title = say("Acknowledged and done")
    columns = [
        Column(say("Precedence")),
        Column(say("To act"), number=True),
        Column(say("Done"), number=True),
        Column(say("Acknowledged, not done"), number=True),
        Column(say("Cannot comply"), number=True),
        Column(say("Not acknowledged"), number=True),
    ]
    cells = (
        [precedence(words, row.precedence), *map(words.number, row[1:])]
        for row in figures.outcomes
    )
    told = say("Each desk that a bulletin or a recall is addressed to for action.")
    parts = PARTS.paragraph(told), table(words, short_caption(title), columns, cells)
    block: str = PARTS.block(title, parts)
    return block


def _waiting(words: Words, figures: Figures) -> str:
    title = words.say("Not acknowledged")
    if not figures.backlog:
        said = words.say("Every desk that was to act has acknowledged.")
        return _nothing(title, said)
    parts = _backlog(words, figures), _overdue(words, figures)
    block: str = PARTS.block(title, parts)
    return block


def _backlog(words: Words, figures: Figures) -> str:
    say = words.say
    columns = [
        Column(say("Precedence")),
        Column(say("Goal"), number=True),
        Column(say("Waiting"), number=True),
        Column(say("Overdue"), number=True),
    ]
    cells = (
        [
            precedence(words, row.precedence),
            words.span(GOALS[row.precedence] // SECOND),
            words.number(row.waiting),
            words.number(row.overdue),
        ]
        for row in figures.backlog
    )
    return table(words, caption(say("How much waits")), columns, cells)


def _overdue(words: Words, figures: Figures) -> str:
    say = words.say
    columns = [
        Column(say("Message")),
        Column(say("From")),
        Column(say("Waits for")),
        Column(say("Precedence")),
        Column(say("Filed")),
        Column(say("Overdue by")),
        Column(say("So far")),
    ]
    cells = (
        [
            place(each.origin, each.idx),
            desk(words, each.sender),
            name(each.desk),
            precedence(words, each.precedence),
            words.moment(each.filed),
            _late(words, figures.exported - each.due),
            "–" if each.word is None else relation(words, each.word),
        ]
        for each in figures.waiting.rows
    )
    waiting = figures.waiting
    return table(words, caption(say("Waiting messages")), columns, cells, waiting.total)


def _late(words: Words, ms: int) -> str:
    return words.span(ms // SECOND) if ms > 0 else words.say("not yet due")
