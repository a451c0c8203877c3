"""A nation's own keys, renewed in steps: its issuer, and its TLS authority.

The next one waits for 30 days while nodes and partners learn of it, then replaces the
former one. Each step may be interrupted and repeated.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from exchange import config, envelope
from exchange.config import NationHome, NodeHome
from exchange.home.key_table import due_at
from exchange.home.nation import (
    NationKeys,
    authority_of,
    make_authority,
    make_issuer,
    unlock_issuer,
    unlock_nation,
)
from exchange.home.trust_files import add_envelopes, read_bundle, read_envelopes
from exchange.input_file import read_file
from exchange.limits import (
    AUTHORITY_OVERLAP,
    OFFICER_KEY_LIFE,
)
from exchange.trust import entries, statements, wire
from exchange.trust.bundle import Bundle, spki_of
from exchange.trust.enrol.bundle_editions import with_authorities
from exchange.trust.enrol.issued_statements import missing_keys, replay
from exchange.v1 import envelope_pb2 as pb
from keys import files, tls
from keys.secret_records import SecretRecord
from keys.signing import Ed25519Signer, Signer, kid


class UnlockedNation(SecretRecord, frozen=True):
    """A nation, its keys, their passphrase, and the time (ms UTC)."""

    home: Path
    place: NationHome
    keys: NationKeys
    passphrase: str
    now: int

    @classmethod
    def open(cls, home: Path, passphrase: str, now: int) -> Self:
        """Unlock the nation of a home that the caller holds locked."""
        place = config.nation_home(home)
        keys = unlock_nation(place, passphrase)
        return cls(home, place, keys, passphrase, now)

    @property
    def node_beside(self) -> str:
        node = NodeHome(self.home / "node")
        return config.read_node(node).name if node.folder.is_dir() else ""

    def sign_off(self, signed: Mapping[str, Sequence[pb.Envelope]]) -> None:
        """Record the envelopes by node; pass on those of a node beside."""
        for sent in signed.values():
            add_envelopes(self.place.issued, sent)
        if beside := signed.get(self.node_beside):
            add_envelopes(NodeHome(self.home / "node").inbox, beside)


def renew_issuer(nation: UnlockedNation) -> Ed25519Signer | None:
    """Make the next issuer if due, or let the waiting one take over.

    Returns the issuer that signs from now on, None if not here. Needs the roots.

    1. A next issuer is made, as files not yet used; also if the roots have revoked the
       current one.
    2. Each log without its statement gets it, signed by the roots.
    3. It takes over if each log has had that for 30 days, or if the current issuer is
       revoked, or can no longer state an officer's key for a year.
    """
    place, now, issuer = nation.place, nation.now, nation.keys.issuer
    roots = nation.keys.roots
    if roots is None or issuer is None:
        return issuer
    # 1
    current = statements.parse_statement(read_file(place.issuer_statement))
    revoked = _is_revoked(nation, current)
    if not place.next_issuer_statement.exists():
        if not revoked and not due_at(place, now, "issuer"):
            return issuer
        files.remove(place.next_issuer_key)  # one without a statement
        path, passphrase = place.next_issuer_key, nation.passphrase
        _, stated = make_issuer(path, current.subject, passphrase, now)
        files.create(place.next_issuer_statement, wire.encode(stated))
    following = statements.parse_statement(read_file(place.next_issuer_statement))
    # 2
    filed = _state_issuer(nation, following, roots)
    # 3
    useless = revoked or current.valid_until < now + OFFICER_KEY_LIFE
    if not useless and now - filed < AUTHORITY_OVERLAP:
        return issuer
    if place.next_issuer_key.exists():
        place.next_issuer_key.replace(place.issuer_key)
    place.next_issuer_statement.replace(place.issuer_statement)
    return unlock_issuer(place.issuer_key, nation.passphrase)


def _is_revoked(nation: UnlockedNation, current: pb.Statement) -> bool:
    bundle, issued = (
        read_bundle(nation.place.bundle),
        read_envelopes(nation.place.issued),
    )
    asked = kid(current.algorithm, current.public_key), current.subject
    return any(
        replay(issued, node, bundle).revoked_since(*asked) is not None
        for node in bundle.nodes
    )


def _state_issuer(
    nation: UnlockedNation, stated: pb.Statement, roots: tuple[Signer, Signer]
) -> int:
    """Return when the last log got it."""
    bundle = read_bundle(nation.place.bundle)
    issued = read_envelopes(nation.place.issued)
    lacking = [
        node
        for node in bundle.nodes
        if missing_keys([stated], replay(issued, node, bundle))
    ]
    signed = {
        node: [entries.sign_by_roots(stated, node, roots, nation.now)]
        for node in lacking
    }
    nation.sign_off(signed)
    if lacking:
        return nation.now
    data = wire.encode(stated)
    cores = (envelope.split(sent.entry).core for sent in issued)
    return max((core.filed for core in cores if core.clear == data), default=0)


def renew_authority(nation: UnlockedNation) -> tls.Authority:
    """Take the next step of the TLS authorities; return the current one.

    Needs the roots, which sign each edition.

    1. If the last one is due, another is made, and listed after it for partners to
       import.
    2. One that has waited for 30 days, or whose predecessor has ended, issues from now
       on. The first one stays first: it is in the safety number.
    3. An ended one is removed, once its successor has waited for 30 days.
    """
    place, now, issuing = nation.place, nation.now, nation.keys.ca
    roots = nation.keys.roots
    if roots is None:
        return issuing
    bundle = read_bundle(place.bundle)
    listed = list(bundle.tls_roots)
    following = _waiting_authority(nation, bundle)
    # 1
    if following is None and due_at(place, now, "tls-ca"):
        path, passphrase = place.next_ca_key, nation.passphrase
        following = make_authority(path, bundle.domain, passphrase, now)
        listed.append(following.cert)
    # 2
    if following is not None:
        ended = tls.times(issuing.cert)[1] < now
        issuing = following if ended or _has_waited(following, now) else issuing
    # 3
    if _has_waited(issuing, now):
        listed = [root for root in listed if tls.times(root)[1] >= now] or listed
    if listed != list(bundle.tls_roots):
        bundle = with_authorities(bundle, listed, roots, now)
        files.replace(place.bundle, bundle.data)
    if issuing is following:
        place.next_ca_key.replace(place.ca_key)
    return issuing


def _waiting_authority(nation: UnlockedNation, bundle: Bundle) -> tls.Authority | None:
    """Return the next authority; remove a key that is not in the bundle."""
    path = nation.place.next_ca_key
    if not path.exists():
        return None
    key = config.unlock(path, nation.passphrase, "tls-ca").secrets.tls_key
    if tls.public_of(key) in {spki_of(root) for root in bundle.tls_roots}:
        return authority_of(bundle, key)
    files.remove(path)
    return None


def _has_waited(authority: tls.Authority, now: int) -> bool:
    return now - tls.times(authority.cert)[0] >= AUTHORITY_OVERLAP
