"""Missing bulletins of another desk to this one, and the RFI about them.

The RFI is only a draft, in the officer's language: nothing here signs or sends.
"""

from collections.abc import Sequence
from itertools import islice

from exchange.bulletin import spans
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose import language
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.mailbox import Message
from exchange.desk.mailbox.desk_numbers import (
    NumberGap,
    NumberJump,
    NumberVerdict,
    runs,
)
from exchange.desk.signer_standings import SignerStandings
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DAY, MINUTE
from exchange.trust import names
from exchange.trust.signer_standing import BEFORE_REVOCATION, DISOWNED, worst_standing
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang as spoken
from exchange.words import of, say, say_n, word

ANSWER_WITHIN = DAY  # ms, rounded down to the minute; the officer may change it
RUNS_SHOWN = 32  # of consecutive numbers; the rest are for the next RFI
AUTHORS_SHOWN = 4  # of bulletins above missing ones, the newest
_SUBJECT = word("Bulletins that have not reached us")
_TEXT = word(
    "We have not received bulletins {numbers} from your desk to ours. Please send"
    " them again, or tell us their status."
)


def describe_gap(desk: Desk, gap: NumberGap) -> str:
    """Return words for a gap, with the authors of the bulletins above."""
    missing = say_n(
        "{n} bulletin of {desk} to us is missing: {numbers}",
        "{n} bulletins of {desk} to us are missing: {numbers}",
        len(gap.numbers),
        desk=gap.desk,
        numbers=_runs(gap.numbers),
    )
    above = [_author(desk, name) for _, name in gap.above[-AUTHORS_SHOWN:]]
    authors = ", ".join(dict.fromkeys(filter(None, above)))
    if not authors:
        return missing
    return say(
        "{missing}; next came one by {authors}", missing=missing, authors=authors
    )


def describe_jump(desk: Desk, jump: NumberJump) -> str:
    return say(
        "a bulletin of {desk} by {author} has number {number}, far above {reach}, the"
        " largest that counts",
        desk=jump.desk,
        author=_author(desk, jump.name) or "-",
        number=jump.number,
        reach=jump.reach,
    )


def _author(desk: Desk, name: bytes) -> str:
    """Return author and standing; "" if it is not here."""
    if not desk.mailbox.messages.knows(name):
        return ""
    message = desk.mailbox.messages.read(name)
    stand = SignerStandings(desk.mailbox, desk.pinned).of_message(message)
    if (worst := worst_standing(stand)) not in _STANDINGS:
        return message.row.author
    return say(_STANDINGS[worst], officer=message.row.author)


def find_number(desk: Desk, message: Message) -> int | None:
    if message.row.direction != "in" or not message.row.kind or not message.content:
        return None
    said = bulletin_pb2.Content.FromString(message.content)
    own = desk.officer.desk
    return next((one.number for one in said.numbers if one.desk == own), None)


def doubt_lines(desk: Desk, message: Message) -> list[str]:
    """Return a line if its number does not count."""
    number, sender = find_number(desk, message), names.desk_of(message.row.author)
    if number is None or desk.mailbox.numbers.in_reach(sender, number):
        return []
    return [
        say(
            "DOUBT: its number, {number}, does not follow those of {desk} that came;"
            " ask that desk whether it wrote this",
            number=number,
            desk=sender,
        )
    ]


def judge_number(desk: Desk, sender: str, number: int, verdict: str) -> None:
    """Record MISUSED or GO_ON; Refusal(NOT_FOUND) if no bulletin brought the number."""
    said = NumberVerdict(sender, number, verdict, desk.officer.name, desk.clock())
    with desk.writing():
        desk.mailbox.numbers.say(said)


_STANDINGS = {
    BEFORE_REVOCATION: word("{officer} (BEFORE REVOCATION)"),
    DISOWNED: word("{officer} (DISOWNED)"),
}


def request_missing(desk: Desk, sender: str, now: int) -> Draft:
    """Return an RFI; Refusal(NOT_FOUND) if no bulletin is missing."""
    missing = {gap.desk: gap.numbers for gap in desk.mailbox.numbers.gaps()}
    if sender not in missing:
        why = Why(
            "no bulletin of this desk is missing; status --officer lists desks with"
            " missing bulletins"
        )
        raise Refusal(Reason.NOT_FOUND, sender, why)
    nations = {names.domain_of(sender), names.domain_of(desk.officer.desk)}
    return Draft(
        precedence=pb.PRECEDENCE_PRIORITY,
        mode=pb.MODE_ACTUAL,
        tlp=pb.TLP_AMBER,
        releasable_to=tuple(sorted(nations)),
        to=(sender,),
        content=_content(desk, missing[sender], now),
    )


def _content(desk: Desk, numbers: Sequence[int], now: int) -> bulletin_pb2.Content:
    lang = language(desk.settings.language or spoken())
    speak = of(lang).gettext
    content = bulletin_pb2.Content(kind="RFI")
    for segment, text in (
        (content.subject, speak(_SUBJECT)),
        (content.segments.add(), speak(_TEXT).format(numbers=_runs(numbers))),
    ):
        segment.lang, segment.text = lang, text
        segment.spans.extend(spans.find(text, lang))
    content.subject.id, content.segments[0].id = "s0", "s1"
    by = iso((now + ANSWER_WITHIN) // MINUTE * MINUTE)
    for field, value in (
        ("topic", "LIAISON"),
        ("purpose", "RECORD"),
        ("answer_by", by),
    ):
        content.details.add(field=field, value=value)
    return content


def _runs(numbers: Sequence[int]) -> str:
    found = runs(numbers)
    shown = (str(a) if a == b else f"{a}-{b}" for a, b in islice(found, RUNS_SHOWN))
    return ", ".join((*shown, *("...",) * bool(found[RUNS_SHOWN:])))
