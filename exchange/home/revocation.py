"""Keys and certificates that a nation revokes.

Those of officers, desks and issuers by statements in the logs of their nodes; those of
nodes and auditors by the trust bundle, for a hostile node would not log its own.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from exchange.config import NationHome
from exchange.errors import Reason, Refusal, Why
from exchange.home import enrolment
from exchange.home.nation_renewal import UnlockedNation
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.ledger import note
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.enrol.bundle_editions import with_revoked
from exchange.trust.enrol.common_checks import needed_roots
from exchange.trust.enrol.issued_statements import keys_of, replay
from exchange.trust.enrol.retired_keys import revoke, speakers_about
from exchange.trust.statements import HASH_SIZE
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say
from keys import files, tls
from keys.signing import ED25519, ML_DSA_44, kid


class Target(Struct, frozen=True):
    """A key to be revoked: its owner, its kid or hash, and the node of the log.

    `node` is empty for a revocation by the bundle. `kid` is another name of a log or
    mirror key, which the bundle revokes by its own hash. `by_roots`: no issuer's word
    about it counts.
    """

    subject: str
    what: bytes
    node: str = ""
    kid: bytes = b""
    by_roots: bool = False


def find_targets(place: NationHome, name: str, key: bytes = b"") -> list[Target]:
    """Return the keys of `name` to revoke: all, or the one with this hash.

    A desk is revoked with its officers and its certificate, a node with its log keys,
    cosigner and certificates; of a nation, one TLS authority by its hash. Raises
    Refusal(FIELD_VALUE) if this nation has granted nothing to the name, or the key is
    not its.
    """
    bundle = read_bundle(place.bundle)
    domain, node = bundle.domain, names.node_of(name)
    found = list(_targets(place, bundle, name))
    if (
        names.is_desk(name) and node in bundle.nodes and key
    ):  # a desk's sealing keys need no grant
        found.append(Target(name, key, node))
    every = not (key or name == domain)
    chosen = [one for one in found if every or (key and key in (one.what, one.kid))]
    if len(key) not in (0, HASH_SIZE) or not chosen:
        why = Why("this nation has granted no such key to that name")
        raise Refusal(Reason.FIELD_VALUE, name, why)
    return list(dict.fromkeys(chosen))


def _targets(place: NationHome, bundle: Bundle, name: str) -> Iterator[Target]:
    if name in bundle.nodes:
        listed = bundle.nodes[name]
        yield from (Target(name, key) for key in listed.tls_keys)
        for vkey in (*listed.logs, *listed.cosigners):
            algorithm = ED25519 if vkey.type == note.ED25519 else ML_DSA_44
            what = hashlib.sha256(vkey.encode().encode()).digest()
            yield Target(name, what, kid=kid(algorithm, vkey.public))
        return
    if name == bundle.domain:  # its TLS authorities, one by one
        yield from (Target(name, tls.spki_hash(root)) for root in bundle.tls_roots)
        return
    granted = enrolment.granted_key(place, name)
    if names.is_node(name):  # an auditor's
        yield from (Target(name, key) for key in granted)
        return
    issued = read_envelopes(place.issued)
    for node in bundle.nodes:
        directory = replay(issued, node, bundle)
        for key in keys_of(issued, node):
            revoked = directory.revoked_since(key.kid, key.subject) is not None
            again = names.is_issuer(name)  # also for keys found in the logs since
            if name in (key.subject, names.desk_of(key.subject)) and (
                again or not revoked
            ):
                yield Target(key.subject, key.kid, node)
    node = names.node_of(name)
    if node in bundle.nodes:
        yield from (Target(name, key, node) for key in granted)


def revoke_targets(
    nation: UnlockedNation, targets: Sequence[Target], since: int, out: Path | None
) -> list[Path]:
    """Revoke keys from a time (ms UTC) on; return the answers for nodes elsewhere.

    Raises Refusal before anything is written: KEYSTORE if roots or issuer are needed
    but missing, FIELD_MISSING if a node is elsewhere and there is no `out`.

    1. Revocations by the bundle go into its next edition, for partners to import.
    2. Those by statements are signed, and judged as in the logs.
    3. A node beside the nation records them; another takes them by `keys install`.
    """
    place, keys = nation.place, nation.keys
    bundle = read_bundle(place.bundle)
    nodes = sorted({one.node for one in targets if one.node})
    elsewhere = [node for node in nodes if node != nation.node_beside]
    if elsewhere and (out is None or not out.is_dir()):
        raise Refusal(Reason.FIELD_MISSING, f"--out DIR: for {elsewhere[0]}")
    # 1
    by_bundle = [one.what for one in targets if not one.node]
    if by_bundle:
        bundle = with_revoked(
            bundle, by_bundle, since, needed_roots(keys.roots), nation.now
        )
    # 2
    signed = {node: _sign(nation, node, targets, since) for node in nodes}
    if by_bundle:
        files.replace(place.bundle, bundle.data)
        enrolment.refresh(nation.home)
    # 3
    nation.sign_off(signed)
    return [enrolment.write_answer(place, node, out or Path()) for node in elsewhere]


def lines(targets: Sequence[Target], files: Sequence[Path]) -> Iterator[str]:
    for one in targets:
        yield say("{name}: key {kid} revoked", name=one.subject, kid=one.what.hex())
    for path in files:
        yield say("{file}: for keys install at that node", file=path)
    if any(not one.node for one in targets):
        yield say("Next: fusion trust export, and have every partner import it.")


def _sign(
    nation: UnlockedNation, node: str, targets: Sequence[Target], since: int
) -> list[pb.Envelope]:
    place, keys = nation.place, nation.keys
    directory = replay(read_envelopes(place.issued), node, read_bundle(place.bundle))
    signed = []
    for one in targets:
        if one.node == node:
            speakers = speakers_about(
                one.subject, keys.roots, keys.issuer, by_roots=one.by_roots
            )
            key = one.subject, one.what
            signed.append(revoke(directory, key, since, speakers, nation.now))
    return signed
