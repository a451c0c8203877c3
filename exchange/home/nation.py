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
from exchange.v1 import envelope_pb2 as pb
from keys import files, keystore, tls
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets

Roots = tuple[Ed25519Signer, MlDsa44Signer]


class NationKeys(Struct, frozen=True):
    """A nation's unlocked keys; each is set only if needed."""

    ca: tls.Authority
    roots: Roots | None = None
    issuer: Ed25519Signer | None = None


def make_nation(folder: Path, domain: str, passphrase: str, now: int) -> NationKeys:
    home, subject = NationHome(folder), names.issuer_of(domain)
    roots = make_roots(home.root_key, passphrase)
    issuer, stated = make_issuer(home.issuer_key, subject, passphrase, now)
    ca = make_authority(home.ca_key, domain, passphrase, now)
    files.create(home.issuer_statement, wire.encode(stated))
    files.create(home.bundle, new_bundle(domain, roots, ca.cert, now))
    config.private_folder(home.issued)
    config.private_folder(home.granted)
    return NationKeys(ca, roots, issuer)


def make_roots(path: Path, passphrase: str) -> Roots:
    ed, ml = Ed25519Signer.generate(), MlDsa44Signer.generate()
    secrets = KeystoreSecrets(signing_seed=ed.seed, ml_dsa_seed=ml.seed)
    keystore.create(path, passphrase, "root", ed.kid, secrets)
    return ed, ml


def make_issuer(
    path: Path, subject: str, passphrase: str, now: int
) -> tuple[Ed25519Signer, pb.Statement]:
    made, life = Ed25519Signer.generate(), (now - KEY_EARLY, now + ISSUER_KEY_LIFE)
    secrets = KeystoreSecrets(signing_seed=made.seed)
    keystore.create(path, passphrase, "issuer", made.kid, secrets)
    return made, statements.key_statement(subject, statements.ISSUER, made, life)


def make_authority(path: Path, domain: str, passphrase: str, now: int) -> tls.Authority:
    made = tls.make_ca(domain, now)
    secrets = KeystoreSecrets(tls_key=made.key)
    keystore.create(path, passphrase, "tls-ca", b"", secrets)
    return made


def unlock_nation(home: NationHome, passphrase: str) -> NationKeys:
    """Unlock what is in this home: roots may be on another machine."""
    ca = config.unlock(home.ca_key, passphrase, "tls-ca").secrets.tls_key
    root, issuer = home.root_key, home.issuer_key
    return NationKeys(
        authority_of(read_bundle(home.bundle), ca),
        unlock_roots(root, passphrase) if root.exists() else None,
        unlock_issuer(issuer, passphrase) if issuer.exists() else None,
    )


def unlock_issuer(path: Path, passphrase: str) -> Ed25519Signer:
    """Raise Refusal(KEYSTORE | KEY_FILE)."""
    secrets = config.unlock(path, passphrase, "issuer").secrets
    return Ed25519Signer(secrets.signing_seed)


def unlock_roots(path: Path, passphrase: str) -> Roots:
    """Raise Refusal(KEYSTORE | KEY_FILE)."""
    secrets = config.unlock(path, passphrase, "root").secrets
    return Ed25519Signer(secrets.signing_seed), MlDsa44Signer(secrets.ml_dsa_seed)


def authority_of(bundle: Bundle, key: bytes) -> tls.Authority:
    """`key` is PKCS#8 DER; Refusal(BUNDLE)."""
    public = tls.public_of(key)
    for root in bundle.tls_roots:
        if spki_of(root) == public:
            return tls.Authority(key, root)
    raise Refusal(Reason.BUNDLE, "tls_roots")
