"""Checks on what the own desks submit, beyond the verdict; pure.

The verdict (`rules`) is what every member concludes from the log alone. Here
stands what only the origin can ask before it signs: the clock, whose desk it
is, and what touches other logs. An envelope refused here leaves no trace but
its answer.
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
    """The envelope that a reference names, as far as this node knows it.

    `author` is an officer, or `@` and a desk where only that is known.
    """

    kind: int
    author: str
    desks: tuple[str, ...]
    handled: Handled

    @property
    def author_desk(self) -> str:
        """The desk of the officer who wrote it."""
        return names.desk_of(self.author)


HELD_BACK = frozenset({pb.KIND_BULLETIN, pb.KIND_TRANSLATION})
"""Kinds that a node does not take while its operator restricts it: at ROUTINE in
MINIMIZE, at any precedence for a nation that is suspended."""


DECLINES = frozenset(
    {b"WEATHER", b"THREAT", b"NO_ASSET", b"OUT_OF_RANGE", b"NOT_NEEDED"}
)
"""The codes of decline_reason, which a node may know: they may stand in clear."""


class NotYet(Refusal):
    """Refuses an envelope now, and may not later: for the hour, or a log's end.

    `node` is whose log may bring what is missing; "" is any node, None the hour alone.
    """

    def __init__(self, reason: Reason, where: str, node: str | None) -> None:
        super().__init__(reason, where)
        self.node = node


class Others(Protocol):
    """Answers from other logs; each may be "not here yet"."""

    def directory(self, node: str) -> Directory | None:
        """Return the directory of a node's log; None for an unknown node."""
        ...

    def subject(self, name: bytes) -> Subject | None:
        """Return what an envelope is, by name; None where it is not here."""
        ...

    def stored_since(self, node: str, index: int) -> int:
        """Return when (ms UTC) an entry of a node's log was stored here."""
        ...


class Asked(Struct):
    """The other logs and the hour, by which a node judges besides its own log.

    `now` in ms UTC. `current` are the forms whose every recipient was found to have
    the key to seal by of its desk: who changes a directory clears it. `minimize`: no
    ROUTINE bulletins are taken from desks now; none at all for `suspended` nations.
    """

    others: Others
    now: int
    current: set[EntryForm] = field(default_factory=set)
    minimize: bool = False
    suspended: Collection[str] = ()


class Submission(Struct):
    """One envelope that a desk wants recorded; desk None is the operator.

    `prepared` is what its bytes say: `prepare` sets it, once, before it is recorded.
    """

    sent: pb.Envelope
    desk: str | None
    prepared: "PreparedSubmission | None" = None
    size: int = 0
    """Bytes of the envelope as it came; to count them again is to build it again."""

    def __post_init__(self) -> None:
        """Count the bytes."""
        self.size = self.sent.ByteSize()


class PreparedSubmission(NamedTuple):
    """An envelope by its bytes alone, before it is its turn.

    `facts` are there where it has a form that was accepted, by the directory in its
    `version`; else it is taken apart as `parsed`, or cannot be, which is `refusal`.
    `text` is what is wrong with wraps and body, by the facts. A kept refusal is never
    raised itself, but another like it: its traceback would hold what holds it.
    """

    directory: Directory
    version: int
    facts: EntryFacts | None = None
    text: Refusal | None = None
    parsed: Parsed | None = None
    refusal: Refusal | None = None

    @property
    def name(self) -> bytes:
        """The name of the envelope; raises the refusal of what has none."""
        if self.facts is not None:
            return self.facts.name
        return self.take_parsed().name

    def claim(self) -> tuple[bytes, bytes] | None:
        """Return the name and the id that an entry claims; None where it has none."""
        if self.facts is not None:
            return self.facts.name, self.facts.id
        with suppress(Refusal):
            parsed = self.take_parsed()
            return parsed.name, parsed.core.id
        return None

    def is_draft(self) -> bool:
        """Whether it lacks nothing but its releaser's signature, as far as it reads."""
        with suppress(Refusal):
            return self.facts is None and rules.is_draft(self.take_parsed())
        return False

    def is_released(self) -> bool:
        """Whether a releaser has signed beside an author, rightly or not."""
        if self.facts is not None:
            return bool(self.facts.form.releaser_desk)
        if self.parsed is None:
            return False
        roles = [signed.role for signed in self.parsed.signatures]
        return roles == [AUTHOR, RELEASER]

    def take_parsed(self) -> Parsed:
        """Return the entry taken apart, or raise its refusal."""
        if self.refusal is not None:
            raise _copy(self.refusal)
        if self.parsed is None:
            raise TypeError
        return self.parsed

    def check(self, log: rules.Log, forms: AcceptedForms) -> EntryFacts:
        """Return what the rules accept in `log`, or raise their Refusal.

        The facts count while the directory is the one by which they were found.
        """
        if self.facts is None:
            return fast_accept.check(self.take_parsed(), log, forms)
        same = log.directory is self.directory and self.version == log.directory.version
        facts = self.facts if same else None
        return fast_accept.check(self.facts.entry, log, forms, facts)


def prepare(submission: Submission, forms: AcceptedForms) -> PreparedSubmission:
    """Return what the bytes of a submission say, and keep it there; for any thread.

    Signatures and text of what has a known form are verified here; all else waits for
    its turn.
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
    """Return another refusal that says the same, without a traceback.

    A traceback holds the frames that it goes through, and they the envelopes of a whole
    turn: in a circle, if the refusal is kept with one of them, until the collector of
    garbage finds it.
    """
    return Refusal(refusal.reason, refusal.where, refusal.why)


def check(
    submission: Submission, log: rules.Log, forms: AcceptedForms, asked: Asked
) -> EntryFacts:
    """Return the envelope judged, or raise the Refusal that its desk is told.

    `forms` are of the directory of `log`.

    The operator of this machine may put statements of the nation and of any desk
    into the log.

    1. The verdict that every member will come to.
    2. It is filed by this desk, or released by it, and not ahead of this node's clock;
       of one subject it states no more than a lifetime of keys needs. What the nation
       signed for the log, with whatever clock, is not held up by this one. In MINIMIZE
       no ROUTINE bulletin or translation is taken; for a suspended nation none at all.
    3. Wraps and body are those that were signed, and a remark is short (SIZE). What
       cannot be done has a remark, or a code in clear (KIND).
    4. Each recipient's key is that desk's own, and in use still.
    5. What it speaks of exists and permits it, in its mode and under its label.
    """
    # 1
    facts = prepare(submission, forms).check(log, forms)
    # 2 to 5
    _check_at_origin(submission, facts, log.directory, asked)
    return facts


def check_draft(submission: Submission, log: rules.Log, asked: Asked) -> EntryFacts:
    """Return a draft judged as the envelope that it will be, or raise the Refusal.

    As `check`, but for the releaser's signature; who calls has prepared it.
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
    """Let a desk submit its own; of the directory also what is said of it."""
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
    """Raise QUOTA for one statement too many: no member ever forgets one."""
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
    """Whether a key is the one to seal for its desk by."""
    directory = asked.others.directory(names.node_of(recipient.desk))
    chosen = directory.sealing_key(recipient.desk, asked.now) if directory else None
    return chosen is not None and chosen.kid == recipient.kid


def _recipient(recipient: Recipient, others: Others, now: int) -> None:
    """Refuse a key that is not the desk's, or that the desk will not open by for long.

    The private half of a key goes some time after another took its place. One of a
    signer who is revoked takes no other's.
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
