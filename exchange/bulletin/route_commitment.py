"""The commitment to a movement's route: drawn from the agreed set, revealed later.

The bulletin has the draw's hash: partners see that the route is fixed, but not which. A
later bulletin that REVEALS it gives route and nonce, to compare.
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
    """A drawn route and the nonce that hides it."""

    route: str
    nonce: bytes


def draw(routes: Sequence[str], random: Random) -> Draw:
    """Return one of at most 128, all equally likely, from CSPRNG bytes.

    Bytes beyond the last whole multiple of the number of routes are drawn again.
    """
    if not 0 < len(routes) <= 128:  # noqa: PLR2004  # DETAILS_MAX, and half of a byte
        raise Refusal(Reason.FIELD_VALUE, "details.routes")
    whole = 256 - 256 % len(routes)
    while (byte := random(1)[0]) >= whole:
        pass
    return Draw(routes[byte % len(routes)], random(NONCE_SIZE))


def commitment(call_sign: str, routes: Sequence[str], drawn: Draw) -> str:
    """Return 64 hex digits.

    SHA-256(PAE("draw", call sign, nonce, route, each of the agreed routes)), ASCII.
    """
    said = (route.encode() for route in routes)
    parts = (call_sign.encode(), drawn.nonce, drawn.route.encode(), *said)
    return hashlib.sha256(pae("draw", *parts)).hexdigest()


def values(content: pb.Content, name: str) -> list[str]:
    return [detail.value for detail in content.details if detail.field == name]


def value(content: pb.Content, name: str) -> str:
    return next(iter(values(content, name)), "")


def to_draw(content: pb.Content) -> bool:
    several = len(values(content, "routes")) > 1
    return content.kind == KIND and several and not value(content, "draw")


def commit_route(content: pb.Content, drawn: Draw) -> pb.Content:
    digest = commitment(value(content, "call_sign"), values(content, "routes"), drawn)
    copy = pb.Content()
    copy.CopyFrom(content)
    place = next(  # before fields declared after it
        (i for i, d in enumerate(copy.details) if d.field in {"route", "nonce"}),
        len(copy.details),
    )
    copy.details.insert(place, pb.Detail(field="draw", value=digest))
    return copy


def check_draw(content: pb.Content, *, reveals: bool) -> None:
    """Refuse a movement that gives its route in any way other than a reveal.

    `reveals`: it refers to another movement by REVEALS. It must have route and nonce
    then, and no draw of its own.
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
    """Return the route that a reveal gives for a movement, or refuse it.

    1. Both are of kind MOVEMENT; the movement has a draw, the reveal route and nonce.
    2. The call sign is the same.
    3. The route is one of those agreed.
    4. Route and nonce give the hash in the movement.

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
