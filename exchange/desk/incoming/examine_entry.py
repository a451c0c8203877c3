"""Examine an entry that a desk may read; pure.

The node is not trusted: the entry is judged by the rules that every member shares.
References to *other* entries are judged in `relations`.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.content_format import check_format, read_format
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose import check_shape
from exchange.bulletin.schema import Type
from exchange.bulletin.values import PATTERNS
from exchange.core import parse_canonical
from exchange.desk.mailbox.records import NewerText
from exchange.desk.officer import ReadingDesk
from exchange.errors import Reason, Refusal, too_large
from exchange.limits import SEGMENT_MAX
from exchange.trust import names, rules
from exchange.trust.directory import Directory
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.retention import may_lack
from exchange.trust.statements import AUTHOR
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord

ACCEPTED = "ACCEPTED"
_CONFIRMED = re.compile(r"remark [A-Z_]{1,32}")


class UnreadText(SecretRecord, frozen=True):
    format: int
    body: bytes
    cek: bytes


class ExaminedEntry(SecretRecord, frozen=True):
    """An entry as this desk found it.

    `author` is the officer whose signature was verified. `verdict` is ACCEPTED, or why
    it could not be opened: then `content` and `cek` are None. MISSING: the text did not
    come, or `damage` (WRAPS | BODY) says how it differs from the signed one. That is a
    fault in transit, never of the author.
    """

    name: bytes
    entry: bytes
    core: pb.Core
    author: str
    verdict: str
    content: bytes | None = None
    cek: bytes | None = None
    statement: pb.Statement | None = None
    damage: Reason | None = None
    said: bulletin_pb2.Content | None = None
    """A bulletin's `content`, parsed."""
    unread: UnreadText | None = None
    """The text, if the verdict is FORMAT."""

    @property
    def desk(self) -> str:
        return names.desk_of(self.author)


def examine(
    sent: pb.Envelope,
    log: rules.Log,
    reader: ReadingDesk,
    now: int,
    forms: AcceptedForms | None = None,
) -> ExaminedEntry | None:
    """Return None if the entry is not for this desk at `now` (ms UTC).

    An entry of the same form as one in `forms`, accepted under the same directory, is
    judged only by its own parts.

    1. The verdict that every member reaches; its Refusal is raised: an entry that
       breaks a rule proves nothing, not even its author.
    2 to 5. See `_open`.
    """
    judged = None
    if forms is not None and log.opens is None:
        judged = _judge_by_form(sent.entry, forms)
        if judged is not None and log.known.knows_name(judged.name):
            judged = None
    if judged is None:
        verdict = rules.check(sent.entry, log)
        if forms is not None:
            forms.learn(verdict)
        judged = _judged(verdict)
    return _open(judged, sent, reader, now)


def examine_draft(
    sent: pb.Envelope, log: rules.Log, reader: ReadingDesk, now: int
) -> ExaminedEntry:
    """Return a draft for this desk, judged as the entry it may become.

    Raises Refusal if anything is wrong: no officer is shown such a draft.

    1. Only its releaser's signature is missing.
    2. The verdict, apart from that signature.
    3. It is for this desk; its text is there, opens and agrees with its header.
    """
    # 1
    parsed = envelope.split(sent.entry)
    if not rules.is_draft(parsed):
        raise Refusal(Reason.SIGNERS, parsed.name.hex()[:16])
    # 2
    judged = _judged(rules.check_draft(parsed, log))
    # 3
    entry = _open(judged, sent, reader, now)
    if entry is None:
        raise Refusal(Reason.RECIPIENTS, parsed.name.hex()[:16])
    if entry.verdict != ACCEPTED:
        raise Refusal(Reason(entry.verdict), parsed.name.hex()[:16])
    return entry


class Preparation(NamedTuple):
    """An entry examined before its turn, under one version of a directory.

    Valid while the directory has that version and no message has its name; invalid if
    the desk had no key, which may have come since.
    """

    directory: Directory
    version: int
    name: bytes
    entry: ExaminedEntry | None

    def holds(self, directory: Directory) -> bool:
        """Return whether the verdict would still be the same under `directory`."""
        if self.entry is not None and self.entry.verdict == Reason.KEY_GONE:
            return False
        return self.directory is directory and self.version == directory.version


def prepare(
    sent: pb.Envelope, forms: AcceptedForms, reader: ReadingDesk, now: int
) -> Preparation | None:
    """Examine an entry before those below it are filed; from any thread.

    None if it matches no accepted form: `examine` it in its turn.
    """
    directory, version = forms.directory, forms.directory.version
    judged = _judge_by_form(sent.entry, forms)
    if judged is None:
        return None
    entry = _open(judged, sent, reader, now)
    return Preparation(directory, version, judged.name, entry)


def _open(
    judged: "_Judged", sent: pb.Envelope, reader: ReadingDesk, now: int
) -> ExaminedEntry | None:
    """Open an accepted entry; None if it is not for this desk.

    2. It is addressed to this desk, or is for all (a statement, a clear receipt).
    3. Wraps and body are those signed. If both are missing and it has expired, they
       were erased; else they are MISSING, to be requested again.
    4. They open with a key of this desk. If its ring is an older one, a key may come
       back: until then the text counts as MISSING.
    5. The content is well formed, and agrees with the header.
    """
    core, kids = judged.core, [recipient.kid for recipient in judged.core.recipients]
    entry = ExaminedEntry(judged.name, sent.entry, core, judged.author, ACCEPTED)
    # 2
    if not kids:
        return replace(entry, statement=judged.statement)
    if not _addressed(core, reader.desk):
        return None
    # 3
    came = bool(sent.wraps or sent.body)
    if not came and may_lack(core.expires, lambda at: now >= at):
        return replace(entry, verdict=Reason.ERASED)
    wraps = tuple(sent.wraps)
    try:
        envelope.check_text(kids, judged.digests, wraps, sent.body)
    except Refusal as refusal:
        damage = refusal.reason if came else None
        return replace(entry, verdict=Reason.MISSING, damage=damage)
    # 4
    try:
        opened = envelope.open_checked(
            judged.core_bytes, kids, wraps, sent.body, reader.openers
        )
    except Refusal as refusal:
        comes = refusal.reason is Reason.KEY_GONE and reader.expects_keys
        return replace(entry, verdict=Reason.MISSING if comes else refusal.reason)
    # 5
    return _read(entry, opened, sent.body)


def read_again(kept: NewerText) -> ExaminedEntry:
    """Return the examined entry whose format was too new when it came.

    Only its content is judged again.
    """
    parsed = envelope.split(kept.entry)
    entry = ExaminedEntry(kept.name, kept.entry, parsed.core, kept.author, ACCEPTED)
    content = envelope.open_content(parsed, kept.body, kept.cek)
    return _read(entry, envelope.OpenedEnvelope(content, kept.cek), kept.body)


def _read(
    entry: ExaminedEntry, opened: envelope.OpenedEnvelope, body: bytes
) -> ExaminedEntry:
    try:
        said = check_content(entry.core, opened.content)
    except Refusal as refusal:
        unread = None
        if refusal.reason is Reason.FORMAT:
            unread = UnreadText(read_format(opened.content), body, opened.cek)
        return replace(entry, verdict=refusal.reason, unread=unread)
    return replace(entry, content=opened.content, cek=opened.cek, said=said)


class _Judged(NamedTuple):
    """The parts of an accepted entry that a desk needs; `digests` are dw and db."""

    name: bytes
    core: pb.Core
    core_bytes: bytes
    digests: tuple[bytes, bytes]
    author: str
    statement: pb.Statement | None = None


def _judged(verdict: rules.Accepted) -> _Judged:
    parsed = verdict.parsed
    return _Judged(
        parsed.name,
        verdict.core,
        parsed.core_bytes,
        (parsed.dw, parsed.db),
        verdict.author.subject,
        verdict.statement,
    )


def _judge_by_form(entry: bytes, forms: AcceptedForms) -> _Judged | None:
    """Return None to use the rules. The caller checks that its name is new."""
    facts = forms.judge(entry)
    if facts is None:
        return None
    core_bytes = pb.Entry.FromString(entry).core
    core = pb.Core.FromString(core_bytes)
    author = forms.directory.signer(AUTHOR, core.author)
    if author is None:
        return None
    digests = facts.dw, facts.db
    return _Judged(facts.name, core, core_bytes, digests, author.subject)


def _addressed(core: pb.Core, desk: str) -> bool:
    return any(recipient.desk == desk for recipient in core.recipients)


def check_content(core: pb.Core, content: bytes) -> bulletin_pb2.Content | None:
    """Raise Refusal(FORMAT | CONTENT | REFERENCES | RELEASE) unless it fits its header.

    Returns a bulletin's content; None for other kinds.
    """
    fits = _CHECKS.get(core.kind)
    if fits is None:
        raise Refusal(Reason.CONTENT, "kind")
    most = envelope.largest_padded(core.kind)
    if envelope.padded_size(len(content)) > most:
        raise Refusal(Reason.CONTENT, "remark", too_large(most))
    return fits(core, content)


def _bulletin(core: pb.Core, content: bytes) -> bulletin_pb2.Content:
    said = bulletin.decode(content, core)
    if len(said.attachments) != len(core.attachments):
        raise Refusal(Reason.CONTENT, "attachments")
    kind = KINDS.get(said.kind)
    if core.release == pb.RELEASE_EMERGENCY and not (kind and kind.life_saving):
        raise Refusal(Reason.RELEASE, "release")
    return said


def _translation(core: pb.Core, content: bytes) -> None:
    bulletin.decode_translation(content)
    _only_reference(core, pb.RELATION_TRANSLATES)


def _recall(core: pb.Core, content: bytes) -> None:
    decode_remark(content)
    _only_reference(core, pb.RELATION_RECALLS)


def _receipt(_: pb.Core, content: bytes) -> None:
    decode_remark(content)


def _only_reference(core: pb.Core, relation: "pb.Relation.ValueType") -> None:
    if [reference.relation for reference in core.references] != [relation]:
        raise Refusal(Reason.REFERENCES, "references")


def decode_remark(content: bytes) -> bulletin_pb2.Remark:
    """Raise Refusal(FORMAT | CONTENT).

    A text, a reason code, or both; codes that a newer release added pass.
    """
    check_format(content)
    try:
        remark = parse_canonical(bulletin_pb2.Remark, content, "remark")
        if remark.HasField("text") or not remark.reason:
            check_shape(remark.text, "remark", SEGMENT_MAX)
    except Refusal as refusal:
        raise Refusal(Reason.CONTENT, refusal.where) from None
    if any(not _CONFIRMED.fullmatch(one) for one in remark.confirmed):
        raise Refusal(Reason.CONTENT, "remark.confirmed")
    for name, code in (("reason", remark.reason), ("instruction", remark.instruction)):
        if code and not PATTERNS[Type.CODE].fullmatch(code):
            raise Refusal(Reason.CONTENT, f"remark.{name}")
    return remark


_CHECKS: dict[int, Callable[[pb.Core, bytes], bulletin_pb2.Content | None]] = {
    pb.KIND_BULLETIN: _bulletin,
    pb.KIND_TRANSLATION: _translation,
    pb.KIND_RECALL: _recall,
    pb.KIND_RECEIPT: _receipt,
}
