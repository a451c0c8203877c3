"""The keys of a home: file, role, name and kid, without any passphrase."""

from pathlib import Path

from exchange import config
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home.trust_files import parts_of, read_bundle, read_request
from exchange.trust.statements import OFFICER_ROLES, parse_statement
from keys import tls
from keys.errors import BadCertificate
from keys.signing import kid

Row = dict[str, str]


def keys_of(home: Path) -> list[Row]:
    """Return file, role, name and kid (hex) of each key; Refusal(KEY_FILE).

    TLS keys are named by the SHA-256 of their SPKI instead, as in a trust bundle.
    """
    rows: list[Row] = []
    nation = NationHome(home / "nation")
    if nation.folder.is_dir():
        rows += _nation(nation)
    for part in parts_of(home):
        if isinstance(part, NodeHome):
            rows += _node(part)
        if isinstance(part, DeskHome):
            rows += _desk(part)
        rows += _tls(part)
    if not rows:
        raise Refusal(Reason.HOME, home.name, config.absent(home))
    return rows


def _nation(nation: NationHome) -> list[Row]:
    bundle = read_bundle(nation.bundle)
    issuer = parse_statement(nation.issuer_statement.read_bytes())
    domain = bundle.domain
    return [
        _row(nation.root_key, "root", domain, kid("ed25519", bundle.pair.ed25519)),
        _row(nation.root_key, "root", domain, kid("ml-dsa-44", bundle.pair.ml_dsa_44)),
        _row(
            nation.issuer_key,
            "issuer",
            issuer.subject,
            kid(issuer.algorithm, issuer.public_key),
        ),
        _row(nation.ca_key, "tls-ca", domain, tls.spki_hash(bundle.tls_root)),
    ]


def _node(node: NodeHome) -> list[Row]:
    name = config.read_node(node).name
    log, log_pq = config.read_log_key(node)
    mirror = config.read_mirror_key(node)
    return [
        _row(node.log_key, "log", name, log.kid),
        _row(node.log_key, "log", name, log_pq.kid),
        _row(node.mirror_key, "mirror", name, mirror.kid),
    ]


def _desk(desk: DeskHome) -> list[Row]:
    """From the request: what lies in a keystore is not to be told."""
    rows = []
    for data in read_request(desk).statements:
        stated = parse_statement(data)
        path = desk.officer_key(stated.subject.partition("@")[0])
        if stated.role in OFFICER_ROLES and path.exists():
            key_id = kid(stated.algorithm, stated.public_key)
            rows.append(_row(path, stated.role, stated.subject, key_id))
    return rows


def _tls(part: Part) -> list[Row]:
    if not part.tls_cert.exists():
        return []
    _, cert = config.read_tls(part)
    try:
        named, spki = tls.spiffe_id(cert), tls.spki_hash(cert)
    except BadCertificate:
        raise Refusal(Reason.KEY_FILE, config.short(part.tls_cert)) from None
    return [_row(part.tls_key, "tls", named, spki)]


def _row(path: Path, role: str, name: str, key_id: bytes) -> Row:
    return {"file": config.short(path), "role": role, "name": name, "kid": key_id.hex()}
