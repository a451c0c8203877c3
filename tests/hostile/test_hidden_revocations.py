"""A node that hides a revocation from its own desk."""

from exchange.desk.link.directory_states import DirectoryStates
from exchange.limits import MINUTE
from exchange.node import upkeep
from tests.desk.bench import Bench, client, said
from tests.desk.test_directories import BEIJING, ISLAMABAD, beat, hide, mark, revoke
from tests.expecting import present
from tests.node.world import PK


def test_a8_a_hidden_revocation_is_asked_for_and_counts(bench: Bench) -> None:
    name = bench.send()
    bench.meet()
    index = revoke(bench)
    bench.world.meet()
    hide(bench, index)

    bench.cn.sync()

    cn, nation = bench.cn, bench.world.nations[PK]
    stolen = nation.author.kid, nation.officer
    assert cn.pinned.directory(PK).revoked_since(*stolen)
    assert cn.node_faults() == [("HIDDEN", f"{PK}#{index}")]
    assert cn.withheld_logs() == []
    assert DirectoryStates(cn.mailbox).doubt(ISLAMABAD) is None
    row = cn.mailbox.messages.row(name)
    assert row.verdict == "ACCEPTED"
    bench.reopen()
    assert bench.cn.pinned.directory(PK).revoked_since(*stolen)


def test_a8_what_is_left_out_for_good_is_never_shown_as_verified(bench: Bench) -> None:
    before = bench.send()
    bench.meet()
    index = revoke(bench)
    bench.world.meet()
    hide(bench, index, for_good=True)

    bench.cn.sync()

    cn = bench.cn
    assert cn.withheld_logs() == [ISLAMABAD]
    assert cn.agree() is False
    assert mark(cn, ISLAMABAD, index) == "WITHHELD"
    place = present(cn.mailbox.messages.row(before).index)
    assert mark(cn, ISLAMABAD, place) == ""
    assert mark(cn, BEIJING, 3) == ""
    calls = client(cn).calls
    cn.ask_again()
    assert client(cn).calls == calls, "once for each head"
    # Answering and sending go on.
    assert cn.send(said(bench.world.nations[PK])).state == "local"


def test_a8_the_own_nations_log_needs_a_line_of_another_nation(bench: Bench) -> None:
    """Its own node may hold the keys of that log."""
    states = DirectoryStates(bench.cn.mailbox)
    before = states.known(BEIJING)
    bench.now += MINUTE
    bench.world.cn.now = bench.now
    upkeep.tick(bench.world.cn.node)
    bench.cn.sync()

    assert states.known(BEIJING) == before
    beat(bench)
    bench.meet()
    after = present(states.known(BEIJING))
    assert before is None or after.time_s > before.time_s
