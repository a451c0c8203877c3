"""The keys of a home: file, role, name, kid and end, without any passphrase."""

from pathlib import Path
from typing import Any

from exchange import config
from exchange.bulletin.values import iso
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home import lives
from exchange.home.trust_files import parts_of, read_bundle, read_enrolled
from exchange.input_file import read_file
from exchange.trust.bundle import spki_of
from exchange.trust.lives import Life, days_left
from exchange.trust.statements import OFFICER_ROLES, READER, parse_statement
from keys import keystore, tls
from keys.errors import BadCertificate
from keys.signing import kid
from keys.token import TokenSigner

Row = dict[str, Any]
Listed = list[tuple[Row, Life | None]]


def keys_of(home: Path, now: int) -> list[Row]:
    """Return file, role, name and kid (hex) of each key; Refusal(KEY_FILE).

    For TLS keys `kid` is the SHA-256 of the SPKI, as in a trust bundle. `ends` is the
    end of a key or its certificate, or None; `days` the days left to act (0: it has
    ended), or None; `renew` the command for it. `token`: it is on a token, named in the
    file. `now` is ms UTC.
    """
    return [row | life_json(life, now) for row, life in listed_keys(home)]


def listed_keys(home: Path) -> Listed:
    """Return the same without a time: each key with its life, or None.

    Raises Refusal(KEY_FILE | HOME).
    """
    rows: Listed = []
    nation = NationHome(home / "nation")
    if nation.folder.is_dir():
        rows += _nation(nation)
        rows += _granted(home)
    for part in parts_of(home):
        if isinstance(part, NodeHome):
            rows += _node(part)
        if isinstance(part, DeskHome):
            rows += _desk(part)
        rows += _tls(part)
    if not rows:
        raise Refusal(Reason.HOME, home.name, config.absent(home))
    return rows


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


def _nation(nation: NationHome) -> Listed:
    bundle = read_bundle(nation.bundle)
    issuer = parse_statement(read_file(nation.issuer_statement))
    domain = bundle.domain
    roots = next(iter(lives.root_lives(nation)), None)
    issuer_kid = kid(issuer.algorithm, issuer.public_key)
    rows: Listed = [
        *(
            (_row(nation.root_key, "root", domain, key_id), roots)
            for key_id in bundle.pair.by_kid
        ),
        (
            _row(nation.issuer_key, "issuer", issuer.subject, issuer_kid),
            lives.key_life(issuer),
        ),
    ]
    (last,) = lives.authority_lives(nation)
    for root in bundle.tls_roots:
        life = lives.authority_life(bundle, root)
        path = nation.ca_key
        if life == last and nation.next_ca_key.exists():
            path = nation.next_ca_key
        if spki_of(root) == bundle.online:
            path = nation.bundle  # its key is elsewhere
        row = _row(path, "tls-ca", domain, tls.spki_hash(root))
        rows.append((row, life if life == last else None))
    return rows


def _granted(home: Path) -> Listed:
    return [
        _certificate(path, certificate, elsewhere=True)
        for path, certificate in lives.granted_elsewhere(home)
    ]


def _node(node: NodeHome) -> Listed:
    name = config.read_node(node).name
    log, log_pq = config.read_log_key(node)
    mirror = config.read_mirror_key(node)
    ends = {life.role: life for life in lives.node_lives(node)}
    rows = [
        _row(node.log_key, "log", name, log.kid),
        _row(node.log_key, "log", name, log_pq.kid),
        _row(node.mirror_key, "mirror", name, mirror.kid),
    ]
    rows[0]["token"] = isinstance(log, TokenSigner)
    return [(row, ends.get(row["role"])) for row in rows]


def _desk(desk: DeskHome) -> Listed:
    """List keys from the request: it needs no passphrase."""
    rows: Listed = []
    for data in read_enrolled(desk).statements:
        stated = parse_statement(data)
        path = desk.officer_key(stated.subject.partition("@")[0])
        if stated.role == READER:
            path = desk.sealing_ring
        if stated.role in (*OFFICER_ROLES, READER) and path.exists():
            key_id = kid(stated.algorithm, stated.public_key)
            row = _row(path, stated.role, stated.subject, key_id)
            if stated.role != READER:
                with config.refusing(path):
                    header = keystore.read_header(path)
                row["token"] = header.on_token and header.kid == key_id
            rows.append((row, lives.key_life(stated)))
    return rows


def _tls(part: Part) -> Listed:
    if not part.tls_cert.exists():
        return []
    _, certificate = config.read_tls(part)
    return [_certificate(part.tls_key, certificate)]


def _certificate(
    path: Path, certificate: bytes, *, elsewhere: bool = False
) -> tuple[Row, Life]:
    try:
        named, spki = tls.spiffe_id(certificate), tls.spki_hash(certificate)
        life = lives.certificate_life(certificate, elsewhere=elsewhere)
    except BadCertificate:
        raise Refusal(Reason.KEY_FILE, config.short(path)) from None
    return _row(path, "tls", named, spki), life


def _row(path: Path, role: str, name: str, key_id: bytes) -> Row:
    return {
        "file": config.short(path),
        "role": role,
        "name": name,
        "kid": key_id.hex(),
        "token": False,
    }
