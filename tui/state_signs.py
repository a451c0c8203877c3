"""Signs and words for states, readable without colours."""

from typing import NamedTuple

from exchange.desk.fold_records import Fold
from exchange.desk.records import OpenedBulletin, Row
from exchange.words import word

# Short words for a narrow column; `say` translates them.
PRECEDENCE = {
    "FLASH": ("‼", "FLASH"),
    "IMMEDIATE": ("!", "IMMED"),
    "PRIORITY": ("›", "PRIO"),
    "ROUTINE": (" ", "ROUT"),
}
MODE = {"ACTUAL": "", "EXERCISE": "EX", "TEST": "TE"}
STATES = {
    "drafted": ("✎", "draft"),
    "waiting": ("…", "2nd sig"),
    "returned": ("✎", "returned"),
    "replaced": ("·", "replaced"),
    "lapsed": ("✘", "lapsed"),
    "queued": ("↑", "queued"),
    "resign": ("✎", "sign!"),
    "expired": ("✘", "unsent"),
    "ahead": ("…", "ahead"),
    "lost": ("✘", "lost"),
    "local": ("→", "local"),
    "delivered": ("»", "deliv."),
    "cosigned": ("✔", "cosig."),
    "undelivered": ("✘", "undeliv."),
    "refused": ("✘", "refused"),
    "erased": ("·", "erased"),
    "missing": ("…", "no text"),
}
ANSWERS = {
    "OPENED": word("acked"),
    "ACKNOWLEDGED": word("acked"),
    "COMPLETED": word("done"),
    "CANNOT_COMPLY": word("cannot"),
}
"""Our short words for the answers of this desk."""
TEXTLESS = {"ERASED": "erased", "MISSING": "missing"}


STANDINGS = {
    "RECALLED": ("✘", word("RECALLED"), "bad"),
    "SUPERSEDED": ("✘", word("REPLACED"), "bad"),
    "CORRECTED": ("!", word("CORRECTED"), "unsure"),
    "NARROWED": ("!", word("NARROWED"), "unsure"),
}
GONE = frozenset({"RECALLED", "SUPERSEDED"})

STYLES = {
    "resign": "asked",
    "expired": "bad",
    "returned": "asked",
    "lapsed": "bad",
    "lost": "bad",
    "missing": "unsure",
    "undelivered": "unsure",
}
"""Styles of what was sent and must be looked at; the rest is sent."""


class StateSign(NamedTuple):
    sign: str
    word: str
    style: str


WITHOUT_TEXT = {
    "ERASED": StateSign("·", word("TEXT ERASED"), "unsure"),
    "MISSING": StateSign("…", word("TEXT NOT HERE YET"), "unsure"),
}
"""The verdict bar's text for an envelope that was verified and has no text."""


VERIFIED = StateSign("✔", "VERIFIED", "good")
SINCE_REVOKED = {
    "BEFORE_REVOCATION": StateSign("!", word("VERIFIED, BEFORE REVOCATION"), "unsure"),
    "DISOWNED": StateSign("!", word("VERIFIED, SINCE DISOWNED"), "bad"),
}
"""The verdict bar's text where a signer's key was revoked since."""
WITHOUT_PLACE = {
    "ahead": StateSign("…", word("VERIFIED, NOT YET IN THE LEDGER"), "unsure"),
    "lost": StateSign("✘", word("VERIFIED, LOST FROM THE LEDGER"), "bad"),
    "refused": StateSign("✘", word("NOT ACCEPTED"), "bad"),
}
"""The verdict bar's text for what stands in no log, by its state."""


def not_accepted(row: Row) -> bool:
    """Whether a bulletin shown ahead of its log was refused by the log."""
    return row.state == "refused" and row.index is None and not row.outgoing


def state_of(row: Row) -> StateSign:
    state = TEXTLESS.get(row.verdict, row.state)
    if row.verdict not in ("ACCEPTED", "", *TEXTLESS) or state == "refused":
        return StateSign("✘", "refused", "bad")
    if row.outgoing and row.declined:
        return StateSign("✘", "cannot", "bad" if unnoted(row) else "sent")
    if row.outgoing or row.verdict in TEXTLESS:
        sign, said = STATES.get(state, ("?", state))
        style = "unsure" if row.open_at else "sent"
        return StateSign(sign, said, STYLES.get(state, style))
    return _received(row)


def _received(row: Row) -> StateSign:
    """Put this desk's next action first."""
    if row.pending is not None and row.answering:
        sign, _ = STATES[row.pending.state]
        return StateSign(sign, ANSWERS[row.pending.relation], "asked")
    if waits(row):
        return StateSign("!", "ack?", "asked")
    if not row.read:
        return StateSign("●", "new", "unread")
    if row.open_here:
        return StateSign("!", word("to do"), "asked")
    return _answered(row)


def _answered(row: Row) -> StateSign:
    if row.declined:
        return StateSign("✘", "cannot", "bad")
    if row.acknowledged and row.open_at:
        return StateSign("…", word("others"), "done")
    if row.acknowledged:
        return StateSign("✔", "acked", "done")
    return StateSign("·", "read", "done")


def unnoted(row: Row) -> bool:
    stands = row.outgoing and row.standing not in GONE
    return stands and any(not one.officer for one in row.declined)


def pending_of(row: Row) -> StateSign | None:
    if row.pending is None:
        return None
    sign, said = STATES[row.pending.state]
    style = "asked" if row.answering else "bad"
    return StateSign(sign, said, STYLES.get(row.pending.state, style))


def worst_of(fold: Fold) -> list[StateSign]:
    """Return the signs that a folded thread must still show.

    FLASH, recalled, refused or declined; if there are none of these, a message to
    acknowledge, or a new one.
    """
    found = []
    if fold.flash:
        style = "flash" if fold.flash_waiting else "immediate"
        found.append(StateSign("‼", "FLASH", style))
    if fold.gone:
        found.append(StateSign(*STANDINGS["RECALLED"]))
    if fold.refused:
        found.append(StateSign("✘", "refused", "bad"))
    if fold.declined:
        found.append(StateSign("✘", "cannot", "bad"))
    if fold.waiting:
        found.append(StateSign("!", "ack?", "asked"))
    elif fold.unread:
        found.append(StateSign("●", "new", "unread"))
    return found


def waits(row: Row) -> bool:
    """Whether a row must still be acknowledged: not if recalled or replaced.

    The recall or the replacement is acknowledged instead.
    """
    unanswered = row.ack_asked and not (row.acknowledged or row.answering)
    return unanswered and row.standing not in GONE


def precedence_of(row: Row) -> StateSign:
    sign, word = PRECEDENCE.get(row.precedence, ("?", row.precedence))
    return StateSign(sign, word, row.precedence.lower())


def standing_of(row: Row) -> StateSign | None:
    if not row.standing:
        return None
    return StateSign(*STANDINGS.get(row.standing, ("?", row.standing, "unsure")))


def recall_of(row: Row) -> StateSign | None:
    return StateSign("!", word("Recall"), "unsure") if row.kind == "RECALL" else None


def verdict_of(opened: OpenedBulletin) -> StateSign:
    row = opened.row
    if row.verdict in WITHOUT_TEXT:
        return WITHOUT_TEXT[row.verdict]
    if row.verdict not in ("ACCEPTED", ""):
        return StateSign("✘", "REFUSED", "bad")
    if opened.content is None and opened.recall is None:
        return StateSign("✘", "NOT OPENED", "bad")
    return _doubt_of(opened) or _verified_of(row)


def _doubt_of(opened: OpenedBulletin) -> StateSign | None:
    if opened.row.verdict == "":
        return StateSign("?", "NOT YET VERIFIED", "unsure")
    if opened.revocations and opened.revocations.mark == "WITHHELD":
        return StateSign("?", "NOT VERIFIED", "unsure")
    return SINCE_REVOKED.get(opened.signer_standing)


def _verified_of(row: Row) -> StateSign:
    return WITHOUT_PLACE.get(row.state, VERIFIED) if row.index is None else VERIFIED
