"""The key or the certificate of a desk that ends first."""

from exchange.config import DeskHome
from exchange.desk.client import Desk
from exchange.desk.status_records import KeyEnd
from exchange.errors import Refusal
from exchange.trust.lives import Life, days_left
from exchange.trust.statements import AUTHOR
from keys import tls
from keys.errors import BadCertificate


def first_end(desk: Desk) -> KeyEnd | None:
    """Return None while there is time, or if neither is known."""
    now = desk.clock()
    lives = [*_officer(desk), *_certificate(desk.home)]
    found = [(days, one) for one in lives if (days := days_left(one, now)) is not None]
    if not found:
        return None
    days, life = min(found, key=lambda each: each[0])
    return KeyEnd(days, life.command)


def _officer(desk: Desk) -> list[Life]:
    try:
        directory = desk.pinned.directory(desk.node)
    except Refusal:
        return []
    key = directory.signer(AUTHOR, desk.officer.signer.kid)
    if key is None:
        return []
    name, ends = desk.officer.name, key.valid_until
    return [Life(AUTHOR, name, key.valid_from, ends, ends)]


def _certificate(home: DeskHome | None) -> list[Life]:
    if home is None:
        return []
    try:
        begins, ends = tls.times(home.tls_cert.read_bytes())
    except (OSError, BadCertificate):
        return []
    return [Life("tls", "", begins, ends, ends)]
