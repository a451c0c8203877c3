"""Rows of the list as they are shown: in words, with open answers."""

from array import array
from collections.abc import Mapping, Sequence

from exchange.desk.incoming.threads import find_standings, open_desks
from exchange.desk.mailbox import FOUND_MAX, Filter, Mailbox
from exchange.desk.mailbox.references import TEXTLESS
from exchange.desk.records import Matches, Row
from exchange.desk.remarks import subject
from exchange.errors import Refusal
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.bulletin_pb2 import Content
from exchange.words import lang

FILTERS: Mapping[str, Filter] = {
    "ALL": Filter(),
    "UNREAD": Filter(unread=True),
    "TO_ACKNOWLEDGE": Filter(unacknowledged=True, direction="in"),
    "FLASH": Filter(precedence=frozenset({"FLASH"})),
    "SENT": Filter(direction="out"),
    "RECALLED": Filter(recalled=True),
    "REFUSED": Filter(states=frozenset({"refused", "resign", "expired", "lost"})),
}
"""The filters that the mailbox answers; due items are found elsewhere."""
REPLACED = "replaced"
"""The state that the list shows for a returned draft that was signed again."""


def show_row(mailbox: Mailbox, row: Row, standing: str = "") -> Row:
    """Return a row; a recall without a text is shown by its reason."""
    log = mailbox.logs.name(row.origin) if row.origin else row.node
    return row._replace(
        kind=row.kind or ("RECALL" if row.envelope == pb.KIND_RECALL else ""),
        subject=subject(row, lang()),
        lang=row.lang or lang(),
        standing=standing,
        log="" if log == row.node else log,
    )


def add_answers(mailbox: Mailbox, rows: Sequence[Row], now: int) -> list[Row]:
    """Add answers given and owed, with the standing.

    A message expired at `now` (ms UTC) is open at no desk. For an incoming one, other
    desks' declines are shown only while this desk has not answered.
    """
    numbers, own = [row.number for row in rows], mailbox.obligations.desk
    owing = mailbox.obligations.owing(numbers, now)
    pending = mailbox.answers.pending(numbers)
    declined = mailbox.answers.declined(numbers)
    found = []
    for row in rows:
        owe = owing.get(row.number, ())
        waits = open_desks(row, row.standing, owe)
        shown = row._replace(
            open_at=waits,
            open_here=own in waits,
            pending=pending.get(row.number),
            declined=tuple(
                one._replace(own=one.desk == own)
                for one in declined.get(row.number, ())
                if row.outgoing or own in {one.desk, *owe}
            ),
        )
        found.append(shown)
    return found


def show_rows(mailbox: Mailbox, rows: Sequence[Row], now: int = 0) -> list[Row]:
    """`now` (ms UTC) decides which have expired.

    A subject is in the language in use if an officer reviewed the translation and it
    passes its checks. A returned draft that was signed again needs no action: its state
    is `REPLACED`.
    """
    names = [row.name for row in rows]
    marks = find_standings(mailbox, names)
    sent = [row.number for row in rows if row.outgoing]
    addressees = mailbox.list_facts.addressees(sent)
    rendered = mailbox.list_facts.reviewed_subjects(names, lang(), _holds)
    returned = [row.name for row in rows if row.state == "returned"]
    replaced = mailbox.outbox.renewed(returned) if returned else ()
    shown = [
        show_row(mailbox, row, marks.get(row.name, ""))._replace(
            addressees=addressees.get(row.number, ()),
            rendered=rendered.get(row.name, ""),
            state=REPLACED if row.name in replaced else row.state,
            why=_why_refused(mailbox, row),
        )
        for row in rows
    ]
    return add_answers(mailbox, shown, now)


def _why_refused(mailbox: Mailbox, row: Row) -> str:
    if row.state == "refused":
        steps = mailbox.messages.states(row.number)
        return next((one.why for one in reversed(steps) if one.state == row.state), "")
    return "" if row.verdict in {"", "ACCEPTED", *TEXTLESS} else row.verdict


def _holds(source: Content, translation: bytes) -> bool:
    from exchange.translation.reader_findings import (  # noqa: PLC0415  # start-up counts
        subject_holds,
    )

    return subject_holds(source, translation)


def find(
    mailbox: Mailbox, line: str, now: int, expired_at: int | None = None
) -> Matches:
    """Find at the two times of a desk's `moment` (ms UTC).

    A line is parsed while it is typed: an unknown condition is searched as a word, and
    named; at most FOUND_MAX.
    """
    unknown = ""
    try:
        wanted = Filter.read(line, now, expired_at)
    except Refusal as refusal:
        wanted, unknown = Filter.parse(line, now, expired_at), refusal.where
    try:
        return Matches(mailbox.search.ids(wanted, FOUND_MAX), unknown)
    except Refusal:  # half of the name of a thread
        return Matches(array("q"), unknown or "thread:")
