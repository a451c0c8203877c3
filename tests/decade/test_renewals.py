"""Ten years of `keys renew --all-due` in one home, each time later than is right."""

from pathlib import Path

import pytest

from exchange import config
from exchange.cli.status import find_problems
from exchange.clock import wall_ms
from exchange.home import life_lines, renewal, renewal_lines
from exchange.home.key_table import lives_of
from exchange.home.nation import unlock_nation
from exchange.home.trust_files import own_bundle, parts_of
from exchange.limits import AUTHORITY_OVERLAP, DAY
from exchange.trust.enrol.bundle_editions import next_edition
from exchange.trust.lives import ENDED, days_left
from keys import tls
from tests.chaos.served import make_homes
from tests.cli.conftest import PASSPHRASE

DAYS = (998, 1_598, 1_830, 2_430, 3_030, 3_630, 3_700)


def test_after_each_renewal_all_certificates_are_good(tmp_path: Path) -> None:
    """Also after their authority has ended; keys of a node take a month more."""
    home, _ = make_homes(tmp_path)
    begun = wall_ms()
    for day in DAYS:
        now = begun + day * DAY

        renewal.renew(home, PASSPHRASE, now)

        roots = own_bundle(home).tls_roots
        for part in parts_of(home):
            _, certificate = config.read_tls(part)
            tls.verify_chain(certificate, roots, now)
        ended = {one.role for one in lives_of(home) if days_left(one, now) == ENDED}
        assert ended <= {"log", "mirror"}, day


AGAIN = "run: fusion keys renew --all-due"
NODE_KEYS = {"log", "mirror"}


class Home:
    """A nation in one home, from the day on which its node's next keys were listed."""

    def __init__(self, folder: Path) -> None:
        self.home, _ = make_homes(folder)
        self.node = config.node_home(self.home)
        self.made = config.read_made(self.node.log_key)
        self.begun = self.made + 1_770 * DAY
        self.renew(0)

    def now(self, day: float) -> int:
        return self.begun + int(day * DAY)

    def renew(self, day: float) -> list[str]:
        """Renew what is due; return what is said of the node's own keys."""
        now = self.now(day)
        renewed = renewal.renew(self.home, PASSPHRASE, now)
        said = list(renewal_lines.lines(renewed, now))
        return [one for one in said if one.startswith(("log ", "mirror ", "node:"))]

    def edition(self, day: float) -> None:
        """Let the nation make another edition, for whatever reason."""
        nation = config.nation_home(self.home)
        keys = unlock_nation(nation, PASSPHRASE)
        assert keys.roots is not None
        bundle = own_bundle(self.home)
        new = next_edition(bundle, lambda _: None, keys.roots, self.now(day))
        nation.bundle.write_bytes(new.data)
        for path in self.node.trust.glob("pk.bundle"):
            path.write_bytes(new.data)

    def named(self, day: float) -> list[str]:
        """Return what `status --check` names of the node's own keys."""
        lives = life_lines.due_lives(self.home, self.now(day))
        status = {"outbox": None, "refused": (), "alarms": (), "heads": ()}
        found = find_problems({**status, "lives": lives}, [], self.now(day))
        return [one["role"] for one in found if one["role"] in NODE_KEYS]

    def keys(self) -> tuple[int, int]:
        """Return when the keys in use, and those that follow, were made."""
        following = self.node.next_log_key
        after = config.read_made(following) if following.exists() else 0
        return config.read_made(self.node.log_key), after


@pytest.fixture
def listed(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_next_keys_of_a_node_wait_from_the_edition_that_first_lists_them(
    listed: Home,
) -> None:
    """Each line and status says until when, and that the node must stop then."""
    wait = AUTHORITY_OVERLAP // DAY
    for day in (5, 29):
        listed.edition(day - 1)
        said = listed.renew(day)
        assert len(said) == 2
        for one in said:
            assert "its next key may be used from 2" in one
            assert one.endswith(f"stop the node then, and {AGAIN}")
        assert listed.named(day) == []
    assert listed.keys() == (listed.made, listed.begun)

    assert listed.named(wait) == ["log", "mirror"]
    with config.hold_lock(listed.node.folder):
        (told,) = listed.renew(wait)
    assert told == "node: its new keys are ready; stop it and run this command again"
    listed.renew(wait)
    assert listed.keys() == (listed.begun, 0)
    assert listed.named(wait + 1) == []
    assert not listed.node.next_listed.exists()


def test_next_keys_that_waited_until_their_end_are_never_used(listed: Home) -> None:
    """Nobody stopped the node for five years; others follow, and wait their time."""
    for day in (1_780, 1_800):
        said = listed.renew(day)
        assert all("its next key may be used from 2" in one for one in said)
        assert listed.keys() == (listed.made, listed.now(1_780))
    listed.renew(1_811)
    assert listed.keys() == (listed.now(1_780), 0)
