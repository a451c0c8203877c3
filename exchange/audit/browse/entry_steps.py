"""Checks the chain that proves one entry, link by link; pure."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from exchange import envelope
from exchange.audit.browse.header_lines import KnownLog
from exchange.audit.text.audit_text import when
from exchange.browsed_logs import ProofStep
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import merkle
from exchange.ledger.checkpoint import VerifiedHead
from exchange.limits import SECOND
from exchange.trust.statements import ISSUER
from exchange.words import say, say_n

ACCEPTED = "ACCEPTED"


class Rebuilt(Struct, frozen=True):
    size: int
    root: bytes


class Evidence(Struct, frozen=True):
    """`note` is the head over it, or None.

    `leads` are the hashes of an inclusion proof to that head, or the tree rebuilt here.
    `verdict` is ACCEPTED, a reason, or "".
    """

    origin: str
    index: int
    entry: bytes
    verdict: str
    log: KnownLog
    note: bytes | None
    leads: Sequence[bytes] | Rebuilt


def steps(about: Evidence) -> Iterator[ProofStep]:
    """Yield all links, BYTES to COSIGNATURE, whichever fail."""
    yield _try("BYTES", lambda: _bytes(about))
    yield _try("NAME", lambda: _name(about))
    yield _try("KEY", lambda: _key(about))
    yield _try("SIGNATURE", lambda: _signature(about))
    yield _try("LOG", lambda: _log(about))
    if about.note is None:
        for what in ("INCLUSION", "HEAD", "COSIGNATURE"):
            yield ProofStep(what, None, detail=say("no head covers it yet"))
        return
    note = about.note
    yield _try("INCLUSION", lambda: _inclusion(about, note))
    yield _try("HEAD", lambda: _head(about, note))
    yield _try("COSIGNATURE", lambda: _cosigned(about, note))


def _try(what: str, check: Callable[[], str]) -> ProofStep:
    try:
        detail = check()
    except FusionError as error:
        return ProofStep(what, ok=False, reason=error.reason, detail=error.where)
    return ProofStep(what, True if detail else None, detail=detail)


def _bytes(about: Evidence) -> str:
    parsed = envelope.split(about.entry)
    envelope.parse_core(parsed.core_bytes)
    leaf = merkle.leaf_hash(about.entry).hex()
    return say_n(
        "{n} byte, leaf {leaf}", "{n} bytes, leaf {leaf}", len(about.entry), leaf=leaf
    )


def _name(about: Evidence) -> str:
    return envelope.split(about.entry).name.hex()


def _key(about: Evidence) -> str:
    """1. Every signer is registered in this log. 2. The key was valid at filing."""
    parsed = envelope.split(about.entry)
    told = []
    for signed in parsed.signatures:
        # 1
        key = about.log.directory.signer(signed.role, signed.kid)
        if key is None:
            raise Refusal(Reason.SIGNER_UNKNOWN, signed.role)
        # 2
        if not key.valid_from <= parsed.core.filed <= key.valid_until:
            raise Refusal(Reason.SIGNER_TIME, key.subject)
        said = f"{say(key.role)} {key.subject}"
        directory = about.log.directory
        issuer = directory.signer(ISSUER, key.stated_by)
        revoked = directory.revoked_since(key.kid, key.subject)
        if revoked is not None:
            since = when(revoked // SECOND)
            said = say("{key}, revoked from {when} on", key=said, when=since)
        elif issuer and (ended := directory.revoked_since(issuer.kid, issuer.subject)):
            by, since = issuer.subject, when(ended // SECOND)
            said = say(
                "{key}, stated by {issuer}, revoked from {when} on",
                key=said,
                issuer=by,
                when=since,
            )
        told.append(said)
    return "; ".join(told)


def _signature(about: Evidence) -> str:
    parsed = envelope.split(about.entry)
    told = []
    for signed in parsed.signatures:
        key = about.log.directory.signer(signed.role, signed.kid)
        if key is None:
            raise Refusal(Reason.SIGNER_UNKNOWN, signed.role)
        envelope.verify_signature(parsed, signed, key.algorithm, key.public)
        told.append(f"{key.algorithm} {key.kid.hex()[:16]}")
    return ", ".join(told)


def _log(about: Evidence) -> str:
    """1. The entry's node owns this log. 2. Every member accepts the entry here."""
    place = f"{about.origin}#{about.index}"
    # 1
    if envelope.split(about.entry).core.origin != about.log.keys.node:
        raise Tampered(Reason.ORIGIN, place)
    # 2
    if about.verdict not in ("", ACCEPTED):
        raise Refusal(Reason(about.verdict), place)
    return place


def _verified(about: Evidence, note: bytes) -> VerifiedHead:
    """Raise Tampered unless the head, by both keys of this log, is over the entry."""
    verified = about.log.ends.verify_head(note, about.log.keys.log)
    if verified.head.origin != about.origin or verified.head.size <= about.index:
        raise Tampered(Reason.HEAD, about.origin)
    return verified


def _inclusion(about: Evidence, note: bytes) -> str:
    head = _verified(about, note).head
    if isinstance(about.leads, Rebuilt):
        if (about.leads.size, about.leads.root) != (head.size, head.root):
            raise Tampered(Reason.ROOT, about.origin)
        return say_n(
            "root rebuilt here from {n} entry",
            "root rebuilt here from {n} entries",
            head.size,
        )
    leaf = merkle.leaf_hash(about.entry)
    merkle.verify_inclusion(about.index, head.size, leaf, about.leads, head.root)
    return say_n(
        "{n} hash to root {root}",
        "{n} hashes to root {root}",
        len(about.leads),
        root=head.root.hex(),
    )


def _head(about: Evidence, note: bytes) -> str:
    verified = _verified(about, note)
    return say(
        "{origin} size {size}, {root}, {at}",
        origin=about.origin,
        size=verified.head.size,
        root=say("root as signed"),
        at=when(verified.time_s),
    )


def _cosigned(about: Evidence, note: bytes) -> str:
    _verified(about, note)
    lines = about.log.ends.cosignatures(note, about.log.keys.mirrors)
    told = (f"{name} {when(at)}" for name, at in sorted(lines.items()))
    return ", ".join(told)
