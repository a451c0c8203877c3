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
from tests.cli.conftest import AtHome


@pytest.fixture
def partner(homes: Path, here: AtHome) -> AtHome:
    """The home with the bundle of Beijing's nation in it."""
    install_partner(here.home, own_bundle(homes / "beijing.cn").data)
    return here


def held(here: AtHome) -> Posture:
    return posture.read(config.node_home(here.home).posture)


def test_an_operator_sets_one_and_the_other(here: AtHome) -> None:
    found = here("doctor", "--minimize", "on")
    assert (found.code, found.out) == (0, "MINIMIZE on, EMCON off\n")
    assert held(here) == Posture(minimize=True)

    found = here("doctor", "--emcon", "quiet", "--json")
    assert json.loads(found.out) == {"minimize": "on", "emcon": "quiet"}
    assert held(here) == Posture(minimize=True, emcon=QUIET)

    here("doctor", "--minimize", "off", "--emcon", "silent")
    assert held(here) == Posture(emcon=SILENT)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--minimize", "--minimize: say on or off\n"),
        ("--emcon", "--emcon: expected off, quiet or silent\n"),
    ],
)
def test_what_is_no_posture_is_named(here: AtHome, option: str, told: str) -> None:
    found = here("doctor", option, "loud")

    assert (found.code, found.err) == (2, told)
    assert held(here) == Posture()


def test_an_operator_suspends_a_nation(partner: AtHome) -> None:
    found = partner("doctor", "--suspend", "cn")
    assert (found.code, found.out) == (
        0,
        "MINIMIZE off, EMCON off\nno bulletin is sent to cn\n",
    )
    since = held(partner).suspended["cn"]
    assert held(partner) == Posture(suspended={"cn": since})
    assert abs(since - options.now()) < DAY

    found = partner("doctor", "--minimize", "on", "--json")
    told = {"minimize": "on", "emcon": "off", "suspended": ["cn"]}
    assert json.loads(found.out) == told
    partner("doctor", "--suspend", "cn")
    assert held(partner).suspended == {"cn": since}  # since it was set first
    partner("doctor", "--resume", "cn")
    assert held(partner) == Posture(minimize=True)


@pytest.mark.parametrize("nation", ["pk", "kz", "CN", ""])
def test_none_but_another_nation_is_suspended(partner: AtHome, nation: str) -> None:
    found = partner("doctor", "--suspend", nation).ended(2, "NOT_PINNED")
    assert found.err == "--suspend: no such partner nation; bundles here: cn\n"
    assert held(partner) == Posture()
