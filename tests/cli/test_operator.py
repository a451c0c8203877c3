"""What an operator restricts, and what he allows: doctor, node allow, log resume."""

import json
from pathlib import Path

import pytest

from exchange.cli import options
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.limits import DAY
from exchange.net.assemble import open_home, take_allowed
from exchange.node import posture, start_up, upkeep
from exchange.node.posture import QUIET, SILENT, Posture
from exchange.node.quota import ENTRIES, MIB, DailyBudgets, Quota
from tests.cli.conftest import NOW, AtHome
from tests.clocks import stopped


@pytest.fixture
def partner(homes: Path, here: AtHome) -> AtHome:
    """The home with the bundle of Beijing's nation in it."""
    install_partner(here.home, own_bundle(homes / "beijing.cn").data)
    return here


def held(here: AtHome) -> Posture:
    return posture.read(here.node.posture)


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


PEER = "beijing.cn"


def put(folder: Path, name: str, said: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(said)


def test_what_is_allowed_is_taken_once_and_added_up(tmp_path: Path) -> None:
    folder = tmp_path / "allowed"
    assert take_allowed(folder) == {}
    put(folder, "a.allow", b"beijing.cn 5\n")
    put(folder, "b.allow", b"beijing.cn 7\n")
    put(folder, "c.allow", b"tehran.ir 1\n")

    assert take_allowed(folder) == {PEER: 12 * MIB, "tehran.ir": MIB}
    assert take_allowed(folder) == {}


def test_what_is_no_allowance_adds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "allowed"
    bad = (b"", b"beijing.cn", b"beijing.cn -1", b"beijing.cn 1e3", b"\xff", b"9" * 99)
    for number, said in enumerate((*bad, b"beijing.cn " + b"9" * 300)):
        put(folder, f"{number}.allow", said)

    assert take_allowed(folder) == {}
    assert list(folder.iterdir()) == []


def test_the_command_gives_a_partner_more(partner: AtHome) -> None:
    partner("node", "allow", PEER, "--entries", 300).well()

    quota = Quota(lambda: 0, DailyBudgets())
    folder = partner.node.allowed
    for peer, size in take_allowed(folder).items():
        quota.allow(peer, size)

    assert quota.left(PEER, ENTRIES) == DailyBudgets().entries + 300 * MIB


def test_a_name_that_is_no_partner_is_refused(partner: AtHome) -> None:
    done = partner("node", "allow", "tehran.ir", "--entries", 1).ended(2, "NOT_PINNED")
    assert "beijing.cn" in done.err
    assert not partner.node.allowed.exists()


def test_init_writes_the_record_of_what_the_node_has_shown(here: AtHome) -> None:
    place = here.node

    assert start_up.read_emissions(place.emitted) == start_up.Emissions()
    assert place.emitted.stat().st_mode & 0o777 == 0o600


def test_a_member_is_excused_by_name_where_the_operator_agrees(partner: AtHome) -> None:
    place = partner.node
    place.emitted.unlink()

    asked = ("log", "resume", "--without", "beijing.cn")
    assert "--yes" in partner(*asked).ended(2).err  # nobody has agreed
    partner(*asked, "--yes").ended(0)
    assert place.excused.read_text() == "beijing.cn\n"
    assert place.excused.stat().st_mode & 0o777 == 0o600
    with open_home(partner.home, stopped(NOW)) as (node, _):
        assert node.startup.awaited == ["beijing.cn"]
        upkeep.tick(node)
        assert node.may_sign
    assert not place.excused.exists()
    assert start_up.read_emissions(place.emitted) is not None


def test_nobody_else_is_excused_and_one_thing_is_asked_for(partner: AtHome) -> None:
    for name in ("islamabad.pk", "kabul.af", "../x"):
        partner("log", "resume", "--without", name, "--yes").ended(2, "NOT_PINNED")
    assert not partner.node.excused.exists()
    both = ("--without", "beijing.cn", "--of", "beijing.cn")
    for asked in ((), both):
        partner("log", "resume", *asked).ended(2)
