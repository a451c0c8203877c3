"""Node, desk and auditor, made with their keys and what they ask of their nation.

A part is made beside its place and moved there whole, so that a crash leaves none
half made.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange import config
from exchange.config import AuditorHome, DeskHome, NodeHome
from exchange.errors import Reason, Refusal, Why
from exchange.limits import KEY_EARLY, OFFICER_KEY_LIFE, SEALING_KEY_LIFE
from exchange.node import start_up
from exchange.trust import entries, names, statements, wire
from exchange.trust.enrol.requests import (
    NodeLogKeys,
    auditor_request,
    desk_request,
    node_request,
)
from exchange.v1 import envelope_pb2 as pb
from keys import files, keystore, tls
from keys import ring as rings
from keys.ring import Ring, RingKey, State
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets

KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The time (ms UTC) of a desk's new keys, and the serial that they continue."""

    at: int
    serial_after: int = 0

    @property
    def serial(self) -> int:
        """The serial of each statement about them: a number, never a time."""
        return self.serial_after + 1


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """An officer to be made: `duty-1`, or `chief:releaser` for two keys."""

    name: str
    releaser: bool = False

    @classmethod
    def parse(cls, text: str) -> "NewOfficer":
        """Return what an option says; raise Refusal(FIELD_VALUE)."""
        name, colon, role = text.partition(":")
        if colon and role != statements.RELEASER:
            why = Why("not understood; write it as {example}", example="chief:releaser")
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
        return cls(name, bool(colon))


@contextmanager
def new_part(home: Path, name: str) -> Iterator[Path]:
    """Yield a folder that becomes HOME/name; raise Refusal(HOME_EXISTS)."""
    if (home / name).exists():
        raise Refusal(Reason.HOME_EXISTS, name)
    config.private_folder(home)
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=home))
    try:
        yield draft
        draft.rename(home / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def make_node(
    folder: Path, settings: config.NodeConfig, addresses: Sequence[str]
) -> None:
    """Fill a node's folder: its keys in clear, its settings, its request."""
    home = NodeHome(folder)
    keys = NodeLogKeys(
        Ed25519Signer.generate(), MlDsa44Signer.generate(), MlDsa44Signer.generate()
    )
    log = KeystoreSecrets(signing_seed=keys.log.seed, ml_dsa_seed=keys.log_pq.seed)
    mirror = KeystoreSecrets(ml_dsa_seed=keys.mirror.seed)
    keystore.create_plain(home.log_key, log.SerializeToString(deterministic=True))
    keystore.create_plain(home.mirror_key, mirror.SerializeToString(deterministic=True))
    start_up.write_emissions(home.emitted, start_up.Emissions())
    tls_key = tls.new_key()
    keystore.create_plain(home.tls_key, tls_key)
    written = config.write_settings(
        name=settings.name, listen=settings.listen, desk=settings.desk
    )
    files.create(home.config, written)
    for inner in (home.trust, home.inbox):
        config.private_folder(inner)
    request = node_request(settings.name, addresses, tls_key, keys)
    files.create(home.request, wire.encode(request))


def make_desk(
    folder: Path,
    name: str,
    officers: Sequence[NewOfficer],
    passphrase: str,
    keys: NewKeys,
) -> None:
    """Fill a desk's folder: its ring, a keystore for each officer, settings, request.

    The first officer vouches for the sealing key in the ring, which is all officers'.
    """
    now = keys.at
    home = DeskHome(folder)
    for inner in (home.officers, home.trust, home.inbox):
        config.private_folder(inner)
    sealing = Opener.generate()
    since, until = now - KEY_EARLY, now + SEALING_KEY_LIFE
    database_key = os.urandom(KEY_SIZE)
    first = RingKey(sealing.seed, since, until, State.STATED)
    ring = Ring(name, rings.FIRST_SERIAL, (first,))
    rings.create(home.sealing_ring, ring, database_key)
    stated: list[pb.Statement] = []
    authors: list[Ed25519Signer] = []
    for one in officers:
        author, said = _make_officer(home, one, (name, passphrase, keys), database_key)
        authors.append(author)
        stated += said
    vouched = entries.directory_envelope(
        statements.sealing_statement(name, sealing.public, (since, until), keys.serial),
        names.node_of(name),
        [(statements.AUTHOR, authors[0])],
        now,
    )
    tls_key = tls.new_key()
    keystore.create_plain(home.tls_key, tls_key)
    settings = config.write_settings(name=name, officer=officers[0].name)
    files.create(home.config, settings)
    request = desk_request(name, tls_key, stated, [vouched])
    files.create(home.request, wire.encode(request))


def make_auditor(folder: Path, name: str) -> None:
    """Fill an auditor's folder: a key in clear, a request for its certificate."""
    home, tls_key = AuditorHome(folder), tls.new_key()
    keystore.create_plain(home.tls_key, tls_key)
    config.private_folder(home.trust)
    files.create(home.request, wire.encode(auditor_request(name, tls_key)))


def _make_officer(
    home: DeskHome,
    officer: NewOfficer,
    of: tuple[str, str, NewKeys],
    database_key: bytes,
) -> tuple[Ed25519Signer, list[pb.Statement]]:
    """Write one officer's keystore; return the author's key and what is to be said."""
    desk, passphrase, new_keys = of
    subject = f"{officer.name}@{desk}"
    life = new_keys.at - KEY_EARLY, new_keys.at + OFFICER_KEY_LIFE
    author = Ed25519Signer.generate()
    secrets = KeystoreSecrets(signing_seed=author.seed, database_key=database_key)
    keys = [(statements.AUTHOR, author)]
    if officer.releaser:
        releaser = Ed25519Signer.generate()
        secrets.releasing_seed = releaser.seed
        keys.append((statements.RELEASER, releaser))
    path = home.officer_key(officer.name)
    keystore.create(path, passphrase, "officer", author.kid, secrets)
    return author, [
        statements.key_statement(subject, role, key, life, new_keys.serial)
        for role, key in keys
    ]
