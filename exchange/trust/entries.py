"""Public envelopes: statements, and the ends of logs."""

import os
from collections.abc import Callable, Sequence

from exchange import envelope
from exchange.core import ID_SIZE, SUITE, VERSION
from exchange.limits import EXPIRES_AFTER
from exchange.trust import wire
from exchange.trust.statements import ISSUER, ROOT
from exchange.v1 import envelope_pb2 as pb
from keys.signing import ED25519, Signer


def directory_envelope(
    statement: pb.Statement,
    node: str,
    signers: Sequence[tuple[str, Signer]],
    now: int,
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> pb.Envelope:
    """Return a statement for the log of `node`, filed `now`.

    `signers` is one issuer, one author, or both roots. Nothing in it expires, but every
    header needs a time.
    """
    clear = wire.encode(statement)
    return _clear(pb.KIND_DIRECTORY, clear, node, signers, (now, random(ID_SIZE)))


def head_envelope(
    note: bytes,
    node: str,
    issuer: Signer,
    now: int,
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> pb.Envelope:
    """Return log n + 1's first entry: the cosigned last head of log n."""
    signers = [(ISSUER, issuer)]
    return _clear(pb.KIND_HEAD, note, node, signers, (now, random(ID_SIZE)))


def _clear(
    kind: "pb.Kind.ValueType",
    clear: bytes,
    node: str,
    signers: Sequence[tuple[str, Signer]],
    filed: tuple[int, bytes],
) -> pb.Envelope:
    """`filed` is its time and id."""
    now, id_ = filed
    author = next(signer for _, signer in signers if signer.algorithm == ED25519)
    core = pb.Core(
        version=VERSION,
        suite=SUITE,
        kind=kind,
        id=id_,
        origin=node,
        author=author.kid,
        filed=now,
        valid_from=now,
        expires=now + EXPIRES_AFTER,
        precedence=pb.PRECEDENCE_ROUTINE,
        tlp=pb.TLP_CLEAR,
        mode=pb.MODE_ACTUAL,
        release=pb.RELEASE_NONE,
        clear=clear,
    )
    return envelope.sign(envelope.seal(core, b"", {}), signers)


def sign_by_roots(
    statement: pb.Statement, node: str, roots: tuple[Signer, Signer], now: int
) -> pb.Envelope:
    return directory_envelope(statement, node, [(ROOT, root) for root in roots], now)
