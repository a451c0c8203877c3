"""The clear header, checked: one encoding, known values, everything in bounds.

A node calls this after the signatures verified, on bytes that a partner may have
crafted: nothing is trusted, and equal bytes give equal answers on every Python (ASCII
only, no clock, no `unicodedata`). The requirements of each kind are rules of the
verdict, not the format.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from exchange import limits
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb

VERSION = 1
SUITE = 0x0001  # FC-I1: X-Wing, Cobblestone256, SHA-256, Ed25519
ID_SIZE = 16
HASH_SIZE = 32
SIGNED_MAX = 2**63 - 1  # fits the 64-bit integers of a database or another language
TIME_MAX = 253_402_300_799_999  # ms; the end of the year 9999

_KINDS = frozenset(pb.Kind.values()) - {0}
_PRECEDENCES = frozenset(pb.Precedence.values()) - {0}
_TLPS = frozenset(pb.Tlp.values()) - {0}
_MODES = frozenset(pb.Mode.values()) - {0}
_RELEASES = frozenset(pb.Release.values()) - {0}
_CLASSES = frozenset(pb.RecipientClass.values()) - {0}
_RELATIONS = frozenset(pb.Relation.values()) - {0}

_NAME = re.compile(rf"[a-z0-9.@-]{{1,{limits.NAME_MAX}}}")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}")
_CAVEAT = re.compile(r"[A-Z0-9_]{1,64}")

_M = TypeVar("_M", bound=Message)


def parse_canonical(kind: type[_M], data: bytes, where: str) -> _M:
    """Parse it if the bytes are its one encoding; Refusal(NOT_CANONICAL).

    Removing unknown fields, at any depth, and serialising again must give the same
    bytes; this also rejects groups, duplicates, longer varints, wrong order and
    explicit defaults.
    """
    message = kind()
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise Refusal(Reason.NOT_CANONICAL, where) from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != data:
        raise Refusal(Reason.NOT_CANONICAL, where)
    return message


def parse_core(data: bytes) -> pb.Core:
    """Parse the header if these bytes are its one encoding.

    Checks 1 size and encoding, 2 version and suite, 3 known kind, 4 id, origin and
    author, 5 times, 6 handling, 7 recipients, 8 references, 9 attachments. Raises
    Refusal: SIZE, NOT_CANONICAL, VERSION, SUITE, KIND, ORIGIN, TIME, LABEL, RELEASE,
    RECIPIENTS or REFERENCES, with the field as `where`.
    """
    # 1
    if len(data) > limits.ENTRY_MAX:
        raise Refusal(Reason.SIZE, "core")
    core = parse_canonical(pb.Core, data, "core")
    # 2
    _need(core.version == VERSION, Reason.VERSION, "version")
    _need(core.suite == SUITE, Reason.SUITE, "suite")
    # 3
    _need(core.kind in _KINDS, Reason.KIND, "kind")
    # 4
    _need(len(core.id) == ID_SIZE, Reason.NOT_CANONICAL, "id")
    _need(_NAME.fullmatch(core.origin), Reason.ORIGIN, "origin")
    _need(len(core.author) == HASH_SIZE, Reason.NOT_CANONICAL, "author")
    # 5
    _check_times(core)
    # 6
    _check_handling(core)
    # 7
    _check_recipients(core.recipients)
    # 8
    _check_references(core.references)
    # 9
    _check_attachments(core.attachments)
    return core


def _check_times(core: pb.Core) -> None:
    for name, value in (
        ("filed", core.filed),
        ("valid_from", core.valid_from),
        ("expires", core.expires),
    ):
        _need(0 < value <= TIME_MAX, Reason.TIME, name)
    _need(core.expires > max(core.filed, core.valid_from), Reason.TIME, "expires")


def _check_handling(core: pb.Core) -> None:
    _need(core.precedence in _PRECEDENCES, Reason.LABEL, "precedence")
    _need(core.tlp in _TLPS, Reason.LABEL, "tlp")
    _need(core.mode in _MODES, Reason.LABEL, "mode")
    _need(core.release in _RELEASES, Reason.RELEASE, "release")
    _check_set(core.releasable_to, _DOMAIN, limits.DOMAINS_MAX, "releasable_to")
    _check_set(core.caveats, _CAVEAT, limits.CAVEATS_MAX, "caveats")


def _check_set(
    values: Sequence[str], form: re.Pattern[str], most: int, where: str
) -> None:
    _need(len(values) <= most, Reason.LABEL, where)
    _need(all(form.fullmatch(value) for value in values), Reason.LABEL, where)
    _need(_rises(values), Reason.LABEL, where)


def _check_recipients(recipients: Sequence[pb.Recipient]) -> None:
    _need(len(recipients) <= limits.RECIPIENTS_MAX, Reason.RECIPIENTS, "recipients")
    for one in recipients:
        _need(_NAME.fullmatch(one.desk), Reason.RECIPIENTS, "recipients.desk")
        known = one.recipient_class in _CLASSES
        _need(known, Reason.RECIPIENTS, "recipients.class")
        _need(len(one.kid) == HASH_SIZE, Reason.RECIPIENTS, "recipients.kid")
    _need(_rises([one.kid for one in recipients]), Reason.RECIPIENTS, "recipients.kid")


def _check_references(references: Sequence[pb.Reference]) -> None:
    _need(len(references) <= limits.REFERENCES_MAX, Reason.REFERENCES, "references")
    for one in references:
        known = one.relation in _RELATIONS
        _need(known, Reason.REFERENCES, "references.relation")
        _need(len(one.name) == HASH_SIZE, Reason.REFERENCES, "references.name")


def _check_attachments(attachments: Sequence[pb.Attachment]) -> None:
    where = "attachments"
    _need(len(attachments) <= limits.ATTACHMENTS_MAX, Reason.SIZE, where)
    for place, one in enumerate(attachments):
        _need(one.index == place, Reason.NOT_CANONICAL, f"{where}.index")
        _need(0 < one.padded <= SIGNED_MAX, Reason.NOT_CANONICAL, f"{where}.padded")
        _need(len(one.digest) == HASH_SIZE, Reason.NOT_CANONICAL, f"{where}.digest")


_Ordered = TypeVar("_Ordered", str, bytes)


def _rises(values: Sequence[_Ordered]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _need(holds: object, reason: Reason, where: str) -> None:
    if not holds:
        raise Refusal(reason, where)
