"""fusion keys renew --roots: four signatures, each log told, partners compare."""

import json
from pathlib import Path

import pytest

from exchange.home.partner_bundles import Comparison, check_partner, install_partner
from exchange.home.trust_files import held_bundles, read_bundle
from exchange.trust.safety_number import nation_number
from keys import keystore
from tests.cli.conftest import NOW, PASSPHRASE, AtHome, Result
from tests.cli.renewal.steps import DUE, kid_of, log_of, renew, snapshot


@pytest.fixture(autouse=True)
def clock(at: object) -> None:
    """Every command here runs a minute after the homes were made."""


def new_roots(here: AtHome) -> Result:
    return here("keys", "renew", "--roots", "--yes", "--json", words=PASSPHRASE)


def test_new_roots_speak_in_bundle_and_log(here: AtHome, homes: Path) -> None:
    nation, partner = here.nation, homes / "beijing.cn"
    before = read_bundle(nation.bundle)
    install_partner(partner, before.data)

    result = new_roots(here).ended(0)
    new = read_bundle(nation.bundle)
    assert json.loads(result.out)["nation_number"] == nation_number(new)
    assert new.earlier == (before.pair,)
    assert new.pair != before.pair
    assert held_bundles(here.home)["pk"] == new
    assert check_partner(partner, new) is Comparison.TYPED
    assert log_of(here.home, 120_000).roots().keys() == new.pair.by_kid.keys()
    # From here on the new ones sign: a later edition has two signatures.
    here("trust", "policy", "--retention", "30", "--yes", words=PASSPHRASE).ended(0)
    log_of(here.home, 180_000)


def test_officers_are_renewed_under_new_roots(
    here: AtHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert new_roots(here).code == 0
    old = kid_of(here.home)
    monkeypatch.setattr("exchange.cli.options.now", lambda: NOW + DUE)

    assert renew(here)["left"] == []
    assert kid_of(here.home) != old


def test_what_broke_before_the_end_is_finished(here: AtHome) -> None:
    nation = here.nation
    old = nation.root_key.read_bytes()
    assert new_roots(here).code == 0
    made = read_bundle(nation.bundle)
    nation.root_key.rename(nation.next_root_key)  # it broke before the last step
    nation.root_key.write_bytes(old)
    nation.root_key.chmod(0o600)

    assert new_roots(here).code == 0

    assert read_bundle(nation.bundle) == made
    assert not nation.next_root_key.exists()
    seed = keystore.unlock(nation.root_key, PASSPHRASE).kid
    assert seed in made.pair.by_kid


def test_unconfirmed_roots_are_not_made(here: AtHome) -> None:
    before = snapshot(here.home)

    result = here("keys", "renew", "--roots", words=PASSPHRASE)

    assert (result.code, "--yes" in result.err) == (2, True)
    assert snapshot(here.home) == before
