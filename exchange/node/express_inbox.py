"""Urgent envelopes of partners, ahead of their log (docs/spec/express.md).

One is looked at as if it stood next in its log, on a copy of what the replica says of
keys: a preview, and no verdict. It moves nothing: at its place in the log it is judged
as if it had not come before. What passes is kept, shown to desks, and settled by the
append that brings it.
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
    """Keep a partner's urgent envelope, and answer; on disk on return.

    An answer without a reason says that it is held: it was kept now or before, or its
    log has brought it. With one nothing was stored.
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
    """Keep what passes every check; raise the Refusal of the first that fails.

    1. It is of the log that the partner writes to, which is not frozen.
    2. Held: its name is in the replica, or kept already. That is no refusal.
    3. Its log has not come as far as it says.
    4. Statements, preview, text; see `_preview`.
    5. There is room for it; see `_check_room`.
    6. An id that is there under another name: both are kept, this one as evidence.
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
    """Return an envelope as it is kept.

    As evidence, and for no desk, where its id is there under another name.
    """
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
    """Store an envelope, unless its log has brought it in between.

    Desks are shown it meanwhile: a batch may be at work on the disk.
    """
    shown = node.unstored.show(new) if new.state == OPEN else nullcontext()
    with shown:
        node.on_change()
        with node.lock:  # no append does, from here on
            if not node.store.entries.known_names(new.origin, [new.name]):
                node.store.express.add(new)
    node.on_change()


def _holds(node: Node, origin: str, name: bytes) -> bool:
    if node.store.entries.known_names(origin, [name]):
        return True
    return node.store.express.by_name(name) is not None


def _check_room(node: Node, peer: str, sent: rpc.Express, preview: "_Preview") -> None:
    """Raise the Refusal of what there is no room for.

    1. Of the disk half the floor is free (DISK).
    2. Revocations have places beside the others; only what exceeds these counts below.
    3. So many may be open (RATE); more while the log is held for its budget.
    4. Of these one author's desk has a share then (QUOTA).
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
    """Return how many envelopes these are, and how many bytes."""
    each = [(one.count, one.size) for one in loads]
    return sum(count for count, _ in each), sum(size for _, size in each)


def _fits(open_: tuple[int, int], size: int, most: int, most_bytes: int) -> bool:
    """Whether one more of `size` bytes may be open beside what is."""
    return open_[0] < most and open_[1] + size <= most_bytes


class _Preview(Struct, frozen=True):
    """An urgent envelope, as far as it can be judged before its log has it."""

    urgency: int
    author: str
    desks: tuple[str, ...]


def _preview(node: Node, peer: str, sent: rpc.Express) -> _Preview:
    """Look at an envelope as if it stood next in its log; raise what is wrong with it.

    1. What travels with it are statements, few, each right where it would stand.
    2. The rules of the verdict, but that it is new in the log.
    3. None of its signers was revoked by what came ahead, too.
    4. It may travel ahead (KIND), and is for desks of this node (RECIPIENTS).
    5. Wraps and body are those that were signed.
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
    """Return the replica as a log with these statements; of keys it has a copy.

    Its ids and names are all new: what is known already was asked before.
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
    """Return the kids that a partner's revocations name which its log has not yet."""
    kids: set[bytes] = set()
    for held in node.store.express.open(peer, REVOCATION):
        core = envelope.split(envelope_of(held).entry).core
        kids.add(parse_statement(core.clear).revokes)
    return kids


def envelope_of(held: StoredExpress) -> pb.Envelope:
    """Return an envelope as it came."""
    return pb.Envelope.FromString(held.envelope)


def text_ahead(node: Node, name: bytes) -> pb.Envelope | None:
    """Return the envelope of a name that came ahead of its log, None for no such."""
    held = node.store.express.by_name(name)
    return None if held is None else envelope_of(held)


def statements_of(held: StoredExpress) -> list[bytes]:
    """Return the statements that came with an envelope."""
    return list(rpc.Express.FromString(held.statements).statements)


# As time goes by.


def names_open(node: Node, peer: str) -> list[bytes]:
    """Return what of a partner's stands here without a place, for a hello."""
    held = [one for one in node.store.express.brief(peer) if one.state == OPEN]
    return [one.name for one in held][:EXPRESS_NAMED_MAX]


def tick(node: Node, peer: str, *, silent: bool = False) -> list[rpc.Expressed]:
    """Note that the link to a partner is up; return what it must be told.

    NOT_LOGGED of each envelope that its log did not bring; STALLED of each that it
    should have brought by now. The same again at each tick: who sends them tells each
    once. `silent`: one of the two may send nothing now, so nothing counts as late; nor
    does it while the log is held for its budget.
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
    """Count the time of the link to what is open."""
    size = node.store.logs.size(node.members.origin(peer))
    awaits = any(one.below for one in held)
    pace = node.express[peer]
    linked = pace.tick(node.clock.elapsed(), size, awaits=awaits)
    if linked and any(not one.below for one in held):
        node.store.express.add_link_time(peer, linked)
        if node.store.express.close_unlogged(peer, EXPRESS_UNPLACED, node.clock()):
            node.on_change()


def forget_old(node: Node) -> None:
    """Forget what became of envelopes that were settled long ago."""
    node.store.express.forget(node.clock.now() - EXPRESS_CLOSED_KEPT)
