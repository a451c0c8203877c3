"""A message of the mailbox and its thread, as JSON and as text."""

from typing import Any

from exchange.cli import desk_session
from exchange.cli.lazy import lazy_imports
from exchange.cli.message_list import sender_json
from exchange.errors import Reason

with lazy_imports():
    from exchange.bulletin import content, translations
    from exchange.bulletin.codes import label, relation_label
    from exchange.bulletin.combined_label import label_json
    from exchange.bulletin.values import iso
    from exchange.desk import remarks
    from exchange.desk.incoming.examine_entry import decode_remark
    from exchange.desk.incoming.threads import (
        find_neighbours,
        find_repeats,
        find_standing,
        thread,
    )
    from exchange.desk.mailbox import Mailbox, Message, Milestone, Receipt, Translation
    from exchange.desk.mailbox.records import addressees, core_of
    from exchange.desk.outgoing import route_draw
    from exchange.desk.outgoing.drafts import draft_of
    from exchange.desk.records import MessageLink
    from exchange.desk.remarks import remark_lines, subject
    from exchange.desk.spoken_name import spoken_name, spoken_title
    from exchange.translation.checks import Finding
    from exchange.translation.reader_findings import against
    from exchange.v1 import bulletin_pb2, envelope_pb2


def message_json(message: "Message", lang: str) -> dict[str, Any]:
    return {
        "name": message.row.name.hex(),
        **sender_json(message.row, addressees(core_of(message.entry))),
        "origin": desk_session.node_of(message.row),
        "index": message.row.index,
        "verdict": message.row.verdict,
        "states": [_state(state) for state in message.states],
        "content": _content(message),
        "translations": [
            _translation(message, kept, lang) for kept in message.translations
        ],
        "receipts": [_receipt(receipt) for receipt in message.receipts],
        "unread": [
            {"name": one.name.hex(), "author": one.author, "reason": Reason.FORMAT}
            for one in message.unread
        ],
    }


def _translation(
    message: "Message", kept: "Translation", lang: str
) -> dict[str, object]:
    doubts = against(message.content or b"", kept.content)
    return {
        "name": kept.name.hex(),
        "author": kept.author,
        **({"lost": iso(kept.lost)} if kept.lost else {}),
        **translations.to_json(bulletin_pb2.Translation.FromString(kept.content)),
        "findings": [
            {"segment": i, **finding_json(finding, lang)}
            for i, findings in doubts.items()
            for finding in findings
        ],
    }


def finding_json(finding: "Finding", lang: str = "") -> dict[str, object]:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "before": finding.before,
        "text": finding.text(lang),
    }


def _state(state: "Milestone") -> dict[str, object]:
    result: dict[str, object] = {
        "state": state.state,
        "at": iso(state.at),
        "by": state.by,
    }
    result |= {"reason": state.why} if state.why else {}
    return result | ({"reporter": state.reporter} if state.reporter else {})


def _receipt(receipt: "Receipt") -> dict[str, object]:
    result: dict[str, object] = {
        "name": receipt.name.hex(),
        "relation": receipt.relation,
        "officer": receipt.author,
        "at": iso(receipt.filed),
    }
    result |= {"lost": iso(receipt.lost)} if receipt.lost else {}
    result |= {"state": receipt.state} if receipt.state else {}
    result |= {"reason": receipt.reason} if receipt.reason else {}
    remark = receipt.remark_text.text.text
    return result | ({"remark": remark} if remark else {})


def _content(message: "Message") -> dict[str, object] | None:
    if message.content is None:
        return None
    if message.row.envelope == envelope_pb2.KIND_RECALL:
        return recall_json(message.content)
    found = content.to_json(draft_of(message))
    del found["translations"]  # they are separate envelopes
    return found


def thread_json(mailbox: "Mailbox", name: bytes) -> dict[str, object]:
    """Return the JSON; `standing` is "" if nothing was taken back.

    `label` is the one in force: the signed label with all that narrows it.
    """
    forth, back = find_neighbours(mailbox, name)
    again = find_repeats(mailbox, [*forth, *back])
    return {
        "standing": find_standing(mailbox, name),
        "label": label_json(mailbox.references.handling_of(name).label),
        "references": [_link(link, link.about, again) for link in forth],
        "referenced_by": [_link(link, link.name, again) for link in back],
        "draws": [
            {
                "reveal": draw.reveal.hex(),
                "movement": draw.movement.hex(),
                "route": draw.route,
                "refused": draw.refusal.where if draw.refusal else "",
            }
            for draw in route_draw.find_reveals(mailbox, name)
        ],
        "thread": [part.row.name.hex() for part in thread(mailbox, name).parts],
    }


def _link(
    link: "MessageLink", other: bytes, again: "frozenset[MessageLink]"
) -> dict[str, object]:
    """Return the JSON; `same_source` marks a report that only repeats another."""
    found = {"relation": link.relation, "name": other.hex()}
    return found | ({"same_source": True} if link in again else {})


def thread_lines(mailbox: "Mailbox", name: bytes, lang: str) -> list[str]:
    """Return its standing, then each reference, in `lang`.

    Subjects are a partner's text: print them only through `safe`.
    """
    forth, back = find_neighbours(mailbox, name)
    others = [link.name for link in back]
    subjects = {
        row.name: subject(row, lang) for row in mailbox.messages.find_rows(others)
    }
    stands = find_standing(mailbox, name)
    output = [label("standing", stands, lang)] if stands else []
    output += route_draw.lines(mailbox, name, lang)
    again = find_repeats(mailbox, [*forth, *back])
    for link in forth:
        relation = relation_label(link.relation, lang, repeated=link in again)
        output.append(f"> {relation} {spoken_title(mailbox, lang, link.about)}")
    for link in back:
        relation = relation_label(link.relation, lang, repeated=link in again)
        named = spoken_name(mailbox, link.name)
        said = subjects.get(link.name, "").replace("\n", "\u240a")
        output.append(f"< {named} {relation}: {said}")
    return output


def recall_json(content: bytes) -> dict[str, object]:
    said = decode_remark(content)
    return {
        "kind": "RECALL",
        "reason": said.reason,
        "instruction": said.instruction,
        "remark": said.text.text,
    }


def recall_lines(content: bytes, lang: str) -> list[str]:
    """Return lines, each marked so that no text can imitate others."""
    remark = decode_remark(content)
    text = [f"> {line}" for line in remark.text.text.split("\n") if remark.text.text]
    remark.ClearField("text")
    return [
        label("relation", "RECALLS", lang),
        *remark_lines(remark, remarks.RECALL, lang),
        *text,
    ]
