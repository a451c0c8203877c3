"""Make and equip the parts of a home: the files of `init`, `keys` and `trust`.

What may be said is decided in `exchange.trust`; here it is read and written. A part
is made beside its place and moved there whole, so that a crash leaves none half made.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange import config
from exchange.cli import options
from exchange.config import AuditorHome, DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    ISSUER_KEY_LIFE,
    KEY_EARLY,
    OFFICER_KEY_LIFE,
    SEALING_KEY_LIFE,
)
from exchange.trust import bundle as bundles
from exchange.trust import entries, names, statements, wire
from exchange.trust.bundle import Bundle
from exchange.trust.enrol import requests
from exchange.trust.enrol.answered import Answered, read_answer
from exchange.trust.enrol.answers import (
    Nation,
    answer_auditor,
    answer_desk,
    answer_node,
)
from exchange.trust.enrol.editions import new_bundle
from exchange.trust.enrol.requests import (
    LogKeys,
    auditor_request,
    desk_request,
    node_request,
)
from exchange.trust.enrol.stated import policies_of, replay
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from exchange.words import say
from keys import files, keystore, tls
from keys.sealing import Opener
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets, SealingSeed

ENVELOPE = ".envelope"
KEY_SIZE = 32
FIRST_SERIAL = 1


@dataclass(frozen=True, slots=True)
class NationKeys:
    """A nation's private keys, unlocked; each is there only where it is needed."""

    ca: tls.Authority
    roots: tuple[Ed25519Signer, MlDsa44Signer] | None = None
    issuer: Ed25519Signer | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """When the keys of a desk are made (ms UTC), and behind which serial they go on."""

    at: int
    serial_after: int = 0

    @property
    def serial(self) -> int:
        """The serial of each statement about them: a number, never a time."""
        return self.serial_after + 1


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer to be made: `duty-1`, or `chief:releaser` for two keys."""

    name: str
    releaser: bool = False

    @classmethod
    def parse(cls, text: str) -> "Officer":
        """Return what an option says; raise Refusal(FIELD_VALUE)."""
        name, colon, role = text.partition(":")
        if colon and role != statements.RELEASER:
            why = Why("it is written as {example}", example="chief:releaser")
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


def make_node(
    folder: Path, settings: config.NodeConfig, addresses: Sequence[str]
) -> None:
    """Fill a node's folder: its keys in clear, its settings, its request."""
    home = NodeHome(folder)
    keys = LogKeys(
        Ed25519Signer.generate(), MlDsa44Signer.generate(), MlDsa44Signer.generate()
    )
    log = KeystoreSecrets(signing_seed=keys.log.seed, ml_dsa_seed=keys.log_pq.seed)
    mirror = KeystoreSecrets(ml_dsa_seed=keys.mirror.seed)
    keystore.create_plain(home.log_key, log.SerializeToString(deterministic=True))
    keystore.create_plain(home.mirror_key, mirror.SerializeToString(deterministic=True))
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
    officers: Sequence[Officer],
    passphrase: str,
    made: Made,
) -> None:
    """Fill a desk's folder: a keystore for each officer, settings, its request.

    The first officer vouches for the sealing key that all of them share.
    """
    now = made.at
    home = DeskHome(folder)
    for inner in (home.officers, home.trust, home.inbox):
        config.private_folder(inner)
    sealing = Opener.generate()
    since, until = now - KEY_EARLY, now + SEALING_KEY_LIFE
    shared = KeystoreSecrets(
        sealing=[SealingSeed(seed=sealing.seed, valid_from=since, valid_until=until)],
        database_key=os.urandom(KEY_SIZE),
    )
    stated: list[pb.Statement] = []
    authors: list[Ed25519Signer] = []
    for one in officers:
        author, said = _make_officer(home, one, (name, passphrase, made), shared)
        authors.append(author)
        stated += said
    vouched = entries.directory_envelope(
        statements.sealing_statement(name, sealing.public, (since, until), made.serial),
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
    officer: Officer,
    of: tuple[str, str, Made],
    shared: KeystoreSecrets,
) -> tuple[Ed25519Signer, list[pb.Statement]]:
    """Write one officer's keystore; return the author's key and what is to be said."""
    desk, passphrase, made = of
    subject = f"{officer.name}@{desk}"
    life = made.at - KEY_EARLY, made.at + OFFICER_KEY_LIFE
    author, secrets = Ed25519Signer.generate(), KeystoreSecrets()
    secrets.CopyFrom(shared)
    secrets.signing_seed = author.seed
    keys = [(statements.AUTHOR, author)]
    if officer.releaser:
        releaser = Ed25519Signer.generate()
        secrets.releasing_seed = releaser.seed
        keys.append((statements.RELEASER, releaser))
    path = home.officer_key(officer.name)
    keystore.create(path, passphrase, "officer", author.kid, secrets)
    return author, [
        statements.key_statement(subject, role, key, life, made.serial)
        for role, key in keys
    ]


# Between a nation and its nodes and desks.


def issue(
    home: NationHome, keys: NationKeys, request: trust_pb2.KeyRequest, now: int
) -> trust_pb2.KeyAnswer:
    """Answer a request, and keep what was signed; see `enrol`."""
    bundle = read_bundle(home.bundle)
    if request.auditor:
        return answer_auditor(request, bundle, keys.ca, now)
    stated = statements.parse_statement(home.issuer_statement.read_bytes())
    issued = read_envelopes(home.issued)
    nation = Nation(bundle, keys.ca, stated, policies_of(issued))
    node = request.name if request.HasField("node") else names.node_of(request.name)
    directory = replay(issued, node, bundle)
    if request.HasField("node") and keys.roots is not None:
        answer = answer_node(request, nation, directory, keys.roots, now)
    elif keys.issuer is not None:
        answer = answer_desk(request, nation, directory, keys.issuer, now)
    else:
        raise Refusal(Reason.KEYSTORE, "nation")
    vouched = {sent.entry for sent in request.sealing}
    signed = [sent for sent in answer.envelopes if sent.entry not in vouched]
    add_envelopes(home.issued, signed)
    files.replace(home.bundle, answer.bundle)
    return answer


def enrol_all(home: Path, keys: NationKeys, now: int) -> None:
    """Enrol node, desk and auditor of a home that has its nation beside them."""
    nation = config.nation_home(home)
    for part in parts_of(home):
        request = read_request(part.request)
        answer = issue(nation, keys, request, now)
        answered = read_answer(wire.encode(answer), request, now)
        install(home, part, answered)


def read_request(path: Path) -> trust_pb2.KeyRequest:
    """Return the request in a file; raise Refusal(INPUT | STATEMENT)."""
    return requests.read_request(options.read_file(path))


def install(home: Path, part: Part, answered: Answered) -> None:
    """Put an answer where the part looks for it; what it must say goes to an inbox.

    A desk beside its node gives it to the node, which records it at its next start.
    """
    install_bundle(part.trust, answered.bundle)
    add_envelopes(_inbox(home, part), answered.envelopes)
    files.replace(part.tls_cert, tls.certificate_pem(answered.certificate))


def admit(home: Path, answer: trust_pb2.KeyAnswer) -> bool:
    """Give the node of a home what the nation said of one of that node's desks.

    The desk cannot say it to a node that knows nothing of it as yet. Recorded, and
    verified, at the node's next start. Returns whether it is that desk's node; raises
    Refusal(BUNDLE) for an answer of another nation.
    """
    node = NodeHome(home / "node")
    if not node.folder.is_dir():
        return False
    if config.read_node(node).name != names.node_of(answer.name):
        return False
    install_bundle(node.trust, bundles.read(answer.bundle))
    add_envelopes(node.inbox, answer.envelopes)
    told = say("{desk} may call from the next start of its node", desk=answer.name)
    print(told, file=sys.stderr)
    return True


def _inbox(home: Path, part: Part) -> Path:
    node = NodeHome(home / "node")
    if not isinstance(part, DeskHome) or not node.folder.is_dir():
        return part.inbox
    desk = config.read_desk(part).name
    beside = config.read_node(node).name == names.node_of(desk)
    return node.inbox if beside else part.inbox


def install_bundle(folder: Path, new: Bundle) -> Bundle:
    """Put a bundle into a trust folder if it may stand there; see `bundle.accept`."""
    path = config.private_folder(folder) / f"{new.domain}{bundles.SUFFIX}"
    held = read_bundle(path) if path.exists() else None
    kept = bundles.accept(new, held)
    if kept is not held:
        files.replace(path, kept.data)
    return kept


def refresh(home: Path) -> None:
    """Give whoever is beside a nation its newest bundle."""
    new = read_bundle(config.nation_home(home).bundle)
    for part in parts_of(home.expanduser()):
        install_bundle(part.trust, new)


def parts_of(home: Path) -> list[Part]:
    """Return node, desk and auditor of a home, those that are there."""
    found: list[Part] = [
        NodeHome(home / "node"),
        DeskHome(home / "desk"),
        AuditorHome(home / "auditor"),
    ]
    return [part for part in found if part.folder.is_dir()]


def read_bundle(path: Path) -> Bundle:
    """Return the bundle in a file; raise Refusal(BUNDLE), naming it."""
    try:
        return bundles.read(path.read_bytes())
    except OSError:
        raise Refusal(Reason.HOME, config.short(path)) from None
    except Refusal as refusal:
        where = f"{config.short(path)}: {refusal.where}"
        raise Refusal(refusal.reason, where) from None


def read_envelopes(folder: Path) -> list[pb.Envelope]:
    """Return the envelopes of an inbox or a journal, in order."""
    paths = sorted(folder.glob(f"*{ENVELOPE}"))
    return [pb.Envelope.FromString(path.read_bytes()) for path in paths]


def add_envelopes(folder: Path, envelopes: Sequence[pb.Envelope]) -> None:
    """Write envelopes behind those that are there: 0001.envelope, ..."""
    last = max((int(path.stem) for path in folder.glob(f"*{ENVELOPE}")), default=0)
    for number, sent in enumerate(envelopes, last + 1):
        data = sent.SerializeToString(deterministic=True)
        files.create(folder / f"{number:04}{ENVELOPE}", data)
