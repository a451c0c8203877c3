"""Drafts of own desks that wait for their releaser (docs/spec/release.md, "Draft").

They are in no log, and only DraftWatch hands one out. Every change of one takes the
node's lock, which orders a release and a return.
"""

from collections.abc import Iterator, Sequence

from exchange import envelope
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    AWAITING_MAX,
    AWAITING_SHOWN,
    CLOSED_DRAFTS_KEPT,
    FILED_AHEAD_MAX,
    WATCH_PAGE_BYTES,
)
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.store.drafts import StoredDraft
from exchange.store.values import LAPSED, RELEASED, RETURNED, WAITING
from exchange.trust.entry_facts import EntryFacts
from exchange.trust.release import review_desk
from exchange.trust.return_call import check_form, check_return
from exchange.trust.statements import AUTHOR, RELEASER
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

OVER = {
    RELEASED: Why("it was released before"),
    RETURNED: Why("it was given back to its author; another must be signed"),
    LAPSED: Why("it expired before it was released; another must be signed"),
}


def add_texts(node: Node, submissions: Sequence[Submission]) -> None:
    """Add the waiting draft's text to an envelope that comes without one."""
    for each in submissions:
        sent = each.sent
        if sent.wraps or sent.body or sent.absent:
            continue
        name = _released_name(sent.entry)
        held = node.store.drafts.by_name(name) if name else None
        if held is not None and held.state == WAITING:
            draft = pb.Envelope.FromString(held.envelope)
            each.sent = pb.Envelope(
                entry=sent.entry, wraps=draft.wraps, body=draft.body
            )
            each.size = each.sent.ByteSize()


def _released_name(entry: bytes) -> bytes:
    """Return b"" unless two officers signed."""
    try:
        parsed = envelope.split(entry)
    except Refusal:
        return b""
    roles = [signed.role for signed in parsed.signatures]
    return parsed.name if roles == [AUTHOR, RELEASER] else b""


def is_kept(node: Node, name: bytes, desk: str | None) -> bool:
    """Return whether a draft waits already; `desk` None is the operator.

    Raises Refusal: METHOD for another desk's draft, RELEASE if it waits no longer.
    """
    held = node.store.drafts.by_name(name)
    if held is None:
        return False
    if desk not in {None, held.desk}:
        raise Refusal(Reason.METHOD, desk or "")
    _check_open(held)
    return True


def keep(node: Node, facts: EntryFacts, sent: pb.Envelope) -> None:
    """Put a draft on disk; Refusal(QUOTA) if AWAITING_MAX of its desk wait."""
    form = facts.form
    if node.store.drafts.count_waiting(form.author_desk) >= AWAITING_MAX:
        raise Refusal(Reason.QUOTA, "drafts")
    review = review_desk(envelope.split(sent.entry).core)
    new = StoredDraft(
        facts.name,
        form.author,
        form.author_desk,
        review,
        WAITING,
        node.clock(),
        facts.expires,
        envelope=sent.SerializeToString(),
    )
    node.store.drafts.keep([new])


def check_open(node: Node, name: bytes) -> None:
    """Refuse (RELEASE) a returned or lapsed draft's release.

    A draft released before is no obstacle: its log may have lost the entry.
    """
    held = node.store.drafts.by_name(name)
    if held is not None and held.state != RELEASED:
        _check_open(held)


def _check_open(held: StoredDraft) -> None:
    if held.state != WAITING:
        raise Refusal(Reason.RELEASE, held.name.hex()[:16], OVER[held.state])


def return_draft(
    node: Node, desk: str, call: desk_pb.ReturnDraftRequest
) -> desk_pb.ReturnDraftResponse:
    """Send a draft back to its author; it is on disk on return.

    Repeating it is safe.

    1. It is a draft that the calling desk may see (INPUT, NOT_FOUND).
    2. The releaser signed the return, and may (errors of `check_return`); not ahead of
       this node's clock (TIME).
    3. The draft still waits, or this same return closed it; no release of it is pending
       (RELEASE).
    """
    # 1
    check_form(call)
    where = call.name.hex()[:16]
    with node.lock:
        held = node.store.drafts.by_name(call.name)
        if held is None or desk not in {held.desk, held.review}:
            raise Refusal(Reason.NOT_FOUND, where)
        # 2
        core = envelope.split(pb.Envelope.FromString(held.envelope).entry).core
        check_return(call, core, node.members.forms(node.origin).directory)
        if call.time > node.clock() + FILED_AHEAD_MAX:
            raise Refusal(Reason.TIME, "time")
        # 3
        call.DiscardUnknownFields()  # unsigned, and each Watch would carry them
        said = call.SerializeToString(deterministic=True)
        if (held.state, held.returned) != (RETURNED, said):
            _check_open(held)
            if node.store.desk_queue.pending_names([held.name]):
                raise Refusal(Reason.RELEASE, where, OVER[RELEASED])
            node.store.drafts.close(held.name, RETURNED, node.clock(), said)
    node.on_change()
    return desk_pb.ReturnDraftResponse()


def lapse(node: Node) -> None:
    """Expire by this node's clock and by signed time, never by one alone."""
    before = min(node.clock.now(), node.signed_time.newest)
    with node.lock:
        lapsed = node.store.drafts.lapse(before, node.clock())
        node.store.drafts.forget(before - CLOSED_DRAFTS_KEPT)
    if lapsed:
        node.on_change()


class DraftWatch:
    def __init__(self, node: Node, desk: str) -> None:
        self._node = node
        self._desk = desk
        self._told: dict[bytes, int] = {}

    def news(self) -> list[desk_pb.Draft]:
        """Return a page not sent yet; empty if all are."""
        page, size = list[desk_pb.Draft](), 0
        for draft in self._changes():
            page.append(draft)
            size += draft.ByteSize()
            if size >= WATCH_PAGE_BYTES:
                break
        return page

    def _changes(self) -> Iterator[desk_pb.Draft]:
        seen = self._node.store.drafts.brief(self._desk, AWAITING_SHOWN)
        names = {name for name, _ in seen}
        self._told = {name: at for name, at in self._told.items() if name in names}
        for name, state in seen:
            if self._told.get(name) == state:
                continue
            held = self._node.store.drafts.by_name(name)
            if held is not None:
                self._told[name] = held.state
                yield _draft(held)


def _draft(held: StoredDraft) -> desk_pb.Draft:
    told = desk_pb.Draft(
        name=held.name,
        envelope=pb.Envelope.FromString(held.envelope),
        state=held.state,  # type: ignore[arg-type]  # one that the store wrote
        since=held.since,
    )
    if held.state == RETURNED:
        told.returned.ParseFromString(held.returned)
    if held.state == RELEASED:
        told.index = held.index
    return told
