"""The logs as a desk shows them that is away from its node."""

import pytest

from exchange.desk.terminal.desk_shelf import DeskShelf
from exchange.errors import Refusal
from tests.desk.bench import Bench, client, said
from tests.node.world import CN, PK


def silent(*_: object) -> None:
    pass


def shelf(bench: Bench, count: int = 3) -> DeskShelf:
    for _ in range(count):
        bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    return DeskShelf(bench.cn)


def test_it_shows_the_logs_that_it_verified_with_who_cosigned(bench: Bench) -> None:
    logs = {log.origin: log for log in shelf(bench).logs()}
    ours, theirs = logs[f"{CN}.fusion/log/1"], logs[f"{PK}.fusion/log/1"]
    assert (ours.own, theirs.own) == (True, False)
    assert theirs.head is not None
    roles = {(line.role, line.name) for line in theirs.head.lines}
    assert ("mirror", f"{CN}.fusion/mirror") in roles
    assert theirs.size >= theirs.head.size > 0
    assert not theirs.forked


def test_its_entries_come_in_windows_and_are_verified(bench: Bench) -> None:
    found = shelf(bench)
    origin = f"{PK}.fusion/log/1"
    entries = found.entries(origin, 0, 100)
    assert [one.kind for one in entries] == ["BULLETIN"] * 3
    assert list(found.entries(origin, entries[0].index + 1, 1)) == [entries[1]]
    for one in entries:
        steps = found.steps(origin, one.index, silent)
        assert all(step.ok for step in steps), steps
    assert found.heads(origin, 1 << 40, 5)[0].size > entries[-1].index
    assert found.heads(origin, 1, 5) == []


def test_what_it_has_not_is_a_refusal_that_says_where_it_is(bench: Bench) -> None:
    found = shelf(bench)
    origin = f"{PK}.fusion/log/1"
    for index in (0, 10**6):  # a statement, and nothing
        with pytest.raises(Refusal):
            found.steps(origin, index, silent)
    with pytest.raises(Refusal) as refused:
        found.check(silent)
    assert refused.value.why is not None
    assert "fusion fsck" in refused.value.why.text
    with pytest.raises(Refusal):
        found.export("x", silent)
    assert found.entries("nobody.fusion/log/1", 0, 5) == []


def test_a_dead_node_leaves_what_needs_it_unsaid(bench: Bench) -> None:
    found = shelf(bench, 1)
    client(bench.cn).down = True
    origin = f"{PK}.fusion/log/1"
    (entry,) = found.entries(origin, 0, 5)
    steps = {step.what: step.ok for step in found.steps(origin, entry.index, silent)}
    assert steps["INCLUSION"] is None
    assert steps["HEAD"]
