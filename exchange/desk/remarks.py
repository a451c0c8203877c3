"""The codes of a sealed remark, in words: reasons and instructions."""

from collections.abc import Iterator

from exchange.bulletin.codes import CODES, label
from exchange.bulletin.suggest import unknown
from exchange.desk.mailbox import Row
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

RECALL = "recall_reason"
DECLINE = "decline_reason"
INSTRUCTION = "recall_instruction"


def check_code(codes: str, code: str, where: str) -> str:
    """Raise Refusal(FIELD_MISSING | CODE_UNKNOWN)."""
    if not code:
        raise Refusal(Reason.FIELD_MISSING, where)
    if code not in CODES[codes]:
        raise unknown(code, codes, where)
    return code


def _coded(remark: bulletin_pb2.Remark, reasons: str) -> Iterator[tuple[str, str]]:
    if remark.reason:
        yield reasons, remark.reason
    if remark.instruction:
        yield INSTRUCTION, remark.instruction


def subject(row: Row, lang: str) -> str:
    """Return the subject; for a recall without a text, its reason."""
    if row.envelope == pb.KIND_RECALL and row.subject and not row.lang:
        return label(RECALL, row.subject, lang)
    return row.subject


def search_text(remark: bulletin_pb2.Remark, reasons: str) -> str:
    """Return codes and their labels, a line each."""
    lines: list[str] = []
    for codes, code in _coded(remark, reasons):
        lines += [code, *CODES[codes].get(code, {}).values()]
    return "\n".join(lines)


def remark_lines(remark: bulletin_pb2.Remark, reasons: str, lang: str) -> list[str]:
    """Return codes in `lang`, then the text.

    The text is a partner's: show it on a terminal through `tui.text.safe_text` only.
    """
    lines = [label(codes, code, lang) for codes, code in _coded(remark, reasons)]
    return lines + ([remark.text.text] if remark.text.text else [])
