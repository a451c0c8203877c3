"""*Cosigned* is what the log's policy says; *delivered* is not its business."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Unsettled
from exchange.desk.mailbox.messages import Messages
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.trust import statements
from tests.desk.bench import CHINA, Bench
from tests.desk.test_arrivals import ISLAMABAD, SECONDS, state
from tests.desk.test_heads import WITNESS, witnessed
from tests.expecting import present
from tests.node.world import CN, FILED, PK

THIRD = f"witness third {WITNESS.encode()}\n"


def beijing(bench: Bench) -> str:
    (key,) = bench.world.nations[CN].bundle.nodes[CN].cosigners
    return f"witness beijing {key.encode()}\n"


def rule(bench: Bench, text: str, serial: int = 1) -> None:
    """Islamabad's roots state a policy in its log, and both desks read it."""
    stated = statements.policy_statement("pk", text.encode(), serial)
    roots = bench.world.nations[PK].roots
    bench.state(PK, stated, *(("root", root) for root in roots))
    bench.meet()


def witness(bench: Bench, time_s: int = SECONDS + 7, *, sync: bool = True) -> None:
    """The third party cosigns the newest head of Islamabad's log."""
    store = bench.world.pk.store
    held = present(store.heads.newest(ISLAMABAD))
    line = checkpoint.only(witnessed(held.note, time_s), [WITNESS])
    store.heads.add_lines(ISLAMABAD, held.head.size, line, FILED)
    if sync:
        bench.pk.sync()


def steps(desk: Desk, name: bytes) -> dict[str, tuple[int, str]]:
    return {
        step.state: (step.at, step.by)
        for step in desk.mailbox.messages.read(name).states
    }


def test_a_third_party_that_is_down_holds_up_one_word_only(bench: Bench) -> None:
    rule(bench, f"{beijing(bench)}{THIRD}group g all beijing third\nquorum g\n")
    name = bench.deliver()
    bench.cn.sync()

    assert state(bench.pk, name) == "delivered"
    assert bench.cn.pinned.policy(ISLAMABAD) == bench.pk.pinned.policy(ISLAMABAD)
    assert state(bench.cn, name) != "cosigned"
    assert not bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99), "Beijing has it"

    witness(bench)
    assert state(bench.pk, name) == "cosigned"
    assert steps(bench.pk, name)["cosigned"] == ((SECONDS + 7) * 1000, CN)


def test_the_partner_alone_is_not_enough_nor_the_third_party(bench: Bench) -> None:
    rule(bench, f"{beijing(bench)}{THIRD}group g all beijing third\nquorum g\n")
    name = bench.send()
    bench.pk.sync()
    witness(bench)
    assert state(bench.pk, name) == "local"
    assert bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99), (
        "nobody else holds it"
    )

    bench.meet()
    assert state(bench.pk, name) == "cosigned"
    assert "delivered" in steps(bench.pk, name)


def test_the_third_party_alone_where_the_policy_says_so(bench: Bench) -> None:
    rule(bench, f"{THIRD}quorum third\n")
    name = bench.deliver()
    assert state(bench.pk, name) == "delivered"

    witness(bench)
    assert steps(bench.pk, name)["cosigned"] == ((SECONDS + 7) * 1000, CN)
    name = bench.send_back("From Beijing")
    bench.meet()
    bench.cn.sync()

    assert state(bench.cn, name) == "cosigned"


def test_a_third_party_that_no_policy_names_counts_for_nothing(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    witness(bench)

    assert state(bench.pk, name) == "local"
    head = present(bench.pk.mailbox.logs.head(ISLAMABAD))
    assert {line.name for line in parse_note(head.note).lines} == {ISLAMABAD}
    assert LogStates(bench.pk.mailbox).alarm(ISLAMABAD) == ""


def test_a_witness_comes_before_the_partner(bench: Bench) -> None:
    """Cosigned first by whom the policy asks, delivered all the same."""
    rule(bench, f"{THIRD}quorum third\n")
    name = bench.send()
    bench.pk.sync()
    witness(bench)
    assert steps(bench.pk, name)["cosigned"] == ((SECONDS + 7) * 1000, WITNESS.name)
    assert "delivered" not in steps(bench.pk, name)

    bench.meet()
    assert steps(bench.pk, name)["delivered"][1] == CN


def test_a_witness_s_line_under_an_older_head_is_not_overlooked(bench: Bench) -> None:
    """In one page with a newer head that it has not cosigned."""
    rule(bench, f"{THIRD}quorum third\n")
    names = [bench.send()]
    witness(bench, sync=False)
    names.append(bench.send("Overtakes"))
    bench.pk.sync()

    assert [state(bench.pk, name) for name in names] == ["cosigned", "local"]


def test_where_none_is_asked_the_own_log_is_enough(bench: Bench) -> None:
    rule(bench, "quorum none\n")
    name = bench.send()
    bench.pk.sync()

    assert state(bench.pk, name) == "cosigned"
    assert steps(bench.pk, name)["cosigned"][0] == FILED
    assert bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99), (
        "nobody else holds it"
    )
    bench.meet()
    assert "delivered" in steps(bench.pk, name)
    assert not bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99)


def test_the_newest_policy_counts_from_its_entry_on(bench: Bench) -> None:
    rule(bench, f"{THIRD}quorum third\n")
    name = bench.deliver()
    assert state(bench.pk, name) == "delivered"

    rule(bench, f"{beijing(bench)}quorum beijing\n", serial=2)
    assert state(bench.pk, name) == "cosigned"


def test_a_restarted_desk_knows_lines_and_policy(bench: Bench) -> None:
    rule(bench, f"{beijing(bench)}{THIRD}group g all beijing third\nquorum g\n")
    name = bench.deliver()
    before = LogStates(bench.pk.mailbox).cosigner_sizes(ISLAMABAD)
    bench.reopen()

    assert LogStates(bench.pk.mailbox).cosigner_sizes(ISLAMABAD) == before
    assert before.keys() == {key.key for key in CHINA.bundle.nodes[CN].cosigners}
    witness(bench)
    assert state(bench.pk, name) == "cosigned"


def test_a_desk_left_alone_with_much_to_settle_looks_at_new_lines_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A witness may be away for weeks: what waits for it is not read each time."""
    rule(bench, f"{THIRD}quorum third\n")
    first = [bench.send(f"Number {n}") for n in range(3)]
    bench.meet()
    read: list[tuple[int, int]] = []
    recorded = Messages.list_recorded

    def watched(self: Messages, origin: str, start: int, end: int) -> list[Unsettled]:
        if self is bench.pk.mailbox.messages and origin == ISLAMABAD:
            read.append((start, end))
        return recorded(self, origin, start, end)

    monkeypatch.setattr(Messages, "list_recorded", watched)
    bench.deliver("One more")

    size = bench.world.pk.store.logs.size(ISLAMABAD)
    assert {state(bench.pk, name) for name in first} == {"delivered"}
    assert [(start, end) for start, end in read if start < end] == [(size - 1, size)]
