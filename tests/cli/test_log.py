"""fusion log resume --without: a member that a restored node does not wait for."""

import shutil
from pathlib import Path

import pytest

from exchange import config
from exchange.net.assemble import open_home
from exchange.node import start_up, upkeep
from tests.cli.conftest import NOW, Fusion
from tests.clocks import stopped


@pytest.fixture
def pair(homes: Path) -> Path:
    """Islamabad has Beijing's bundle."""
    theirs = config.nation_home(homes / "beijing.cn").bundle
    trust = config.node_home(homes / "islamabad.pk").trust
    shutil.copy(theirs, trust / "cn.bundle")
    return homes


def test_init_writes_the_record_of_what_the_node_has_shown(home: Path) -> None:
    place = config.node_home(home)

    assert start_up.read_emissions(place.emitted) == start_up.Emissions()
    assert place.emitted.stat().st_mode & 0o777 == 0o600


def test_a_member_is_excused_by_name_where_the_operator_agrees(
    pair: Path, fusion: Fusion
) -> None:
    home = pair / "islamabad.pk"
    place = config.node_home(home)
    place.emitted.unlink()

    asked = ("log", "resume", "--without", "beijing.cn", "--home", home)
    unsure = fusion(*asked)
    said = fusion(*asked, "--yes")

    assert (unsure.code, "--yes" in unsure.err) == (2, True)  # nobody has agreed
    assert said.code == 0, said.err
    assert place.excused.read_text() == "beijing.cn\n"
    assert place.excused.stat().st_mode & 0o777 == 0o600
    with open_home(home, stopped(NOW)) as (node, _):
        assert node.startup.awaited == ["beijing.cn"]
        upkeep.tick(node)
        assert node.may_sign
    assert not place.excused.exists()
    assert start_up.read_emissions(place.emitted) is not None


def test_nobody_else_is_excused(pair: Path, fusion: Fusion) -> None:
    home = pair / "islamabad.pk"
    for name in ("islamabad.pk", "kabul.af", "../x"):
        fusion("log", "resume", "--without", name, "--home", home, "--yes").ended(
            2, "NOT_PINNED"
        )
    assert not config.node_home(home).excused.exists()


def test_only_one_thing_is_asked_for(pair: Path, fusion: Fusion) -> None:
    home = pair / "islamabad.pk"
    both = ("--without", "beijing.cn", "--of", "beijing.cn")

    for asked in ((), both):
        assert fusion("log", "resume", *asked, "--home", home).code == 2
