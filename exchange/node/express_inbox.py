"""Urgent envelopes of partners, ahead of their log (docs/spec/express.md).

Each is judged as if it were next in its log, on a copy of the replica's keys: a
preview, which has no effect on the verdict at its place in the log. One that passes is
kept, shown to desks, and settled by the append of its entry.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import (
    EXPRESS_BYTES_MAX,
    EXPRESS_CLOSED_KEPT,
    EXPRESS_DESK_SHARE,
    EXPRESS_HELD_BYTES,
    EXPRESS_HELD_MAX,
    EXPRESS_NAMED_MAX,
    EXPRESS_OPEN_MAX,
    EXPRESS_REVOCATIONS_BYTES,
    EXPRESS_REVOCATIONS_MAX,
    EXPRESS_STATEMENTS_MAX,
    EXPRESS_UNPLACED,
)
from exchange.node.batch_verdict import (
    EVERY_DESK,
    KnownSoFar,
    claim_of,
    find_readers,
)
from exchange.node.node import Node
from exchange.store import StoredExpress
from exchange.store.express import (
    NOT_LOGGED,
    OPEN,
    REFUSED,
    ExpressBrief,
    ExpressLoad,
)
from exchange.trust import rules
from exchange.trust.entry_facts import facts_of
from exchange.trust.statements import parse_statement
from exchange.trust.urgency import REVOCATION, urgency_of
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc


def receive(node: Node, peer: str, sent: rpc.Express) -> rpc.Expressed:
    """Store an envelope and return the answer.

    Without a reason the answer says that it is held: kept, or in its log. With one
    nothing was stored.
    """
    answer = rpc.Expressed()
    try:
        node.express[peer].spend(node.clock.elapsed())
        parsed = envelope.split(sent.envelope.entry)
        answer.name = parsed.name
        _take(node, peer, sent, parsed)
    except Refusal as refusal:
        answer.reason = refusal.reason
    return answer


def _take(node: Node, peer: str, sent: rpc.Express, parsed: Parsed) -> None:
    """Raise the first Refusal.

    1. It is of the log that the partner writes to, which is not frozen.
    2. Its name is not in the replica and not kept; if it is, it is held: no refusal.
    3. The replica has not reached `below`, the size by which its log must have it.
    4. Statements, preview, text; see `_preview`.
    5. There is room for it; see `_check_room`.
    6. If its id is known under another name, both are kept, this one as evidence.
    """
    # 1
    origin = node.members.origin(peer)
    core = parsed.core
    if core.origin != peer:
        raise Refusal(Reason.ORIGIN, origin)
    if origin in node.forks:
        raise Refusal(Reason.FORK, origin)
    # 2
    if _holds(node, origin, parsed.name):
        return
    # 3
    if sent.below > SIZE_MAX:
        raise Refusal(Reason.POSITION, origin)
    if 0 < sent.below <= node.store.logs.size(origin):
        raise Refusal(Reason.NOT_LOGGED, origin)
    # 4
    preview = _preview(node, peer, sent)
    # 5
    _check_room(node, peer, sent, preview)
    # 6
    new = _row(node, peer, sent, parsed, preview)
    _keep(node, new)
    if new.state == REFUSED:
        raise Refusal(Reason.DUPLICATE_ID, origin)


def _row(
    node: Node, peer: str, sent: rpc.Express, parsed: Parsed, preview: "_Preview"
) -> StoredExpress:
    """Return a row; if its id has another name, it is evidence shown to no desk."""
    origin, core, now = node.members.origin(peer), parsed.core, node.clock()
    row = StoredExpress(
        name=parsed.name,
        peer=peer,
        origin=origin,
        id=core.id,
        envelope=sent.envelope.SerializeToString(deterministic=True),
        statements=rpc.Express(statements=sent.statements).SerializeToString(),
        below=sent.below,
        urgency=preview.urgency,
        author=preview.author,
        desks=preview.desks,
        at=now,
    )
    twin = node.store.express.by_id(origin, core.id)
    if not (twin or node.store.entries.known_ids(origin, [core.id])):
        return row
    why = Reason.DUPLICATE_ID
    return replace(row, desks=(), state=REFUSED, reason=why, closed_at=now)


def _keep(node: Node, new: StoredExpress) -> None:
    """Store an envelope, unless its log has brought it meanwhile.

    Desks see it before that: a batch may be busy on the disk.
    """
    shown = node.unstored.show(new) if new.state == OPEN else nullcontext()
    with shown:
        node.on_change()
        with node.lock:  # no append can bring it from here on
            if not node.store.entries.known_names(new.origin, [new.name]):
                node.store.express.add(new)
    node.on_change()


def _holds(node: Node, origin: str, name: bytes) -> bool:
    if node.store.entries.known_names(origin, [name]):
        return True
    return node.store.express.by_name(name) is not None


def _check_room(node: Node, peer: str, sent: rpc.Express, preview: "_Preview") -> None:
    """Raise a Refusal if there is no room.

    1. Half the floor of the disk is free (DISK).
    2. Revocations have places of their own; only the excess counts below.
    3. The number and bytes of open ones are bounded (RATE); the bound is higher while
       the log is held for its budget.
    4. Then one author's desk gets only a share of it (QUOTA).
    """
    # 1
    if not node.quota.own_room():
        raise Refusal(Reason.DISK, node.name)
    # 2
    load, size = node.store.express.load(peer), sent.ByteSize()
    revocations = _sum(one for one in load if one.urgency == REVOCATION)
    beside = EXPRESS_REVOCATIONS_MAX, EXPRESS_REVOCATIONS_BYTES
    if preview.urgency == REVOCATION and _fits(revocations, size, *beside):
        return
    # 3
    count, total = _sum(one for one in load if one.urgency != REVOCATION)
    more = [max(0, n - m) for n, m in zip(revocations, beside, strict=True)]
    held = node.quota.holds(peer)
    most = EXPRESS_HELD_MAX if held else EXPRESS_OPEN_MAX
    most_bytes = EXPRESS_HELD_BYTES if held else EXPRESS_BYTES_MAX
    if not _fits((count + more[0], total + more[1]), size, most, most_bytes):
        raise Refusal(Reason.RATE, peer)
    # 4
    of_desk = _sum(one for one in load if one.author == preview.author)
    share = most // EXPRESS_DESK_SHARE, most_bytes // EXPRESS_DESK_SHARE
    if held and not _fits(of_desk, size, *share):
        raise Refusal(Reason.QUOTA, preview.author)


def _sum(loads: Iterable[ExpressLoad]) -> tuple[int, int]:
    each = [(one.count, one.size) for one in loads]
    return sum(count for count, _ in each), sum(size for _, size in each)


def _fits(open_: tuple[int, int], size: int, most: int, most_bytes: int) -> bool:
    return open_[0] < most and open_[1] + size <= most_bytes


class _Preview(Struct, frozen=True):
    urgency: int
    author: str
    desks: tuple[str, ...]


def _preview(node: Node, peer: str, sent: rpc.Express) -> _Preview:
    """Judge an envelope as if next in its log; raise its fault.

    1. It comes with few enough statements, each valid at its place in the log.
    2. It passes the rules of the verdict, except that it is new in the log.
    3. None of its signers was revoked by an envelope ahead.
    4. It may travel ahead (KIND), and is for desks of this node (RECIPIENTS).
    5. Wraps and body are the signed ones.
    """
    # 1
    if len(sent.statements) > EXPRESS_STATEMENTS_MAX:
        raise Refusal(Reason.SIZE, "statements")
    log = _log_with(node, node.members.origin(peer), sent.statements)
    # 2
    verdict = rules.check(sent.envelope.entry, log)
    # 3
    revoked = _revoked_ahead(node, peer)
    if any(signer.kid in revoked for signer in verdict.signers):
        raise Refusal(Reason.SIGNER_REVOKED)
    # 4
    urgency = urgency_of(verdict.core, verdict.statement)
    if not urgency:
        raise Refusal(Reason.KIND, "precedence")
    desks: tuple[str, ...] = EVERY_DESK
    if verdict.statement is None:
        desks = find_readers(facts_of(verdict), node.members.desks)
    if desks != EVERY_DESK and not any(_is_of(desk, node.name) for desk in desks):
        raise Refusal(Reason.RECIPIENTS, node.name)
    # 5
    text = sent.envelope
    if text.absent:
        raise Refusal(Reason.WRAPS, "absent")
    envelope.check_payload(verdict.parsed, tuple(text.wraps), text.body)
    return _Preview(urgency, verdict.author.subject.rpartition("@")[2], desks)


def _is_of(desk: str, node: str) -> bool:
    return desk.partition(".")[2] == node


def _log_with(node: Node, origin: str, statements: Sequence[bytes]) -> rules.Log:
    """Return the replica with these statements, on a copy of its keys.

    All ids and names count as new: duplicates were checked before.
    """
    claims = [claim for raw in statements if (claim := claim_of(raw)) is not None]
    standing = node.members.find_known(origin, claims)
    known = KnownSoFar(standing)
    log = node.members.log(origin, known)
    log = replace(log, directory=log.directory.copy())
    for index, raw in enumerate(statements, node.store.logs.size(origin)):
        if standing.knows_name(envelope.split(raw).name):
            continue  # the log has brought it meanwhile
        verdict = rules.check(raw, log)
        if verdict.statement is None:
            raise Refusal(Reason.STATEMENT, "statements")
        log.directory.apply(index, verdict.core, verdict.statement)
        known.add(facts_of(verdict))
    return log


def _revoked_ahead(node: Node, peer: str) -> Collection[bytes]:
    """Return the kids in revocations that its log does not have yet."""
    kids: set[bytes] = set()
    for held in node.store.express.open(peer, REVOCATION):
        core = envelope.split(envelope_of(held).entry).core
        kids.add(parse_statement(core.clear).revokes)
    return kids


def envelope_of(held: StoredExpress) -> pb.Envelope:
    return pb.Envelope.FromString(held.envelope)


def text_ahead(node: Node, name: bytes) -> pb.Envelope | None:
    """Return None unless it came ahead of its log."""
    held = node.store.express.by_name(name)
    return None if held is None else envelope_of(held)


def statements_of(held: StoredExpress) -> list[bytes]:
    return list(rpc.Express.FromString(held.statements).statements)


# As time goes by.


def names_open(node: Node, peer: str) -> list[bytes]:
    """Return those without a place yet, for a hello."""
    held = [one for one in node.store.express.brief(peer) if one.state == OPEN]
    return [one.name for one in held][:EXPRESS_NAMED_MAX]


def tick(node: Node, peer: str, *, silent: bool = False) -> list[rpc.Expressed]:
    """Return the notices due to a partner whose link is up.

    NOT_LOGGED for each envelope that its log did not bring; STALLED for each that is
    due by now. Repeated at each tick: the sender sends each once. `silent`: one of the
    two may not send now, so no envelope becomes late; nor while the log is held for its
    budget.
    """
    pace = node.express[peer]
    held = node.store.express.brief(peer)
    if not held:
        return []
    elapsed = node.clock.elapsed()
    if not (silent or node.quota.holds(peer)):
        _count(node, peer, [one for one in held if one.state == OPEN])
    told: list[rpc.Expressed] = []
    for one in held:
        if one.state == NOT_LOGGED:
            told.append(rpc.Expressed(name=one.name, reason=Reason.NOT_LOGGED))
            if pace.note_unlogged(one.name, elapsed):
                node.on_change()
        elif one.state == OPEN and one.below and pace.stalled:
            told.append(rpc.Expressed(name=one.name, reason=Reason.STALLED))
    pace.retain({one.name for one in held})
    return told


def _count(node: Node, peer: str, held: Sequence[ExpressBrief]) -> None:
    size = node.store.logs.size(node.members.origin(peer))
    awaits = any(one.below for one in held)
    pace = node.express[peer]
    linked = pace.tick(node.clock.elapsed(), size, awaits=awaits)
    if linked and any(not one.below for one in held):
        node.store.express.add_link_time(peer, linked)
        if node.store.express.close_unlogged(peer, EXPRESS_UNPLACED, node.clock()):
            node.on_change()


def forget_old(node: Node) -> None:
    node.store.express.forget(node.clock.now() - EXPRESS_CLOSED_KEPT)
