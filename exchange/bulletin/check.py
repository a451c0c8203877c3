"""The rules that a bulletin must meet before it is sealed."""

import re
from typing import Self

from msgspec.structs import replace

from exchange.bulletin.codes import CODES
from exchange.bulletin.draft import Draft, adds_only
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose import ONE_LINE, check_prose, too_many
from exchange.bulletin.route_commitment import check_draw, to_draw
from exchange.bulletin.structure import (
    check_confirmations,
    check_structure,
    values_by_field,
)
from exchange.bulletin.suggest import unknown
from exchange.bulletin.translations import check_translation
from exchange.bulletin.values import TWICE
from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    BODY_MAX,
    CAVEATS_MAX,
    DETAILS_MAX,
    NAME_MAX,
    RECIPIENTS_MAX,
    REFERENCES_MAX,
)
from exchange.trust.rules import URGENT
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

_DESK = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*\.[a-z]{2,16}")
_DOMAIN = re.compile(r"[a-z]{2,16}")
RELATIONS = frozenset(
    {
        env.RELATION_ANSWERS,
        env.RELATION_UPDATES,
        env.RELATION_CORRECTS,
        env.RELATION_SUPERSEDES,
        env.RELATION_NARROWS,
        env.RELATION_CORROBORATES,
        env.RELATION_DISPUTES,
        env.RELATION_REVEALS,
    }
)
"""Relations between bulletins; the others belong to other envelopes."""
_NAME_SIZE = 32  # bytes
WHOLE_NAME = Why("expected a full name (64 hex digits; see fusion show)")
_DESK_NAME = Why("not a desk name; write it like ops.beijing.cn")
_DOMAIN_NAME = Why("not a nation; write it like pk")
_ENDS = Why("ends before it begins; correct one of the two times")
_NO_EMERGENCY = Why(
    "EMERGENCY is for WARNING, INCIDENT, MEDEVAC and MEDEVAC_STATUS at FLASH or"
    " IMMEDIATE; leave it out"
)
_TOO_LARGE = Why("too much for one bulletin; send the rest in another")


class CheckedDraft(Draft, frozen=True):
    """A draft that meets every rule, made by `check`; only these are sealed.

    `personal`: possible personal data ("segments.0.text PHONE") to confirm as harmless.
    `missing`: the first field of its kind that only an addition to a bulletin of that
    kind may leave out. `draws`: its desk draws the route when it sends it.
    """

    personal: tuple[str, ...] = ()
    missing: str = ""
    draws: bool = False

    @property
    def unconfirmed(self) -> list[str]:
        confirmed = set(self.content.confirmed)
        return [each for each in self.personal if each not in confirmed]

    def confirm(self, *personal: str) -> Self:
        """Ignore findings it does not have; Refusal(TOO_LONG) over CONFIRMED_MAX."""
        content = pb.Content()
        content.CopyFrom(self.content)
        confirmed = dict.fromkeys((*self.content.confirmed, *personal))
        del content.confirmed[:]
        content.confirmed.extend(each for each in confirmed if each in self.personal)
        check_confirmations(content)
        return self.with_content(content)

    def with_content(self, content: pb.Content) -> Self:
        """Return the draft with a valid value added: a draw, an acknowledgement.

        Only the size can be wrong then.
        """
        _check_size(content)
        draws = self.draws and to_draw(content)
        return replace(self, content=content, draws=draws)


def check(draft: Draft) -> CheckedDraft:
    """Check a draft against every rule; a Refusal names the field.

    Steps: 1 precedence and mode, 2 label, 3 recipients within the label, 4 references,
    5 times, and whether it may go before its release, 6 content (an EXERCISE is never
    ACTUAL), 7 translations, 8 size.
    """
    # 1
    if not draft.precedence:
        raise Refusal(Reason.FIELD_MISSING, "precedence")
    if not draft.mode:
        raise Refusal(Reason.FIELD_MISSING, "mode")
    # 2
    _check_label(draft)
    # 3
    _check_recipients(draft)
    # 4
    _check_references(draft)
    # 5
    _check_times(draft)
    _check_emergency(draft)
    # 6
    kind = KINDS.get(draft.content.kind)
    partial = kind is not None and adds_only(kind, draft.references)
    check_content(draft.content, partial=partial)
    check_mode(draft.content, draft.mode)
    reveals = any(r.relation == env.RELATION_REVEALS for r in draft.references)
    check_draw(draft.content, reveals=reveals)
    draws = not partial and to_draw(draft.content)
    if draws and len(draft.content.details) == DETAILS_MAX:  # no room for the draw
        many = too_many(DETAILS_MAX + 1, DETAILS_MAX)
        raise Refusal(Reason.TOO_LONG, "details", many)
    # 7
    for i, translation in enumerate(draft.translations):
        check_translation(
            draft.content, translation, f"translations.{i}", draft.precedence
        )
        if translation.lang in {t.lang for t in draft.translations[:i]}:
            raise Refusal(Reason.LANGUAGE, f"translations.{i}.lang")
    # 8
    _check_size(draft.content)
    same = {name: getattr(draft, name) for name in Draft.__struct_fields__}
    from exchange.bulletin.personal_data import personal_data  # noqa: PLC0415  the rules of three languages

    personal = (f"{where} {what}" for where, what in personal_data(draft))
    missing = _missing(draft.content) if partial else ""
    return CheckedDraft(**same, personal=tuple(personal), missing=missing, draws=draws)


def _check_emergency(draft: Draft) -> None:
    """Refuse it unless the bulletin is urgent and saves lives."""
    if draft.release != env.RELEASE_EMERGENCY:
        return
    if not (draft.kind.life_saving and draft.precedence in URGENT):
        raise Refusal(Reason.RELEASE, "release", _NO_EMERGENCY)


def _missing(content: pb.Content) -> str:
    """Return the first required field or section that is missing; "" if none."""
    kind = KINDS[content.kind]
    for field, texts in values_by_field(content, kind.fields):
        if field.required and not texts:
            return f"details.{field.name}"
    return next((name for name in kind.needs if not content.HasField(name)), "")  # type: ignore[arg-type]  # a section's name


def _check_size(content: pb.Content) -> None:
    if content.ByteSize() + 4 > BODY_MAX:  # the padding's length counts
        where = "terms" if content.terms else "segments"
        raise Refusal(Reason.TOO_LONG, where, _TOO_LARGE)


def check_mode(content: pb.Content, mode: "env.Mode.ValueType") -> None:
    if content.kind == "EXERCISE" and mode == env.MODE_ACTUAL:
        why = Why("an exercise is never ACTUAL; give the mode EXERCISE")
        raise Refusal(Reason.FIELD_VALUE, "mode", why)


def check_content(content: pb.Content, *, partial: bool = False) -> None:
    """Refuse content that a writer may not send, naming the field.

    `partial`: it only adds to another bulletin, as its kind allows.
    """
    check_structure(content, codes=True, partial=partial)
    check_prose(content.subject, "subject")
    if "\n" in content.subject.text:
        raise Refusal(Reason.FIELD_VALUE, "subject.text", ONE_LINE)
    for i, segment in enumerate(content.segments):
        check_prose(segment, f"segments.{i}")
    _check_sections(content, partial=partial)
    _check_totals(content)


def _check_totals(content: pb.Content) -> None:
    numbers: dict[str, int] = {}
    for detail in content.details:
        text = detail.value.rpartition(":")[2]
        if text.isdecimal():
            numbers[detail.field] = numbers.get(detail.field, 0) + int(text)
    for field in KINDS[content.kind].fields:
        total = numbers.get(field.within)
        count = numbers.get(field.name, 0)
        if total is not None and count > total:
            whole = f"details.{field.within}"
            why = Why(
                "the parts add up to {count}, but {field} says {total}",
                count=count,
                field=whole,
                total=total,
            )
            raise Refusal(Reason.FIELD_VALUE, f"details.{field.name}", why)


def _check_sections(content: pb.Content, *, partial: bool) -> None:
    kind = KINDS[content.kind]
    for name in kind.needs:
        if not partial and not content.HasField(name):  # type: ignore[arg-type]  # a section's name
            raise Refusal(Reason.FIELD_MISSING, name)
    when, place = content.when, content.place
    if when.to and when.to < getattr(when, "from"):
        raise Refusal(Reason.FIELD_VALUE, "when.to", _ENDS)
    if bool(place.lat) != bool(place.lon):
        raise Refusal(Reason.FIELD_MISSING, "place.lon" if place.lat else "place.lat")
    if place.error_m and not (place.lat or place.mgrs):
        raise Refusal(Reason.FIELD_MISSING, "place.lat")


def _check_label(draft: Draft) -> None:
    if not draft.tlp:
        raise Refusal(Reason.UNMARKED, "label.tlp")
    domains = draft.releasable_to
    if not domains:
        raise Refusal(Reason.UNMARKED, "label.releasable_to")
    for i, domain in enumerate(domains):
        if not _DOMAIN.fullmatch(domain):
            where = f"label.releasable_to.{i}"
            raise Refusal(Reason.FIELD_VALUE, where, _DOMAIN_NAME)
    if list(domains) != sorted(set(domains)):
        raise Refusal(Reason.FIELD_VALUE, "label.releasable_to", TWICE)
    for i, caveat in enumerate(draft.caveats):
        if caveat not in CODES["caveat"]:
            raise unknown(caveat, "caveat", f"label.caveats.{i}")
    if list(draft.caveats) != sorted(set(draft.caveats)):
        raise Refusal(Reason.FIELD_VALUE, "label.caveats", TWICE)
    if len(draft.caveats) > CAVEATS_MAX or len(domains) > RECIPIENTS_MAX:
        raise Refusal(Reason.TOO_LONG, "label")


def _check_recipients(draft: Draft) -> None:
    if not draft.to:
        raise Refusal(Reason.FIELD_MISSING, "to")
    desks = [(desk, f"to.{i}") for i, desk in enumerate(draft.to)]
    desks += [(desk, f"info.{i}") for i, desk in enumerate(draft.info)]
    if len(desks) > RECIPIENTS_MAX - 1:  # room for the sender's own copy
        raise Refusal(Reason.TOO_LONG, "to", too_many(len(desks), RECIPIENTS_MAX - 1))
    seen: set[str] = set()
    for desk, where in desks:
        if not _DESK.fullmatch(desk) or len(desk) > NAME_MAX:
            raise Refusal(Reason.FIELD_VALUE, where, _DESK_NAME)
        if desk in seen:
            raise Refusal(Reason.RECIPIENTS, where, Why("this desk is given twice"))
        if (nation := desk.rpartition(".")[2]) not in draft.releasable_to:
            why = Why("the label is not releasable to {nation}", nation=nation)
            raise Refusal(Reason.NOT_RELEASABLE, where, why)
        seen.add(desk)
    if draft.review and (draft.review in seen or not _DESK.fullmatch(draft.review)):
        why = Why("name a desk of your node that it is not addressed to")
        raise Refusal(Reason.RECIPIENTS, "review", why)
    if draft.info and draft.tlp == env.TLP_RED:
        why = Why(
            "TLP:RED may go to action addressees only; remove the info addressees"
        )
        raise Refusal(Reason.NOT_RELEASABLE, "info.0", why)


def _check_references(draft: Draft) -> None:
    if len(draft.references) > REFERENCES_MAX:
        many = too_many(len(draft.references), REFERENCES_MAX)
        raise Refusal(Reason.TOO_LONG, "references", many)
    for i, reference in enumerate(draft.references):
        if reference.relation not in RELATIONS:
            raise Refusal(Reason.CODE_UNKNOWN, f"references.{i}.relation")
        if len(reference.name) != _NAME_SIZE:
            raise Refusal(Reason.FIELD_VALUE, f"references.{i}.name", WHOLE_NAME)
        if reference in draft.references[:i]:
            raise Refusal(Reason.REFERENCES, f"references.{i}")


def _check_times(draft: Draft) -> None:
    for name in ("valid_from", "expires"):
        if not 0 <= getattr(draft, name) <= TIME_MAX:
            raise Refusal(Reason.FIELD_VALUE, name)
    if draft.expires and draft.expires <= draft.valid_from:
        raise Refusal(Reason.FIELD_VALUE, "expires", _ENDS)
