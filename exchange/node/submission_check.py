"""Checks on envelopes of own desks, beyond the verdict; pure.

Here are the checks that only the origin can do before it signs: the clock, the
submitting desk, and references to other logs. An envelope refused here leaves no trace
but its answer.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    BODY_OVERHEAD_MAX,
    FILED_AHEAD_MAX,
    STATEMENTS_MAX,
    SUCCESSOR_STOOD,
)
from exchange.trust import fast_accept, names, rules
from exchange.trust.directory import Directory
from exchange.trust.entry_facts import EntryFacts, EntryForm, Recipient, facts_of
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.labels import Handled, check_reference
from exchange.trust.registered_keys import Registered
from exchange.trust.statements import AUTHOR, ISSUER, RELEASER
from exchange.v1 import envelope_pb2 as pb


class Subject(Struct, frozen=True):
    """The envelope that another one is about, as far as this node knows it.

    `author` is an officer, or `@` and a desk if only that is known.
    """

    kind: int
    author: str
    desks: tuple[str, ...]
    handled: Handled

    @property
    def author_desk(self) -> str:
        return names.desk_of(self.author)


HELD_BACK = frozenset({pb.KIND_BULLETIN, pb.KIND_TRANSLATION})
"""Kinds refused under the operator's restrictions: at ROUTINE in MINIMIZE, at any
precedence for a suspended nation."""


DECLINES = frozenset(
    {b"WEATHER", b"THREAT", b"NO_ASSET", b"OUT_OF_RANGE", b"NOT_NEEDED"}
)
"""The codes of decline_reason that may be in clear: a node may know them."""


class NotYet(Refusal):
    """A refusal that may pass at another time, or in a longer log.

    `node` is the owner of the log that may bring the missing entry; "" is any node,
    None means only the time is wrong.
    """

    def __init__(self, reason: Reason, where: str, node: str | None) -> None:
        super().__init__(reason, where)
        self.node = node


class Others(Protocol):
    """Other logs; each answer may be "not here yet"."""

    def directory(self, node: str) -> Directory | None: ...

    def subject(self, name: bytes) -> Subject | None: ...

    def stored_since(self, node: str, index: int) -> int:
        """Return since when (ms UTC) the entry has been stored."""
        ...


class Asked(Struct):
    """`now` in ms UTC.

    `current` are forms whose recipient keys were all found current; a directory change
    must clear it. `minimize`: refuse ROUTINE bulletins from desks; `suspended`: nations
    for which all bulletins are refused.
    """

    others: Others
    now: int
    current: set[EntryForm] = field(default_factory=set)
    minimize: bool = False
    suspended: Collection[str] = ()


class Submission(Struct):
    """An envelope from a desk; None is the operator. Only `prepare` sets `prepared`."""

    sent: pb.Envelope
    desk: str | None
    prepared: "PreparedSubmission | None" = None
    size: int = 0
    """Bytes of the envelope as it came; counting again would build it again."""

    def __post_init__(self) -> None:
        self.size = self.sent.ByteSize()


class PreparedSubmission(NamedTuple):
    """`facts` are set if its form was accepted, by the directory in its `version`.

    Otherwise `parsed` or `refusal` is set; `text` is a fault of wraps and body. Only
    copies of a kept refusal are raised: its own traceback would refer to its holder.
    """

    directory: Directory
    version: int
    facts: EntryFacts | None = None
    text: Refusal | None = None
    parsed: Parsed | None = None
    refusal: Refusal | None = None

    @property
    def name(self) -> bytes:
        """Raise the refusal of an envelope without a name."""
        if self.facts is not None:
            return self.facts.name
        return self.take_parsed().name

    def claim(self) -> tuple[bytes, bytes] | None:
        if self.facts is not None:
            return self.facts.name, self.facts.id
        with suppress(Refusal):
            parsed = self.take_parsed()
            return parsed.name, parsed.core.id
        return None

    def is_draft(self) -> bool:
        """Return whether only the releaser's signature is missing, if readable."""
        with suppress(Refusal):
            return self.facts is None and rules.is_draft(self.take_parsed())
        return False

    def is_released(self) -> bool:
        if self.facts is not None:
            return bool(self.facts.form.releaser_desk)
        if self.parsed is None:
            return False
        roles = [signed.role for signed in self.parsed.signatures]
        return roles == [AUTHOR, RELEASER]

    def take_parsed(self) -> Parsed:
        """Raise the refusal of an unreadable entry."""
        if self.refusal is not None:
            raise _copy(self.refusal)
        if self.parsed is None:
            raise TypeError
        return self.parsed

    def check(self, log: rules.Log, forms: AcceptedForms) -> EntryFacts:
        """Return what the rules accept in `log`, or raise their Refusal.

        Earlier facts are valid while the directory has not changed since.
        """
        if self.facts is None:
            return fast_accept.check(self.take_parsed(), log, forms)
        same = log.directory is self.directory and self.version == log.directory.version
        facts = self.facts if same else None
        return fast_accept.check(self.facts.entry, log, forms, facts)


def prepare(submission: Submission, forms: AcceptedForms) -> PreparedSubmission:
    """Prepare an envelope once; any thread may call it.

    Signatures and text of known forms are verified here; all else waits for its turn.
    """
    if submission.prepared is None:
        submission.prepared = _prepare(submission.sent, forms)
    return submission.prepared


def _prepare(sent: pb.Envelope, forms: AcceptedForms) -> PreparedSubmission:
    directory = forms.directory
    version = directory.version  # read first: another thread may apply a statement
    try:
        facts = forms.judge(sent.entry)
        if facts is None:
            return PreparedSubmission(
                directory, version, parsed=envelope.split(sent.entry)
            )
    except Refusal as refusal:
        return PreparedSubmission(directory, version, refusal=_copy(refusal))
    try:
        facts.check_text(tuple(sent.wraps), sent.body)
    except Refusal as refusal:
        return PreparedSubmission(directory, version, facts, text=_copy(refusal))
    return PreparedSubmission(directory, version, facts)


def _copy(refusal: Refusal) -> Refusal:
    """Copy a refusal without its traceback.

    It holds its frames, and they a whole turn's envelopes: a reference cycle, if one of
    them keeps the refusal.
    """
    return Refusal(refusal.reason, refusal.where, refusal.why)


def check(
    submission: Submission, log: rules.Log, forms: AcceptedForms, asked: Asked
) -> EntryFacts:
    """Raise the Refusal for its desk.

    `forms` are of the directory of `log`. The operator of this machine may record
    statements of the nation and of any desk.

    1. The verdict that every member will reach.
    2. It is filed or released by this desk, and not ahead of this node's clock; it
       makes no more statements on one subject than a lifetime of keys needs. The
       nation's statements for the log are exempt from this node's clock. In MINIMIZE no
       ROUTINE bulletin or translation is accepted; for a suspended nation none at all.
    3. Wraps and body are the signed ones, and a remark is short (SIZE). A decline has a
       remark, or a code in clear (KIND).
    4. Each recipient's key is that desk's own, and still in use.
    5. Each reference exists and permits it, in its mode and under its label.
    """
    # 1
    facts = prepare(submission, forms).check(log, forms)
    # 2 to 5
    _check_at_origin(submission, facts, log.directory, asked)
    return facts


def check_draft(submission: Submission, log: rules.Log, asked: Asked) -> EntryFacts:
    """Judge it as its future envelope.

    Like `check`, without the releaser's signature; the caller has prepared it.
    """
    if submission.prepared is None:
        raise TypeError
    facts = facts_of(rules.check_draft(submission.prepared.take_parsed(), log))
    _check_at_origin(submission, facts, log.directory, asked)
    return facts


def _check_at_origin(
    submission: Submission, facts: EntryFacts, directory: Directory, asked: Asked
) -> None:
    # 2
    if submission.desk is not None:
        _check_desk(submission.desk, facts, directory, asked)
    # 3
    prepared = submission.prepared
    if prepared is not None and prepared.text is not None:
        raise _copy(prepared.text)
    if prepared is None or prepared.facts is None:
        facts.check_text(tuple(submission.sent.wraps), submission.sent.body)
    _check_remark(facts.form, submission.sent.body)
    # 4
    if facts.form not in asked.current:
        _recipients(facts.form, asked)
    # 5
    for relation, name in zip(facts.form.relations, facts.references, strict=True):
        _reference(relation, name, facts.form, asked.others)


def _check_remark(form: EntryForm, body: bytes) -> None:
    if len(body) > envelope.largest_padded(form.kind) + BODY_OVERHEAD_MAX:
        raise Refusal(Reason.SIZE, "body")
    declines = form.relations == (pb.RELATION_CANNOT_COMPLY,) and not form.recipients
    if form.kind == pb.KIND_RECEIPT and declines and form.clear not in DECLINES:
        raise Refusal(Reason.KIND, "clear")


def _waits_in_minimize(form: EntryForm) -> bool:
    return form.kind in HELD_BACK and form.precedence == pb.PRECEDENCE_ROUTINE


def _check_desk(
    desk: str, facts: EntryFacts, directory: Directory, asked: Asked
) -> None:
    if facts.filed > asked.now + FILED_AHEAD_MAX:
        raise NotYet(Reason.TIME, "filed", None)
    _of_desk(facts, desk)
    _check_count(facts, directory)
    if asked.minimize and _waits_in_minimize(facts.form):
        raise Refusal(Reason.MINIMIZE, "precedence")
    if asked.suspended and facts.form.kind in HELD_BACK:
        for recipient in facts.form.recipients:
            if names.domain_of(recipient.desk) in asked.suspended:
                raise Refusal(Reason.SUSPENDED, recipient.desk)


def _of_desk(facts: EntryFacts, desk: str) -> None:
    """Raise METHOD for another desk's.

    The nation's statements about a desk count as its own.
    """
    speakers, verdict = (
        {facts.form.author_desk, facts.form.releaser_desk},
        facts.verdict,
    )
    new = facts.statement
    if new is not None and verdict is not None and verdict.author.role == ISSUER:
        speakers = {new.subject.rpartition("@")[2]}
    if desk not in speakers:
        raise Refusal(Reason.METHOD, desk)


def _check_count(facts: EntryFacts, directory: Directory) -> None:
    """Raise QUOTA for one too many: members keep all of them for ever."""
    new = facts.statement
    if new is not None and directory.count_statements(new.subject) >= STATEMENTS_MAX:
        raise Refusal(Reason.QUOTA, "subject")


def _recipients(form: EntryForm, asked: Asked) -> None:
    if all(_is_chosen(recipient, asked) for recipient in form.recipients):
        asked.current.add(form)
        return
    for recipient in form.recipients:
        if not _is_chosen(recipient, asked):
            _recipient(recipient, asked.others, asked.now)


def _is_chosen(recipient: Recipient, asked: Asked) -> bool:
    directory = asked.others.directory(names.node_of(recipient.desk))
    chosen = directory.sealing_key(recipient.desk, asked.now) if directory else None
    return chosen is not None and chosen.kid == recipient.kid


def _recipient(recipient: Recipient, others: Others, now: int) -> None:
    """Refuse a key that is not the desk's, or that the desk will soon not hold.

    A desk deletes a private key some time after its successor. The key of a revoked
    signer is no successor.
    """
    desk, kid = recipient
    node = desk.partition(".")[2]
    directory = others.directory(node)
    if directory is None:
        raise NotYet(Reason.RECIPIENT_UNKNOWN, desk, node)
    if directory.revoked_since(kid, desk) is not None:
        raise Refusal(Reason.KEY_GONE, desk, REVOKED)
    successor: Registered | None = None
    for key in directory.iter_sealing_keys(desk):
        if key.kid == kid:
            break
        if directory.has_good_signer(key):
            successor = key
    else:
        raise NotYet(Reason.RECIPIENT_UNKNOWN, desk, node)
    if successor is None:
        return
    if now - others.stored_since(node, successor.index) > SUCCESSOR_STOOD:
        raise Refusal(Reason.KEY_GONE, desk, REPLACED)


REVOKED = Why("the key it is sealed to is revoked; sign it again")
REPLACED = Why("the key it is sealed to was replaced long ago; sign it again")
AUTHOR_ONLY = frozenset(
    {
        pb.RELATION_CORRECTS,
        pb.RELATION_SUPERSEDES,
        pb.RELATION_NARROWS,
        pb.RELATION_RECALLS,
    }
)


def _reference(relation: int, name: bytes, form: EntryForm, others: Others) -> None:
    subject, where = others.subject(name), name.hex()[:16]
    if subject is None:
        raise NotYet(Reason.REFERENCES, where, "")
    desk = form.author_desk
    if desk not in subject.desks:
        raise Refusal(Reason.REFERENCES, where)
    if relation in AUTHOR_ONLY and desk != subject.author_desk:
        raise Refusal(Reason.REFERENCES, where)
    if relation == pb.RELATION_COUNTERSIGNED and form.author == subject.author:
        raise Refusal(Reason.REFERENCES, where)
    check_reference(relation, form.handled, subject.handled)
