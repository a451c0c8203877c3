"""Compose signed, sealed envelopes from drafts and receipts; nothing is sent here."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import Draft, explicit, numbered
from exchange.bulletin.prose import check_prose, check_shape, writable
from exchange.core import ID_SIZE, SUITE, VERSION
from exchange.desk.incoming.examine_entry import (
    ACCEPTED,
    ExaminedEntry,
    check_content,
)
from exchange.desk.incoming.relations import About, Authors, Find, check_relations
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.desk.records import Addressee
from exchange.errors import Reason, Refusal, Why
from exchange.limits import EXPIRES_AFTER, SEGMENT_MAX
from exchange.trust import names
from exchange.trust.directory import Directory
from exchange.trust.labels import Handled, Label
from exchange.trust.own_verdict import judge_own, log_of
from exchange.trust.registered_keys import Registered
from exchange.trust.statements import AUTHOR, RELEASER
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord
from keys.signing import Ed25519Signer

Class: TypeAlias = "pb.RecipientClass.ValueType"
Renewed: TypeAlias = Callable[[bytes], bytes]
"""Name -> the name of its last signing."""
Numbers: TypeAlias = Callable[[Iterable[str]], Mapping[str, int]]
"""Desks -> the next bulletin number for each of them."""
ACTION, INFO = pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO
COPY, REVIEW = pb.RECIPIENT_CLASS_COPY, pb.RECIPIENT_CLASS_REVIEW


class Prepared(SecretRecord, frozen=True):
    name: bytes
    envelope: pb.Envelope
    core: pb.Core
    content: bytes
    cek: bytes


class Composer:
    """Writes only envelopes that every reader would accept."""

    def __init__(
        self,
        officer: Officer,
        pinned: Pinned,
        clock: Callable[[], int],
        find: Find,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._officer = officer
        self._pinned = pinned
        self._clock = clock
        self._find = find
        self._random = random

    def addressees(self, draft: CheckedDraft) -> list[Addressee]:
        """Return the addressees, the own desk last.

        Raises Refusal(RECIPIENT_UNKNOWN | RECIPIENTS | NOT_RELEASABLE).
        """
        own = self._officer.desk
        wanted: list[tuple[str, Class, str]] = []
        given = ("to", draft.to, ACTION), ("info", draft.info, INFO)
        for place, desks, class_ in given:
            for i, desk in enumerate(desks):
                if desk == own:
                    why = Why("your own desk gets a copy anyway; remove it")
                    raise Refusal(Reason.RECIPIENTS, f"{place}.{i}", why)
                wanted.append((desk, class_, f"{place}.{i}"))
        if names.domain_of(own) not in draft.releasable_to:
            why = Why("your own nation is missing; add it")
            raise Refusal(Reason.NOT_RELEASABLE, f"label.releasable_to: {own}", why)
        if draft.review:
            wanted.append((self._check_review(draft.review), REVIEW, "review"))
        return self._keys([*wanted, (own, COPY, "sender")])

    def _check_review(self, desk: str) -> str:
        """Return the desk that reviews: another desk of this node."""
        if names.node_of(desk) != self._officer.node or desk == self._officer.desk:
            why = Why("name another desk of {node}", node=self._officer.node)
            raise Refusal(Reason.RECIPIENTS, f"review: {desk}", why)
        return desk

    def release_of(self, draft: Draft) -> "pb.Release.ValueType":
        """Return how: by its author alone, or by two."""
        precedence, tlp = draft.precedence, draft.tlp
        header = pb.Core(kind=pb.KIND_BULLETIN, precedence=precedence, tlp=tlp)
        return self._release(header, draft.release, draft.review)

    def _release(
        self, core: pb.Core, asked: "pb.Release.ValueType", review: str = ""
    ) -> "pb.Release.ValueType":
        """Release as its officer asks, else by the policy in force in the own log."""
        if asked != pb.RELEASE_NONE:
            return asked
        two = bool(review) or self.needs_two(core)
        return pb.RELEASE_RELEASED if two else pb.RELEASE_NONE

    def needs_two(self, core: pb.Core) -> bool:
        """Whether the policy in force in the own log requires two officers."""
        policy = self._pinned.directory(self._officer.node).release_policy
        return policy.needs_two(core)

    def _keys(self, wanted: Iterable[tuple[str, Class, str]]) -> list[Addressee]:
        keys, now = [], self._clock()
        for desk, class_, where in wanted:
            key = self._pinned.sealing_key(desk, now)
            if key is None:
                raise Refusal(Reason.RECIPIENT_UNKNOWN, f"{where}: {desk}")
            keys.append(Addressee(desk, class_, key, where))
        return keys

    def bulletin(self, draft: CheckedDraft, numbers: Numbers) -> Prepared:
        """Prepare a bulletin; a Refusal names an addressee that forbids it."""
        filed = self._clock()
        core = self._core(pb.KIND_BULLETIN, filed)
        core.valid_from = draft.valid_from or filed
        core.expires = draft.expires_at(filed)
        core.precedence, core.mode, core.tlp = draft.precedence, draft.mode, draft.tlp
        core.releasable_to.extend(draft.releasable_to)
        core.caveats.extend(draft.caveats)
        core.references.extend(draft.references)
        addressees, own = self.addressees(draft), self._officer.desk
        desks = sorted(
            one.desk
            for one in addressees
            if one.recipient_class in {ACTION, INFO} and one.desk != own
        )
        core.release = self.release_of(draft)
        content = bulletin.encode(
            numbered(explicit(draft.content, filed), numbers(desks))
        )
        return self._seal(core, content, addressees)

    def translation(
        self, name: bytes, source: About, content: bulletin_pb2.Translation
    ) -> Prepared:
        """Seal and sign a translation for the source's readers, in their classes.

        The source's author gets it for information (of RED: for action), the own desk a
        copy. Raises Refusal(NOT_RELEASABLE).
        """
        core = self._telling(pb.KIND_TRANSLATION, source)
        core.references.add(relation=pb.RELATION_TRANSLATES, name=name)
        core.release = self._release(core, pb.RELEASE_NONE)
        acting, informed = readers(source.core, source.binding_handling)
        informed |= {source.desk} - acting
        if core.tlp == pb.TLP_RED:  # nobody is merely informed of RED
            acting, informed = acting | informed, frozenset()
        own = self._officer.desk
        wanted: list[tuple[str, Class, str]] = [(own, COPY, "sender")]
        wanted += [(desk, ACTION, "to") for desk in sorted(acting - {own})]
        wanted += [(desk, INFO, "to") for desk in sorted(informed - {own})]
        keys = self._keys(wanted)
        return self._seal(core, bulletin.encode(content), keys, source)

    def receipt(
        self,
        name: bytes,
        about: About,
        relation: "pb.Relation.ValueType",
        remark: bulletin_pb2.Remark | None = None,
        why: str = "",
    ) -> Prepared:
        """Sign a receipt; one with a remark is sealed like a bulletin.

        `why` is a reason word in clear. A code without a text goes in clear, too, if
        the policy requires two officers for sealed remarks: one officer can always send
        it. A receipt without a remark has the message's original label, even if it was
        narrowed: a desk can always acknowledge. Raises Refusal(NOT_RELEASABLE) for a
        remark.
        """
        if remark is None:
            core = self._following(pb.KIND_RECEIPT, about.core, Label.of(about.core))
            core.references.add(relation=relation, name=name)
            core.clear = why.encode("ascii")
            return self._seal(core, b"", [], about)
        core = self._telling(pb.KIND_RECEIPT, about)
        core.release = self._release(core, pb.RELEASE_NONE)
        if core.release == pb.RELEASE_RELEASED and not remark.HasField("text"):
            return self.receipt(name, about, relation, why=remark.reason)
        core.references.add(relation=relation, name=name)
        red = core.tlp == pb.TLP_RED  # nobody is merely informed of RED
        wanted: list[tuple[str, Class, str]] = [(self._officer.desk, COPY, "sender")]
        for desk in sorted(about.binding_handling.desks - {self._officer.desk}):
            answers = red or desk == about.desk
            wanted.append((desk, ACTION if answers else INFO, "to"))
        return self._seal(core, bulletin.encode(remark), self._keys(wanted), about)

    def countersignature(self, name: bytes, about: About) -> Prepared:
        """Raise Refusal(SIGNERS) for an officer without a releaser key."""
        core = self._following(pb.KIND_RECEIPT, about.core, Label.of(about.core))
        releaser = self._officer.check_releaser()
        core.author = releaser.kid
        core.references.add(relation=pb.RELATION_COUNTERSIGNED, name=name)
        return self._seal(core, b"", [], about, (RELEASER, releaser))

    def recall(
        self, name: bytes, about: About, remark: bulletin_pb2.Remark
    ) -> Prepared:
        """Recall an envelope; all its readers are addressed.

        Under its original label, even if narrowed: readers since excluded must hear
        too.
        """
        core = self._following(pb.KIND_RECALL, about.core, Label.of(about.core))
        core.references.add(relation=pb.RELATION_RECALLS, name=name)
        wanted = [(r.desk, r.recipient_class, "to") for r in about.core.recipients]
        return self._seal(core, bulletin.encode(remark), self._keys(wanted), about)

    def again(self, old: pb.Core, content: bytes, renewed: Renewed) -> Prepared:
        """Seal and sign the same content under a new id, filed now.

        For the same desks, by their newest keys; `renewed` returns the new name of a
        referenced message that was signed again. Raises Refusal: FIELD_VALUE if it has
        expired, RECIPIENT_UNKNOWN.
        """
        filed = self._clock()
        if old.expires <= max(filed, old.valid_from):
            why = Why("has expired; write it again")
            raise Refusal(Reason.FIELD_VALUE, "expires", why)
        core = pb.Core.FromString(old.SerializeToString())
        core.id, core.filed = self._random(ID_SIZE), filed
        core.author = self._officer.signer.kid
        if core.recipients:  # else nothing is sealed, so no release is needed
            core.release = self._release(core, old.release)
        if old.valid_from == old.filed:
            core.valid_from = filed
        for reference in core.references:
            reference.name = renewed(reference.name)
        wanted: list[tuple[str, Class, str]] = [
            (one.desk, one.recipient_class, "to") for one in old.recipients
        ]
        del core.recipients[:]
        return self._seal(core, content, self._keys(wanted))

    def _telling(self, kind: "pb.Kind.ValueType", about: About) -> pb.Core:
        """Begin a header under the message's handling now.

        Refusal(NOT_RELEASABLE) if a narrowing left this desk's nation out.
        """
        label, own = about.binding_handling.label, self._officer.desk
        if names.domain_of(own) not in label.releasable_to:
            raise Refusal(Reason.NOT_RELEASABLE, f"label.releasable_to: {own}")
        return self._following(kind, about.core, label)

    def _following(
        self, kind: "pb.Kind.ValueType", other: pb.Core, label: Label
    ) -> pb.Core:
        filed = self._clock()
        core = self._core(kind, filed)
        core.valid_from = filed
        core.expires = max(other.expires, filed + EXPIRES_AFTER)
        core.precedence, core.mode, core.tlp = other.precedence, other.mode, label.tlp
        core.releasable_to.extend(sorted(label.releasable_to))
        core.caveats.extend(sorted(label.caveats))
        return core

    @property
    def only_reads(self) -> bool:
        """Whether this desk cannot sign anything."""
        return self._pinned.directory(self._officer.node).only_reads(self._officer.desk)

    def _core(self, kind: "pb.Kind.ValueType", filed: int) -> pb.Core:
        if self.only_reads:
            why = Why("read-only; write from a desk with signing officers")
            raise Refusal(Reason.METHOD, self._officer.desk, why)
        return pb.Core(
            version=VERSION,
            suite=SUITE,
            kind=kind,
            id=self._random(ID_SIZE),
            origin=self._officer.node,
            author=self._officer.signer.kid,
            filed=filed,
            release=pb.RELEASE_NONE,
        )

    def _seal(
        self,
        core: pb.Core,
        content: bytes,
        addressees: Sequence[Addressee],
        about: About | None = None,
        by: tuple[str, Ed25519Signer] | None = None,
    ) -> Prepared:
        """Sign by the officer's first key unless `by` gives another.

        `about` is the message it refers to, if the mailbox may not have it. Raises the
        Refusal that its readers would raise.

        1. Its content fits its header, and its references count.
        2. The verdict, apart from checks that need the whole log.
        """
        for one in sorted(addressees, key=lambda one: one.key.kid):
            core.recipients.add(
                desk=one.desk, recipient_class=one.recipient_class, kid=one.key.kid
            )
        # 1
        author = self._officer.name
        entry = ExaminedEntry(b"", b"", core, author, ACCEPTED, content or None)
        if core.recipients:
            check_content(core, content)
        find = (lambda _: about) if about is not None else self._find
        known = with_own_key(self._pinned.known_author, self._officer)
        check_relations(entry, find, known)
        # 2
        publics = {one.key.kid: one.key.public for one in addressees}
        sealed = envelope.seal(core, content, publics)
        signed = envelope.sign(sealed, [by or (AUTHOR, self._officer.signer)])
        check_own(signed.entry, self._pinned.directory(self._officer.node))
        return Prepared(sealed.name, signed, core, content, sealed.cek)


def check_own(entry: bytes, directory: Directory) -> None:
    """Raise the verdict's Refusal; a key that the log does not show yet is no fault."""
    try:
        judge_own(entry, log_of(directory))
    except Refusal as refusal:
        if refusal.reason is not Reason.SIGNER_UNKNOWN:
            raise


def with_own_key(authors: Authors, officer: Officer) -> Authors:
    """Return the keys, with that by which this officer signs now.

    He signs with a next key as soon as he has it. Its statement reaches the node before
    the entries it signs.
    """
    signer = officer.signer

    def author(name: str, key_id: bytes, filed: int) -> Registered:
        try:
            return authors(name, key_id, filed)
        except Refusal as refusal:
            own = (name, key_id) == (officer.name, signer.kid)
            if refusal.reason is not Reason.SIGNER_UNKNOWN or not own:
                raise
        key = AUTHOR, signer.algorithm, signer.public, key_id
        return Registered(name, *key, filed, filed, index=-1)

    return author


def readers(core: pb.Core, handling: Handled) -> tuple[frozenset[str], frozenset[str]]:
    """Return those for action and for information that may still have it."""
    acting, informed = (
        frozenset(r.desk for r in core.recipients if r.recipient_class == class_)
        for class_ in (ACTION, INFO)
    )
    return acting & handling.desks, informed & handling.desks - acting


def draft_about(  # noqa: PLR0913, PLR0917 - of what, how, what it says, and to whom
    core: pb.Core,
    handling: Handled,
    reference: pb.Reference,
    content: bulletin_pb2.Content,
    to: Iterable[str],
    info: Iterable[str] = (),
) -> Draft:
    """Return a draft with the message's mode, precedence and label in force."""
    return Draft(
        precedence=core.precedence,
        mode=core.mode,
        tlp=core.tlp,
        releasable_to=(),
        to=tuple(sorted(to)),
        info=tuple(sorted(info)),
        content=content,
        references=(reference,),
    ).under(handling.label)


def remark_of(
    text: str, reason: str = "", instruction: str = "", confirmed: Sequence[str] = ()
) -> bulletin_pb2.Remark:
    """Return it in its script's language; with a reason the text may be empty.

    A text that looks like personal data is accepted only if `confirmed` says it is
    none, "remark PHONE"; the remark then says so, too. Raises Refusal(TOO_LONG |
    FIELD_VALUE | LANGUAGE | FIELD_MISSING | PERSONAL_DATA).
    """
    remark = bulletin_pb2.Remark(reason=reason, instruction=instruction)
    if text or not reason:
        remark.text.CopyFrom(_prose(writable(text, "remark.text")))
    from exchange.bulletin.personal_data import (  # noqa: PLC0415  the rules of three languages
        CONFIRM,
        find_kinds,
    )

    for name in find_kinds(remark.text.text):
        if f"remark {name}" not in confirmed:
            raise Refusal(Reason.PERSONAL_DATA, f"remark: {name}", CONFIRM)
        remark.confirmed.append(f"remark {name}")
    return remark


def _prose(text: str) -> bulletin_pb2.Segment:
    lang = "en"
    if any("\u4e00" <= letter <= "\u9fff" for letter in text):
        lang = "zh-Hans"
    elif any("\u0600" <= letter <= "\u06ff" for letter in text):
        lang = "ur"
    segment = bulletin_pb2.Segment(id="s0", lang=lang, text=text)
    check_shape(segment, "remark", SEGMENT_MAX)
    check_prose(segment, "remark")
    return segment
