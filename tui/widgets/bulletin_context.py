"""The lines above and below a bulletin's text."""

from collections.abc import Iterator

from exchange.bulletin.codes import CODES, relation_label
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import ASIDE, COLON
from exchange.desk.answer_words import describe_refusal
from exchange.desk.records import Neighbour, OpenedBulletin, Receipt, Rung
from tui.bulletin_names import name_of
from tui.state_signs import STATES
from tui.times import stamp
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say, say_n

LINKS_SHOWN = 8  # lines; the thread's own screen shows all
SIGNS = {True: ("✔", "good"), False: ("✘", "bad"), None: ("·", "unsure")}
TAKEN_BACK = ("RECALLED", "SUPERSEDED")
BETWEEN = " · "


def reason_of(relation: str, code: str) -> str:
    """Return a reason in words: a code of its relation's list, or why it is sealed."""
    here = lang()
    if relation == "UNOPENABLE":
        return describe_refusal(code)
    codes = "recall_reason" if relation == "RECALLS" else "decline_reason"
    return code_label(codes, code, here) if code in CODES[codes] else code


def items_above(opened: OpenedBulletin) -> list[Item]:
    parts = _standing(opened), _release(opened), _recall(opened), _draws(opened)
    return [item for part in parts for item in part]


def items_below(opened: OpenedBulletin) -> list[Item]:
    parts = [list(part) for part in (_rungs(opened), _links(opened), _said(opened))]
    return [item for part in parts if part for item in (*part, Text("", ""))]


def _standing(opened: OpenedBulletin) -> Iterator[Item]:
    row, here = opened.row, lang()
    if not row.standing:
        return
    bad = row.standing in TAKEN_BACK
    text = code_label("standing", row.standing, here)
    by = ASIDE[here].format(opened.marked_by) if opened.marked_by else ""
    sign = "✘" if bad else "!"
    yield Text(f"{sign} {text}{by}", here, "bad" if bad else "unsure")
    for receipt in opened.receipts:
        if receipt.relation == "RECALLS":
            yield from _recalled(receipt.reason, receipt.remark_text.instruction)
            yield from _remark(receipt)
    yield Text("", "")


def _recalled(reason: str, instruction: str) -> Iterator[Item]:
    here = lang()
    if reason:
        why = reason_of("RECALLS", reason)
        yield Pair(say("Why it is recalled"), why, here, "unsure")
    if instruction:
        shall = code_label("recall_instruction", instruction, here)
        yield Pair(say("Instruction to readers"), shall, here, "unsure")


def _recall(opened: OpenedBulletin) -> Iterator[Item]:
    if (recall := opened.recall) is None:
        return
    yield from _recalled(recall.reason, recall.instruction)
    if recall.text.text:
        yield Text(recall.text.text, recall.text.lang, gutter=True)
    yield Text("", "")


def _release(opened: OpenedBulletin) -> Iterator[Item]:
    if opened.release:
        yield Text(opened.release, lang(), "unsure")
        yield Text("", "")


def _draws(opened: OpenedBulletin) -> Iterator[Item]:
    for draw in opened.draws:
        sign, style = SIGNS[draw.matches]
        yield Text(f"{sign} {draw.text}", lang(), style)
    if opened.draws:
        yield Text("", "")


def _rungs(opened: OpenedBulletin) -> Iterator[Item]:
    if opened.acknowledge == "NONE" or not opened.rungs:
        return
    here, asked = lang(), code_label("acknowledge", opened.acknowledge, lang())
    by = stamp(opened.asked_by)
    title = BETWEEN.join(filter(None, (say("Acknowledgement"), asked, by)))
    yield Text(title, here, "heading")
    noted = {one.desk: one for one in opened.row.declined if one.officer}
    for rung in opened.rungs:
        text, style = _rung(rung, asked)
        if one := noted.get(rung.desk):
            by = say("noted by {officer}").format(officer=one.officer)
            text, style = BETWEEN.join((text, f"{by} {stamp(one.noted)}")), "unsure"
        yield Pair(rung.desk, text, here, style, "en", here)


def _rung(rung: Rung, acknowledge: str) -> tuple[str, str]:
    if not rung.relation:
        return f"? {say('no answer yet')}", "unsure"
    said = code_label("relation", rung.relation, lang())
    missing = "" if rung.done else COLON[lang()].join((say("still asked"), acknowledge))
    if rung.relation == "UNOPENABLE":  # the reason is in its receipt
        return f"✘ {BETWEEN.join((said, stamp(rung.at)))}", "bad"
    why = reason_of(rung.relation, rung.reason) if rung.reason else ""
    way = _way(rung.state)
    text = BETWEEN.join(filter(None, (said, stamp(rung.at), why, way, missing)))
    if rung.relation == "CANNOT_COMPLY":
        return f"✘ {text}", "bad"
    return (f"✔ {text}", "good") if rung.done else (f"! {text}", "unsure")


def _way(state: str) -> str:
    return " ".join((STATES[state][0], say(STATES[state][1]))) if state else ""


def _links(opened: OpenedBulletin) -> Iterator[Item]:
    if not opened.links:
        return
    here, count = lang(), len(opened.links)
    yield Text(say("Thread") + ASIDE[here].format("x"), here, "heading")
    yield from map(link_item, opened.links[:LINKS_SHOWN])
    if count > LINKS_SHOWN:
        more = count - LINKS_SHOWN
        said = say_n("{n} more", "{n} more", more)
        yield Text(said + ASIDE[here].format("x"), here, "dim")


def link_item(link: Neighbour) -> Item:
    here, row = lang(), link.row
    sign = ">" if link.forth else "<"
    said = relation_label(link.relation, here, repeated=link.repeated)
    title = f"{sign} {said}"
    if row is None:
        return Pair(title, say("not here"), here, "dim")
    style = "unsure" if link.repeated else ""
    return Pair(title, f"{name_of(row)} {row.subject}", row.lang, style, here)


def _said(opened: OpenedBulletin) -> Iterator[Item]:
    for receipt in opened.receipts:
        yield from receipt_items(opened, receipt)


def receipt_items(opened: OpenedBulletin, receipt: Receipt) -> Iterator[Item]:
    here = lang()
    relation = code_label("relation", receipt.relation, here)
    recalls = receipt.relation == "RECALLS"  # shown above the text, with its reason
    said = receipt.reason and not recalls
    why = reason_of(receipt.relation, receipt.reason) if said else ""
    lost = say("no log has it any more") if receipt.lost else ""
    text = BETWEEN.join(
        filter(
            None,
            (
                f"{stamp(receipt.filed)} {receipt.author}",
                why,
                _way(receipt.state),
                lost,
            ),
        )
    )
    yield Pair(relation, text, here, _said_style(opened, receipt))
    if not recalls:
        yield from _remark(receipt)


def _said_style(opened: OpenedBulletin, receipt: Receipt) -> str:
    if receipt.relation == "CANNOT_COMPLY":
        return "bad"
    done = receipt.relation in {"OPENED", "ACKNOWLEDGED", "COMPLETED"}
    if receipt.lost or receipt.state or not done:
        return "unsure"
    return "" if opened.row.open_at else "good"


def _remark(receipt: Receipt) -> Iterator[Item]:
    if remark := receipt.remark_text.text.text:
        yield Text(remark, "", gutter=True)
