"""Ten years of `keys renew --all-due` in one home, each time later than is right."""

from pathlib import Path

from exchange import config
from exchange.clock import wall_ms
from exchange.home import renewal
from exchange.home.lives import lives_of
from exchange.home.trust_files import own_bundle, parts_of
from exchange.limits import DAY
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
