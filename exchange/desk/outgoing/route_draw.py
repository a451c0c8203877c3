"""Drawing the route of a movement when it is sent, and revealing it later.

    fusion send movement.json     # draws; the draw's hash goes with the bulletin
    fusion reveal NAME            # a bulletin of its own has route and nonce

The secret of a draw is in the mailbox, under the hash in the bulletin: only this desk
can reveal it.
"""

import os

from msgspec import Struct

from exchange import envelope
from exchange.bulletin import route_commitment
from exchange.bulletin.check import CheckedDraft, check
from exchange.bulletin.draft import Draft
from exchange.bulletin.route_commitment import Draw, Random
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.outgoing.composer import draft_about, readers
from exchange.desk.records import DrawNote
from exchange.desk.state_words import with_mode
from exchange.errors import Reason, Refusal, Why
from exchange.limits import THREAD_MAX
from exchange.trust.labels import Handled
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import of, word

_SUBJECT = word("Route drawn for {call_sign}")


class Revealed(Struct, frozen=True):
    """A reveal, with the reason if it does not count."""

    reveal: bytes
    movement: bytes
    route: str
    refusal: Refusal | None = None


def draw_route(
    draft: CheckedDraft, random: Random = os.urandom
) -> tuple[CheckedDraft, Draw | None]:
    """Draw for a movement with several routes, not for an update of another."""
    if not draft.draws:
        return draft, None
    made = route_commitment.draw(
        route_commitment.values(draft.content, "routes"), random
    )
    return draft.with_content(route_commitment.commit_route(draft.content, made)), made


def keep(mailbox: Mailbox, draft: Draft, draw: Draw) -> None:
    """Keep it in the transaction that keeps its draft."""
    sealed = route_commitment.value(draft.content, "draw")
    mailbox.settings.set(f"draw:{sealed}", f"{draw.route} {draw.nonce.hex()}")


def secret(mailbox: Mailbox, movement: bulletin_pb2.Content) -> Draw | None:
    """Return None unless it was made at this desk."""
    sealed = route_commitment.value(movement, "draw")
    if not sealed or not (kept := mailbox.settings.get(f"draw:{sealed}")):
        return None
    route, _, nonce = kept.partition(" ")
    return Draw(route, bytes.fromhex(nonce))


def reveal(mailbox: Mailbox, name: bytes, now: int) -> CheckedDraft | bytes:
    """Return the name of a valid reveal, else the draft of one (ms UTC).

    Raises Refusal: NOT_FOUND if the movement is not here or was not drawn at this desk;
    REFERENCES if it was refused.
    """
    message = mailbox.messages.read(name)
    if message.row.verdict != ACCEPTED or message.content is None:
        raise Refusal(Reason.REFERENCES, name.hex()[:16])
    movement = bulletin_pb2.Content.FromString(message.content)
    draw = secret(mailbox, movement)
    if draw is None:
        why = Why("no route was drawn for it at this desk")
        raise Refusal(Reason.NOT_FOUND, f"{name.hex()[:16]}: draw", why)
    for told in find_reveals(mailbox, name):
        if told.movement == name and told.refusal is None:
            return told.reveal
    return _draft(message, mailbox.references.handling_of(name), movement, draw, now)


def _draft(
    message: Message,
    handling: Handled,
    movement: bulletin_pb2.Content,
    draw: Draw,
    now: int,
) -> CheckedDraft:
    """Write it in the movement's mode, for its readers, under its label."""
    core = envelope.parse_core(message.core)
    acting, informed = readers(core, handling)
    reference = pb.Reference(relation=pb.RELATION_REVEALS, name=message.row.name)
    content = _content(movement, draw, message.row.mode)
    draft = draft_about(core, handling, reference, content, acting, informed)
    # A call sign may look like a plate: the movement's own can be said again.
    checked = check(draft.replace(expires=core.expires if core.expires > now else 0))
    return checked.confirm(*checked.personal)


def _content(
    movement: bulletin_pb2.Content, draw: Draw, mode: str
) -> bulletin_pb2.Content:
    lang = movement.subject.lang
    call_sign = route_commitment.value(movement, "call_sign")
    text = of(lang).gettext(_SUBJECT).format(call_sign=call_sign)
    subject = bulletin_pb2.Segment(id="s0", lang=lang, text=with_mode(text, mode, lang))
    subject.spans.add(kind="CODE", text=call_sign)
    content = bulletin_pb2.Content(kind=route_commitment.KIND, subject=subject)
    for field, value in (
        ("call_sign", call_sign),
        ("route", draw.route),
        ("nonce", draw.nonce.hex()),
    ):
        content.details.add(field=field, value=value)
    return content


def find_reveals(mailbox: Mailbox, name: bytes) -> list[Revealed]:
    """Return the oldest first, each checked against the movement's hash."""
    links = [
        *mailbox.references.referring([name], THREAD_MAX),
        *mailbox.references.list_referred([name]),
    ]
    pairs = [(link.name, link.about) for link in links if link.relation == "REVEALS"]
    return [
        _verified(mailbox, *pair) for pair in dict.fromkeys(pairs) if pair[0] != pair[1]
    ]


def _verified(mailbox: Mailbox, reveal: bytes, movement: bytes) -> Revealed:
    try:
        route = route_commitment.verify(
            _said(mailbox, movement), _said(mailbox, reveal)
        )
    except Refusal as refusal:
        return Revealed(reveal, movement, "", refusal)
    return Revealed(reveal, movement, route)


def _said(mailbox: Mailbox, name: bytes) -> bulletin_pb2.Content:
    """Return it opened and accepted; Refusal(NOT_FOUND)."""
    found = mailbox.messages.read(name) if mailbox.messages.knows(name) else None
    if found is None or found.content is None or found.row.verdict != ACCEPTED:
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
    if found.row.envelope != pb.KIND_BULLETIN:  # a recall holds a remark
        raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
    return bulletin_pb2.Content.FromString(found.content)


_SEALED = word("Route drawn at this desk, not yet revealed: {route}")
_HELD = word("Route {route}: it is the one that was drawn and sealed")
_WRONG = word("The route revealed is not the one that was sealed ({field})")


def lines(mailbox: Mailbox, name: bytes, lang: str) -> list[str]:
    return [text for _, text in describe_reveals(mailbox, name, lang)]


def describe_reveals(mailbox: Mailbox, name: bytes, lang: str) -> list[DrawNote]:
    """Return whether each reveal matches; None: not revealed yet."""
    speak = of(lang).gettext
    route = find_reveals(mailbox, name)
    notes = [
        DrawNote(matches=True, text=speak(_HELD).format(route=one.route))
        if one.refusal is None
        else DrawNote(matches=False, text=speak(_WRONG).format(field=one.refusal.where))
        for one in route
    ]
    if all(one.refusal for one in route) and (made := _own(mailbox, name)):
        notes.append(
            DrawNote(matches=None, text=speak(_SEALED).format(route=made.route))
        )
    return notes


def _own(mailbox: Mailbox, name: bytes) -> Draw | None:
    try:
        return secret(mailbox, _said(mailbox, name))
    except Refusal:
        return None
