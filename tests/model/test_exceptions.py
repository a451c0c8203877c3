"""What an old copy and a lying partner together can still do, and what shows it.

The promises of docs/spec/ledger.md have these exceptions and no others:
docs/operations/failures.md names them by these tests. In all else the machines beside
find none.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from exchange.errors import Reason
from exchange.ledger import fork
from exchange.limits import DAY
from exchange.node import views
from exchange.v1 import exchange_service_pb2 as rpc
from tests.model.machine import Machine
from tests.model.parts import Image
from tests.model.site import Site
from tests.model.test_honest import TwoPartners
from tests.model.test_liar import OneLiar


@contextmanager
def closing(machine: Machine) -> Iterator[None]:
    with machine.stack:
        yield


@pytest.fixture
def liar() -> Iterator[OneLiar]:
    """Islamabad, with five entries that a Beijing holds which is about to lie."""
    machine = OneLiar()
    with closing(machine):
        machine.begin(fresh=False)
        send(machine, machine.site, 3, 4)
        machine.behave(0)
        yield machine


@pytest.fixture
def pair() -> Iterator[TwoPartners]:
    """Two honest partners that hold all of each other's logs."""
    machine = TwoPartners()
    with closing(machine):
        machine.begin(fresh=False)
        send(machine, machine.sites[0], 3, 4)
        send(machine, machine.sites[1], 3, 4)
        machine.go_on("rest")
        yield machine


def send(machine: Machine, site: Site, *which: int) -> None:
    for number in which:
        site.desk.send(site, site.party.pool[number])
    if isinstance(machine, OneLiar):
        machine.listen()


def put_back(machine: Machine, at: int, image: Image) -> Site:
    machine.gone(at)
    machine.sites[at].put_back(image)
    return machine.sites[at]


def frozen(site: Site, origin: str) -> bool:
    """Whether a log is frozen, by a proof that anyone can judge."""
    found = site.node.forks.get(origin)
    if found is not None:
        fork.verify(found.proof, site.node.members.log_keys(origin))
    site.compare()
    site.check_forks()
    return found is not None


def alarms(site: Site) -> list[str]:
    return [alarm.reason for alarm in views.status(site.node).alarms]


def signed_beside(liar: OneLiar) -> Site:
    """Let Islamabad sign two histories: an old copy, and a partner that hides."""
    site = liar.site
    old = Image.of(site.path)
    send(liar, site, 5)
    liar.behave(0)
    site.desk.read(site)
    put_back(liar, 0, old)
    liar.liar.unanswered.clear()
    liar.meet("newest", "", 0)
    send(liar, site, 6)
    while liar.liar.unanswered:
        liar._answer(liar.liar.unanswered.popleft(), 0)
    return site


# An old copy, and every partner lies about it.


def test_an_old_copy_and_a_partner_that_hides_what_it_holds_sign_beside(
    liar: OneLiar,
) -> None:
    site = signed_beside(liar)

    assert site.own.forked
    assert not frozen(site, site.origin)
    assert site.node.may_sign


def test_it_shows_as_soon_as_the_partner_shows_the_other_head(liar: OneLiar) -> None:
    site = signed_beside(liar)

    for pick, _ in enumerate(liar.liar.shown()):
        liar.meet("newest", "any", pick)

    assert frozen(site, site.origin)
    assert Reason.FORK in alarms(site)
    proofs = {frame.forked.proof for frame in liar.liar.heard} - {b""}
    assert proofs == {site.node.forks[site.origin].proof}


def test_it_shows_as_soon_as_a_desk_tells_what_it_has_seen(liar: OneLiar) -> None:
    site = signed_beside(liar)

    site.desk.tell(site)

    assert frozen(site, site.origin)


def test_it_shows_when_the_other_head_comes_with_a_line(liar: OneLiar) -> None:
    site = signed_beside(liar)

    for note in sorted(liar.liar.shown(), key=liar.liar.size)[-2:]:
        liar.say(liar.liar.cosign(note))

    assert frozen(site, site.origin)


def test_the_other_history_is_not_taken_for_the_one_that_a_desk_has_seen(
    liar: OneLiar,
) -> None:
    """Both are signed; put back again, it is told of one and lent the other."""
    site = liar.site
    old = Image.of(site.path)
    signed_beside(liar)
    lent = max(liar.liar.views, key=lambda view: view is not liar.liar.views[0])
    send(liar, site, 7)
    while liar.liar.unanswered:
        liar._answer(liar.liar.unanswered.popleft(), 0)
    put_back(liar, 0, old)
    site.desk.tell(site)
    liar.meet("newest", "newest", 0)

    for _ in range(3):
        liar.say(liar.liar.lend(liar.liar.views.index(lent)))

    assert frozen(site, site.origin)


def test_one_desk_that_tells_in_time_is_enough(liar: OneLiar) -> None:
    site = liar.site
    old = Image.of(site.path)
    send(liar, site, 5)
    liar.behave(0)
    site.desk.read(site)
    put_back(liar, 0, old)
    site.desk.tell(site)
    liar.meet("newest", "", 0)

    send(liar, site, 6)

    assert not site.own.forked
    assert site.store.desk_queue.count_pending() == 1
    liar.behave(0)  # and once it gives back what it holds, all goes on
    assert site.store.desk_queue.count_pending() == 0
    assert not site.own.forked


def test_a_partner_that_shows_and_does_not_lend_holds_the_node_up(
    liar: OneLiar,
) -> None:
    """It signs nothing; what desks hand over waits, and the operator is told."""
    site = liar.site
    old = Image.of(site.path)
    send(liar, site, 5)
    liar.behave(0)
    put_back(liar, 0, old)
    for _ in range(8):
        liar.meet("newest", "newest", 0)
        for _ in range(8):
            liar.say(liar.liar.lend(0, "none"))

    send(liar, site, 6)

    assert not site.node.may_sign
    assert alarms(site) == [Reason.MISSING]
    assert site.store.desk_queue.count_pending() == 1
    assert not frozen(site, site.origin)


def test_a_partner_may_have_an_old_copy_cosign_the_other_history(
    liar: OneLiar,
) -> None:
    """As cosigner too a node is as good as its memory, and those who tell it."""
    site, other = liar.site, liar.liar
    old = Image.of(site.path)
    other.write(0, other.party.pool[3])
    liar.behave(0)
    site.desk.read(site)
    put_back(liar, 0, old)
    other.branch_off(0, len(other.branch(0)) - 1)
    other.heads.clear()

    liar.meet("", "", 0)
    liar.say(other.batch(site.size(site.theirs), 1))

    assert site.lines.forked
    assert not frozen(site, site.theirs)
    site.desk.tell(site)
    assert frozen(site, site.theirs)


def test_after_an_envelope_has_expired_its_text_may_be_kept_back(
    liar: OneLiar,
) -> None:
    site = liar.site
    old = Image.of(site.path)
    send(liar, site, 5)
    liar.behave(0)
    put_back(liar, 0, old)
    site.now += 31 * DAY
    liar.meet("newest", "newest", 0)
    site.node.signed_time.heard(site.peer, site.now)

    liar.say(liar.liar.lend(0, "bare"))

    (stored,) = site.store.entries.page(site.origin, site.size(site.origin) - 1, 1)
    assert stored.name == next(iter(reversed(site.names.values())))
    assert not stored.body


# Old copies, and nobody lies.


def test_two_old_copies_sign_beside_what_both_have_lost(pair: TwoPartners) -> None:
    one, other = pair.sites
    old = Image.of(one.path), Image.of(other.path)
    send(pair, one, 5)
    pair.go_on("rest")
    for at, image in enumerate(old):
        put_back(pair, at, image)

    pair.connect()
    pair.run()
    send(pair, one, 6)
    pair.run()

    assert one.own.forked
    assert other.lines.forked
    assert not frozen(one, one.origin)


def test_a_head_whose_entries_never_arrived_is_no_head_that_is_held(
    pair: TwoPartners,
) -> None:
    """Said in a hello, then lost with the disk: the partner's process remembers."""
    one, other = pair.sites
    pair.cut()
    old = Image.of(one.path)
    send(pair, one, 5)
    pair.connect()
    while all(head.size < 6 for head in other.life.shown[one.origin]):
        pair.event(1)
    put_back(pair, 0, old)
    pair.connect()
    pair.run()

    send(pair, one, 6)
    pair.run()

    assert one.own.forked
    assert frozen(one, one.origin)
    assert frozen(other, one.origin)


def test_what_a_desk_alone_has_seen_is_neither_signed_beside_nor_given_back(
    pair: TwoPartners,
) -> None:
    """The log ends there, until both operators begin the next one."""
    one, other = pair.sites
    pair.cut()
    old = Image.of(one.path)
    send(pair, one, 5)
    one.desk.read(one)
    put_back(pair, 0, old)
    one.desk.tell(one)

    send(pair, one, 6)
    pair.heal()

    pair.lacks(one, other)
    assert one.store.desk_queue.count_pending() == 2
    assert not one.own.forked


def test_a_text_for_no_desk_of_the_partner_does_not_come_back(
    pair: TwoPartners,
) -> None:
    one, _ = pair.sites
    old = Image.of(one.path)
    send(pair, one, 2)
    pair.go_on("rest")
    size = one.size(one.origin)
    put_back(pair, 0, old)

    pair.connect()
    pair.run()

    assert one.size(one.origin) == size
    (stored,) = one.store.entries.page(one.origin, size - 1, 1)
    assert (stored.reason, stored.body) == ("", b"")


# What is no exception.


def test_the_partner_alone_can_do_none_of_it(liar: OneLiar) -> None:
    """Its hello hides everything, and shows a head of the other's that is old."""
    site = liar.site
    send(liar, site, 5)

    liar.meet("", "", 0)
    liar.say(rpc.Frame(bye=rpc.Bye()))
    liar.meet("newest", "any", 0)

    assert site.node.may_sign
    assert not site.own.forked
    assert not frozen(site, site.origin)


def test_an_old_copy_alone_can_do_none_of_it(pair: TwoPartners) -> None:
    one, other = pair.sites
    old = Image.of(one.path)
    send(pair, one, 5)
    pair.go_on("rest")
    put_back(pair, 0, old)
    send(pair, one, 6)

    pair.heal()

    pair.agree(one, other)
    pair.agree(other, one)
    assert not one.own.forked
    assert one.size(one.origin) == 7
