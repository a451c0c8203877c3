"""fusion doctor --minimize, --emcon: what an operator restricts."""

import json
from pathlib import Path

import pytest

from exchange import config
from exchange.node import posture
from exchange.node.posture import QUIET, SILENT, Posture
from tests.cli.conftest import Fusion


def held(home: Path) -> Posture:
    return posture.read(config.node_home(home).posture)


def test_an_operator_sets_one_and_the_other(home: Path, fusion: Fusion) -> None:
    found = fusion("doctor", "--minimize", "on", "--home", home)
    assert (found.code, found.out) == (0, "MINIMIZE on, EMCON off\n")
    assert held(home) == Posture(minimize=True)

    found = fusion("doctor", "--emcon", "quiet", "--home", home, "--json")
    assert json.loads(found.out) == {"minimize": "on", "emcon": "quiet"}
    assert held(home) == Posture(minimize=True, emcon=QUIET)

    fusion("doctor", "--minimize", "off", "--emcon", "silent", "--home", home)
    assert held(home) == Posture(emcon=SILENT)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--minimize", "--minimize: say on or off\n"),
        ("--emcon", "--emcon: say off, quiet or silent\n"),
    ],
)
def test_what_is_no_posture_is_named(
    home: Path, fusion: Fusion, option: str, told: str
) -> None:
    found = fusion("doctor", option, "loud", "--home", home)

    assert (found.code, found.err) == (2, told)
    assert held(home) == Posture()
