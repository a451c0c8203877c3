"""A proposed bulletin about a journey that has not arrived in time.

Only a draft, in the officer's language: nothing here signs or sends.
"""

from exchange import envelope
from exchange.bulletin import spans
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose import language
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.mailbox import Message
from exchange.desk.outgoing.composer import draft_about, readers
from exchange.desk.state_words import with_mode
from exchange.errors import Reason, Refusal, Why
from exchange.limits import MINUTE
from exchange.trust import names
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang as spoken
from exchange.words import of, word

_SUBJECT = word("{call_sign} is overdue")
_TEXT = word(
    "{call_sign} was to report by {at}. No arrival has been reported."
    " Vehicles: {vehicles}. Persons: {persons}."
)
_COPIED = (
    *("call_sign", "type", "vehicles", "armoured", "persons", "escort", "routes"),
    *("origin", "destination"),
)


def proposal(desk: Desk, name: bytes, now: int, expired_at: int | None = None) -> Draft:
    """Return a FLASH about a MOVEMENT that is overdue at `now` (ms UTC), to be checked.

    A WARNING if its last place is known, else a MOVEMENT with state OVERDUE; in its
    mode, under its label, to every desk that has it. Raises Refusal(NOT_FOUND), or
    REFERENCES if it is no overdue movement.
    """
    message = desk.mailbox.messages.read(name)
    every = desk.mailbox.movements.late(now, expired_at)
    late = {journey.number: journey for journey in every}
    if message.row.number not in late or message.content is None:
        why = Why("this is not an overdue movement; status shows which ones are")
        raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
    core = envelope.parse_core(message.core)
    own = desk.officer.desk
    handling = desk.mailbox.references.handling_of(name)
    if names.domain_of(own) not in handling.label.releasable_to:
        raise Refusal(Reason.NOT_RELEASABLE, name.hex()[:16])
    acting, informed = readers(core, handling)
    to = (acting | informed | {message.row.desk}) - {own}
    by = late[message.row.number].overdue_at
    reference = pb.Reference(relation=pb.RELATION_UPDATES, name=name)
    content = _content(desk, message, by)
    draft = draft_about(core, handling, reference, content, to)
    return draft.replace(precedence=pb.PRECEDENCE_FLASH)


def _content(desk: Desk, message: Message, by: int) -> bulletin_pb2.Content:
    movement = bulletin_pb2.Content.FromString(message.content or b"")
    said = {d.field: d.value for d in movement.details}
    lang = language(desk.settings.language or spoken())
    values = {key: said.get(key, "-") for key in ("call_sign", "vehicles", "persons")}
    values["at"] = iso(by // MINUTE * MINUTE).replace("T", " ").replace(":00Z", "Z")
    content = bulletin_pb2.Content()
    for segment, text in (
        (content.subject, _SUBJECT),
        (content.segments.add(id="s1"), _TEXT),
    ):
        filled = of(lang).gettext(text).format(**values)
        written = with_mode(filled, message.row.mode, lang)
        segment.id, segment.lang, segment.text = segment.id or "s0", lang, written
        segment.spans.extend(spans.find(written, lang))
    setattr(content.when, "from", by)
    content.request.acknowledge = "ACTION"
    place = desk.mailbox.movements.last_place(message.row.number)
    if place is None:
        content.kind = "MOVEMENT"
        content.details.extend(d for d in movement.details if d.field in _COPIED)
        state = bulletin_pb2.Detail(field="state", value="OVERDUE")
        content.details.insert(_before_vehicles(content), state)
        return content
    content.kind = "WARNING"
    content.place.CopyFrom(place)
    for field, value in _WARNING:
        content.details.add(field=field, value=value)
    return content


_WARNING = (
    ("threat", "UNKNOWN"),
    ("target", "CONVOY"),
    ("urgency", "IMMEDIATE"),
    ("severity", "UNKNOWN"),
    ("certainty", "UNKNOWN"),
    ("advice", "ACCOUNT_FOR_STAFF"),
    ("advice", "HOLD_MOVEMENT"),
)


def _before_vehicles(content: bulletin_pb2.Content) -> int:
    fields = [detail.field for detail in content.details]
    return sum(field in {"call_sign", "type"} for field in fields)
