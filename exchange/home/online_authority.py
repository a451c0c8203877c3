"""An online TLS authority: it renews certificates unattended, for 45 days.

A nation declares it in its bundle. Its key is in clear on a networked machine, as
HOME/online.key, and renews that home's certificates: for the same name and key.
"""

from pathlib import Path

from exchange import config
from exchange.config import Part
from exchange.errors import Reason, Refusal, Why
from exchange.home.key_table import due_at, held
from exchange.home.nation import authority_of
from exchange.home.nation_renewal import UnlockedNation
from exchange.home.trust_files import parts_of, read_bundle
from exchange.limits import DAY, ONLINE_LEAF_DAYS
from exchange.trust import bundle as bundles
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.enrol.bundle_editions import with_online
from exchange.trust.enrol.common_checks import needed_roots
from exchange.trust.lives import Life
from keys import files, tls
from keys.errors import BadCertificate

ONLINE_KEY = "online.key"


def declare_online(nation: UnlockedNation, out: Path) -> Bundle:
    """Make its key in a file, its certificate in the bundle; return the edition.

    Raises Refusal: KEYSTORE without the roots, HOME_EXISTS if the nation has one. The
    key is written first: without a bundle it is useless.
    """
    bundle = read_bundle(nation.place.bundle)
    roots = needed_roots(nation.keys.roots)
    if bundle.online:
        why = Why("has an online TLS authority already")
        raise Refusal(Reason.HOME_EXISTS, bundle.domain, why)
    made = tls.make_ca(bundle.domain, nation.now)
    with config.refusing(out):
        files.create(out, made.key)
    edition = with_online(bundle, made.cert, roots, nation.now)
    files.replace(nation.place.bundle, edition.data)
    return edition


def renew_online(home: Path, now: int) -> list[Life]:
    """Renew a home's due certificates by its online authority.

    Needs no consent. Returns the lives of the new ones, each longer than before: a
    certificate with more than 45 days left stays. Raises Refusal: KEY_FILE without an
    authority key, BUNDLE if the nation has not declared it, DOMAIN_CA for a certificate
    not issued by the nation, NOT_PINNED for a revoked key.
    """
    path = home / ONLINE_KEY
    with config.refusing(path):
        key = files.read(path)
    longest = now + ONLINE_LEAF_DAYS * DAY
    due = [
        part
        for part in parts_of(home)
        if any(one.ends < longest for one in due_at(part, now, "tls"))
    ]
    renewed = [_renew(part, key, path, now) for part in due]
    for part, certificate in zip(due, renewed, strict=True):
        files.replace(part.tls_cert, certificate)
    return [one.life for part in due for one in held(part, "tls") if one.life]


def _renew(part: Part, key: bytes, path: Path, now: int) -> bytes:
    """Return a certificate for the name and key of a part's current one.

    1. The nation of the part declares this authority.
    2. The current one was issued by that nation, at any time, and its key is not
       revoked.
    """
    held = part.tls_cert.read_bytes()
    try:
        identity = tls.spiffe_id(held)
        peer = tls.parse_spiffe(identity)
        # 1
        bundle = bundles.load_all(part.trust).get(names.domain_of(peer.name))
        if bundle is None or tls.public_of(key) != bundle.online:
            why = Why("not the online TLS authority that the nation's bundle declares")
            raise Refusal(Reason.BUNDLE, config.short(path), why)
        # 2
        tls.verify_chain(held, bundle.tls_roots, tls.times(held)[1])
        if tls.spki_hash(held) in bundle.revoked:
            raise Refusal(Reason.NOT_PINNED, peer.name)
        ca, public = authority_of(bundle, key), tls.public_pem_of(held)
    except BadCertificate:
        raise Refusal(Reason.DOMAIN_CA, config.short(part.tls_cert)) from None
    return tls.issue(ca, identity, public, now, ONLINE_LEAF_DAYS)
