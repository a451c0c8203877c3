"""The queue of the terminal: what lacks a second signature, as its author signed it."""

import pytest

from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.limits import COUNTERSIGN_WITHIN
from tests.desk.bench import Bench, said
from tests.desk.release.test_countersign import EMERGENCY, LATE, emergency
from tests.desk.releasers import releaser
from tests.node.world import CN, FILED, PK
from tui.screens.previews import previews, sealing


def test_an_emergency_waits_in_the_queue_for_a_releaser(bench: Bench) -> None:
    name = emergency(bench)
    author = TerminalDesk(bench.pk)
    (mine,) = author.release_queue()
    assert (mine.row.name, mine.state, mine.signable) == (name, "EMERGENCY", False)
    assert (mine.since, mine.until) == (FILED, FILED + COUNTERSIGN_WITHIN)
    assert (author.link().uncountersigned, author.link().to_countersign) == (0, 0)
    with pytest.raises(Refusal):
        author.countersign(name)

    with releaser(bench, PK) as chief:
        view = TerminalDesk(chief)
        assert [one.signable for one in view.release_queue()] == [True]
        assert view.link().to_countersign == 1
        view.countersign(name)
        assert view.release_queue() == []
        assert view.link().to_countersign == 0
        with pytest.raises(Refusal) as refused:
            view.open_release(name)
        assert refused.value.reason is Reason.NOT_FOUND


def test_what_is_late_is_counted_at_every_desk_that_has_it(bench: Bench) -> None:
    emergency(bench)
    bench.now = LATE
    for desk in (bench.pk, bench.cn):
        view = TerminalDesk(desk)
        assert view.link().uncountersigned == 1
        assert [one.signable for one in view.release_queue()] == [False]


def test_it_is_opened_as_its_author_reviewed_it(bench: Bench) -> None:
    """The same items on the page, in each language: times, keys, label, text."""
    draft = said(bench.world.nations[CN], "Bomb on the road", **EMERGENCY)
    reviewed = TerminalDesk(bench.pk).review(draft)
    name = bench.pk.send(draft).name
    bench.meet()

    with releaser(bench, PK) as chief:
        opened = TerminalDesk(chief).open_release(name).review

    assert previews(opened) == previews(reviewed)
    assert sealing(opened) == sealing(reviewed)
