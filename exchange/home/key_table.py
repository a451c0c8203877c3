"""The keys and certificates of a home: one table of their sorts.

`keys list`, `keys renew`, `status`, the watch and the terminal's page are views of it.
Read from public data and from a node's keys, without a passphrase.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from exchange import config, envelope
from exchange.bulletin.values import iso
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home.next_keys import pending_officers
from exchange.home.next_node_keys import next_usable
from exchange.home.trust_files import (
    ANSWER,
    parts_of,
    read_bundle,
    read_enrolled,
    read_envelopes,
)
from exchange.input_file import read_file
from exchange.limits import DAY, NODE_KEY_LIFE, OFFICER_KEY_LIFE, ROOT_LIFE
from exchange.trust import names
from exchange.trust.bundle import spki_of
from exchange.trust.enrol.check_answer import certificate_of_answer
from exchange.trust.enrol.issued_statements import stated_in
from exchange.trust.lives import RENEW_ALL, Life, days_left, is_due
from exchange.trust.statements import OFFICER_ROLES, READER, parse_statement
from exchange.v1 import envelope_pb2 as pb
from keys import keystore, tls
from keys.errors import BadCertificate
from keys.signing import kid
from keys.token import TokenSigner

RENEW_ROOTS = "fusion keys renew --roots"
BY_REQUEST = "fusion keys renew --all-due; fusion keys issue; fusion keys install"

Place = NationHome | Part
Row = dict[str, Any]


class HeldKey(Struct, frozen=True):
    """A key or a certificate.

    `path` is its file, or the one that leads to it. For a certificate `kid` is the
    SHA-256 of the SPKI, as in a trust bundle. `life` is None if its beginning is
    unknown.
    """

    path: Path
    role: str
    name: str
    kid: bytes
    life: Life | None
    token: bool = False


class Sort(Struct, frozen=True):
    """Sorts of key at a place that one function reads."""

    roles: tuple[str, ...]
    place: type[Place]
    read: Callable[[Any], Iterator[HeldKey]]


def keys_of(home: Path, now: int) -> list[Row]:
    """Return each with its end, ready for JSON; raises as `listed_keys`.

    `ends` is the end of the key or certificate, or None; `days` the days left to act
    (0: it has ended), or None; `renew` the command for it. `token`: it is on a token,
    named in the file. `now` is ms UTC.
    """
    return [
        {
            "file": config.short(key.path),
            "role": key.role,
            "name": key.name,
            "kid": key.kid.hex(),
            "token": key.token,
        }
        | life_json(key.life, now)
        for key in listed_keys(home)
    ]


def life_json(life: Life | None, now: int) -> Row:
    """Return it ready for JSON.

    `next_from` is when its successor may be used, or None; `waits`: that is in the
    future.
    """
    days = days_left(life, now) if life else None
    usable = life.next_from if life else None
    return {
        "ends": iso(life.ends) if life else None,
        "days": days,
        "renew": life.command if life and days is not None else "",
        "next_from": None if usable is None else iso(usable),
        "waits": usable is not None and now < usable,
    }


def named_life(life: Life, now: int) -> Row:
    return {"role": life.role, "name": life.name} | life_json(life, now)


def listed_keys(home: Path) -> list[HeldKey]:
    """Raise Refusal(KEY_FILE | HOME)."""
    found = [_checked(key) for place in _places(home) for key in held(place)]
    if not found:
        raise Refusal(Reason.HOME, home.name, config.absent(home))
    return found


def lives_of(home: Path) -> list[Life]:
    """Return those that need an action one day, the first due first.

    Unreadable ones are left out: `keys list` and the part itself report why.
    """
    found = list[HeldKey]()
    for place in _places(home.expanduser()):
        for sort in _sorts(place):
            with suppress(Refusal, BadCertificate, OSError):
                found += sort.read(place)
    lives = {key.life for key in found if key.life and key.life.renew_by}
    return sorted(lives, key=lambda one: (one.renew_by, one.role, one.name))


def held(place: Place, *roles: str) -> Iterator[HeldKey]:
    for sort in _sorts(place):
        if not roles or {*roles} & {*sort.roles}:
            yield from (
                key for key in sort.read(place) if not roles or key.role in roles
            )


def due_at(place: Place, now: int, *roles: str) -> list[Life]:
    """`now` is ms UTC."""
    lives = (key.life for key in held(place, *roles))
    return [one for one in lives if one and is_due(one, now)]


def _held_certificate(
    path: Path, certificate: bytes, *, elsewhere: bool = False
) -> HeldKey:
    """Raise Refusal(KEY_FILE) if it is of no node, desk or auditor.

    `elsewhere`: it is in another home.
    """
    try:
        named, spki = tls.spiffe_id(certificate), tls.spki_hash(certificate)
        peer, (begins, ends) = tls.parse_spiffe(named), tls.times(certificate)
    except BadCertificate:
        raise Refusal(Reason.KEY_FILE, config.short(path)) from None
    life = Life(
        *("tls", peer.name, begins, ends, ends),
        command=BY_REQUEST if elsewhere else RENEW_ALL,
        elsewhere=elsewhere,
        asked=not elsewhere,
    )
    return HeldKey(path, "tls", named, spki, life)


def _places(home: Path) -> list[Place]:
    nation = NationHome(home / "nation")
    return [*([nation] if nation.folder.is_dir() else []), *parts_of(home)]


def _sorts(place: Place) -> list[Sort]:
    return [sort for sort in _SORTS if isinstance(place, sort.place)]


def _roots(nation: NationHome) -> Iterator[HeldKey]:
    """Yield the roots for 20 years: they have no end.

    They begin with the first statement signed by them, or the one that states them.
    """
    bundle, begins = read_bundle(nation.bundle), 0
    for sent in read_envelopes(nation.issued):
        core = envelope.split(sent.entry).core
        if not begins or stated_in(sent).type == pb.STATEMENT_TYPE_ROOTS:
            begins = core.filed
    ends = begins + ROOT_LIFE
    life = Life("root", bundle.domain, begins, ends, ends, RENEW_ROOTS)
    for key_id in bundle.pair.by_kid:
        row = nation.root_key, "root", bundle.domain, key_id
        yield HeldKey(*row, life if begins else None)


def _issuers(nation: NationHome) -> Iterator[HeldKey]:
    """Yield the issuer's key, and the next one while it waits."""
    current = _stated(nation.issuer_key, _statement(nation.issuer_statement))
    if not nation.next_issuer_statement.exists():
        yield current
        return
    yield _followed(current)
    yield _stated(nation.next_issuer_key, _statement(nation.next_issuer_statement))


def _statement(path: Path) -> pb.Statement:
    return parse_statement(read_file(path))


def _authorities(nation: NationHome) -> Iterator[HeldKey]:
    """Yield them all; the one that ends last needs a successor.

    One with a successor stays until its last certificate ends. The online one's key is
    elsewhere.
    """
    bundle = read_bundle(nation.bundle)
    own = [root for root in bundle.tls_roots if spki_of(root) != bundle.online]
    last = max(own, key=lambda root: tls.times(root)[1], default=None)
    for root in bundle.tls_roots:
        begins, ends = tls.times(root)
        life = Life("tls-ca", bundle.domain, begins, ends, ends - tls.NODE_DAYS * DAY)
        path = nation.ca_key if root in own else nation.bundle
        if root == last and nation.next_ca_key.exists():
            path = nation.next_ca_key
        key = HeldKey(path, "tls-ca", bundle.domain, tls.spki_hash(root), life)
        yield key if root == last else _followed(key)


def _granted(nation: NationHome) -> Iterator[HeldKey]:
    """Yield the granted keys of parts elsewhere, except revoked ones."""
    here = {read_enrolled(part).name for part in parts_of(nation.folder.parent)}
    stated = map(stated_in, read_envelopes(nation.issued))
    revoked = {*read_bundle(nation.bundle).revoked, *(one.revokes for one in stated)}
    for path in sorted(nation.granted.glob(f"*{ANSWER}")):
        if path.name.removesuffix(ANSWER) not in here:
            certificate = certificate_of_answer(read_file(path))
            key = _held_certificate(path, certificate, elsewhere=True)
            if key.kid not in revoked:
                yield key


def _node_keys(node: NodeHome) -> Iterator[HeldKey]:
    """Yield the keys for five years: they have no end."""
    name, usable = read_enrolled(node).name, next_usable(node)
    log, log_pq = config.read_log_key(node)
    mirror = config.read_mirror_key(node)
    for path, role, keys in (
        (node.log_key, "log", (log, log_pq)),
        (node.mirror_key, "mirror", (mirror,)),
    ):
        begins = config.read_made(path)
        life = Life(
            *(role, name, begins, begins + NODE_KEY_LIFE, begins + NODE_KEY_LIFE),
            next_from=usable,
            asked=node.next_log_key.exists(),
        )
        for key in keys:
            on_token = isinstance(key, TokenSigner)
            yield HeldKey(path, role, name, key.kid, life, on_token)


def _desk_keys(desk: DeskHome) -> Iterator[HeldKey]:
    """Yield those of the present officers, or a reading desk's key."""
    here, pending = desk.officer_names(), pending_officers(desk)
    for data in read_enrolled(desk).statements:
        stated = parse_statement(data)
        officer = stated.subject.partition("@")[0]
        if stated.role == READER:
            yield _stated(desk.sealing_ring, stated, asked=desk.renewal.exists())
        elif officer in here:
            path = desk.officer_key(officer)
            yield _stated(path, stated, asked=officer in pending)


def _certificate(part: Part) -> Iterator[HeldKey]:
    if part.tls_cert.exists():
        yield _held_certificate(part.tls_key, part.tls_cert.read_bytes())


def _stated(path: Path, stated: pb.Statement, *, asked: bool = False) -> HeldKey:
    begins, ends = stated.valid_from, stated.valid_until
    lent = OFFICER_KEY_LIFE if names.is_issuer(stated.subject) else 0
    named = stated.role, stated.subject
    life = Life(*named, begins, ends, ends - lent, asked=asked)
    return HeldKey(path, *named, kid(stated.algorithm, stated.public_key), life)


def _followed(key: HeldKey) -> HeldKey:
    return replace(key, life=key.life and replace(key.life, renew_by=None))


def _checked(key: HeldKey) -> HeldKey:
    """Return a key as its file has it; Refusal(KEY_FILE) if others can read it."""
    if key.role == "tls" and key.path.suffix != ANSWER:
        config.check_private(key.path)
    if key.role not in OFFICER_ROLES:
        return key
    with config.refusing(key.path):
        header = keystore.read_header(key.path)
    return replace(key, token=header.on_token and header.kid == key.kid)


_SORTS = (
    Sort(("root",), NationHome, _roots),
    Sort(("issuer",), NationHome, _issuers),
    Sort(("tls-ca",), NationHome, _authorities),
    Sort(("tls",), NationHome, _granted),
    Sort(("log", "mirror"), NodeHome, _node_keys),
    Sort((*OFFICER_ROLES, READER), DeskHome, _desk_keys),
    Sort(("tls",), Part, _certificate),
)
