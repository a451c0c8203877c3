"""The verdict bar above a bulletin: its signer and its place in the log."""

from collections.abc import Iterator

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.draft import acknowledge_by, acknowledgement
from exchange.bulletin.punctuation import BETWEEN, COLON
from exchange.desk.answer_words import describe_answer, describe_reason
from exchange.desk.records import OpenedBulletin, RevocationsKnown, Row
from tui.state_signs import (
    pending_of,
    precedence_of,
    standing_of,
    unnoted,
    verdict_of,
    waits,
)
from tui.text.safe_text import safe
from tui.times import clock, stamp
from tui.widgets.bar import BarPart
from tui.words import join_words, label, lang, say

OPEN_SHOWN = 2  # desks that the bar names; all of them are listed below the text


def code(codes: str, value: str) -> str:
    return label(code_label(codes, value, lang()))


def short(kid: bytes) -> str:
    """Return the first half of a key id's digits in groups, as people read it aloud."""
    digits = kid.hex().upper()[:16]
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def verdict_rows(opened: OpenedBulletin) -> tuple[list[BarPart], list[BarPart]]:
    row, mark = opened.row, verdict_of(opened)
    place = label("not in the log")
    if row.index is not None:
        place = row.place
    first = [
        BarPart(f"{mark.sign} {label(mark.word)}", mark.style),
        BarPart(safe(row.author) or label("unknown signer"), keep=8),
        BarPart(safe(place), keep=7),
        BarPart(stamp(row.filed), keep=3),
        BarPart(f"{label('key')} {short(opened.kid)}", "dim", 2),
        revocations_part(opened.revocations),
    ]
    return first, _second_row(opened)


def revocations_part(known: RevocationsKnown | None) -> BarPart:
    """Show an older time louder."""
    if known is None:
        return BarPart("")
    if known.mark == "WITHHELD":
        return BarPart(label("OUR NODE WITHHOLDS ITS DIRECTORY"), "alarm")
    text = say("revocations known to {time}").format(time=stamp(known.time))
    if not known.time:
        text = say("revocations not known")
    elif known.mark:
        text = say("revocations known to {time} only").format(time=stamp(known.time))
    if known.mark == "STALE":
        return BarPart(f"⚠ {join_words(text)}", "unsure", 7)
    return BarPart(join_words(text), "unsure" if known.mark else "dim", 1)


def _second_row(opened: OpenedBulletin) -> list[BarPart]:
    row, precedence = opened.row, precedence_of(opened.row)
    mode = code("mode", row.mode) if row.mode != "ACTUAL" else ""
    label_text = f"TLP:{opened.tlp} {' '.join(opened.releasable_to)}"
    return [
        BarPart(f" {mode} " if mode else "", "mode"),
        _standing(opened),
        BarPart(
            f"{precedence.sign} {code('precedence', row.precedence)}",
            "alarm" if row.precedence == "FLASH" else "",
        ),
        BarPart(safe(" ".join((label_text, *opened.caveats)))),
        *_answers(row),
        BarPart(_asked(opened), "unsure" if waits(row) or row.open_at else "", 8),
        BarPart(_state(opened), keep=6),
    ]


def _standing(opened: OpenedBulletin) -> BarPart:
    mark = standing_of(opened.row)
    if mark is None:
        return BarPart("")
    loud = "alarm" if mark.style == "bad" else mark.style
    return BarPart(f"{mark.sign} {join_words(say(mark.word), opened.marked_by)}", loud)


def _answers(row: Row) -> Iterator[BarPart]:
    """Yield the desks' declines with reasons, and ours while no log has it."""
    if row.declined:
        said = code("relation", "CANNOT_COMPLY")
        style = "alarm" if unnoted(row) or not row.outgoing else "unsure"
        yield BarPart(f"✘ {said}", style, 8, f"✘ {label('cannot')}")
        whys = filter(None, map(describe_reason, row.declined))
        yield BarPart(join_words(BETWEEN[lang()].join(whys)), "unsure", 7)
    mark = pending_of(row)
    if row.pending is not None and mark is not None:
        said = describe_answer(row.pending)
        style = "unsure" if row.answering else "bad"
        short = f"{mark.sign} {label(mark.word)}"
        yield BarPart(f"{mark.sign} {join_words(said)}", style, 8, short)


def _asked(opened: OpenedBulletin) -> str:
    content, row = opened.content, opened.row
    if not row.ack_asked or (content is None and opened.recall is None):
        return ""
    if row.acknowledged and not row.declined:
        return f"✔ {join_words(_acknowledged(opened))}"
    if not waits(row):
        return ""
    asked, by = opened.acknowledge, opened.asked_by
    if content is not None:
        asked, by = acknowledgement(content), acknowledge_by(content, row.filed)
    return f"! {join_words(say('acknowledge'), say(asked.lower()), clock(by))}"


def _acknowledged(opened: OpenedBulletin) -> str:
    desks = opened.row.open_at
    if not desks:
        return say("acknowledged")
    said = say("acknowledged, still open")
    if opened.acknowledge == "ACTION":
        said = say("acknowledged, action open")
    more = f" +{len(desks) - OPEN_SHOWN}" if len(desks) > OPEN_SHOWN else ""
    return COLON[lang()].join((said, ", ".join(desks[:OPEN_SHOWN]) + more))


def _state(opened: OpenedBulletin) -> str:
    now = opened.row.state
    found = [one for one in opened.states if one.state == now]
    if not found:
        return label(now)
    last = found[-1]
    reason = (last.by, last.why) if last.why else ()
    if reporter := last.reporter:
        return join_words(say("{node} says:").format(node=reporter), say(now), *reason)
    return join_words(say(now), clock(last.at), *reason)
