"""Answers of desks, in words of the language in use: for commands and terminal.

A code may be a partner's own: show it through `tui.text` only.
"""

from exchange.bulletin.codes import label
from exchange.bulletin.punctuation import COLON, WITHIN
from exchange.desk.records import Decline, PendingAnswer
from exchange.errors import TEXTS, Reason
from exchange.words import lang, say, word

_STATES = {
    "queued": word("your answer is queued: {answer}"),
    "waiting": word("your answer waits for release: {answer}"),
    "resign": word("your answer is to be signed again: {answer}"),
    "expired": word("your answer expired, not sent: {answer}"),
    "refused": word("your answer was refused: {answer}"),
}


def describe_decline(one: Decline) -> str:
    """Return words with the reason, if coded, and the officer who took note."""
    here = lang()
    said = filter(None, (label("relation", "CANNOT_COMPLY", here), _why(one)))
    told = COLON[here].join((one.desk, WITHIN[here].join(said)))
    if not one.officer:
        return told
    return say("{answer}; noted by {officer}", answer=told, officer=one.officer)


def describe_reason(one: Decline) -> str:
    """Return the reason, after the desk's name if it is another's."""
    return COLON[lang()].join(filter(None, ("" if one.own else one.desk, _why(one))))


def describe_refusal(code: str) -> str:
    """Return a code that a newer node sent, unknown to `exchange.errors`, as it is."""
    known = code in Reason.__members__
    return say(TEXTS[Reason(code)]) if known else code


def _why(one: Decline) -> str:
    return label("decline_reason", one.reason, lang()) if one.reason else ""


def describe_answer(answer: PendingAnswer) -> str:
    said = label("relation", answer.relation, lang())
    return say(_STATES[answer.state], answer=said)
