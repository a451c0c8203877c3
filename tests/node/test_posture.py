"""MINIMIZE: what a node takes from its desks while its operator says so."""

from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.node import posture, upkeep
from exchange.node.posture import QUIET, Posture
from exchange.v1 import envelope_pb2 as pb
from tests.node.world import World, bulletin

ROUTINE = pb.PRECEDENCE_ROUTINE


def test_a_file_says_it_again(tmp_path: Path) -> None:
    path = tmp_path / "posture"
    assert posture.read(path) == Posture()

    for minimize in (False, True):
        for emcon in posture.EMCON:
            posture.write(path, Posture(minimize, emcon))
            assert posture.read(path) == Posture(minimize, emcon)


def test_what_cannot_be_read_changes_nothing(world: World, tmp_path: Path) -> None:
    path = tmp_path / "posture"
    path.write_bytes(b"\xff")
    with pytest.raises(Refusal) as refused:
        posture.read(path)
    assert refused.value.reason is Reason.INPUT

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
