"""Prepare a draft for sealing: hold it against what this desk knows, complete it.

The node and the reading desks check the same references in headers
(`labels.check_reference`, `relations.check_references`); here the Refusal names the
field to change.
"""

from collections.abc import Callable

from msgspec.structs import replace

from exchange import envelope
from exchange.bulletin import draft as drafts
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.codes import CODES
from exchange.bulletin.draft import Draft
from exchange.bulletin.suggest import unknown
from exchange.bulletin.values import iso
from exchange.desk.incoming import threads
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.incoming.relations import AUTHOR_ONLY, About, is_repeated
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.outgoing import sources
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.trust.labels import Handled, Label, check_reference
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import GetStatusResponse

MENDING = frozenset({pb.RELATION_CORRECTS, pb.RELATION_SUPERSEDES, pb.RELATION_NARROWS})
"""Relations whose readers must be asked to acknowledge, as the original's were."""
GRADING = frozenset({pb.RELATION_CORROBORATES, pb.RELATION_DISPUTES})
"""Relations whose worth depends on the source of the message that states them."""
AFTER_RECALL = frozenset(
    {pb.RELATION_SUPERSEDES, pb.RELATION_ANSWERS, pb.RELATION_REVEALS}
)
"""Relations still allowed to a bulletin that its author's desk recalled.

A route can also be revealed for a convoy that was called off.
"""
ANSWERABLE = frozenset({pb.KIND_BULLETIN, pb.KIND_RECALL})
_NARROWING = {
    "label": Why("a stricter copy needs a stricter label; this one is the same"),
    "to": Why("a stricter copy may not go to new desks; remove them"),
}
_STEPS = tuple(CODES["acknowledge"])  # NONE, RECEIPT, READ, ACTION
_LEAST = "READ"  # of a correction

Find = Callable[[bytes], About | None]
Recalled = Callable[[bytes], bool]

ANSWERED_ONLY = Why("is not a bulletin; a recall can only be answered")
OWN_ONLY = Why("only its author's desk can do that; answer, update or dispute it")
_OWN_KIND = Why(
    "fill this in; only an update of a bulletin of the same kind may leave it out"
)
_RECALLED = Why("was recalled; it can be answered, or replaced by its author's desk")


def check_suspended(status: GetStatusResponse | None, draft: Draft) -> None:
    """Raise Refusal(SUSPENDED) for a draft that the node would refuse.

    A bulletin refused for good uses up a number to each desk, which then shows as a
    gap.
    """
    suspended = {one.nation for one in status.suspended} if status else ()
    for field, desks in (("to", draft.to), ("info", draft.info)):
        for i, desk in enumerate(desks):
            if names.domain_of(desk) in suspended:
                raise Refusal(Reason.SUSPENDED, f"{field}.{i}: {desk}")


def prepare(mailbox: Mailbox, own: str, draft: CheckedDraft, now: int) -> CheckedDraft:
    """Return a draft as it would be sealed at `now` (ms UTC).

    Refusal names the obstacle:

    1. The messages it refers to permit it; it asks its readers what they require.
    2. Its source is graded as the register says.
    3. Its deadlines can still be met.
    """

    def find(name: bytes) -> About | None:
        return (
            _about(mailbox, mailbox.messages.read(name))
            if mailbox.messages.knows(name)
            else None
        )

    def recalled(name: bytes) -> bool:
        return threads.find_standing(mailbox, name) == threads.RECALLED

    # 1
    draft = refer(draft, own, find, recalled)
    # 2
    sources.check(mailbox, draft.content)
    # 3
    _check_deadlines(draft, now)
    return draft


def _check_deadlines(draft: Draft, filed: int) -> None:
    """Refuse an expiry or deadline that has passed (ms UTC).

    Else a FLASH would be escalated to the top on arrival.
    """
    request = draft.content.request
    for where, by in (
        ("expires", draft.expires),
        ("request.response_by", request.response_by),
        ("request.acknowledge_by", request.acknowledge_by),
    ):
        if 0 < by <= filed:
            why = Why("{time} has passed; give a later time", time=iso(by))
            raise Refusal(Reason.FIELD_VALUE, where, why)


def check_confirmed(draft: CheckedDraft) -> None:
    """Refuse the first finding that the writer has not confirmed as harmless.

    Raises Refusal(PERSONAL_DATA), `where` as "segments.0.text: PHONE"; FIELD_VALUE if a
    confirmation has no finding, since readers would see it.
    """
    for each in draft.unconfirmed:
        from exchange.bulletin.personal_data import CONFIRM  # noqa: PLC0415  the rules of three languages

        raise Refusal(Reason.PERSONAL_DATA, each.replace(" ", ": "), CONFIRM)
    for i, text in enumerate(draft.content.confirmed):
        if text not in draft.personal:
            why = Why("there is no such finding in that text; remove the confirmation")
            raise Refusal(Reason.FIELD_VALUE, f"confirmed.{i}", why)


def cite(mailbox: Mailbox, name: bytes) -> About:
    """Raise Refusal: NOT_FOUND if it is not here, REFERENCES if not accepted."""
    message = mailbox.messages.read(name)
    if (verdict := message.row.verdict) != ACCEPTED:
        why = Why(
            "its verdict is {verdict}; only an ACCEPTED bulletin can be referred to",
            verdict=verdict or "-",
        )
        raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
    return _about(mailbox, message)


def _about(mailbox: Mailbox, message: Message) -> About:
    row, handled = message.row, mailbox.references.handling_of(message.row.name)
    core = envelope.parse_core(message.core)
    return About(core, row.author, message.content, handled)


def refer(
    draft: CheckedDraft, own: str, find: Find, recalled: Recalled
) -> CheckedDraft:
    """Complete a draft as its references require.

    1. Each is here (NOT_FOUND), and a bulletin; a recall can only be answered
       (REFERENCES).
    2. Only the author's desk corrects, supersedes or narrows (REFERENCES). A recalled
       one can be replaced by its desk and answered by others, no more.
    3. Mode and label (REFERENCES, NOT_RELEASABLE).
    4. Corroborating or disputing needs an own assessment (FIELD_MISSING); if the
       bulletin is the own desk's, with another source (FIELD_VALUE).
    5. A correction asks for no less acknowledgement than the original (FIELD_VALUE), of
       each desk that was sent it (RECIPIENTS): to remove a reader, recall.
    6. Only an addition to a bulletin of its kind may omit the fields its kind requires
       (FIELD_MISSING): a MEDEVAC without lines 1 to 5 is not sent about a SITREP.
    """
    acknowledge = draft.content.request.acknowledge
    for i, reference in enumerate(draft.references):
        where = f"references.{i}"
        # 1
        about, relation = _found(reference, find, where), reference.relation
        # 2
        if relation in AUTHOR_ONLY and about.desk != own:
            raise Refusal(Reason.REFERENCES, f"{where}.relation", OWN_ONLY)
        if relation not in AFTER_RECALL and recalled(reference.name):
            raise Refusal(Reason.REFERENCES, f"{where}: RECALLED", _RECALLED)
        # 3
        _check_handling(draft, own, reference, about, where)
        # 4
        if relation in GRADING:
            _check_source(draft, own, about, where)
        # 5
        if relation in MENDING:
            draft = _asking(draft, about, given=acknowledge)
            if not recalled(reference.name):
                _check_readers(draft, about)
    # 6
    _check_whole(draft, find)
    return draft


def _found(reference: pb.Reference, find: Find, where: str) -> About:
    about = find(reference.name)
    if about is None:
        raise Refusal(Reason.NOT_FOUND, f"{where}.name")
    answers = reference.relation == pb.RELATION_ANSWERS
    if about.core.kind not in (ANSWERABLE if answers else {pb.KIND_BULLETIN}):
        raise Refusal(Reason.REFERENCES, f"{where}.name", ANSWERED_ONLY)
    return about


def _check_whole(draft: CheckedDraft, find: Find) -> None:
    found = [find(each.name) for each in draft.references if draft.missing]
    kinds = {_kind_of(about) for about in found if about}
    if draft.missing and draft.content.kind not in kinds:
        raise Refusal(Reason.FIELD_MISSING, draft.missing, _OWN_KIND)


def _kind_of(about: About) -> str:
    return bulletin_pb2.Content.FromString(about.content or b"").kind


def handling_of(draft: Draft, own: str) -> Handled:
    desks = frozenset({own, *draft.to, *draft.info})
    return Handled(draft.mode, Label.of(draft), desks)


def _check_handling(
    draft: Draft, own: str, reference: pb.Reference, about: About, where: str
) -> None:
    """Check by the label in force; a narrowing goes to all readers of the original."""
    said, other = handling_of(draft, own), Handled.of(about.core)
    other = replace(other, label=about.binding_handling.label)
    try:
        check_reference(reference.relation, said, other)
    except Refusal as refusal:
        if refusal.where == "mode":
            why = Why("a drill and a real bulletin may not refer to each other")
            raise Refusal(refusal.reason, f"{where}: mode", why) from None
        advice = _wider(refusal.where, other.label)
        raise Refusal(refusal.reason, refusal.where, advice) from None


def _wider(where: str, label: Label) -> Why | None:
    marks = {
        "label.tlp": [pb.Tlp.Name(label.tlp).removeprefix("TLP_")],
        "label.releasable_to": sorted(label.releasable_to),
        "label.caveats": sorted(label.caveats),
    }
    if where in marks:
        said = " ".join(marks[where])
        return Why(
            "refers to something marked {marks}; do not mark it wider", marks=said
        )
    return _NARROWING.get(where)


def _check_source(draft: Draft, own: str, about: About, where: str) -> None:
    if not draft.content.HasField("assessment"):
        raise Refusal(Reason.FIELD_MISSING, "assessment")
    if about.desk != own:
        return
    original = bulletin_pb2.Content.FromString(about.content or b"").assessment
    if is_repeated(draft.content.assessment.source, original.source):
        why = Why("your own desk wrote that bulletin; give a source other than its own")
        raise Refusal(Reason.FIELD_VALUE, f"assessment.source: {where}", why)


def _check_readers(draft: Draft, about: About) -> None:
    for desk in sorted(about.addressed.difference(draft.to, draft.info)):
        why = Why("this desk has the original; address it here, too")
        raise Refusal(Reason.RECIPIENTS, f"to: {desk}", why)


def _asking(draft: CheckedDraft, about: About, given: str) -> CheckedDraft:
    """Return the draft; a correction asks for the least acknowledgement allowed."""
    least = _LEAST
    if about.content is not None:
        original = bulletin_pb2.Content.FromString(about.content)
        least = max(drafts.acknowledgement(original), _LEAST, key=_step)
    if _step(drafts.acknowledgement(draft.content)) >= _step(least):
        return draft
    if given:
        why = Why(
            "a correction must be acknowledged; ask for {least} at least", least=least
        )
        raise Refusal(Reason.FIELD_VALUE, "request.acknowledge", why)
    if least not in _STEPS:
        raise unknown(least, "acknowledge", "request.acknowledge")
    content = bulletin_pb2.Content()
    content.CopyFrom(draft.content)
    content.request.acknowledge = least
    return draft.with_content(content)


def _step(code: str) -> int:
    """Rank a step; one that only a newer release knows is the highest."""
    return _STEPS.index(code) if code in _STEPS else len(_STEPS)
