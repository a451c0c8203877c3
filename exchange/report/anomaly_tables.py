"""The tables of anomalies: a count of each sort, then each sort itself."""

from collections.abc import Sequence
from typing import NamedTuple

from exchange.errors import TEXTS, Reason
from exchange.report import anomaly_queries
from exchange.report.anomaly_queries import Oddities, Oddity, Sort
from exchange.report.cosigning import STALE
from exchange.report.html import PARTS, join_parts
from exchange.report.statistics import Some
from exchange.report.tables import Column, name, place, short_caption, table
from exchange.report.words import Words, word


class Told(NamedTuple):
    """The texts of a sort: its title, its meaning, and column titles by field."""

    title: str
    means: str
    columns: dict[str, str]


TOLD = {
    Sort.FORK: Told(
        word("Forked logs"),
        word("The log signed two histories that exclude each other."),
        {"place": word("Log"), "at": word("Proof since")},
    ),
    Sort.FAULT: Told(
        word("Not as it was signed"),
        word("Changed, damaged or missing, as the verification found."),
        {"place": word("Entry"), "reason": word("Reason"), "detail": word("Position")},
    ),
    Sort.REFUSED: Told(
        word("Refused entries"),
        word(
            "Rejected by every member: they remain in the log, reach no desk and are"
            " excluded from all figures."
        ),
        {"place": word("Entry"), "reason": word("Reason")},
    ),
    Sort.TOLD: Told(
        word("Refused by a partner"),
        word("A partner's answer to an entry sent to it, according to the export."),
        {
            "place": word("Entry"),
            "who": word("Partner"),
            "reason": word("Reason"),
            "at": word("When"),
        },
    ),
    Sort.REVOKED: Told(
        word("Revocations"),
        word("Keys and certificates that their own nation has withdrawn."),
        {"place": word("Entry"), "who": word("Owner"), "at": word("Compromised since")},
    ),
    Sort.STALE: Told(
        word("Missing or old cosignatures"),
        word("Logs that no partner signed within {time} of the export, or not whole."),
        {
            "place": word("Log"),
            "who": word("Cosigner"),
            "at": word("Last signed"),
            "span": word("Age"),
            "entries": word("Entries not covered"),
        },
    ),
    Sort.GAP: Told(
        word("Gaps in cosigning"),
        word("Times in which entries waited for more than {time} to be cosigned."),
        {
            "place": word("Log"),
            "who": word("Cosigner"),
            "at": word("Began"),
            "span": word("Lasted"),
        },
    ),
    Sort.SINCE_REVOKED: Told(
        word("Signers since revoked"),
        word(
            "Accepted entries signed with a key that was revoked later, and not"
            " proven older than its compromise."
        ),
        {"place": word("Entry"), "who": word("Signer"), "at": word("Filed")},
    ),
    Sort.COUNTERSIGNATURE: Told(
        word("Countersignatures missing"),
        word("Released by one officer in an emergency; not countersigned."),
        {
            "place": word("Message"),
            "who": word("Author"),
            "at": word("Filed"),
            "span": word("Age"),
        },
    ),
    Sort.CANNOT_COMPLY: Told(
        word("Cannot comply"),
        word("An addressed desk answered that it cannot comply."),
        {
            "place": word("Message"),
            "who": word("Desk"),
            "at": word("Said at"),
            "span": word("After filing"),
        },
    ),
    Sort.UNOPENABLE: Told(
        word("Could not be opened"),
        word("An addressed desk said so; that is its claim."),
        {
            "place": word("Message"),
            "who": word("Desk"),
            "at": word("Said at"),
            "span": word("After filing"),
        },
    ),
    Sort.RECEIPT: Told(
        word("Receipts without effect"),
        word("Their desk was not asked for them in this mode."),
        {
            "place": word("Entry"),
            "who": word("Desk"),
            "detail": word("Why"),
            "at": word("Filed"),
        },
    ),
    Sort.CLOCK: Told(
        word("Clocks that differ"),
        word("Messages with contradictory times."),
        {
            "place": word("Message"),
            "who": word("Desk"),
            "detail": word("Fault"),
            "at": word("Filed"),
            "span": word("Difference"),
        },
    ),
}
DETAILS = {
    anomaly_queries.UNKNOWN: word("the message is not in this export"),
    anomaly_queries.OTHER_MODE: word("the message is of another mode"),
    anomaly_queries.NOT_ASKED: word("the desk was not addressed"),
    anomaly_queries.BEFORE: word("answered before it was filed"),
    anomaly_queries.AHEAD: word("filed after the export"),
}
NUMBERS = frozenset({"span", "entries"})


def anomalies(
    words: Words, sorts: Sequence[Sort], oddities: Oddities, mode: int = 0
) -> str:
    some = {sort: oddities.some(sort, mode) for sort in sorts}
    title = words.say("Anomalies")
    columns = [Column(words.say("Type")), Column(words.say("Number"), number=True)]
    counts = (
        [words.say(TOLD[sort].title), words.number(each.total)]
        for sort, each in some.items()
    )
    each_sort = (_one(words, sort, each) for sort, each in some.items() if each.rows)
    parts = [table(words, short_caption(title), columns, counts), *each_sort]
    block: str = PARTS.block(title, parts)
    return block


def _one(words: Words, sort: Sort, some: Some[Oddity]) -> str:
    text = TOLD[sort]
    columns = [
        Column(words.say(title), number=field in NUMBERS)
        for field, title in text.columns.items()
    ]
    rows = ([_cell(words, field, row) for field in text.columns] for row in some.rows)
    title = words.say(text.title)
    means = PARTS.paragraph(words.say(text.means, time=words.span(STALE)))
    parts = [means, table(words, short_caption(title), columns, rows, some.total)]
    block: str = PARTS.block(title, parts, level=4)
    return block


def _cell(words: Words, field: str, row: Oddity) -> str:
    if field == "place":
        return place(row.origin, row.idx)
    if field == "who":
        return name(row.who) if row.who else "–"
    if field == "reason":
        return _reason(words, row)
    if field == "detail":
        known = DETAILS.get(row.detail)
        return words.say(known) if known else name(row.detail)
    return _number(words, field, row)


def _number(words: Words, field: str, row: Oddity) -> str:
    if field == "entries":
        return words.number(row.entries)
    if not row.at:
        return "–"
    return words.moment(row.at) if field == "at" else words.span(row.span)


def _reason(words: Words, row: Oddity) -> str:
    text = words.say(TEXTS[Reason(row.reason)])
    return join_parts(text, " ", PARTS.code(row.reason))
