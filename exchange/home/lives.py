"""The lives of all keys and certificates of a home: one table.

For `keys list`, `status` and `keys renew`. Read from public data, without a passphrase.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from exchange import config, envelope
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Refusal
from exchange.home.next_node_keys import next_usable
from exchange.home.trust_files import (
    parts_of,
    read_bundle,
    read_enrolled,
    read_envelopes,
)
from exchange.input_file import read_file
from exchange.limits import DAY, NODE_KEY_LIFE, OFFICER_KEY_LIFE, ROOT_LIFE
from exchange.trust import names
from exchange.trust.bundle import Bundle, spki_of
from exchange.trust.enrol.check_answer import certificate_of_answer
from exchange.trust.enrol.issued_statements import stated_in
from exchange.trust.lives import RENEW_ALL, Life
from exchange.trust.statements import OFFICER_ROLES, READER, parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys import tls
from keys.errors import BadCertificate

ANSWER = ".answer"
RENEW_ROOTS = "fusion keys renew --roots"
BY_REQUEST = "fusion keys renew --all-due; fusion keys issue; fusion keys install"

_Place = TypeVar("_Place")


def lives_of(home: Path) -> list[Life]:
    """Return the first due first.

    Unreadable ones are left out: `keys list` and the part itself report why.
    """
    home, found = home.expanduser(), list[Life]()
    nation = NationHome(home / "nation")
    if nation.folder.is_dir():
        found += _readable(root_lives, nation)
        found += _readable(issuer_lives, nation)
        found += _readable(authority_lives, nation)
        found += _readable(granted_lives, home)
    for part in parts_of(home):
        found += _readable(certificate_lives, part)
        if isinstance(part, NodeHome):
            found += _readable(node_lives, part)
        if isinstance(part, DeskHome):
            found += _readable(officer_lives, part)
            found += _readable(reading_lives, part)
    return sorted(found, key=lambda one: (one.renew_by, one.role, one.name))


def root_lives(nation: NationHome) -> list[Life]:
    """Take 20 years, as no key has an end.

    It begins with the first statement signed by them, or the one that states them.
    """
    domain, begins = read_bundle(nation.bundle).domain, 0
    for sent in read_envelopes(nation.issued):
        core = envelope.split(sent.entry).core
        if not begins or stated_in(sent).type == pb.STATEMENT_TYPE_ROOTS:
            begins = core.filed
    if not begins:
        return []
    ends = begins + ROOT_LIFE
    return [Life("root", domain, begins, ends, ends, RENEW_ROOTS)]


def issuer_lives(nation: NationHome) -> list[Life]:
    """Return that of the waiting next one, if any."""
    following = nation.next_issuer_statement
    path = following if following.exists() else nation.issuer_statement
    return [key_life(parse_statement(read_file(path)))]


def authority_lives(nation: NationHome) -> list[Life]:
    """Return the one that ends last.

    One with a successor stays until its last certificate ends. The online one is not
    included.
    """
    bundle = read_bundle(nation.bundle)
    every = [
        authority_life(bundle, root)
        for root in bundle.tls_roots
        if spki_of(root) != bundle.online
    ]
    return [max(every, key=lambda one: one.ends)]


def granted_lives(home: Path) -> list[Life]:
    return [certificate_life(one, elsewhere=True) for _, one in granted_elsewhere(home)]


def granted_elsewhere(home: Path) -> Iterator[tuple[Path, bytes]]:
    """Leave out keys revoked by the nation."""
    nation = NationHome(home / "nation")
    here = {read_enrolled(part).name for part in parts_of(home)}
    stated = map(stated_in, read_envelopes(nation.issued))
    revoked = {*read_bundle(nation.bundle).revoked, *(one.revokes for one in stated)}
    for path in sorted(nation.granted.glob(f"*{ANSWER}")):
        certificate = certificate_of_answer(read_file(path))
        known = path.name.removesuffix(ANSWER) in here
        if not known and tls.spki_hash(certificate) not in revoked:
            yield path, certificate


def certificate_lives(part: Part) -> list[Life]:
    if not part.tls_cert.exists():
        return []
    return [certificate_life(part.tls_cert.read_bytes())]


def node_lives(node: NodeHome) -> list[Life]:
    """Take five years, as no key has an end."""
    name, usable = read_enrolled(node).name, next_usable(node)
    made = {"log": node.log_key, "mirror": node.mirror_key}
    begins = {role: config.read_made(path) for role, path in made.items()}
    return [
        Life(role, name, at, ends := at + NODE_KEY_LIFE, ends, next_from=usable)
        for role, at in begins.items()
    ]


def officer_lives(desk: DeskHome) -> list[Life]:
    stated = [parse_statement(data) for data in read_enrolled(desk).statements]
    here = set(desk.officer_names())
    return [
        key_life(one)
        for one in stated
        if one.role in OFFICER_ROLES and one.subject.partition("@")[0] in here
    ]


def reading_lives(desk: DeskHome) -> list[Life]:
    """Return none for other desks."""
    stated = [parse_statement(data) for data in read_enrolled(desk).statements]
    return [key_life(one) for one in stated if one.role == READER]


def authority_life(bundle: Bundle, root: bytes) -> Life:
    """Take `root` as DER."""
    begins, ends = tls.times(root)
    return Life("tls-ca", bundle.domain, begins, ends, ends - tls.NODE_DAYS * DAY)


def certificate_life(certificate: bytes, *, elsewhere: bool = False) -> Life:
    """Raise BadCertificate if it is of no node, desk or auditor.

    `elsewhere`: it is in another home.
    """
    command = BY_REQUEST if elsewhere else RENEW_ALL
    begins, ends = tls.times(certificate)
    peer = tls.parse_spiffe(tls.spiffe_id(certificate))
    return Life("tls", peer.name, begins, ends, ends, command, elsewhere)


def key_life(stated: pb.Statement) -> Life:
    begins, ends = stated.valid_from, stated.valid_until
    lent = OFFICER_KEY_LIFE if names.is_issuer(stated.subject) else 0
    return Life(stated.role, stated.subject, begins, ends, ends - lent)


def _readable(read: Callable[[_Place], list[Life]], place: _Place) -> list[Life]:
    try:
        return read(place)
    except (Refusal, BadCertificate, OSError):
        return []
