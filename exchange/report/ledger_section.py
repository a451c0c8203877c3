"""The part of the page on the logs: their faults and their cosigners."""

from exchange.limits import REPORT_ROWS_MAX
from exchange.report import charts
from exchange.report.anomaly_queries import OF_LEDGER, Oddities
from exchange.report.anomaly_tables import anomalies
from exchange.report.canvas import swatch
from exchange.report.charts import Drawing
from exchange.report.cosigning import CosignerWaits, Cosigning
from exchange.report.html import PARTS
from exchange.report.tables import Column, name, place, short_caption, table
from exchange.report.words import Words

STRIPS_MAX = 12  # of a chart


def section(words: Words, ident: str, cosigning: Cosigning, oddities: Oddities) -> str:
    parts = anomalies(words, OF_LEDGER, oddities), _cosigning(words, ident, cosigning)
    made: str = PARTS.section(ident, words.say("The ledger"), parts)
    return made


def _cosigning(words: Words, ident: str, cosigning: Cosigning) -> str:
    title = words.say("Cosignatures")
    desc = words.say(
        "A strip for each log and cosigner: in each span of time, how long the heads"
        " of the log waited at worst."
    )
    rows = [row for row in cosigning.cosigners.rows if row.by]
    drawing = Drawing(f"{ident}-strips", title, desc)
    legend = (
        *((swatch("w", i), text) for i, text in charts.levels(words)),
        (swatch("none", 0), words.say("no head")),
    )
    strips = (
        charts.strips(words, drawing, cosigning.calendar, rows[:STRIPS_MAX]),
        PARTS.legend(legend),
    )
    shown = _table(words, title, cosigning)
    figure: str = PARTS.figure(title, [*strips, shown] if rows else [shown])
    return figure


def _table(words: Words, title: str, cosigning: Cosigning) -> str:
    say = words.say
    columns = [
        Column(say("Log and cosigner")),
        Column(say("Entries"), number=True),
        Column(say("Covered"), number=True),
        Column(say("Last signed")),
        Column(say("Age"), number=True),
        Column(say("Median wait"), number=True),
        Column(say("90th percentile"), number=True),
        Column(say("Worst"), number=True),
    ]
    rows = cosigning.cosigners.rows[:REPORT_ROWS_MAX]
    cells = [_cells(words, row) for row in rows]
    total = cosigning.cosigners.total
    return table(words, short_caption(title), columns, cells, total)


def _cells(words: Words, row: CosignerWaits) -> list[str]:
    size = words.number(row.size)
    if not row.by:
        return [
            PARTS.lines(place(row.origin), words.say("no cosigner")),
            size,
            *["–"] * 6,
        ]
    return [
        PARTS.lines(place(row.origin), name(row.by)),
        size,
        words.number(row.covered),
        words.moment(row.newest * 1_000),
        words.span(row.age),
        *map(words.span, row.spread),
    ]
