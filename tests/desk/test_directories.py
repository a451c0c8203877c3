"""A DIRECTORY entry that the own node withholds is noticed, and asked for."""

from collections.abc import Callable

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.directory_states import DirectoryStates
from exchange.desk.link.proof_chain import Chain
from exchange.desk.link.revocations import revocations_known, stale_logs
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.merkle import Edge
from exchange.limits import DAY, DIRECTORY_LATE, MINUTE, SECOND
from exchange.node import upkeep
from exchange.v1 import desk_service_pb2 as pb
from tests.desk.bench import PAKISTAN, Bench, client, spoil_pages
from tests.desk.test_hidden_entries import as_leaf
from tests.expecting import present
from tests.node.world import CN, FILED, PK, keys_of
from tests.trust.nation import ed, key, revocation

ISLAMABAD, BEIJING = checkpoint.log_origin(PK), checkpoint.log_origin(CN)
Page = Callable[[int], list[pb.Arrival]]


def revoke(bench: Bench) -> int:
    """Log that Islamabad's officer is revoked; return the place."""
    nation = bench.world.nations[PK]
    return bench.state(PK, revocation(nation.officer, nation.author.kid, FILED))


def state(bench: Bench) -> int:
    """Log a key of another officer of Islamabad's; return the place."""
    return bench.state(PK, key(f"duty-2@{PAKISTAN.desk}", "author", ed("duty-2")))


def hide(bench: Bench, index: int, *, for_good: bool = False) -> None:
    """Let Beijing's node show its desk that entry as a bare leaf."""
    honest = client(bench.cn)
    listed = honest.directory

    def bare(arrival: pb.Arrival) -> None:
        if (arrival.entry.origin, arrival.entry.index) == (ISLAMABAD, index):
            as_leaf(arrival.entry)

    def leaving_out(origin: str, start: int) -> list[tuple[int, bytes]]:
        return [one for one in listed(origin, start) if one[0] != index]

    spoil_pages(bench.cn, bare)
    if for_good:
        honest.directory = leaving_out  # type: ignore[method-assign]


def beat(bench: Bench) -> None:
    """Let a minute go by; each node signs its directory again, and both meet."""
    bench.now += MINUTE
    for site in (bench.world.pk, bench.world.cn):
        site.now = bench.now
        upkeep.tick(site.node)
    bench.world.greet()
    bench.world.greet()


def mark(desk: Desk, origin: str, index: int | None = None) -> str:
    known = revocations_known(desk.mailbox, desk.pinned, origin, index, desk.clock())
    assert known is not None
    return known.mark


def test_a_desk_knows_the_directory_of_each_log(bench: Bench) -> None:
    bench.deliver()
    beat(bench)
    bench.meet()
    for desk in (bench.pk, bench.cn):
        states = DirectoryStates(desk.mailbox)
        for origin in (ISLAMABAD, BEIJING):
            known = present(states.known(origin))
            assert known.time_s * SECOND >= FILED
            assert states.doubt(origin) is None
            assert mark(desk, origin) == ""
    assert bench.cn.withheld_logs() == []
    assert bench.cn.agree() is True


def test_nothing_new_of_such_a_log_has_a_chain_of_proof(bench: Bench) -> None:
    bench.meet()
    index = state(bench)
    name = bench.send()
    bench.world.meet()
    beat(bench)
    hide(bench, index, for_good=True)
    bench.cn.sync()

    cn = bench.cn
    message = cn.mailbox.messages.read(name)
    steps = Chain(cn.mailbox, cn.pinned, cn.client, message).steps()
    (key,) = (step for step in steps if step.what == "KEY")
    assert (key.ok, key.reason) == (False, Reason.HIDDEN)


def test_a_node_that_shows_no_heads_of_the_directory_is_marked(bench: Bench) -> None:
    bench.meet()
    beat(bench)
    bench.meet()
    honest = client(bench.cn)
    status = honest.status

    def silent_status() -> pb.GetStatusResponse:
        told = status()
        for position in told.heads:
            position.directory = b""
        return told

    def silent(arrival: pb.Arrival) -> None:
        if arrival.HasField("head"):
            arrival.head.directory = b""

    honest.status = silent_status  # type: ignore[method-assign]
    spoil_pages(bench.cn, silent)
    for _ in range(DIRECTORY_LATE // MINUTE + 2):
        beat(bench)
    bench.deliver()

    assert mark(bench.cn, ISLAMABAD) == "LATE"
    assert stale_logs(bench.cn.mailbox, bench.cn.pinned, bench.now) == []
    stale = stale_logs(bench.cn.mailbox, bench.cn.pinned, bench.now + DAY)
    assert {one.origin for one in stale} == {ISLAMABAD, BEIJING}


def test_a_desk_of_before_goes_on_from_what_it_filed(bench: Bench) -> None:
    bench.deliver()
    states = DirectoryStates(bench.cn.mailbox)
    with bench.cn.mailbox.database.transaction():
        for origin in (ISLAMABAD, BEIJING):
            states.forget(origin)
    bench.reopen()
    states = DirectoryStates(bench.cn.mailbox)
    assert states.edge(ISLAMABAD) is None

    bench.cn.sync()
    assert states.known(ISLAMABAD) is not None
    bench.send("Another")
    beat(bench)
    bench.meet()

    assert states.known(ISLAMABAD) is not None
    assert states.doubt(ISLAMABAD) is None


def test_a_desk_of_before_finds_what_was_hidden_then(bench: Bench) -> None:
    """It filed all but one; the list brings that, and what is REFUSED is no fault."""
    bench.meet()
    index = revoke(bench)
    bench.world.meet()
    hide(bench, index)
    client(bench.cn).directory = lambda *_: []  # type: ignore[method-assign]
    bench.cn.sync()
    bench.cn.close()
    bench.cn = bench.desk(CN)  # its node is honest again
    states = DirectoryStates(bench.cn.mailbox)
    with bench.cn.mailbox.database.transaction():
        states.forget(ISLAMABAD)

    bench.cn.sync()

    known = bench.cn.pinned.directory(PK)
    assert known.revoked_since(PAKISTAN.author.kid, PAKISTAN.officer)
    assert states.doubt(ISLAMABAD) is None


@pytest.mark.parametrize("listed", [[(9, b"x")], [(1, b""), (0, b"")]])
def test_a_list_that_makes_no_sense_is_not_taken(
    bench: Bench, listed: list[tuple[int, bytes]]
) -> None:
    bench.meet()
    index = revoke(bench)
    bench.world.meet()
    hide(bench, index)
    begin = bytes.fromhex("0a0c080110011805")
    answers = [[(at, begin + entry) for at, entry in listed], []]
    client(bench.cn).directory = lambda *_: answers.pop(0)  # type: ignore[method-assign]

    bench.cn.sync()

    assert bench.cn.withheld_logs() == [ISLAMABAD]


def test_the_own_node_alone_settles_nothing_of_its_log(bench: Bench) -> None:
    """A larger directory head without a line of another nation is not known yet."""
    bench.meet()
    states = DirectoryStates(bench.pk.mailbox)
    before = states.known(ISLAMABAD), states.base(ISLAMABAD)
    state(bench)
    bench.pk.sync()

    assert (states.known(ISLAMABAD), states.base(ISLAMABAD)) == before
    assert states.doubt(ISLAMABAD) is None
    bench.meet()
    bench.meet()
    after = present(states.known(ISLAMABAD))
    assert before[0] is None or after.size > before[0].size


def test_an_older_directory_head_is_neither_known_nor_doubted(bench: Bench) -> None:
    bench.meet()
    held = present(bench.world.pk.store.directories.newest(ISLAMABAD))
    state(bench)
    bench.meet()
    bench.meet()
    states = DirectoryStates(bench.cn.mailbox)
    known = present(states.known(ISLAMABAD))
    assert known.size > held.head.size

    keys = keys_of(PK)
    one = Edge.empty().extend([bytes(32)]).edge  # where no head stood: nobody can tell
    false = sign_directory_head(ISLAMABAD, one, keys.log, keys.log_pq, FILED // SECOND)
    with bench.cn.mailbox.database.transaction():
        for note in (held.note, false):
            bench.cn.arrivals.directories.show(ISLAMABAD, note)
        bench.cn.arrivals.directories.finish({})

    assert states.known(ISLAMABAD) == known
    assert states.doubt(ISLAMABAD) is None


def test_a_list_that_nobody_asked_for_is_not_taken(bench: Bench) -> None:
    bench.meet()
    states = DirectoryStates(bench.cn.mailbox)
    before = states.known(ISLAMABAD), states.edge(ISLAMABAD)
    listed = client(bench.cn).directory(ISLAMABAD, 0)
    assert listed

    assert bench.cn.arrivals.directories.take_listed(ISLAMABAD, listed) == ()

    assert (states.known(ISLAMABAD), states.edge(ISLAMABAD)) == before
