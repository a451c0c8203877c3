"""Replaced keys, and revocations in the log of a node.

docs/spec/enrolment.md, "Later keys". Pure.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import RETIRED_AFTER
from exchange.trust import entries, names
from exchange.trust.directory import Directory
from exchange.trust.enrol.common_checks import needed_roots
from exchange.trust.enrol.issued_statements import judge_all
from exchange.trust.registered_keys import Registered, registered_key
from exchange.trust.statements import (
    ISSUER,
    OFFICER_ROLES,
    ROOT,
    parse_statement,
    revocation_statement,
)
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer

Speakers = Sequence[tuple[str, Signer]]
"""One issuer, or both roots, each with its role."""


def keys_to_retire(
    issued: Sequence[pb.Envelope], directory: Directory, now: int
) -> Iterator[Registered]:
    """Yield the keys whose successors were stated RETIRED_AFTER ago, oldest first.

    Only unrevoked keys of issuers and officers. `issued`: the nation's signed
    envelopes; `now` is ms UTC.
    """
    stated: dict[tuple[str, str], list[tuple[Registered, int]]] = {}
    for sent in issued:
        core = envelope.split(sent.entry).core
        one = parse_statement(core.clear)
        if core.origin == directory.node and one.role in (ISSUER, *OFFICER_ROLES):
            key = registered_key(one, 0, core.author)
            stated.setdefault((one.subject, one.role), []).append((key, core.filed))
    for line in stated.values():
        for (key, _), (_, filed) in pairwise(line):
            since = directory.revoked_since(key.kid, key.subject)
            if now - filed >= RETIRED_AFTER and since is None:
                yield key


def revoke(
    directory: Directory,
    key: tuple[str, bytes],
    since: int,
    speakers: Speakers,
    now: int,
) -> pb.Envelope:
    """Return it as its log will accept it.

    `key` is its owner, and the kid or the SHA-256 of a certificate's SPKI; `since` (ms
    UTC) the start of the revocation. Updates `directory`. Raises as the verdict does.
    """
    subject, what = key
    if speakers[0][0] == ROOT:
        subject = directory.node
    stated = revocation_statement(subject, what, since)
    sent = entries.directory_envelope(stated, directory.node, speakers, now)
    judge_all([sent], directory)
    return sent


def speakers_about(
    subject: str,
    roots: tuple[Signer, Signer] | None,
    issuer: Signer | None,
    *,
    by_roots: bool = False,
) -> Speakers:
    """Return the roots for an issuer's key, else an issuer.

    Raises Refusal(KEYSTORE) if they are missing.
    """
    if by_roots or names.is_issuer(subject):
        return [(ROOT, root) for root in needed_roots(roots)]
    if issuer is None:
        raise Refusal(Reason.KEYSTORE, "nation/issuer.key")
    return [(ISSUER, issuer)]
