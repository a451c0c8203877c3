"""What a link at rest carries: heads of directories, and lines shown on, together."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Protocol

import pytest

from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import HEARTBEAT, MINUTE, SECOND
from exchange.node import directory_heads, peer_heads, replicas, shown_lines, upkeep
from exchange.node.shown_lines import LinesForPeer
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present
from tests.node import three as threes
from tests.node.test_three_members import to_both
from tests.node.three import AF, OURS, Three
from tests.node.world import CN, PK, Site
from tests.trust.nation import Nation

MINUTES = 10
LINE_64K = 8_000  # bytes/s of a line of 64 kbit/s
SHARE = 0.05  # of it, in each direction
FRAMING = 64  # bytes around each frame: gRPC, HTTP/2, TLS, TCP and IP in one segment

Way = tuple[str, str]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    with threes.three(tmp_path) as made:
        made.sites[AF].begin()
        for owner, other in permutations(made.nations, 2):
            made.carry(other, of=owner)
        yield made


class Members(Protocol):
    """Members, by the names of their nodes."""

    @property
    def nations(self) -> Mapping[str, Nation]: ...

    @property
    def sites(self) -> Mapping[str, Site]: ...


class Links:
    """All links between members, minute by minute; what is said is counted."""

    def __init__(self, members: Members, rate: float = LINE_64K) -> None:
        """`rate` is what a link carries, in bytes/s; 0 where that is not measured."""
        self.members, self.rate = members, rate
        self.said: Counter[Way] = Counter()
        """Bytes of directory heads and of lines shown on."""
        self.answered: Counter[Way] = Counter()
        """Bytes of the lines that are set again each minute."""
        self.shown = 0
        ways = list(permutations(members.nations, 2))
        self.lines = {
            way: LinesForPeer(members.sites[way[0]].node, way[1]) for way in ways
        }
        self.told: dict[Way, rpc.Cosigned] = {}

    def minute(self) -> None:
        """Let a minute go by, and each say what is due: what it owns, then answers."""
        for site in self.members.sites.values():
            site.now += HEARTBEAT
            upkeep.tick(site.node)
        for owner, peer in self.lines:
            self._show(owner, peer)
        for me, peer in self.lines:
            self._answer(me, peer)

    def _show(self, owner: str, peer: str) -> None:
        site, other = self.members.sites[owner], self.members.sites[peer]
        held = other.store.logs.size(site.node.origin)
        lines = self.lines[owner, peer].next(held, self.rate)
        self.shown += lines is not None
        own = site.node.directory.shown
        if own is self.told.get((owner, peer)):
            own = None
        for frame in filter(None, (lines, own)):
            self._say(owner, peer, frame)
            shown_lines.keep(other.node, owner, frame)
            directory_heads.hear(
                other.node, owner, frame.origin, frame.directory, answers=False
            )
        if own is not None:
            self.told[owner, peer] = own

    def _answer(self, me: str, peer: str) -> None:
        answer = replicas.cosign_again(self.members.sites[me].node, peer)
        if answer is not None:
            self.said[me, peer] += len(answer.directory)
            size = answer.ByteSize() - len(answer.directory)
            self.answered[me, peer] += size + FRAMING
            owner = self.members.sites[peer].node
            peer_heads.record_cosignature(owner, me, answer)

    def _say(self, me: str, peer: str, frame: rpc.Cosigned) -> None:
        self.said[me, peer] += frame.ByteSize() + FRAMING


def test_at_rest_all_that_is_said_takes_a_twentieth_of_a_narrow_line(
    three: Three,
) -> None:
    """Directory heads, lines shown on, and the line by which each keeps its fresh."""
    links = Links(three)
    for _ in range(MINUTES):
        links.minute()

    most = max(links.said[way] + links.answered[way] for way in links.lines)
    assert most < SHARE * LINE_64K * MINUTES * MINUTE // SECOND
    for site in three.sites.values():
        for other in three.sites.values():
            newest = present(other.store.directories.newest(site.node.origin))
            signed_s = checkpoint.signed_at(newest.note, site.node.origin)
            assert signed_s == site.now // SECOND, "it has cost what keeps it fresh"


def test_both_together_take_no_more_with_a_bulletin_each_minute(three: Three) -> None:
    links = Links(three)
    for minute in range(MINUTES):
        three.pk.from_desk(to_both(three, b"%d" % minute))
        for peer in (CN, AF):
            three.carry(peer)
        links.minute()

    assert links.shown >= 2 * (MINUTES - 1), "lines were shown on each minute"
    assert max(links.said.values()) < SHARE * LINE_64K * MINUTES * MINUTE // SECOND


def test_a_line_set_again_brings_no_other_members_lines(three: Three) -> None:
    """They are the owner's to show on, and not the cosigner's."""
    links = Links(three)
    links.minute()
    for site in three.sites.values():
        site.now += HEARTBEAT

    answer = replicas.cosign_again(three.sites[CN].node, PK)

    assert answer is not None
    by = [line.name for line in parse_note(answer.head).lines]
    assert sorted(by) == sorted([OURS, OURS, checkpoint.cosigner_name(CN)])
