"""The verdict on one entry: is it valid in this log (docs/spec/verdict.md, "Steps").

A function of the bundle's roots and the earlier entries of the same log (keys carry
over from the log before it); never of a clock or of another node's log. So every member
reaches the same verdict at any time. Checks against other logs (the owner of a
recipient's key, whether a reference exists) are made by the origin at submission, and
by the reading desk.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import NO_VERDICT, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.note import Vkey
from exchange.trust import statements
from exchange.trust.directory import Directory
from exchange.trust.registered_keys import Registered
from exchange.trust.release import check_release
from exchange.trust.root_pairs import pair_of
from exchange.v1 import envelope_pb2 as pb

SEALED = frozenset({pb.KIND_BULLETIN, pb.KIND_TRANSLATION, pb.KIND_RECALL})
URGENT = frozenset({pb.PRECEDENCE_FLASH, pb.PRECEDENCE_IMMEDIATE})
_WORD = re.compile(rb"[A-Z_]{1,32}")  # a reason; a newer release may have more
RECEIPTS = frozenset(range(pb.RELATION_OPENED, pb.RELATION_COUNTERSIGNED + 1))
WORDLESS = frozenset(
    {pb.RELATION_OPENED, pb.RELATION_UNOPENABLE, pb.RELATION_COUNTERSIGNED}
)
"""Relations of receipts that have no sealed text."""
REASONED = frozenset({pb.RELATION_CANNOT_COMPLY, pb.RELATION_UNOPENABLE})
"""Relations of receipts that may give a reason by a word in clear."""

Roles = tuple[str, ...]


class Known(Protocol):
    def knows_id(self, id_: bytes) -> bool: ...

    def knows_name(self, name: bytes) -> bool: ...


class Opening(Struct, frozen=True):
    """The end of log n, which the first entry of log n + 1 must name.

    `mirrors` are the keys of the partners that may have cosigned it.
    """

    before: str
    log_keys: Sequence[Vkey]
    mirrors: Sequence[Vkey]

    def end(self, note: bytes) -> VerifiedHead:
        """Return the last head cosigned by a partner; Refusal(NOTE | HEAD | ...)."""
        verified = checkpoint.verify_head(note, self.log_keys)
        if verified.head.origin != self.before:
            raise Refusal(Reason.HEAD, "clear")
        if not checkpoint.cosignatures(note, self.mirrors):
            raise Refusal(Reason.COSIGNATURE, "clear")
        return verified


class Log(Struct, frozen=True):
    """One log, up to the entry judged.

    `opens` is set for the first entry of a log that continues another: it must be a
    HEAD, and no other entry may be one.
    """

    node: str
    directory: Directory
    known: Known
    opens: Opening | None = None


class Accepted(Struct, frozen=True):
    """An entry that every member delivers; `statement` is set for DIRECTORY."""

    parsed: Parsed
    core: pb.Core
    signers: tuple[Registered, ...]
    statement: pb.Statement | None

    @property
    def author(self) -> Registered:
        return next(s for s in self.signers if s.kid == self.core.author)


class Refused(Struct, frozen=True):
    """An entry that every member mirrors, but does not deliver."""

    reason: Reason


def judge(entry: bytes, log: Log) -> Accepted | Refused:
    """Return the verdict on an entry present or future in `log`.

    A failed directory read, or unknown newer rules, give no verdict: raised.
    """
    try:
        return check(entry, log)
    except Refusal as refusal:
        if refusal.reason in NO_VERDICT:
            raise
        return Refused(refusal.reason)


def check(entry: bytes, log: Log) -> Accepted:
    """Return the verified entry, or raise the same Refusal at every member.

    0. The rules in force are known here, otherwise UPGRADE: no verdict.
    1. The outer entry is canonical and within its size.
    2. Each signer is registered earlier in the log, for that role, at that node; or is
       one of the new roots stated by the entry itself.
    3. Every signature verifies, over the received bytes of core.
    4. Core is canonical; version, suite, kind and every enum are known.
    5. The origin is the node of this log; a HEAD is the first entry of a log that
       continues another, and occurs nowhere else; id and name are new in the log.
    6. `filed` lies within the validity of each signer's key; none is revoked.
    7. The signatures are exactly those that the kind needs.
    8. Label, recipients, references and release fit the kind and the author; only
       public content is in clear: a statement, a head, a receipt's reason.
    9. A statement is within its signers' powers; the HEAD that opens a log holds the
       signed and cosigned end of the log before it.
    """
    # 0
    check_rules(log.directory)
    # 1
    return check_parsed(envelope.split(entry), log)


def check_rules(directory: Directory) -> None:
    if directory.rules > statements.NEWEST_RULES:
        raise Refusal(Reason.UPGRADE, f"rules {directory.rules}")


def carries_text(core: pb.Core) -> bool:
    """Return whether it has sealed content, and so needs release by policy."""
    receipt = core.kind == pb.KIND_RECEIPT and bool(core.recipients)
    return receipt or core.kind in SEALED


def is_draft(parsed: Parsed) -> bool:
    """Return whether an entry still needs a releaser's signature."""
    roles = [signed.role for signed in parsed.signatures]
    if roles != [statements.AUTHOR]:
        return False
    core = parsed.core
    return carries_text(core) and core.release == pb.RELEASE_RELEASED


def check_draft(parsed: Parsed, log: Log) -> Accepted:
    """Return the verdict of `check`, without the releaser's signature.

    The caller has checked `is_draft`.
    """
    check_rules(log.directory)
    return check_parsed(parsed, log, draft=True)


def check_parsed(parsed: Parsed, log: Log, *, draft: bool = False) -> Accepted:
    # 2, 3
    signers = tuple(_signer(parsed, signed, log) for signed in parsed.signatures)
    # 4
    core = parsed.core
    # 5
    _place(parsed, core, log)
    # 6
    for signer in signers:
        _valid(signer, core, log)
    # 7
    statement = _statement(core)
    needed = ((statements.AUTHOR,),) if draft else _needed(core, statement)
    _roles(core, signers, needed)
    # 8
    _shape(core, signers, log.directory)
    # 9
    if statement is not None:
        log.directory.check(core, statement, signers)
    if log.opens is not None:
        log.opens.end(core.clear)
    return Accepted(parsed, core, signers, statement)


def _signer(parsed: Parsed, signed: envelope.Signed, log: Log) -> Registered:
    signer = log.directory.signer(signed.role, signed.kid)
    signer = signer or _new_root(parsed, signed, log)
    if signer is None:
        raise Refusal(Reason.SIGNER_UNKNOWN)
    envelope.verify_signature(parsed, signed, signer.algorithm, signer.public)
    return signer


def _new_root(parsed: Parsed, signed: envelope.Signed, log: Log) -> Registered | None:
    if signed.role != statements.ROOT:
        return None
    try:
        statement = _statement(parsed.core)
    except Refusal:
        return None
    if statement is None or statement.type != pb.STATEMENT_TYPE_ROOTS:
        return None
    return log.directory.register_roots(pair_of(statement), -1).get(signed.kid)


def _place(parsed: Parsed, core: pb.Core, log: Log) -> None:
    if core.origin != log.node:
        raise Refusal(Reason.ORIGIN)
    if (core.kind == pb.KIND_HEAD) != (log.opens is not None):
        raise Refusal(Reason.HEAD if log.opens is not None else Reason.KIND)
    check_new(parsed.name, core.id, log.known)


def check_new(name: bytes, id_: bytes, known: Known) -> None:
    if known.knows_name(name):
        raise Refusal(Reason.DUPLICATE_NAME)
    if known.knows_id(id_):
        raise Refusal(Reason.DUPLICATE_ID)


def _valid(signer: Registered, core: pb.Core, log: Log) -> None:
    if log.directory.revoked_since(signer.kid, signer.subject) is not None:
        raise Refusal(Reason.SIGNER_REVOKED)
    if not signer.valid_from <= core.filed <= signer.valid_until:
        raise Refusal(Reason.SIGNER_TIME)


def _statement(core: pb.Core) -> pb.Statement | None:
    if core.kind != pb.KIND_DIRECTORY:
        return None
    return statements.parse_statement(core.clear)


def _roles(
    core: pb.Core, signers: Sequence[Registered], needed: Sequence[Roles]
) -> None:
    found = tuple(signer.role for signer in signers)
    if found not in needed:
        raise Refusal(Reason.SIGNERS)
    if core.author not in {signer.kid for signer in signers}:
        raise Refusal(Reason.SIGNERS)


def _needed(core: pb.Core, statement: pb.Statement | None) -> tuple[Roles, ...]:
    if statement is not None:
        return statements.signing_roles(statement)
    if core.kind == pb.KIND_HEAD:
        return ((statements.ISSUER,),)
    relations = {reference.relation for reference in core.references}
    if core.kind == pb.KIND_RECEIPT and relations == {pb.RELATION_COUNTERSIGNED}:
        return (("releaser",),)
    released = carries_text(core) and core.release == pb.RELEASE_RELEASED
    return (("author", "releaser"),) if released else (("author",),)


def _shape(core: pb.Core, signers: Sequence[Registered], directory: Directory) -> None:
    _clear(core)
    if carries_text(core):
        _label(core)
        _recipients(core, signers)
        _release(core, signers, directory)
    elif core.release != pb.RELEASE_NONE:
        raise Refusal(Reason.RELEASE)
    if core.kind == pb.KIND_RECEIPT:
        _receipt(core)
    public = core.kind in {pb.KIND_DIRECTORY, pb.KIND_HEAD}
    if public and (core.recipients or core.references or core.attachments):
        raise Refusal(Reason.RECIPIENTS)


def _clear(core: pb.Core) -> None:
    if core.kind not in {*SEALED, pb.KIND_RECEIPT} or not core.clear:
        return
    relations = [reference.relation for reference in core.references]
    receipt = core.kind == pb.KIND_RECEIPT and not core.recipients
    reasoned = receipt and len(relations) == 1 and relations[0] in REASONED
    if not (reasoned and _WORD.fullmatch(core.clear)):
        raise Refusal(Reason.KIND, "clear")


def _label(core: pb.Core) -> None:
    if not core.releasable_to:
        raise Refusal(Reason.LABEL)
    for recipient in core.recipients:
        domain = recipient.desk.rpartition(".")[2]
        if domain not in core.releasable_to:
            raise Refusal(Reason.NOT_RELEASABLE)
        informed = recipient.recipient_class == pb.RECIPIENT_CLASS_INFO
        if core.tlp == pb.TLP_RED and informed:
            raise Refusal(Reason.NOT_RELEASABLE)


def _recipients(core: pb.Core, signers: Sequence[Registered]) -> None:
    """Require exactly one desk as copy: the author's own."""
    desk = _author(core, signers).subject.rpartition("@")[2]
    copies = {
        recipient.desk
        for recipient in core.recipients
        if recipient.recipient_class == pb.RECIPIENT_CLASS_COPY
    }
    if copies != {desk}:
        raise Refusal(Reason.RECIPIENTS)


def _release(
    core: pb.Core, signers: Sequence[Registered], directory: Directory
) -> None:
    """Require a releaser other than the author, who may release this."""
    if core.release == pb.RELEASE_EMERGENCY and core.precedence not in URGENT:
        raise Refusal(Reason.RELEASE)
    if len({signer.subject for signer in signers}) != len(signers):
        raise Refusal(Reason.RELEASE)
    check_release(core, signers, directory.release_policy)


def _receipt(core: pb.Core) -> None:
    relations = [reference.relation for reference in core.references]
    if len(relations) != 1 or relations[0] not in RECEIPTS:
        raise Refusal(Reason.REFERENCES)
    if core.recipients and relations[0] in WORDLESS:
        raise Refusal(Reason.RECIPIENTS)


def _author(core: pb.Core, signers: Sequence[Registered]) -> Registered:
    return next(signer for signer in signers if signer.kid == core.author)
