"""Sources and their grading: reliability belongs to a source, not to a bulletin.

    sources.add(mailbox, "PK-H-07", Grade(now, "B", officer, ""), "Highway maintenance")
    sources.regrade(mailbox, "PK-H-07", Grade(now, "C", officer, "Not borne out twice"))
    sources.check(mailbox, content)       # before it is sealed

The register is the desk's own and never leaves it; it holds codes, and never identifies
a person. A code is a nation, a letter for the sort of source, a number.
"""

import re
from collections.abc import Mapping

from exchange.bulletin.codes import CODES
from exchange.bulletin.prose import too_long
from exchange.bulletin.suggest import unknown
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.sources import Grade, Source
from exchange.desk.outgoing.composer import remark_of
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SUBJECT_MAX
from exchange.v1 import bulletin_pb2

CODE = re.compile(r"[A-Z]{2}-[A-Z]-[0-9]{2,4}")
"""Too short to hold a name."""
_CODED = Why("give the source a code such as PK-H-07, never a name")
_UNREGISTERED = Why("not in the register; fusion source add enters a source")
# A form of address, or two words that begin like names: a place in a register's remark
# can be written otherwise, and a person does not belong there.
_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Haji|Malik|Sardar|Mian|Syed|Sheikh|Khan)\b"
    r"|\b[A-Z][a-z]+ [A-Z][a-z]+"
    r"|(?:先生|女士|小姐|同志)"
    r"|(?<!\w)(?:جناب|صاحب|صاحبہ|محترم|محترمہ|ولد|خان)(?!\w)"
)


def add(mailbox: Mailbox, code: str, grade: Grade, remark: str = "") -> None:
    """Add a source; a Refusal names the field at fault.

    FIELD_VALUE for an invalid or known code, CODE_UNKNOWN for a grade, PERSONAL_DATA,
    TOO_LONG, ...
    """
    if not CODE.fullmatch(code):
        raise Refusal(Reason.FIELD_VALUE, "CODE", _CODED)
    told, checked = _harmless(remark, "remark"), _checked(grade)
    try:
        mailbox.sources.add(code, told, checked)
    except Refusal as refusal:
        why = Why("in the register already; fusion source grade changes its grade")
        raise Refusal(refusal.reason, code, why) from None


def regrade(mailbox: Mailbox, code: str, grade: Grade) -> None:
    """Raise Refusal as `add`, CODE_UNKNOWN for an unknown source.

    A regrading needs a reason: Refusal(FIELD_MISSING) without one.
    """
    if not CODE.fullmatch(code):
        raise Refusal(Reason.FIELD_VALUE, "CODE", _CODED)
    if not grade.why.strip():
        raise Refusal(Reason.FIELD_MISSING, "why")
    checked = _checked(grade)
    find_source(mailbox, code)
    mailbox.sources.grade(code, checked)


def _checked(grade: Grade) -> Grade:
    if grade.reliability not in CODES["reliability"]:
        raise unknown(grade.reliability, "reliability", "reliability")
    return grade._replace(why=_harmless(grade.why, "why"))


def _harmless(text: str, where: str) -> str:
    """Return a remark that keeps the rules of prose and names no person."""
    if not text:
        return ""
    try:
        text = remark_of(text).text.text
    except Refusal as refusal:
        raise Refusal(refusal.reason, where, refusal.why) from None
    if len(text) > SUBJECT_MAX:
        raise Refusal(Reason.TOO_LONG, where, too_long(text, SUBJECT_MAX))
    from exchange.bulletin.personal_data import (  # noqa: PLC0415  the rules of three languages
        find_kinds,
    )

    if find_kinds(text) or _NAME.search(text):
        why = Why("do not name or identify a person here; reword it")
        raise Refusal(Reason.PERSONAL_DATA, where, why)
    return text


def check(mailbox: Mailbox, content: bulletin_pb2.Content) -> None:
    """Refuse a grade that differs from the register's.

    Refusal(CODE_UNKNOWN) for an unregistered source; FIELD_VALUE names
    assessment.reliability and the registered grade.
    """
    said = content.assessment
    if not said.source:
        return
    known = _current(mailbox, said.source)
    if said.reliability != known:
        why = Why("the register has another grade; fusion source grade changes it")
        raise Refusal(Reason.FIELD_VALUE, f"assessment.reliability: {known}", why)


def _current(mailbox: Mailbox, code: str) -> str:
    return find_source(mailbox, code, "assessment.source").reliability


def find_source(mailbox: Mailbox, code: str, where: str = "") -> Source:
    """Raise Refusal(CODE_UNKNOWN)."""
    try:
        return mailbox.sources.get(code)
    except Refusal:
        raise Refusal(Reason.CODE_UNKNOWN, where or code, _UNREGISTERED) from None


def fill(mailbox: Mailbox, bulletin: Mapping[str, object]) -> dict[str, object]:
    """Fill in the reliability of a source named without one.

    Other errors in the object are found by `content.from_json`.
    """
    said = bulletin.get("assessment")
    if not lacks_grade(bulletin) or not isinstance(said, dict):
        return dict(bulletin)
    grade = _current(mailbox, said["source"])
    return {**bulletin, "assessment": {**said, "reliability": grade}}


def lacks_grade(bulletin: Mapping[str, object]) -> bool:
    """Return whether the reliability is to be taken from the register."""
    said = bulletin.get("assessment")
    if not isinstance(said, dict) or "reliability" in said:
        return False
    source = said.get("source")
    return isinstance(source, str) and bool(source)
