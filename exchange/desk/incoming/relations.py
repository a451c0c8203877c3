"""Rules for references from one message to another; pure.

A partner's node checks them for its own desks only, so each reading desk checks again
(docs/spec/verdict.md, "What is asked elsewhere").
"""

from collections.abc import Callable, Iterable, Iterator

from exchange.bulletin import content as bulletin
from exchange.bulletin.attestations import check_attested
from exchange.bulletin.translations import check_persons, check_translation
from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.errors import Reason, Refusal
from exchange.trust import names
from exchange.trust.labels import Handled, check_reference
from exchange.trust.registered_keys import Registered
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord

AUTHOR_ONLY = frozenset(
    {
        pb.RELATION_CORRECTS,
        pb.RELATION_SUPERSEDES,
        pb.RELATION_NARROWS,
        pb.RELATION_RECALLS,
    }
)
UNKNOWN_YET = frozenset({Reason.SIGNER_UNKNOWN, Reason.NOT_PINNED})
ANSWERING = frozenset({pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO})


class About(SecretRecord, frozen=True):
    core: pb.Core
    author: str
    content: bytes | None
    handling: Handled | None = None
    """The handling known to this desk now; None: as its header says."""

    @property
    def binding_handling(self) -> Handled:
        """The handling that binds a message referring to it now.

        Arriving messages are judged by the header alone: two desks may learn of a
        narrowing in a different order, and must reach the same verdict.
        """
        return self.handling or Handled.of(self.core)

    @property
    def desk(self) -> str:
        return names.desk_of(self.author)

    @property
    def addressed(self) -> set[str]:
        """The addressed desks, without the author's copy."""
        return {r.desk for r in self.core.recipients if r.recipient_class in ANSWERING}

    @property
    def desks(self) -> set[str]:
        return {recipient.desk for recipient in self.core.recipients}


def is_repeated(source: str, original: str) -> bool:
    return source in {"", original}


Find = Callable[[bytes], About | None]
Authors = Callable[[str, bytes, int], Registered]
"""`Pinned.author`: officer, kid, filing time -> the key."""


def check_receipt(
    entry: ExaminedEntry, about: About | None, given: Iterable[tuple[str, str]]
) -> None:
    """Raise Refusal(REFERENCES | NOT_RELEASABLE) unless a receipt counts for `about`.

    `given` are officer and relation of the receipts that count already.

    1. Its message is here, with a sealed text, and in the same mode: an exercise never
       satisfies a real request. A remark is labelled as strictly.
    2. It is from an officer of an addressed desk; a countersignature from the author's
       node, by another officer.
    3. Once per officer and relation.
    """
    # 1
    if about is None:
        raise Refusal(Reason.REFERENCES)
    relation = entry.core.references[0].relation
    check_reference(relation, Handled.of(entry.core), Handled.of(about.core))
    # 2
    if relation == pb.RELATION_COUNTERSIGNED:
        same_node = names.node_of(entry.desk) == names.node_of(about.desk)
        counts = same_node and entry.author != about.author
    else:
        counts = entry.desk in about.addressed
    if not counts:
        raise Refusal(Reason.REFERENCES)
    # 3
    if (entry.author, word(pb.Relation.Name(relation))) in given:
        raise Refusal(Reason.REFERENCES)


def check_rendering(
    entry: ExaminedEntry, about: About | None, authors: Authors
) -> None:
    """Raise Refusal unless a translation is valid and its author entitled.

    1. The source is here, and its translator's desk has it too.
    2. The label is as strict, the readers within the source's (NOT_RELEASABLE).
    3. Its source texts are current, its signer answers for it, and reviewed texts were
       reviewed as its precedence asks (CONTENT).
    4. The officers it names are of desks that have the source; the source's author, who
       has seen it, made no back-translation (CONTENT).
    5. Each of them has signed his part (CONTENT); SIGNER_UNKNOWN if no log has shown
       the key of one here yet.
    """
    # 1
    if about is None or about.content is None or entry.content is None:
        raise Refusal(Reason.REFERENCES)
    if entry.desk not in about.desks or entry.core.mode != about.core.mode:
        raise Refusal(Reason.REFERENCES)
    # 2
    if not _within(entry.core, about.core):
        raise Refusal(Reason.NOT_RELEASABLE)
    # 3
    source = bulletin.decode(about.content)
    translation = bulletin.decode_translation(entry.content)
    try:
        check_translation(source, translation, "translation", about.core.precedence)
        check_persons(translation, entry.author)
    except Refusal as refusal:
        raise Refusal(Reason.CONTENT, refusal.where) from None
    # 4
    for where, officer in _named(translation):
        if officer and names.desk_of(officer) not in about.desks:
            raise Refusal(Reason.CONTENT, f"translation.{where}")
    if translation.back.translator == about.author:
        raise Refusal(Reason.CONTENT, "translation.back.translator")
    # 5
    _check_attested(translation, entry, authors)


def _check_attested(
    translation: bulletin_pb2.Translation, entry: ExaminedEntry, authors: Authors
) -> None:
    missing = []

    def key(officer: str, key_id: bytes) -> Registered:
        try:
            return authors(officer, key_id, entry.core.filed)
        except Refusal as refusal:
            if refusal.reason in UNKNOWN_YET:
                missing.append(officer)
            raise

    try:
        check_attested(translation, entry.author, key)
    except Refusal as refusal:
        reason = Reason.SIGNER_UNKNOWN if missing else Reason.CONTENT
        raise Refusal(reason, refusal.where) from None


def _named(translation: bulletin_pb2.Translation) -> Iterator[tuple[str, str]]:
    yield "translator", translation.translator
    yield "reviewer", translation.reviewer
    yield "back.translator", translation.back.translator
    yield "back.judge", translation.back.judge


def _within(inner: pb.Core, outer: pb.Core) -> bool:
    readers = {recipient.desk for recipient in inner.recipients}
    return (
        readers <= {recipient.desk for recipient in outer.recipients}
        and set(inner.releasable_to) <= set(outer.releasable_to)
        and set(inner.caveats) >= set(outer.caveats)
        and inner.tlp >= outer.tlp
    )


def check_references(entry: ExaminedEntry, find: Find) -> None:
    """Raise Refusal if a message may not refer to others as it does.

    1. A recall is of one message that is here and is no recall itself (REFERENCES); no
       other kind recalls. True even if it does not open: its header counts.
    2. Only the author's desk corrects, supersedes, narrows and recalls (REFERENCES).
    3. It has the mode of the other, and a label as strict (REFERENCES,
       NOT_RELEASABLE).
    """
    recall = entry.core.kind == pb.KIND_RECALL
    if recall and len(entry.core.references) != 1:
        raise Refusal(Reason.REFERENCES)
    for reference in entry.core.references:
        about = find(reference.name)
        # 1
        if recall != (reference.relation == pb.RELATION_RECALLS):
            raise Refusal(Reason.REFERENCES)
        if recall and (about is None or about.core.kind != pb.KIND_BULLETIN):
            raise Refusal(Reason.REFERENCES)
        if about is None:
            continue
        # 2
        if reference.relation in AUTHOR_ONLY and about.desk != entry.desk:
            raise Refusal(Reason.REFERENCES)
        # 3
        relation, said = reference.relation, Handled.of(entry.core)
        check_reference(relation, said, Handled.of(about.core))


def check_relations(entry: ExaminedEntry, find: Find, authors: Authors) -> None:
    if entry.core.kind in {pb.KIND_BULLETIN, pb.KIND_RECALL}:
        check_references(entry, find)
        return
    about = find(entry.core.references[0].name)
    if entry.core.kind == pb.KIND_TRANSLATION:
        check_rendering(entry, about, authors)
    else:
        check_receipt(entry, about, ())


def word(name: str) -> str:
    """Return OPENED of RELATION_OPENED, AMBER_STRICT of TLP_AMBER_STRICT."""
    for prefix in ("RECIPIENT_CLASS_", "RELATION_", "PRECEDENCE_", "TLP_", "MODE_"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def relation_of(code: str) -> "pb.Relation.ValueType":
    """Return the relation of OPENED; Refusal(CODE_UNKNOWN)."""
    known = dict(pb.Relation.items())
    if f"RELATION_{code}" not in known:
        raise Refusal(Reason.CODE_UNKNOWN, "relation")
    return known[f"RELATION_{code}"]
