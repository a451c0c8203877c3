"""Bulletins of another desk that have not come to this one, and the RFI about them.

The RFI is a draft, in the officer's language, for an officer to complete, review and
send: nothing here signs or sends anything.
"""

from collections.abc import Sequence
from itertools import islice

from exchange.bulletin import spans
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose import language
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.mailbox.desk_numbers import NumberGap
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DAY, MINUTE
from exchange.trust import names
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang as spoken
from exchange.words import of, say_n, word

ANSWER_WITHIN = DAY  # ms, rounded down to the minute; the officer may change it
RUNS_SHOWN = 32  # of numbers that follow each other; the rest are for the next RFI
_SUBJECT = word("Bulletins that have not reached us")
_TEXT = word(
    "These bulletins of your desk to ours have not reached us, by their numbers:"
    " {numbers}. Please send them again, or say what became of them."
)


def describe_gap(gap: NumberGap) -> str:
    """Return which bulletins of a desk to this one have not come, in a line."""
    return say_n(
        "{n} bulletin of {desk} to us is missing: {numbers}",
        "{n} bulletins of {desk} to us are missing: {numbers}",
        len(gap.numbers),
        desk=gap.desk,
        numbers=_runs(gap.numbers),
    )


def request_missing(desk: Desk, sender: str, now: int) -> Draft:
    """Return an RFI to a desk whose bulletins are missing at `now` (ms UTC).

    Raises Refusal(NOT_FOUND) where none of that desk is.
    """
    missing = {gap.desk: gap.numbers for gap in desk.mailbox.numbers.gaps()}
    if sender not in missing:
        why = Why(
            "no bulletin of this desk is missing; status --officer shows whose are"
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
    """Return numbers, those that follow each other as the first and the last."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in islice(runs, RUNS_SHOWN))
    return f"{shown}, ..." if runs[RUNS_SHOWN:] else shown
