"""A nation's private keys: make them, and unlock them by their passphrase."""

from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.config import NationHome
from exchange.errors import Reason, Refusal
from exchange.home.trust_files import read_bundle
from exchange.limits import ISSUER_KEY_LIFE, KEY_EARLY
from exchange.trust import names, statements, wire
from exchange.trust.bundle import Bundle, spki_of
from exchange.trust.enrol.bundle_editions import new_bundle
from keys import files, keystore, tls
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets


class NationKeys(Struct, frozen=True):
    """A nation's unlocked keys; each is set only if needed."""

    ca: tls.Authority
    roots: tuple[Ed25519Signer, MlDsa44Signer] | None = None
    issuer: Ed25519Signer | None = None


def make_nation(folder: Path, domain: str, passphrase: str, now: int) -> NationKeys:
    """Make its keys, and a bundle without nodes."""
    home = NationHome(folder)
    ed, ml = Ed25519Signer.generate(), MlDsa44Signer.generate()
    issuer, ca = Ed25519Signer.generate(), tls.make_ca(domain, now)
    life = now - KEY_EARLY, now + ISSUER_KEY_LIFE
    stated = statements.key_statement(
        names.issuer_of(domain), statements.ISSUER, issuer, life
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
    config.private_folder(home.granted)
    return NationKeys(ca, (ed, ml), issuer)


def unlock_nation(home: NationHome, passphrase: str, *, roots: bool) -> NationKeys:
    """Unlock the TLS authority, and either the roots or the issuer."""
    ca = _unlock_authority(home, passphrase)
    if not roots:
        return NationKeys(ca, None, _unlock_issuer(home, passphrase))
    return NationKeys(ca, _unlock_roots(home, passphrase))


def unlock_present(home: NationHome, passphrase: str) -> NationKeys:
    """Unlock what is in this home: roots may be on another machine."""
    return NationKeys(
        _unlock_authority(home, passphrase),
        _unlock_roots(home, passphrase) if home.root_key.exists() else None,
        _unlock_issuer(home, passphrase) if home.issuer_key.exists() else None,
    )


def authority_of(bundle: Bundle, key: bytes) -> tls.Authority:
    """PKCS#8 DER; Refusal(BUNDLE)."""
    public = tls.public_of(key)
    for root in bundle.tls_roots:
        if spki_of(root) == public:
            return tls.Authority(key, root)
    raise Refusal(Reason.BUNDLE, "tls_roots")


def _unlock_authority(home: NationHome, passphrase: str) -> tls.Authority:
    key = config.unlock(home.ca_key, passphrase, "tls-ca").secrets.tls_key
    return authority_of(read_bundle(home.bundle), key)


def _unlock_issuer(home: NationHome, passphrase: str) -> Ed25519Signer:
    found = config.unlock(home.issuer_key, passphrase, "issuer").secrets
    return Ed25519Signer(found.signing_seed)


def _unlock_roots(
    home: NationHome, passphrase: str
) -> tuple[Ed25519Signer, MlDsa44Signer]:
    found = config.unlock(home.root_key, passphrase, "root").secrets
    return (
        Ed25519Signer(found.signing_seed),
        MlDsa44Signer(found.ml_dsa_seed),
    )
