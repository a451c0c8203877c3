"""Make node, desk and auditor with their keys and requests.

A part is made in a temporary folder and moved into place whole, so that a crash leaves
none half made.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.config import AuditorHome, DeskHome, NodeHome
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    KEY_EARLY,
    OFFICER_KEY_LIFE,
    READER_KEY_LIFE,
    SEALING_KEY_LIFE,
)
from exchange.node import start_up
from exchange.trust import entries, names, statements, wire
from exchange.trust.enrol.requests import (
    NodeLogKeys,
    auditor_request,
    desk_request,
    node_request,
)
from exchange.v1 import envelope_pb2 as pb
from keys import drafts, files, keystore, tls
from keys import ring as rings
from keys.ring import Ring, RingKey, State
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer, Signer
from keys.token import TokenSigner, put_signer, signer_of
from keys.v1.keystore_pb2 import KeystoreSecrets

KEY_SIZE = 32


class NewKeys(Struct, frozen=True):
    """The time (ms UTC) of a desk's new keys.

    `author`: the author's key, if it is already on a token.
    """

    at: int
    author: TokenSigner | None = None


class NewOfficer(Struct, frozen=True):
    """An officer to be made: `duty-1`, or `chief:releaser` for two keys."""

    name: str
    releaser: bool = False

    @classmethod
    def parse(cls, text: str) -> "NewOfficer":
        """Raise Refusal(FIELD_VALUE)."""
        name, colon, role = text.partition(":")
        role_wrong = colon and role != statements.RELEASER
        if role_wrong or re.fullmatch(names.LABEL, name) is None:
            example = "chief:releaser" if role_wrong else "duty-1"
            why = Why("not understood; write it as {example}", example=example)
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
        return cls(name, bool(colon))


@contextmanager
def new_part(home: Path, name: str) -> Iterator[Path]:
    """Raise Refusal(HOME_EXISTS)."""
    if (home / name).exists():
        raise Refusal(Reason.HOME_EXISTS, name)
    config.private_folder(home)
    with drafts.new_folder(home / name) as draft:
        yield draft
        draft.rename(home / name)


def make_node(
    folder: Path,
    settings: config.NodeConfig,
    addresses: Sequence[str],
    now: int,
    log: TokenSigner | None = None,
) -> None:
    """Fill a node's folder: its keys in clear, its settings, its request.

    `log` is the log's Ed25519 key, if it is on a token.
    """
    home = NodeHome(folder)
    keys = node_keys(log)
    write_node_keys(keys, home.log_key, home.mirror_key, now)
    start_up.write_emissions(home.emitted, start_up.Emissions())
    tls_key = tls.new_key()
    files.create(home.tls_key, tls_key)
    written = config.write_settings(
        name=settings.name, listen=settings.listen, desk=settings.desk
    )
    files.create(home.config, written)
    for inner in (home.trust, home.inbox):
        config.private_folder(inner)
    request = node_request(settings.name, addresses, tls_key, keys)
    files.create(home.request, wire.encode(request))


def node_keys(log: TokenSigner | None = None) -> NodeLogKeys:
    ed = log or Ed25519Signer.generate()
    return NodeLogKeys(ed, MlDsa44Signer.generate(), MlDsa44Signer.generate())


def write_node_keys(
    keys: NodeLogKeys, log_path: Path, mirror_path: Path, now: int
) -> None:
    """Write a node's keys in clear, made at `now` (ms UTC); the log's last."""
    log = KeystoreSecrets(ml_dsa_seed=keys.log_pq.seed, made=now)
    put_signer(log, keys.log)
    mirror = KeystoreSecrets(ml_dsa_seed=keys.mirror.seed, made=now)
    for path, secrets in ((mirror_path, mirror), (log_path, log)):
        files.create(path, secrets.SerializeToString(deterministic=True))


def make_desk(
    folder: Path,
    name: str,
    officers: Sequence[NewOfficer],
    passphrase: str,
    keys: NewKeys,
) -> None:
    """Fill a desk's folder: its ring, a keystore per officer, settings, request.

    The first officer vouches for the ring's sealing key, which all officers share.
    """
    now, home = keys.at, DeskHome(folder)
    life = now - KEY_EARLY, now + SEALING_KEY_LIFE
    sealing, database_key = _make_ring(home, name, life)
    stated: list[pb.Statement] = []
    authors: list[Signer] = []
    for one in officers:
        author, said = _make_officer(home, one, (name, passphrase, keys), database_key)
        authors.append(author)
        stated += said
    vouched = entries.directory_envelope(
        statements.sealing_statement(name, sealing.public, life),
        names.node_of(name),
        [(statements.AUTHOR, authors[0])],
        now,
    )
    _write_desk(home, name, officers[0], stated, [vouched])


def make_reading_desk(
    folder: Path,
    name: str,
    officers: Sequence[NewOfficer],
    passphrase: str,
    keys: NewKeys,
) -> None:
    """Fill a desk whose only key an issuer states.

    Its officers open it by their passphrases; their signing keys are never stated in a
    log.
    """
    now, home = keys.at, DeskHome(folder)
    life = now - KEY_EARLY, now - KEY_EARLY + READER_KEY_LIFE
    sealing, database_key = _make_ring(home, name, life)
    for one in officers:
        _make_officer(home, one, (name, passphrase, keys), database_key)
    stated = statements.sealing_statement(name, sealing.public, life, statements.READER)
    _write_desk(home, name, officers[0], [stated], [])


def make_reading_officer(
    home: DeskHome, officer: NewOfficer, of: tuple[str, str, int], database_key: bytes
) -> None:
    """Write the keystore of another officer of a reading desk.

    `of`: the desk's name, the officer's passphrase, the time (ms UTC).
    """
    name, passphrase, now = of
    _make_officer(home, officer, (name, passphrase, NewKeys(now)), database_key)


def _make_ring(
    home: DeskHome, name: str, life: tuple[int, int]
) -> tuple[Opener, bytes]:
    for inner in (home.officers, home.trust, home.inbox):
        config.private_folder(inner)
    sealing, database_key = Opener.generate(), os.urandom(KEY_SIZE)
    first = RingKey(sealing.seed, *life, State.STATED)
    ring = Ring(name, rings.FIRST_SERIAL, (first,))
    rings.create(home.sealing_ring, ring, database_key)
    return sealing, database_key


def _write_desk(
    home: DeskHome,
    name: str,
    first: NewOfficer,
    stated: Sequence[pb.Statement],
    vouched: Sequence[pb.Envelope],
) -> None:
    tls_key = tls.new_key()
    files.create(home.tls_key, tls_key)
    files.create(home.config, config.write_settings(name=name, officer=first.name))
    request = desk_request(name, tls_key, stated, vouched)
    files.create(home.request, wire.encode(request))


def make_auditor(folder: Path, name: str) -> None:
    home, tls_key = AuditorHome(folder), tls.new_key()
    files.create(home.tls_key, tls_key)
    config.private_folder(home.trust)
    files.create(home.request, wire.encode(auditor_request(name, tls_key)))


def _make_officer(
    home: DeskHome,
    officer: NewOfficer,
    of: tuple[str, str, NewKeys],
    database_key: bytes,
) -> tuple[Signer, list[pb.Statement]]:
    desk, passphrase, new_keys = of
    subject = f"{officer.name}@{desk}"
    secrets, stated = officer_keys(subject, new_keys, releaser=officer.releaser)
    secrets.database_key = database_key
    author = signer_of(secrets)
    path = home.officer_key(officer.name)
    keystore.create(path, passphrase, "officer", author.kid, secrets)
    return author, stated


def officer_keys(
    subject: str, keys: NewKeys, *, releaser: bool
) -> tuple[KeystoreSecrets, list[pb.Statement]]:
    """Return seeds and statements. A releaser's key is always in the file."""
    life = keys.at - KEY_EARLY, keys.at + OFFICER_KEY_LIFE
    author, secrets = keys.author or Ed25519Signer.generate(), KeystoreSecrets()
    put_signer(secrets, author)
    signers: list[tuple[str, Signer]] = [(statements.AUTHOR, author)]
    if releaser:
        second = Ed25519Signer.generate()
        secrets.releasing_seed = second.seed
        signers.append((statements.RELEASER, second))
    return secrets, [
        statements.key_statement(subject, role, key, life) for role, key in signers
    ]
