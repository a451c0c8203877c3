"""The report on the links: the own node, its partners, and pending messages."""

from collections.abc import Iterator

from exchange.bulletin.error_text import refusal
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.link.background_sync import BackgroundSync
from exchange.desk.link.clock_check import signed_times
from exchange.desk.link.way import HELD_BACK, count_queued
from exchange.desk.link.way_words import count_words, reason_words
from exchange.desk.link_records import Failure, LinkReport, NodeLink, Waiting
from exchange.errors import Reason
from exchange.limits import SECOND
from exchange.v1.desk_service_pb2 import OnTheWay, PeerStatus
from exchange.words import say_n


def report(desk: Desk, following: BackgroundSync) -> LinkReport:
    """Read the mailbox: for a worker."""
    signed, answer = signed_times(desk.mailbox, desk.pinned), desk.answer
    told, up = desk.told, following.up
    own = NodeLink(
        name=desk.node,
        up=up,
        since=following.since,
        next_try_at=following.next_try_at,
        heard_at=answer.at if answer else desk.told_at,
        signed_at=signed.get(desk.node, 0),
        queued=desk.mailbox.outbox.count_queued(),
        apart=answer.apart if answer and answer.status.time else None,
        emcon=told.emcon if told else "",
        minimize=bool(told and told.minimize),
        beats=following.beats.of(desk.node),
    )
    return LinkReport(
        at=desk.clock(),
        own=own,
        partners=[
            _partner(desk, following, peer, signed.get(peer.name, 0))
            for peer in (told.peers if told else ())
        ],
        told_at=desk.told_at,
        waiting=list(_waiting(desk, up=up)),
        failure=_failure(following),
        clock=desk.moment().clock,
        suspended=[one.nation for one in told.suspended] if told else (),
    )


def _partner(
    desk: Desk, following: BackgroundSync, peer: PeerStatus, signed_at: int
) -> NodeLink:
    """Return the state of a partner, with times by the own node's clock."""
    answer = desk.answer
    apart = answer.apart + peer.apart if answer and peer.HasField("apart") else None
    return NodeLink(
        name=peer.name,
        up=peer.up and following.up,
        since=peer.since if following.up or not peer.up else 0,
        reason=peer.reason,
        next_try_at=peer.next_try_at,
        heard_at=peer.heard_at,
        signed_at=signed_at,
        queued=peer.queued,
        lacking=peer.lacking,
        apart=apart,
        round_trip=peer.round_trip if peer.HasField("round_trip") else None,
        emcon=_emcon(peer),
        minimize=peer.minimize,
        beats=following.beats.of(peer.name),
    )


def _emcon(peer: PeerStatus) -> str:
    """Return the EMCON that it reported to our node; "" if none."""
    if peer.up:
        return "QUIET" if peer.emcon else "OFF"
    return "SILENT" if peer.reason == Reason.EMCON else ""


def _waiting(desk: Desk, *, up: bool) -> Iterator[Waiting]:
    """Yield envelopes that wait, those not sent by this desk first."""
    for held, _, count, since in desk.mailbox.outbox.tally():
        if held not in HELD_BACK:
            yield Waiting(held, _held_words(held, count, since))
    told = desk.told.on_the_way if desk.told else ()
    for row in (*count_queued(desk.mailbox, desk.node, up=up), *told):
        yield Waiting(row.state, _way_words(row))


def _held_words(held: str, count: int, since: int) -> str:
    when = _to_second(since)
    if held == "RESIGN":
        return say_n(
            "{n} to be signed again, since {when}",
            "{n} to be signed again, since {when}",
            count,
            when=when,
        )
    if held == "REFUSED":
        return say_n(
            "{n} refused for good, since {when}",
            "{n} refused for good, since {when}",
            count,
            when=when,
        )
    if held == "EXPIRED":
        return say_n(
            "{n} expired before it was sent, since {when}",
            "{n} expired before they were sent, since {when}",
            count,
            when=when,
        )
    return say_n(
        "{n} waits for a second signature, since {when}",
        "{n} wait for a second signature, since {when}",
        count,
        when=when,
    )


def _way_words(row: OnTheWay) -> str:
    why = reason_words(row.reason, _to_second(row.since) if row.since else "")
    return count_words(row.state, row.to, row.node, row.count, why)


def _to_second(ms: int) -> str:
    return iso(ms // SECOND * SECOND)


def _failure(following: BackgroundSync) -> Failure | None:
    if following.failed is None:
        return None
    error, at = following.failed
    return Failure(refusal(error), at)
