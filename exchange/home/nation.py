"""A nation's private keys: make them, and unlock them by their passphrase."""

from dataclasses import dataclass
from pathlib import Path

from exchange import config
from exchange.config import NationHome
from exchange.home.trust_files import read_bundle
from exchange.limits import ISSUER_KEY_LIFE, KEY_EARLY
from exchange.trust import names, statements, wire
from exchange.trust.enrol.bundle_editions import new_bundle
from keys import files, keystore, tls
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets

FIRST_SERIAL = 1


@dataclass(frozen=True, slots=True)
class NationKeys:
    """A nation's private keys, unlocked; each is there only where it is needed."""

    ca: tls.Authority
    roots: tuple[Ed25519Signer, MlDsa44Signer] | None = None
    issuer: Ed25519Signer | None = None


def make_nation(folder: Path, domain: str, passphrase: str, now: int) -> NationKeys:
    """Fill a nation's folder: roots, issuer, TLS authority, a bundle without nodes."""
    home = NationHome(folder)
    ed, ml = Ed25519Signer.generate(), MlDsa44Signer.generate()
    issuer, ca = Ed25519Signer.generate(), tls.make_ca(domain, now)
    life = now - KEY_EARLY, now + ISSUER_KEY_LIFE
    stated = statements.key_statement(
        names.issuer_of(domain), statements.ISSUER, issuer, life, FIRST_SERIAL
    )
    roots = KeystoreSecrets(signing_seed=ed.seed, ml_dsa_seed=ml.seed)
    keystore.create(home.root_key, passphrase, "root", ed.kid, roots)
    issuing = KeystoreSecrets(signing_seed=issuer.seed)
    keystore.create(home.issuer_key, passphrase, "issuer", issuer.kid, issuing)
    authority = KeystoreSecrets(tls_key=ca.key)
    keystore.create(home.ca_key, passphrase, "tls-ca", b"", authority)
    files.create(home.issuer_statement, wire.encode(stated))
    files.create(home.bundle, new_bundle(domain, (ed, ml), ca.cert, now))
    config.private_folder(home.issued)
    return NationKeys(ca, (ed, ml), issuer)


def unlock_nation(home: NationHome, passphrase: str, *, roots: bool) -> NationKeys:
    """Unlock the TLS authority, and either the roots or the issuer."""
    bundle = read_bundle(home.bundle)
    ca_key = config.unlock(home.ca_key, passphrase, "tls-ca").secrets.tls_key
    ca = tls.Authority(ca_key, bundle.tls_root)
    if not roots:
        issuer = config.unlock(home.issuer_key, passphrase, "issuer").secrets
        return NationKeys(ca, None, Ed25519Signer.from_seed(issuer.signing_seed))
    found = config.unlock(home.root_key, passphrase, "root").secrets
    pair = (
        Ed25519Signer.from_seed(found.signing_seed),
        MlDsa44Signer.from_seed(found.ml_dsa_seed),
    )
    return NationKeys(ca, pair)
