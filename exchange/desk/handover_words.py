"""A hand-over of a shift in words of the language in use, for shells and terminals.

The subjects are what others wrote: they go to a terminal through `tui.text` only.
"""

from collections.abc import Iterator
from typing import NamedTuple

from exchange.bulletin.codes import label
from exchange.bulletin.punctuation import BETWEEN, COLON, WITHIN
from exchange.clock import time_of
from exchange.desk.client import Desk
from exchange.desk.deadlines.due_list import DueKind
from exchange.desk.mailbox.handovers import WROTE
from exchange.desk.remarks import subject
from exchange.desk.spoken_name import spoken_name
from exchange.errors import FusionError
from exchange.trust.shift_handover import HandoverRecord
from exchange.words import lang, say, say_n, word

KINDS = {
    DueKind.ESCALATED: word("escalated"),
    DueKind.OVERDUE_MOVEMENT: word("movement overdue"),
    DueKind.DECLINED: word("cannot be done"),
    DueKind.UNACKNOWLEDGED: word("acknowledgement overdue"),
    DueKind.NOT_COUNTERSIGNED: word("countersignature overdue"),
    DueKind.TO_ERASE: word("text to be erased"),
    DueKind.RECALLED: word("recall to be acknowledged"),
    DueKind.TO_COUNTERSIGN: word("to be countersigned"),
    DueKind.TO_ACKNOWLEDGE: word("to be acknowledged"),
    DueKind.UNDER_WAY: word("under way"),
    DueKind.STALE: word("translation to be renewed"),
    DueKind.TO_TRANSLATE: word("to be translated"),
}


class MatterLine(NamedTuple):
    """One matter: our words, and the subject of its message, as far as it is here."""

    words: str
    subject: str
    lang: str


def counts(record: HandoverRecord) -> str:
    """Return in a line how much is open and how much was done."""
    open_ = say_n("{n} matter is open", "{n} matters are open", len(record.open))
    done = say_n("{n} act of this shift", "{n} acts of this shift", len(record.done))
    return f"{open_}{BETWEEN[lang()]}{done}"


def matter_lines(desk: Desk, record: HandoverRecord) -> Iterator[MatterLine]:
    """Yield what is open, then who did what, in order."""
    for one in record.open:
        known = one.kind in DueKind.__members__
        kind = say(KINDS[DueKind(one.kind)]) if known else one.kind
        by = f"{WITHIN[lang()]}{time_of(one.by)}" if one.by else ""
        yield _line(desk, "!", f"{kind}{by}", one.name)
    for done in record.done:
        did = say("wrote") if done.did == WROTE else label("relation", done.did, lang())
        words = f"{time_of(done.at)} {done.officer}{COLON[lang()]}{did}"
        yield _line(desk, "-", words, done.name)


def _line(desk: Desk, sign: str, said: str, name: str) -> MatterLine:
    words = f"{sign} {spoken_name(desk.mailbox, bytes.fromhex(name))} {said}"
    try:
        row = desk.mailbox.messages.row(bytes.fromhex(name))
    except FusionError:
        return MatterLine(words, "", lang())
    return MatterLine(words, subject(row, lang()), row.lang)
