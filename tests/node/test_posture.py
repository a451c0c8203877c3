"""What a node takes from its desks, and sends, while its operator restricts it."""

from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.node import express_outbox, outbox, posture, upkeep, views
from exchange.node.effects import LoadExpress
from exchange.node.posture import QUIET, Posture
from exchange.v1 import envelope_pb2 as pb
from tests.batches import envelopes_in
from tests.expecting import refusing
from tests.node.world import CN, Site, World, bulletin, name_of, own_copy, receipt

ROUTINE = pb.PRECEDENCE_ROUTINE


def test_a_file_says_it_again(tmp_path: Path) -> None:
    path = tmp_path / "posture"
    assert posture.read(path) == Posture()

    for minimize in (False, True):
        for emcon in posture.EMCON:
            for nations in (dict[str, int](), {"cn": 1_795_500_000_000, "kz": 0}):
                wanted = Posture(minimize, emcon, nations)
                posture.write(path, wanted)
                assert posture.read(path) == wanted


def test_a_suspension_of_a_release_that_kept_no_time_is_read(tmp_path: Path) -> None:
    path = tmp_path / "posture"
    path.write_text("MINIMIZE\nSUSPENDED:cn\nSUSPENDED:kz@soon\n")
    assert posture.read(path) == Posture(minimize=True, suspended={"cn": 0, "kz": 0})


def test_what_cannot_be_read_changes_nothing(world: World, tmp_path: Path) -> None:
    path = tmp_path / "posture"
    path.write_bytes(b"\xff")
    with refusing(Reason.INPUT):
        posture.read(path)

    node = world.pk.node
    node.posture = Posture(emcon=QUIET)
    node.read_posture = lambda: posture.read(path)
    upkeep.take_posture(node)
    assert node.posture == Posture(emcon=QUIET)


def test_in_minimize_no_routine_bulletin_is_taken(world: World) -> None:
    ours, theirs = world.pk.nation, world.cn.nation
    world.meet()
    changes: list[object] = []
    world.pk.node.on_change = lambda: changes.append(1)
    world.pk.node.read_posture = lambda: Posture(minimize=True)
    upkeep.take_posture(world.pk.node)
    assert changes

    routine = bulletin(ours, theirs, b"routine", precedence=ROUTINE)
    priority = bulletin(ours, theirs, b"priority")
    answers = world.pk.from_desk(routine, priority)

    assert [one.reason for one in answers] == [Reason.MINIMIZE, ""]
    assert answers[0].later
    world.pk.node.read_posture = Posture
    upkeep.take_posture(world.pk.node)
    assert [one.reason for one in world.pk.from_desk(routine)] == [""]


# A nation that is suspended.

SUSPENDED = Posture(suspended={"cn": 1_795_500_000_000})


def set_posture(site: Site, wanted: Posture) -> None:
    site.node.read_posture = lambda: wanted
    upkeep.take_posture(site.node)


def alone(world: World) -> pb.Envelope:
    """Return a bulletin between desks of Islamabad's own nation."""
    nation = world.pk.nation
    return bulletin(nation, nation, b"alone", recipients=own_copy(nation))


def test_nothing_is_taken_for_a_nation_that_is_suspended(world: World) -> None:
    ours, theirs = world.pk.nation, world.cn.nation
    world.meet()
    set_posture(world.pk, SUSPENDED)
    flash = bulletin(ours, theirs, b"flash", precedence=pb.PRECEDENCE_FLASH)

    answers = world.pk.from_desk(flash, alone(world))

    assert [one.reason for one in answers] == [Reason.SUSPENDED, ""]
    assert answers[0].where == theirs.desk
    assert not answers[0].later
    (shown,) = views.status(world.pk.node).suspended
    assert (shown.nation, shown.since) == ("cn", SUSPENDED.suspended["cn"])
    set_posture(world.pk, Posture())
    assert [one.reason for one in world.pk.from_desk(flash)] == [""]
    assert not views.status(world.pk.node).suspended


def test_receipts_to_it_are_still_taken(world: World) -> None:
    ours, theirs = world.pk.nation, world.cn.nation
    world.meet()
    sent = bulletin(theirs, ours, b"theirs")
    assert not world.cn.from_desk(sent)[0].reason
    world.meet()
    set_posture(world.pk, SUSPENDED)

    opened = receipt(ours, name_of(sent), pb.RELATION_OPENED)
    assert [one.reason for one in world.pk.from_desk(opened)] == [""]


@pytest.mark.parametrize("recent", [True, False])
def test_texts_under_way_stay_here_and_go_once_it_is_resumed(
    world: World, *, recent: bool
) -> None:
    """Entries go, and lines come: the ledger is one."""
    ours, theirs = world.pk.nation, world.cn.nation
    world.meet()
    start = world.cn.store.logs.size(world.pk.node.origin)
    world.pk.from_desk(bulletin(ours, theirs, b"one"))
    if not recent:
        world.pk.node.recent.clear()
    set_posture(world.pk, SUSPENDED)

    batch = outbox.next_batch(world.pk.node, CN, start).batch
    (sent,) = envelopes_in(batch)
    assert (list(sent.wraps), sent.body, sent.absent) == ([], b"", pb.ABSENT_LOST)
    world.meet()
    assert world.cn.store.logs.size(world.pk.node.origin) == start + 1
    assert world.pk.store.partners.count_lacked(CN) == 1
    assert not outbox.load_texts(world.pk.node, CN, world.pk.node.origin, [start])

    set_posture(world.pk, Posture())
    (text,) = outbox.load_texts(world.pk.node, CN, world.pk.node.origin, [start])
    assert text.body


def test_nothing_urgent_passes_the_backlog_to_it_but_a_recall(world: World) -> None:
    ours, theirs = world.pk.nation, world.cn.nation
    world.meet()
    start = world.cn.store.logs.size(world.pk.node.origin)
    urgent = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
    flash = bulletin(ours, theirs, b"flash", **urgent)
    said = [pb.Reference(relation=pb.RELATION_RECALLS, name=name_of(flash))]
    recall = bulletin(
        ours, theirs, b"recall", kind=pb.KIND_RECALL, references=said, **urgent
    )
    for sent in (flash, recall):
        assert not world.pk.from_desk(sent)[0].reason

    def due() -> list[bytes]:
        size = world.pk.store.logs.size(world.pk.node.origin)
        asked = LoadExpress(start, size, start, 0, frozenset(), frozenset(), 64)
        return [
            one.name for one in express_outbox.load_due(world.pk.node, CN, asked).due
        ]

    assert due() == [name_of(flash), name_of(recall)]
    set_posture(world.pk, SUSPENDED)
    assert due() == [name_of(recall)]
