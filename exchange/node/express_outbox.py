"""Urgent envelopes of the own log that go to a partner ahead of the backlog.

The log and the position that the partner holds determine them, so each stream finds
them in the database (docs/spec/express.md).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Refusal
from exchange.limits import EXPRESS_STATEMENTS_MAX, LINK_OUT_BYTES, WAITING_BATCH
from exchange.node import retention
from exchange.node.batch_verdict import EVERY_DESK
from exchange.node.effects import LoadExpress
from exchange.node.express_statements import find_statements
from exchange.node.express_states import DueExpress, LoadedExpress
from exchange.node.node import Node
from exchange.store import StoredEntry, StoredWaiting
from exchange.trust import names, rules
from exchange.trust.statements import parse_statement
from exchange.trust.urgency import REVOCATION, urgency_of
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc

PAGE = 64  # places looked at in one go


def load_due(node: Node, peer: str, asked: LoadExpress) -> LoadedExpress:
    """Return what it was not sent yet, as far as it fits.

    First those in the own log, most urgent first, then those without a place.
    """
    places = _Places(asked)
    due: list[DueExpress] = []
    after, size, whole = asked.after, 0, False
    for number, one in chain(
        ((0, one) for one in _recorded(node, peer, asked)),
        _waiting(node, peer, asked) if asked.room else (),
    ):
        if not places.any_for(one) or size >= LINK_OUT_BYTES:
            break
        after = number or after
        if one is not None and places.take(one):
            due.append(one)
            size += one.frame.ByteSize()
    else:
        whole = asked.room > 0
    placed = node.store.entries.places(node.origin, list(asked.unplaced))
    return LoadedExpress(due, placed, after, whole)


class _Places:
    def __init__(self, asked: LoadExpress) -> None:
        self._room, self._beside = asked.room, asked.beside
        self._authors, self._of_a_desk = Counter(asked.authors), asked.of_a_desk

    def any_for(self, one: DueExpress | None) -> bool:
        """Return whether there is room for one; None counts as one not read yet."""
        revokes = one is not None and one.revokes
        return self._room > 0 or (revokes and self._beside > 0)

    def take(self, one: DueExpress) -> bool:
        """Return False if the author's desk has no place left.

        Such an envelope goes with its log only.
        """
        if one.revokes and self._beside > 0:
            self._beside -= 1
            return True
        if one.desk and self._authors[one.desk] >= self._of_a_desk:
            return False
        self._authors[one.desk] += 1
        self._room -= 1
        return True


def _recorded(node: Node, peer: str, asked: LoadExpress) -> Iterator[DueExpress]:
    store, offset = node.store, 0
    while places := store.express.places(
        node.origin, asked.start, asked.size, PAGE, offset
    ):
        offset += len(places)
        for place in places:
            if place.urgency != REVOCATION and not asked.room:
                return
            (stored,) = store.entries.page(node.origin, place.index, 1)
            new = stored.name not in asked.known
            withheld = node.posture.withholds(peer, stored.kind)
            if not new or not _concerns(
                place.urgency, stored.desks, peer, withheld=withheld
            ):
                continue
            shown = retention.shown_to_peer(node, stored, peer)
            text = _text(shown)
            frame = _frame(node, text, asked.position, shown.index + 1)
            if frame is not None:
                desk = _author_desk(node, place.urgency, stored.entry)
                yield DueExpress(stored.name, stored.index, frame, desk)


def _text(stored: StoredEntry) -> pb.Envelope:
    return pb.Envelope(entry=stored.entry, wraps=stored.wraps, body=stored.body)


def _concerns(urgency: int, desks: Sequence[str], peer: str, *, withheld: bool) -> bool:
    """Return whether the peer's desks are addressed; a revocation concerns all.

    An envelope `withheld` from the partner's nation does not pass the backlog.
    """
    if urgency == REVOCATION or tuple(desks) == EVERY_DESK:
        return True
    return not withheld and any(desk.partition(".")[2] == peer for desk in desks)


def _waiting(
    node: Node, peer: str, asked: LoadExpress
) -> Iterator[tuple[int, DueExpress | None]]:
    """Yield each number, and the envelope if it may go."""
    after = asked.after
    while batch := node.store.desk_queue.pending(WAITING_BATCH, after):
        after = batch[-1].number
        for waiting in batch:
            known = waiting.name in asked.known
            due = None if known else _due_of(node, peer, waiting, asked.position)
            yield waiting.number, due


def _author_desk(node: Node, urgency: int, entry: bytes) -> str:
    """Return "" for a revocation."""
    if urgency == REVOCATION:
        return ""
    author = envelope.split(entry).core.author
    directory = node.members.directory(node.name)
    known = directory.signer("author", author) if directory else None
    return names.desk_of(known.subject) if known else node.name


def _due_of(
    node: Node, peer: str, waiting: StoredWaiting, position: int
) -> DueExpress | None:
    try:
        text = pb.Envelope.FromString(waiting.envelope)
        core = envelope.split(text.entry).core
        directory = core.kind == pb.KIND_DIRECTORY
        statement = parse_statement(core.clear) if directory else None
    except (DecodeError, Refusal):
        return None  # damaged since; it gets no place either
    urgency = urgency_of(core, statement)
    desks = [recipient.desk for recipient in core.recipients]
    if core.kind == pb.KIND_RECEIPT and not desks:
        desks = list(node.members.desks(core.references[0].name) or ())
    withheld = node.posture.withholds(peer, core.kind)
    if not urgency or not _concerns(urgency, desks, peer, withheld=withheld):
        return None
    if core.release == pb.RELEASE_RELEASED and not _is_released(node, text.entry):
        return None
    frame = _frame(node, text, position, 0)
    desk = _author_desk(node, urgency, text.entry)
    return None if frame is None else DueExpress(waiting.name, None, frame, desk)


def _is_released(node: Node, entry: bytes) -> bool:
    """Return whether two officers released it, by the log so far.

    It may be kept while their keys are unknown, but is not sent.
    """
    none = node.members.find_known(node.origin, [])
    try:
        rules.check(entry, node.members.log(node.origin, none))
    except Refusal:
        return False
    return True


def _frame(
    node: Node, text: pb.Envelope, position: int, below: int
) -> rpc.Express | None:
    """Return None if it cannot be judged ahead.

    Its text is missing, or its signers need too many statements.
    """
    parsed = envelope.split(text.entry)
    if parsed.core.recipients and not text.wraps:
        return None
    needed = find_statements(node, node.origin, [text.entry], position)
    if len(needed) > EXPRESS_STATEMENTS_MAX:
        return None
    return rpc.Express(envelope=text, statements=needed, below=below)
