"""A message of the mailbox as one JSON object."""

from typing import TYPE_CHECKING, Any

from exchange.cli import desk_session, thread_output
from exchange.cli.message_list import sender_json
from exchange.cli.translate.common import finding_json
from exchange.errors import Reason

if TYPE_CHECKING:
    from exchange.desk.mailbox import Message, Milestone, Receipt, Translation


def message_json(message: "Message", lang: str) -> dict[str, Any]:
    """Return all that is known of a message as one JSON object."""
    from exchange.desk.mailbox.records import addressees, core_of

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
    """Return a translation, and all that the checks hold against it."""
    from exchange.bulletin.translations import to_json
    from exchange.bulletin.values import iso
    from exchange.translation.reader_findings import against
    from exchange.v1 import bulletin_pb2

    doubts = against(message.content or b"", kept.content)
    return {
        "name": kept.name.hex(),
        "author": kept.author,
        **({"lost": iso(kept.lost)} if kept.lost else {}),
        **to_json(bulletin_pb2.Translation.FromString(kept.content)),
        "findings": [
            {"segment": i, **finding_json(finding, lang)}
            for i, findings in doubts.items()
            for finding in findings
        ],
    }


def _state(state: "Milestone") -> dict[str, object]:
    from exchange.bulletin.values import iso

    result: dict[str, object] = {
        "state": state.state,
        "at": iso(state.at),
        "by": state.by,
    }
    result |= {"reason": state.why} if state.why else {}
    return result | ({"reporter": state.reporter} if state.reporter else {})


def _receipt(receipt: "Receipt") -> dict[str, object]:
    from exchange.bulletin.values import iso

    result: dict[str, object] = {
        "name": receipt.name.hex(),
        "relation": receipt.relation,
        "officer": receipt.author,
        "at": iso(receipt.filed),
    }
    result |= {"lost": iso(receipt.lost)} if receipt.lost else {}
    result |= {"reason": receipt.reason} if receipt.reason else {}
    remark = receipt.remark_text.text.text
    return result | ({"remark": remark} if remark else {})


def _content(message: "Message") -> dict[str, object] | None:
    """Return header and content in the form of an input file."""
    from exchange.bulletin.content import to_json
    from exchange.desk.outgoing.drafts import draft_of
    from exchange.v1 import envelope_pb2

    if message.content is None:
        return None
    if message.row.envelope == envelope_pb2.KIND_RECALL:
        return thread_output.recall_json(message.content)
    found = to_json(draft_of(message))
    del found["translations"]  # they are envelopes of their own
    return found
