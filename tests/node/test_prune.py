"""Which heads are forgotten: never one that a catch-up or a proven time needs."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, HEAD_KEPT
from exchange.node import disk_use
from exchange.node.disk_use import superfluous
from exchange.store import Span
from tests.node import world as worlds
from tests.node.world import CN, bulletin

MINUTE = HEAD_KEPT

steps = st.lists(
    st.tuples(
        st.integers(0, 40_000),  # ms since the head before
        st.integers(3, 4),  # lines
        st.integers(1, BATCH_ENTRIES_MAX),
        st.integers(1, BATCH_BYTES_MAX),
    ),
    max_size=40,
)


def _spans(steps: list[tuple[int, int, int, int]]) -> list[Span]:
    size = at = 0
    found = []
    for later, lines, entries, weight in steps:
        size, at = size + entries, at + later
        found.append(Span(size, at, lines, entries, weight))
    return found


@given(steps)
def test_what_lies_between_two_kept_heads_fits_a_frame(
    steps: list[tuple[int, int, int, int]],
) -> None:
    spans = _spans(steps)
    gone = set(superfluous(spans))

    entries = weight = 0
    for span in spans:
        entries, weight = entries + span.entries, weight + span.weight
        assert entries <= BATCH_ENTRIES_MAX
        assert weight <= BATCH_BYTES_MAX
        if span.size not in gone:
            entries = weight = 0


@given(steps)
def test_each_minute_keeps_its_last_head_and_the_log_its_newest(
    steps: list[tuple[int, int, int, int]],
) -> None:
    spans = _spans(steps)
    gone = set(superfluous(spans))

    last = {span.at // MINUTE: span.size for span in spans}
    assert not gone & set(last.values())
    assert not spans or spans[-1].size not in gone


def test_small_heads_of_one_minute_leave_one() -> None:
    spans = [Span(n, 100 + n, 3, 1, 2_000) for n in range(1, 51)]

    assert list(superfluous(spans)) == list(range(1, 50))


def test_a_head_with_more_lines_is_not_given_up_for_one_with_fewer() -> None:
    spans = [Span(1, 1, 3, 1, 1), Span(2, 2, 2, 1, 1), Span(3, 3, 3, 1, 1)]

    assert list(superfluous(spans)) == [2]


def test_a_node_that_pruned_still_catches_a_partner_up(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        pk, cn = world.pk, world.cn
        for n in range(40):
            pk.from_desk(bulletin(pk.nation, cn.nation, b"%d" % n))
        sizes = [held.head.size for held in pk.store.heads.falling(pk.node.origin)]
        pruner = disk_use.Pruner(pk.store)
        pruner.run(0)
        pruner.run(3 * MINUTE)

        assert sizes == [*range(43, 2, -1)]
        kept = [held.head.size for held in pk.store.heads.falling(pk.node.origin)]
        assert kept == [43, 3]  # that of 3 has the partner's line
        world.meet()
        ends = [one.store.heads.newest(pk.node.origin) for one in (cn, pk)]
        assert len({end.head for end in ends if end is not None}) == 1
        assert pk.store.partners.get_peer(CN).cosigned_size == 43


def test_nothing_young_is_pruned(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        pk = world.pk
        for n in range(5):
            pk.from_desk(bulletin(pk.nation, world.cn.nation, b"%d" % n))
        pruner = disk_use.Pruner(pk.store)
        for minute in range(2):
            pruner.run(minute * MINUTE)

        assert len(pk.store.heads.falling(pk.node.origin)) == 6
