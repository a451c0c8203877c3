"""The status of a desk, its node and the links, for the terminal's top row."""

from array import array
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from exchange.bulletin.codes import DRILLS
from exchange.desk.client import Desk
from exchange.desk.link import way
from exchange.desk.link.clock_check import signed_times
from exchange.desk.link.heads import HeldSize
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.revocations import stale_logs
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.outbox import EXPIRED, REFUSED, RESIGN
from exchange.desk.status_records import DeskStatus, LedgerAlarm, PartnerNode
from exchange.desk.terminal.key_end import first_end
from exchange.desk.terminal.list_rows import FILTERS
from exchange.desk.terminal.releases import ReleaseQueue
from exchange.desk.terminal.urgent_rows import FLASH_WAITING
from exchange.errors import Reason
from exchange.limits import SECOND
from exchange.v1.desk_service_pb2 import PeerStatus

CATCH_UP_SHOWN = 500  # entries still to be read from which the top row says so


def look(desk: Desk, states: LogStates, *, up: bool, since: int) -> DeskStatus:
    """`up`: whether its node answers, `since` (ms UTC)."""
    mailbox, told = desk.mailbox, desk.told
    origin = desk.pinned.origin(desk.node)
    head, far = mailbox.logs.head(origin), desk.catch_up()
    drills = _drills(mailbox)
    drilling = frozenset(number for found in drills.values() for number in found)
    ringing = frozenset(mailbox.search.ids(FLASH_WAITING)) - drilling
    counts = _outbox_counts(mailbox)
    releases, moment = ReleaseQueue(desk), desk.moment()
    late, mine = releases.count_to_countersign()
    given_back = releases.count_returned()
    return DeskStatus(
        officer=desk.officer.name,
        node=desk.node,
        up=up,
        since=since,
        queued=mailbox.outbox.count_queued(),
        peers=list(_peers(desk, states, origin, up=up)),
        agree=desk.agree(),
        clock=moment.clock,
        late=moment.late,
        alarms=_alarms(desk),
        waiting=told.waiting if told else 0,
        entries=head.size if head else 0,
        flash=len(ringing),
        drilled={mode: len(found) for mode, found in drills.items()},
        ringing=ringing,
        drilling=drilling,
        to_acknowledge=len(mailbox.search.ids(FILTERS["TO_ACKNOWLEDGE"])),
        to_sign=max(0, counts[RESIGN] - given_back),
        unsent=counts[REFUSED] + counts[EXPIRED],
        catch_up=far if far and far.left >= CATCH_UP_SHOWN else None,
        stale=next(iter(stale_logs(mailbox, desk.pinned, desk.clock())), None),
        key_end=first_end(desk),
        uncountersigned=late,
        to_countersign=mine,
        to_release=releases.count_to_release(),
        returned=given_back,
        suspended=[(one.nation, one.since) for one in told.suspended] if told else (),
    )


def _outbox_counts(mailbox: Mailbox) -> Counter[str]:
    counts = Counter[str]()
    for why, _, count, _ in mailbox.outbox.tally():
        counts[why] += count
    return counts


def _drills(mailbox: Mailbox) -> dict[str, "array[int]"]:
    filters = {mode: replace(FLASH_WAITING, modes=frozenset({mode})) for mode in DRILLS}
    found = {mode: mailbox.search.ids(wanted) for mode, wanted in filters.items()}
    return {mode: numbers for mode, numbers in found.items() if numbers}


def _peers(
    desk: Desk, states: LogStates, origin: str, *, up: bool
) -> Iterator[PartnerNode]:
    """Yield them by the own node's status and their verified lines.

    Before its first status these are all possible mirrors of its log. While the own
    node is down, the times of links that it called up are unknown.
    """
    cover, node = states.cover(origin), desk.told
    heard = signed_times(desk.mailbox, desk.pinned)
    mirrors = sorted(set(desk.pinned.mirrors(origin).values()))
    unknown = [PeerStatus(name=name) for name in mirrors]
    for peer in node.peers if node is not None else unknown:
        yield PartnerNode(
            name=peer.name,
            up=peer.up and up,
            since=peer.since if up or not peer.up else 0,
            silent_since=peer.silent_since,
            queued=peer.queued,
            cosigned_at=cover.get(peer.name, HeldSize(0, 0)).time_s * SECOND,
            why=next(way.held_up(node, peer.name), "") if node else "",
            heard_at=heard.get(peer.name, 0),
            emcon=up and not peer.up and peer.reason == Reason.EMCON,
        )


def _alarms(desk: Desk) -> list[LedgerAlarm]:
    """Return the alarms, the faults found by this desk first."""
    alarms = desk.told.alarms if desk.told else ()
    gaps = [LedgerAlarm("NUMBER", str(jump)) for jump in desk.mailbox.numbers.jumps()]
    gaps += [
        LedgerAlarm("NUMBERS", f"{gap.desk} {gap.numbers[0]}")
        for gap in desk.mailbox.numbers.alarmed_gaps(desk.moment().expired_at)
    ]
    found = [LedgerAlarm("HIDDEN", log) for log in desk.withheld_logs()]
    found += [LedgerAlarm(*one) for one in (*desk.own_alarms(), *desk.node_faults())]
    found += [LedgerAlarm("DRAFT", name[:16]) for name in desk.draft_faults()]
    return [*found, *gaps, *(LedgerAlarm(one.reason, one.where) for one in alarms)]
