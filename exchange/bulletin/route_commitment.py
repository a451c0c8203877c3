"""The commitment to a movement's route: drawn from the agreed set, revealed later.

The bulletin carries the draw's hash: partners see that it was made and fixed, but not
which route. A later bulletin that REVEALS it tells route and nonce, and anyone who has
both can hold one against the other. So nobody who learns of the bulletin learns the
route, and nobody can say afterwards that another was drawn.
"""

import hashlib
from collections.abc import Callable, Sequence

from exchange.errors import Reason, Refusal, Why
from exchange.v1 import bulletin_pb2 as pb
from keys.pae import pae
from keys.secret_records import SecretRecord

KIND = "MOVEMENT"
NONCE_SIZE = 32  # bytes
_BY_REVEAL = Why("a drawn route is revealed by fusion reveal, not by hand")
Random = Callable[[int], bytes]


class Draw(SecretRecord, frozen=True):
    """A route that was drawn, and the nonce that hides it."""

    route: str
    nonce: bytes


def draw(routes: Sequence[str], random: Random) -> Draw:
    """Return one of at most 128 routes, each as likely, by bytes of a CSPRNG.

    Bytes beyond the last whole multiple of the number of routes are drawn again.
    """
    if not 0 < len(routes) <= 128:  # noqa: PLR2004  # DETAILS_MAX, and half of a byte
        raise Refusal(Reason.FIELD_VALUE, "details.routes")
    whole = 256 - 256 % len(routes)
    while (byte := random(1)[0]) >= whole:
        pass
    return Draw(routes[byte % len(routes)], random(NONCE_SIZE))


def commitment(call_sign: str, routes: Sequence[str], drawn: Draw) -> str:
    """Return what the bulletin carries, 64 hex digits.

    SHA-256(PAE("draw", call sign, nonce, route, each of the agreed routes)), ASCII.
    """
    said = (route.encode() for route in routes)
    parts = (call_sign.encode(), drawn.nonce, drawn.route.encode(), *said)
    return hashlib.sha256(pae("draw", *parts)).hexdigest()


def values(content: pb.Content, name: str) -> list[str]:
    """Return the text forms of a field of the kind's own."""
    return [detail.value for detail in content.details if detail.field == name]


def value(content: pb.Content, name: str) -> str:
    """Return the one value of a field, "" where it is absent."""
    return next(iter(values(content, name)), "")


def to_draw(content: pb.Content) -> bool:
    """Whether a movement names several routes, and none was drawn of them yet."""
    several = len(values(content, "routes")) > 1
    return content.kind == KIND and several and not value(content, "draw")


def commit_route(content: pb.Content, drawn: Draw) -> pb.Content:
    """Return the movement with the hash of what was drawn from its routes."""
    digest = commitment(value(content, "call_sign"), values(content, "routes"), drawn)
    copy = pb.Content()
    copy.CopyFrom(content)
    place = next(  # before what is declared after it
        (i for i, d in enumerate(copy.details) if d.field in {"route", "nonce"}),
        len(copy.details),
    )
    copy.details.insert(place, pb.Detail(field="draw", value=digest))
    return copy


def check_draw(content: pb.Content, *, reveals: bool) -> None:
    """Refuse a movement whose route is told in another way than by a reveal.

    `reveals` says that it refers to another so. It tells route and nonce then, and
    nothing of another draw.
    """
    if content.kind != KIND:
        return
    route, nonce, sealed = (value(content, n) for n in ("route", "nonce", "draw"))
    if reveals and not route:
        raise Refusal(Reason.FIELD_MISSING, "details.route")
    if bool(route) != bool(nonce):
        where = "details.nonce" if route else "details.route"
        raise Refusal(Reason.FIELD_MISSING, where, _BY_REVEAL)
    if route and not reveals:
        raise Refusal(Reason.FIELD_MISSING, "references", _BY_REVEAL)
    if sealed and route:
        raise Refusal(Reason.FIELD_VALUE, "details.route")
    if sealed and not (values(content, "routes") and value(content, "call_sign")):
        raise Refusal(Reason.FIELD_MISSING, "details.routes")


def verify(movement: pb.Content, reveal: pb.Content) -> str:
    """Return the route that a reveal tells of a movement, or refuse it.

    1. Both are of kind MOVEMENT; the movement's draw was sealed, the reveal is whole.
    2. The reveal is of the same call sign.
    3. The route is one of those agreed.
    4. Route and nonce give the hash that the movement carries.

    Raises Refusal(FIELD_MISSING | FIELD_VALUE), `where` the field of the reveal.
    """
    # 1
    if {movement.kind, reveal.kind} != {KIND}:
        raise Refusal(Reason.FIELD_VALUE, "kind")
    sealed = value(movement, "draw")
    if not sealed:
        raise Refusal(Reason.FIELD_MISSING, "details.draw")
    route, nonce = value(reveal, "route"), value(reveal, "nonce")
    if not (route and nonce):
        raise Refusal(Reason.FIELD_MISSING, "details.route")
    # 2
    call_sign = value(movement, "call_sign")
    if value(reveal, "call_sign") not in {"", call_sign}:
        raise Refusal(Reason.FIELD_VALUE, "details.call_sign")
    # 3
    routes = values(movement, "routes")
    if route not in routes:
        raise Refusal(Reason.FIELD_VALUE, "details.route")
    # 4
    drawn = Draw(route, bytes.fromhex(nonce))
    if commitment(call_sign, routes, drawn) != sealed:
        raise Refusal(Reason.FIELD_VALUE, "details.nonce")
    return route
