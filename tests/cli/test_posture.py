"""fusion doctor --minimize, --emcon: what an operator restricts."""

import json
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import options
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.limits import DAY
from exchange.node import posture
from exchange.node.posture import QUIET, SILENT, Posture
from tests.cli.conftest import Fusion


@pytest.fixture
def partner(homes: Path, home: Path) -> Path:
    """The home with the bundle of Beijing's nation in it."""
    install_partner(home, own_bundle(homes / "beijing.cn").data)
    return home


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
        ("--emcon", "--emcon: expected off, quiet or silent\n"),
    ],
)
def test_what_is_no_posture_is_named(
    home: Path, fusion: Fusion, option: str, told: str
) -> None:
    found = fusion("doctor", option, "loud", "--home", home)

    assert (found.code, found.err) == (2, told)
    assert held(home) == Posture()


def test_an_operator_suspends_a_nation(partner: Path, fusion: Fusion) -> None:
    found = fusion("doctor", "--suspend", "cn", "--home", partner)
    assert (found.code, found.out) == (
        0,
        "MINIMIZE off, EMCON off\nno bulletin is sent to cn\n",
    )
    since = held(partner).suspended["cn"]
    assert held(partner) == Posture(suspended={"cn": since})
    assert abs(since - options.now()) < DAY

    found = fusion("doctor", "--minimize", "on", "--home", partner, "--json")
    told = {"minimize": "on", "emcon": "off", "suspended": ["cn"]}
    assert json.loads(found.out) == told
    fusion("doctor", "--suspend", "cn", "--home", partner)
    assert held(partner).suspended == {"cn": since}  # since it was set first
    fusion("doctor", "--resume", "cn", "--home", partner)
    assert held(partner) == Posture(minimize=True)


@pytest.mark.parametrize("nation", ["pk", "kz", "CN", ""])
def test_none_but_another_nation_is_suspended(
    partner: Path, fusion: Fusion, nation: str
) -> None:
    found = fusion("doctor", "--suspend", nation, "--home", partner)

    assert (found.code, found.reason) == (2, "NOT_PINNED")
    assert found.err == "--suspend: no such partner nation; bundles here: cn\n"
    assert held(partner) == Posture()
