"""With three members each one knows what the others have signed, by the owner's word.

Islamabad shows on, under heads of its own log, what Beijing and Kabul have signed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import envelope
from exchange.ledger import checkpoint, note
from exchange.limits import (
    HEARTBEAT,
    LINES_SHOWN_EVERY,
    LINES_SHOWN_SHARE,
    MINUTE,
    SECOND,
)
from exchange.node import outbox, peer_heads, replicas, shown_lines, views
from exchange.node.shown_lines import LinesForPeer
from exchange.store import HEAD
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present
from tests.node import three as threes
from tests.node import world as worlds
from tests.node.three import AF, OURS, Three
from tests.node.world import CN, PK, core

MIRRORS = {name: checkpoint.cosigner_name(name) for name in (PK, CN, AF)}
SLOW = 100.0  # bytes/s
LINE_64K = 8_000  # bytes/s of a line of 64 kbit/s


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    """All three hold the beginnings of each other's logs."""
    with threes.three(tmp_path) as made:
        made.sites[AF].begin()
        for owner in made.nations:
            for other in made.nations.keys() - {owner}:
                made.carry(other, of=owner)
        yield made


def to_both(three: Three, text: bytes) -> pb.Envelope:
    """Return a bulletin of Islamabad for Beijing and Kabul."""
    sender, *others = (three.nations[name] for name in (PK, CN, AF))
    named = {
        one.kid: one for other in others for one in worlds.recipients(sender, other)
    }
    header = core(
        sender,
        id=text.ljust(16)[:16],
        releasable_to=["af", "cn", "pk"],
        recipients=[named[kid] for kid in sorted(named)],
    )
    keys = {nation.sealing.kid: nation.sealing.public for nation in (sender, *others)}
    return envelope.sign(envelope.seal(header, text, keys), [("author", sender.author)])


def names(head: bytes) -> list[str]:
    return [line.name for line in note.parse_note(head).lines]


def newest(three: Three, at: str) -> bytes:
    held = present(three.sites[at].store.heads.newest(OURS))
    return held.note


def is_met(three: Three, at: str) -> bool:
    """Whether the newest head of Islamabad's log meets its policy, at a node."""
    policy = three.sites[at].node.members.policy(PK)
    times = checkpoint.line_times(newest(three, at), policy.vkeys)
    return policy.met(times) is not None


def show(
    three: Three, to: str, lines: LinesForPeer, rate: float = 0
) -> rpc.Cosigned | None:
    """Let Islamabad show another what it may show by now; return that."""
    held = three.sites[to].store.logs.size(OURS)
    shown = lines.next(held, rate)
    if shown is not None:
        shown_lines.keep(three.sites[to].node, PK, shown)
    return shown


def heads_told(three: Three) -> int:
    page = three.pk.store.arrivals.page(0, 1_000)
    return sum(one.kind == HEAD and one.origin == OURS for one in page)


@pytest.mark.parametrize(("to", "other"), [(AF, CN), (CN, AF)])
def test_each_member_learns_that_the_policy_is_met(
    three: Three, to: str, other: str
) -> None:
    assert not is_met(three, to)

    shown = show(three, to, LinesForPeer(three.pk.node, to))

    assert shown is not None
    assert names(shown.head) == [OURS, OURS, MIRRORS[other]]
    assert len(shown.head) * LINES_SHOWN_SHARE <= LINE_64K * MINUTE // SECOND
    assert is_met(three, to)
    assert sorted(names(newest(three, to))) == sorted(names(newest(three, PK)))


def test_nothing_is_shown_twice_nor_before_the_policy_is_met(three: Three) -> None:
    lines = LinesForPeer(three.pk.node, CN)
    assert show(three, CN, lines) is not None
    three.send(b"one")
    three.carry(CN)
    three.pk.now += LINES_SHOWN_EVERY

    assert show(three, CN, lines) is None
    three.carry(AF)
    assert show(three, CN, lines) is not None
    three.pk.now += LINES_SHOWN_EVERY
    assert show(three, CN, lines) is None
    three.sites[AF].now += HEARTBEAT
    fresher = present(replicas.cosign_again(three.sites[AF].node, PK))
    peer_heads.record_cosignature(three.pk.node, AF, fresher)
    assert show(three, CN, lines) is None, "it is no first line"


def test_they_are_shown_once_a_minute_over_streams_too(three: Three) -> None:
    assert show(three, CN, LinesForPeer(three.pk.node, CN)) is not None
    three.send(b"one")
    three.carry(CN)
    three.carry(AF)
    three.pk.now += LINES_SHOWN_EVERY - 1
    lines = LinesForPeer(three.pk.node, CN)

    assert show(three, CN, lines) is None
    three.pk.now += 1
    assert show(three, CN, lines) is not None
    assert is_met(three, CN)


def test_they_take_a_small_share_of_a_slow_line(three: Three) -> None:
    lines = LinesForPeer(three.pk.node, CN)
    first = present(show(three, CN, lines, SLOW))
    three.send(b"one")
    three.carry(CN)
    three.carry(AF)
    due = int(len(first.head) * LINES_SHOWN_SHARE * SECOND / SLOW)
    assert due > MINUTE
    three.pk.now += due - SECOND

    assert show(three, CN, lines, SLOW) is None
    three.pk.now += SECOND
    assert show(three, CN, lines, SLOW) is not None


def test_what_a_peer_does_not_hold_it_is_not_shown(three: Three) -> None:
    lines = LinesForPeer(three.pk.node, CN)
    three.send(b"one")
    three.carry(AF)

    shown = show(three, CN, lines)

    assert shown is not None
    assert shown.size < three.pk.store.logs.size(OURS)


def test_the_line_of_each_node_that_a_readable_bulletin_went_to_is_shown(
    three: Three,
) -> None:
    """Though the policy asks for Beijing alone."""
    policy = three.pk.node.members.policy(PK)
    (beijing,) = three.nations[CN].bundle.nodes[CN].cosigners
    lines = LinesForPeer(three.pk.node, CN)
    alone = worlds.bulletin(three.nations[PK], three.nations[CN], b"alone")
    assert policy.fewest({beijing.key}) is None
    rule(three, f"witness beijing {beijing.encode()}\nquorum beijing\n")
    three.pk.from_desk(alone)
    three.carry(CN)
    three.carry(AF)
    assert show(three, CN, lines) is None, "Beijing's own line meets it"

    (answer,) = three.pk.from_desk(to_both(three, b"both"))
    assert not answer.reason
    three.carry(CN)
    assert show(three, CN, lines) is None
    three.carry(AF)

    shown = present(show(three, CN, lines))
    assert MIRRORS[AF] in names(shown.head)


def rule(three: Three, text: str) -> None:
    """Islamabad's roots state a policy in its log."""
    (answer,) = three.pk.submit(worlds.policy(three.nations[PK], text.encode()))
    assert not answer.reason


def test_a_member_that_catches_up_gets_the_first_lines_with_the_batches(
    three: Three,
) -> None:
    for text in (b"one", b"two"):
        three.send(text)
        three.carry(CN)
    three.pk.node.recent.clear()  # as after a restart

    three.carry(AF)

    assert is_met(three, AF)
    assert three.sites[AF].verify(three.bundles).ok


def test_nobody_passes_on_a_line_of_a_log_that_is_not_his(three: Three) -> None:
    show(three, CN, LinesForPeer(three.pk.node, CN))
    assert MIRRORS[AF] in names(newest(three, CN))

    for peer in (PK, AF):
        for position in outbox.hello_positions(three.sites[CN].node, peer):
            others = set(names(position.head)) - {position.origin}
            assert others <= {MIRRORS[CN], MIRRORS[peer]}


def test_desks_are_told_when_the_policy_moves_or_an_addressed_node_signs(
    three: Three,
) -> None:
    three.send(b"one")
    before = heads_told(three)
    three.carry(AF)
    assert heads_told(three) == before, "of nobody that matters"
    three.carry(CN)
    assert heads_told(three) == before + 1

    three.send(b"two")
    before = heads_told(three)
    three.carry(CN)
    assert heads_told(three) == before + 1, "it went to Beijing"
    three.carry(AF)
    assert heads_told(three) == before + 2, "both have signed"


def test_what_was_signed_before_a_restart_counts(three: Three) -> None:
    three.send(b"one")
    three.carry(AF)
    three.restart()
    three.greet(CN, PK)
    before = heads_told(three)

    three.carry(CN)

    assert heads_told(three) == before + 1
    assert show(three, CN, LinesForPeer(three.pk.node, CN)) is not None


# A member comes, and a member is lost.


def test_a_new_member_gets_all_headers_and_no_text_of_the_past(tmp_path: Path) -> None:
    """Kabul is admitted after Islamabad and Beijing have written to each other."""
    with threes.three(tmp_path) as three:
        three.carry(CN)
        three.send(b"before")
        three.carry(CN)
        three.sites[AF].begin()

        three.carry(AF)

        log, store = OURS, three.sites[AF].store
        size = three.pk.store.logs.size(log)
        assert store.logs.position(log) == three.pk.store.logs.position(log)
        entries = store.entries.page(log, 0, size)
        ours = three.pk.store.entries.page(log, 0, size)
        assert [one.entry for one in entries] == [one.entry for one in ours]
        assert any(one.body for one in ours)
        assert not any(one.wraps or one.body for one in entries)
        assert not store.texts.lacking(log, 99)


def test_without_a_lost_member_the_nation_s_policy_goes_on(three: Three) -> None:
    """Kabul is dark; what it is owed stays counted."""
    (beijing,) = three.nations[CN].bundle.nodes[CN].cosigners
    owed = three.pk.store.logs.size(OURS)
    three.send(b"one")
    three.carry(CN)
    assert not is_met(three, PK)

    rule(three, f"witness beijing {beijing.encode()}\nquorum beijing\n")
    three.send(b"two")
    three.carry(CN)

    assert is_met(three, PK)
    assert is_met(three, CN)
    status = views.status(three.pk.node)
    queued = {peer.name: peer.queued for peer in status.peers}
    assert queued == {CN: 0, AF: three.pk.store.logs.size(OURS) - owed}
