"""Two honest partners whatever happens to them: disks, links, clocks, old copies."""

from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.limits import DAY
from exchange.node import retention, upkeep, views
from exchange.store import HELD
from exchange.v1 import exchange_service_pb2 as rpc
from tests.batches import changing
from tests.expecting import present
from tests.model.desk import REFUSED
from tests.model.machine import Machine
from tests.model.parts import BACK, STEP, WAYS, WORKS, Image, begun, nothing, parties
from tests.model.site import Site
from tests.model.wire import End
from tests.node.world import CN, PK

SITES = st.sampled_from([0, 1])
STEPS = st.sampled_from([-240_000, -30_000, 1_000, 5_000, 61_000, 600_000])  # ms
THEN = st.sampled_from(["rest", "rest", "", "2", "4"])
COPIES = 2  # of each disk, before one is put back
ROUNDS = 12  # in which they come to agree, at most

DAMAGES = ("entry", "wraps", "body", "head", "start", "size", "origin", "none")


def damage(frame: rpc.Frame, how: str) -> None:
    """Change what a frame says, as no honest node would."""
    what = frame.WhichOneof("frame")
    if what == "batch":
        _damage_batch(frame, how)
    elif what == "hello":
        for log in frame.hello.logs[:1]:
            log.head = _flipped(log.head) if how == "head" else log.head
            log.size += 7 if how == "size" else 0
            log.origin += "0" if how == "origin" else ""
    elif what in {"cosigned", "refused"}:
        said = getattr(frame, what)
        said.size += 7
        if what == "cosigned":
            said.head = _flipped(said.head)
    elif what == "bodies":
        frame.bodies.body = _flipped(frame.bodies.body)
    elif what == "want":
        frame.want.start += 2
    elif what == "forked":
        frame.forked.proof = _flipped(frame.forked.proof)


def _damage_batch(frame: rpc.Frame, how: str) -> None:
    batch = frame.batch
    if how == "head":
        batch.head = _flipped(batch.head)
    elif how == "start":
        batch.start += 1
    elif not batch.envelopes:
        return
    elif how in {"entry", "body", "wraps"}:
        with changing(batch) as sent:
            if how == "wraps":
                del sent.wraps[:1]
            else:
                setattr(sent, how, _flipped(getattr(sent, how)))
    else:
        del batch.envelopes[-1]


def _flipped(data: bytes) -> bytes:
    """Return the bytes with one bit changed, in their middle."""
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else b"\0"


class TwoPartners(Machine):
    """Islamabad and Beijing."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: set[bytes] = set()
        """What was acknowledged and then was nowhere any more."""
        self.shortened = False
        """Whether this stream lost an envelope that only its sender can miss."""
        self.ahead = 0
        """How often something urgent was found ahead of its log."""

    @initialize(fresh=st.sampled_from([False, False, True]))
    def begin(self, fresh: bool) -> None:  # noqa: FBT001
        for name in (PK, CN):
            image = nothing() if fresh else begun()[name]
            site = self.add(parties()[name], image)
            self.images[-1] += [nothing(), image]
            self._order(site, range(3))
        self.sites[0].partner, self.sites[1].partner = self.sites[1], self.sites[0]

    def _order(self, site: Site, which: range) -> None:
        site.operator.send(site, *(site.party.orders[at] for at in which))

    # What people do.

    @rule(at=SITES, first=st.integers(0, 31), count=st.integers(1, 5), then=THEN)
    def send(self, at: int, first: int, count: int, then: str) -> None:
        site = self.sites[at]
        some = site.party.some(first, count)
        self.attempt(at, lambda: site.desk.send(site, *some))
        self.go_on(then)

    @rule(at=SITES, which=st.integers(3, 5))
    def order(self, at: int, which: int) -> None:
        """A second officer, a shorter retention, the first officer revoked."""
        one = range(which, which + 1)
        self.attempt(at, lambda: self._order(self.sites[at], one))

    @rule(at=SITES, tells=st.booleans())
    def watch(self, at: int, tells: bool) -> None:  # noqa: FBT001
        """A desk tells what it has seen, or has forgotten it, and reads what is new."""
        site = self.sites[at]
        if not tells or self.attempt(at, lambda: site.desk.tell(site)):
            site.desk.read(site)
            self.attempt(at, lambda: site.desk.push(site))

    # What the link does.

    @rule(first=st.sampled_from(["connect", "connect", "cut"]), then=THEN)
    def link(self, first: str, then: str) -> None:
        """A stream begins or breaks."""
        if first == "connect":
            self.connect()
        else:
            self.cut()
        self.go_on(then)

    def go_on(self, how: str) -> None:
        """Let what is on its way arrive, all or some of it, or nothing."""
        if how == "rest":
            if self.end(0) is None or self.end(1) is None:
                self.connect()
            self.run()
            self.arrived()
            self.copy()
        elif how:
            for at in (0, 1, 0, 1)[: int(how)]:
                self.event(at)

    def arrived(self) -> None:
        """Assert that a stream which is still open has carried everything.

        Not where a batch arrived with fewer envelopes, up to another head of its log:
        that reads as whole, and the next batch or stream brings the rest.
        """
        one, other = self.sites
        if self.shortened or self.end(0) is None or self.end(1) is None:
            return
        for site, peer in ((one, other), (other, one)):
            behind = site.life.ahead[site.origin] > site.size(site.origin)
            if not behind and site.origin not in site.node.forks:
                assert peer.size(site.origin) == site.size(site.origin)

    @rule(at=SITES, count=st.integers(1, 5))
    def deliver(self, at: int, count: int) -> None:
        for _ in range(count):
            self.event(at)

    @rule(at=SITES)
    def finish_late(self, at: int) -> None:
        """What a stream that is gone had handed to the disk is done only now."""
        ghost = self.ghosts[at]
        if ghost is not None and ghost.inbox and ghost.open:
            self.attempt(at, ghost.deliver)

    @precondition(lambda self: any(end and end.inbox for end in self.ends))
    @rule(at=SITES, how=st.sampled_from(DAMAGES))
    def damage(self, at: int, how: str) -> None:
        end = self.end(at)
        if end is not None and end.inbox:
            before = len(end.inbox[0].batch.envelopes)
            damage(end.inbox[0], how)
            self.spoilt = True
            self.shortened |= len(end.inbox[0].batch.envelopes) < before

    def connect(self) -> None:
        self.cut()
        self.spoilt = self.shortened = False
        for at in (0, 1):
            self.attempt(at, partial(self._open, at))
        one, other = self.ends
        if one is None or other is None:
            self.ends = [None, None]
            return
        one.out, other.out = other.inbox, one.inbox
        one.other, other.other = other, one
        for at in (0, 1):
            if (end := self.end(at)) is not None:
                self.attempt(at, end.begin)

    def _open(self, at: int) -> None:
        self.ends[at] = End(self.sites[at])

    def cut(self) -> None:
        for at in (0, 1):
            if (end := self.end(at)) is not None:
                end.cut = True
                self.ghosts[at] = None if end.done else end
            self.ends[at] = None

    # What time does.

    @rule(at=SITES, by=STEPS)
    def tick(self, at: int, by: int) -> None:
        site = self.sites[at]
        site.now += by
        self.attempt(at, partial(upkeep.tick, site.node))
        if (end := self.end(at)) is not None:
            self.attempt(at, end.tick)

    @rule(days=st.sampled_from([1, 31, 125]), at=SITES)
    def days_pass(self, days: int, at: int) -> None:
        for site in self.sites:
            site.now += days * DAY
        self.attempt(at, partial(retention.erase_expired, self.sites[at].node))

    # What machines do.

    @rule(at=SITES, which=st.integers(0, 31))
    def lose_text(self, at: int, which: int) -> None:
        """A text that the partner is to have is lost, or found again."""
        site = self.sites[at]
        if which:
            site.lose_text(which)
        else:
            site.find_texts()

    @rule(at=SITES)
    def crash(self, at: int) -> None:
        self.kill(at)

    @rule(at=SITES, step=STEP, way=st.sampled_from(WAYS), work=st.sampled_from(WORKS))
    def disk_will_fail(self, at: int, step: int, way: str, work: str) -> None:
        self.sites[at].medium.fail(step, way, work)

    @precondition(lambda self: all(len(images) > COPIES for images in self.images))
    @rule(at=SITES, back=BACK, then=THEN)
    def put_back(self, at: int, back: int, then: str) -> None:
        """Restore a node from any earlier copy, or from nothing but its keys."""
        self.gone(at)
        self.ghosts[1 - at] = None
        if (other := self.end(1 - at)) is not None:
            other.done = True
        images = self.images[at]
        self.sites[at].put_back(images[-1 - back % len(images) if back else 0])
        for site in self.sites:
            self.dead |= site.lost_names()
        self.go_on(then)

    def copy(self) -> None:
        """Take a copy of each disk, unless it holds what the last copy does."""
        for site, images in zip(self.sites, self.images, strict=True):
            image = Image.of(site.path)
            if image != images[-1]:
                images.append(image)

    # What holds.

    @invariant()
    def holds(self) -> None:
        for site in self.sites:
            site.compare()
            site.check_forks()
            self.ahead += site.check_ahead()
            self._one_history(site)
        if not (self.spoilt or any(site.stood.forked for site in self.sites)):
            said = [(end.alarms, end.bye) for end in self.ends if end is not None]
            assert all(not alarms and not bye for alarms, bye in said), said

    def _one_history(self, site: Site) -> None:
        """Of replica and log one is the beginning of the other, with one verdict."""
        if site.stood.forked or site.partner is None:
            return
        one, other = (each.copies[site.origin] for each in (site, site.partner))
        size = min(len(one.leaves), len(other.leaves))
        assert one.leaves[:size] == other.leaves[:size]
        assert _below(one.refused, size) == _below(other.refused, size)

    # How it ends.

    def finish(self) -> None:
        self.heal()
        for at in (0, 1):
            self.agree(self.sites[at], self.sites[1 - at])
        for at in (0, 1):
            self.audit(at)

    def heal(self) -> None:
        """Let everything work again, until nothing more comes of it."""
        for site in self.sites:
            site.medium.heal()
            site.find_texts()
        before: object = None
        for _ in range(ROUNDS):
            self.connect()
            for at, site in enumerate(self.sites):
                site.now += 61_000
                site.desk.tell(site)
                site.operator.push(site)
                site.desk.push(site)
                self.tick(at, 0)
            self.run()
            for at, site in enumerate(self.sites):
                self.tick(at, 0)
                self.run()
                site.desk.read(site)
                site.operator.read(site)
            now = [self._stand(site) for site in self.sites]
            if now == before:
                return
            before = now
        raise AssertionError("they never come to agree")

    def _stand(self, site: Site) -> tuple[object, ...]:
        copies = (site.copies[origin].position for origin in (site.origin, site.theirs))
        cosigned = site.store.partners.get_peer(site.peer).cosigned_size
        lacking = tuple(site.store.texts.lacking(site.theirs, 999))
        return *copies, site.store.desk_queue.count_pending(), cosigned, lacking

    def agree(self, site: Site, other: Site) -> None:
        """Assert what must hold of a log once everything works again."""
        origin = site.origin
        assert (origin in site.node.forks) == (origin in other.node.forks)
        if origin in site.node.forks:
            return
        if site.life.ahead[origin] > site.size(origin):
            self.lacks(site, other)
            return
        assert site.leaves(origin) == other.leaves(origin)
        waits = other.life.ahead[other.origin] > other.size(other.origin)
        waits = waits or other.origin in other.node.forks
        assert waits or not site.store.desk_queue.count_pending()
        if other.life.ahead[origin] <= site.size(origin) and site.size(origin):
            self.cosigned(site)
        for name in site.taken() - self.dead - site.all_names():
            assert site.kept(name) == REFUSED
        self.texts(site, other)

    def texts(self, site: Site, other: Site) -> None:
        """Assert that what the other lacks is nowhere, and that both know of it."""
        lacking = set(other.store.texts.lacking(site.origin, 999))
        for index in lacking:
            (stored,) = site.store.entries.page(site.origin, index, 1)
            assert stored.state != HELD, "it could have come"
        said = {
            one.index for one in site.store.partners.lacked(999) if one.by == other.name
        }
        assert said <= lacking, "it came, and the sender was not told"

    def lacks(self, site: Site, other: Site) -> None:
        """What is nowhere any more but for its head, nobody can give back."""
        origin = site.origin
        assert other.size(origin) < site.life.ahead[origin]
        assert not site.node.may_sign
        alarms = [alarm.reason for alarm in views.status(site.node).alarms]
        assert Reason.MISSING in alarms

    def cosigned(self, site: Site) -> None:
        held = present(site.store.heads.newest_with_lines(site.origin))
        keys = site.node.members.cosigner_keys(site.peer)
        assert checkpoint.cosignatures(held.note, keys)
        assert site.store.partners.get_peer(site.peer).cosigned_size == held.head.size


def _below(refused: dict[int, str], size: int) -> dict[int, str]:
    return {index: reason for index, reason in refused.items() if index < size}


@pytest.mark.timeout(3600)
def test_two_partners_whatever_happens(request: pytest.FixtureRequest) -> None:
    long = bool(request.config.getoption("--long"))
    run_state_machine_as_test(
        TwoPartners,
        settings=settings(
            max_examples=3_000 if long else 30,
            stateful_step_count=80 if long else 50,
            deadline=None,
            derandomize=not long,
        ),
    )


def test_what_was_refused_for_good_may_wait_again_once_its_node_began_anew() -> None:
    """Beijing answers what Islamabad, put back to nothing, never sent.

    It is told REFERENCES once Islamabad was heard; begun again, it has heard nobody.
    """
    machine = TwoPartners()
    with machine.stack:
        machine.begin(fresh=False)
        machine.link(first="connect", then="rest")
        machine.crash(at=0)
        machine.crash(at=1)
        machine.disk_will_fail(at=1, step=1, way="dead", work="Load")
        machine.put_back(at=0, back=0, then="")
        machine.send(at=1, first=7, count=1, then="rest")
        machine.holds()
        machine.finish()


def test_what_is_urgent_passes_a_backlog_and_is_there_once() -> None:
    machine = TwoPartners()
    with machine.stack:
        machine.begin(fresh=False)
        machine.link(first="connect", then="rest")
        machine.cut()
        for first in range(0, 20, 5):
            machine.send(at=0, first=first, count=5, then="")
        machine.connect()
        for _ in range(20):
            machine.event(0)
            machine.event(1)
            machine.holds()
        assert machine.ahead
        machine.heal()
        assert not any(site.check_ahead() for site in machine.sites)
        machine.finish()
