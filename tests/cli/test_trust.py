"""fusion trust: two nations pair by hand; nothing is trusted on first use."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.cli import run
from exchange.errors import Refusal
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import held_bundles, own_bundle, parts_of, read_bundle
from exchange.trust import bundle as bundles
from exchange.trust.safety_number import safety_number
from tests.cli.conftest import AtHome, Fusion, Result, Typing
from tests.cli.renewal.steps import snapshot
from tests.trust.editions import (
    changed,
    edition,
    name_successors,
    roots,
    with_new_roots,
    with_roots,
)
from tests.trust.nation import Nation
from tests.trust.test_later_editions import signed


@pytest.fixture
def beijing(homes: Path, fusion: Fusion) -> AtHome:
    return AtHome(homes / "beijing.cn", fusion)


@pytest.fixture
def theirs(beijing: AtHome, tmp_path: Path) -> Path:
    """Beijing's bundle, as it was carried over."""
    out = tmp_path / "cn.bundle"
    beijing("trust", "export", "--out", out).well()
    return out


def held(here: AtHome) -> set[str]:
    """The domains that both node and desk hold."""
    node, desk = (bundles.load_all(part.trust) for part in parts_of(here.home))
    assert node == desk
    return set(node)


def test_a_partner_is_imported_once_confirmed_and_both_show_one_number(
    here: AtHome, beijing: AtHome, theirs: Path, tmp_path: Path
) -> None:
    ours = tmp_path / "pk.bundle"
    here("trust", "export", "--out", ours)
    result = here("trust", "import", theirs, "--yes", "--json").ended(0)
    beijing("trust", "import", ours, "--yes").ended(0)

    assert held(here) == {"cn", "pk"}
    number = json.loads(result.out)["safety_number"]
    bundles_of_both = (read_bundle(each.nation.bundle) for each in (here, beijing))
    assert number == safety_number(*bundles_of_both)
    for side in (here, beijing):
        found = side.json("trust", "show")["bundles"]
        assert [b["safety_number"] for b in found if not b["own"]] == [number]


def test_without_confirmation_nothing_is_imported(here: AtHome, theirs: Path) -> None:
    assert "give --yes" in here("trust", "import", theirs).ended(2).err
    assert held(here) == {"pk"}


@pytest.mark.parametrize("typed", ["no", "y", "", "YES", "yes yes"])
def test_only_yes_is_yes(
    here: AtHome, theirs: Path, typing: Typing, typed: str
) -> None:
    typing(typed)
    here("trust", "import", theirs).ended(2)
    assert held(here) == {"pk"}


def test_yes_typed_at_the_number_imports(
    here: AtHome, theirs: Path, typing: Typing
) -> None:
    typing("yes")
    result = here("trust", "import", theirs).ended(0)
    assert "Safety number of pk and cn" in result.err
    assert held(here) == {"cn", "pk"}


@pytest.fixture
def renewed(home: Path, tmp_path: Path) -> Path:
    """An edition of a held partner's bundle with new roots."""
    partner = Nation("cn", "beijing")
    install_partner(home, partner.data)
    path = tmp_path / "renewed.bundle"
    path.write_bytes(with_new_roots(partner, 2).data)
    return path


def read_number(home: Path, file: Path) -> str:
    """The number that the partner reads, from its own file."""
    own = read_bundle(config.nation_home(home).bundle)
    return safety_number(own, read_bundle(file))


def test_two_officers_type_the_number_of_new_roots(
    here: AtHome, renewed: Path, typing: Typing
) -> None:
    number = read_number(here.home, renewed)
    typed = number, number.replace(" ", "")
    typing(*typed)

    result = here("trust", "import", renewed).ended(0)
    assert number not in result.err  # they type what the partner reads
    assert held_bundles(here.home)["cn"].data == renewed.read_bytes()


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_wrong_number_changes_nothing(
    here: AtHome, renewed: Path, typing: Typing, wrong: int
) -> None:
    typed = [read_number(here.home, renewed)] * 2
    typed[wrong] = typed[wrong].replace(typed[wrong][0], "x")
    typing(*typed)

    result = here("trust", "import", renewed).ended(2)
    assert "no changes made" in result.err
    assert held_bundles(here.home)["cn"].serial == 1


def test_yes_does_not_stand_for_the_number_of_new_roots(
    here: AtHome, renewed: Path
) -> None:
    result = here("trust", "import", renewed, "--yes").ended(2)
    assert "two officers" in result.err
    assert held_bundles(here.home)["cn"].serial == 1


def test_the_bundle_goes_to_a_pipe(
    home: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["trust", "export", "--home", str(home)]) == 0

    assert bundles.read(capfdbinary.readouterr().out) == own_bundle(home)


# Hostile files.


def carry(here: AtHome, data: bytes, *more: str) -> Result:
    """Import a file with such bytes."""
    path = here.home.with_name("carried")
    path.write_bytes(data)
    return here("trust", "import", path, *more)


def test_a_damaged_bundle_is_refused(here: AtHome, theirs: Path) -> None:
    data = bytearray(theirs.read_bytes())
    data[len(data) // 2] ^= 1
    carry(here, bytes(data), "--yes").ended(2, "BUNDLE")
    assert held(here) == {"pk"}


@pytest.mark.parametrize("data", [b"", b"{}", b"\0" * 2_000_000])
def test_another_file_is_refused_and_a_missing_one_named(
    here: AtHome, data: bytes
) -> None:
    carry(here, data, "--yes").refused()
    nowhere = here("trust", "import", "nowhere.bundle", "--yes").ended(2)
    assert "nowhere.bundle" in nowhere.err


def test_new_roots_under_a_known_name_are_refused(here: AtHome, theirs: Path) -> None:
    """Even with --yes: the roots of a nation never change silently."""
    here("trust", "import", theirs, "--yes")
    other = Nation("cn", "beijing")
    forged = bundles.make(other.plain(9), *other.roots)
    assert carry(here, forged, "--yes").ended(2).err.startswith("roots: ")


def test_somebody_elses_bundle_of_our_own_nation_is_refused(here: AtHome) -> None:
    carry(here, Nation("pk", "islamabad").data, "--yes").ended(2)
    assert held(here) == {"pk"}


def test_an_older_edition_is_refused_and_a_later_needs_no_confirmation(
    here: AtHome,
) -> None:
    cn = Nation("cn", "beijing")
    install_partner(here.home, bundles.make(cn.plain(3), *cn.roots))

    with pytest.raises(Refusal, match="SERIAL"):
        install_partner(here.home, bundles.make(cn.plain(2), *cn.roots))
    carry(here, bundles.make(cn.plain(4), *cn.roots)).ended(0)
    assert held_bundles(here.home)["cn"].serial == 4


def test_no_home_is_said_so(tmp_path: Path, theirs: Path, fusion: Fusion) -> None:
    for command in (["export"], ["show"], ["import", theirs, "--yes"]):
        fusion("trust", *command, "--home", tmp_path / "none").ended(2, "HOME")


def test_a_spoilt_bundle_in_a_home_is_named(here: AtHome) -> None:
    (here.home / "desk/trust/cn.bundle").write_bytes(b"x")

    assert "cn.bundle" in here("trust", "show").ended(2).err


def test_a_spoilt_bundle_of_the_own_nation_is_named(here: AtHome) -> None:
    nation = here.nation
    nation.bundle.write_bytes(nation.bundle.read_bytes()[:-1])

    result = here("trust", "show").ended(2)
    assert result.err.startswith("nation/trust.bundle: ")
    nation.bundle.unlink()
    with pytest.raises(Refusal, match=r"nation/trust\.bundle: .*HOME"):
        read_bundle(nation.bundle)


# Editions that tell another story of the roots.


def rolled_back(cn: Nation) -> bytes:
    return edition(cn, 3).data


def of_another_history(cn: Nation) -> bytes:
    plain = changed(cn, 3)
    plain.root_ed25519, plain.root_ml_dsa_44 = (one.public for one in roots(7, "cn"))
    plain.earlier.append(name_successors(roots(0, "cn"), roots(7, "cn"), 1))
    return signed(plain, *roots(7, "cn"))


def reordered(cn: Nation) -> bytes:
    plain = changed(cn, 3, with_roots(2))
    first, second = plain.earlier
    del plain.earlier[:]
    plain.earlier.extend([second, first])
    return signed(plain, *roots(2, "cn"))


def forged(cn: Nation) -> bytes:
    """Somebody else's roots, and a forged word of the last that they follow."""
    thief = roots(9, "cn")
    plain = changed(cn, 3, with_roots(1))
    last = name_successors(thief, thief, 2)
    last.root_ed25519, last.root_ml_dsa_44 = (one.public for one in roots(1, "cn"))
    plain.earlier.append(last)
    plain.root_ed25519, plain.root_ml_dsa_44 = (one.public for one in thief)
    return signed(plain, *thief)


@pytest.mark.parametrize("spoilt", [rolled_back, of_another_history, reordered, forged])
def test_another_story_of_the_roots_changes_nothing(
    here: AtHome, typing: Typing, spoilt: Callable[[Nation], bytes]
) -> None:
    """Whatever officers would type: they are not asked."""
    partner = Nation("cn", "beijing")
    install_partner(here.home, partner.data)
    install_partner(here.home, with_new_roots(partner, 2).data, compared=True)
    typing()
    before = snapshot(here.home)

    carry(here, spoilt(partner), "--yes").refused("BUNDLE")
    assert snapshot(here.home) == before
