"""The verdict ACCEPTED, sooner: for an entry that is like one accepted before.

Most entries of a log differ from another in their id, times, references' names,
digests and signatures alone; the rest, the *shape*, decides nearly every rule. So
the first of a shape is judged by `rules`, and the next only by what may differ.
`rules` stays the one definition: what is not accepted here is for it to judge, and
tests hold that nothing is accepted here that it refuses.
"""

from dataclasses import dataclass

from exchange import envelope
from exchange.core import HASH_SIZE, ID_SIZE, TIME_MAX, parse_canonical
from exchange.errors import Reason, Refusal
from exchange.trust import rules
from exchange.trust.directory import Directory, Registered
from exchange.v1 import envelope_pb2 as pb
from keys.errors import BadSignature
from keys.signing import verify

SHAPES_MAX = 1_024  # kept; then all are forgotten
SHAPE_BYTES_MAX = 4_096  # of one that is kept
LENGTH_SIZE = 8  # bytes before each part in PAE
HASH_LENGTH = HASH_SIZE.to_bytes(LENGTH_SIZE)

Shape = tuple[bytes | str, ...]
"""The header without what may differ, then role and kid of each signature."""


class _Nothing:
    """What stands below where only the caller knows it."""

    def knows_id(self, id_: bytes) -> bool:  # noqa: ARG002 - a Known
        return False

    def knows_name(self, name: bytes) -> bool:  # noqa: ARG002 - a Known
        return False


@dataclass(frozen=True, slots=True)
class Quickly:
    """What was accepted: its 16-byte id, and how many signatures it has."""

    id: bytes
    signatures: int


@dataclass(frozen=True, slots=True)
class _Key:
    """A signer of a shape, and how the bytes that it signs begin."""

    signer: Registered
    begin: bytes


class Quick:
    """Accepts entries that stand in one log while its directory does not change.

    Whether an id or a name stands below already is not asked: that is the caller's.
    """

    def __init__(self, node: str, directory: Directory) -> None:
        self._log = rules.Log(node, directory, _Nothing())
        self._shapes: dict[Shape, tuple[_Key, ...]] = {}

    def accept(self, entry: bytes, *, verified: bool = False) -> Quickly | None:
        """Return what `rules` would accept; None for it to judge.

        `verified` says that the signatures of these bytes verified before.
        """
        try:
            return self._accept(entry, verified=verified)
        except (Refusal, BadSignature):
            return None

    def _accept(self, entry: bytes, *, verified: bool) -> Quickly:
        """Return what is accepted, or raise.

        1. Entry and header are in their one encoding.
        2. Of a shape that was accepted from these signers; else the rules decide.
        3. Digests, id, times, and the signers' validity.
        4. The signatures.
        """
        # 1
        outer = parse_canonical(pb.Entry, entry, "")
        core_bytes = outer.core
        core = parse_canonical(pb.Core, core_bytes, "")
        # 2
        id_, filed, begin, expires = core.id, core.filed, core.valid_from, core.expires
        shape = _shape(core, outer)
        keys = self._shapes.get(shape)
        if keys is None:
            return self._learn(entry, shape)
        # 3
        dw, db = outer.dw, outer.db
        if (len(dw), len(db), len(id_)) != (HASH_SIZE, HASH_SIZE, ID_SIZE):
            raise Refusal(Reason.NOT_CANONICAL)
        if not (0 < begin < expires <= TIME_MAX and 0 < filed < expires):
            raise Refusal(Reason.TIME)
        for key in keys:
            if not key.signer.valid_from <= filed <= key.signer.valid_until:
                raise Refusal(Reason.SIGNER_TIME)
        # 4
        if not verified:
            length = len(core_bytes).to_bytes(LENGTH_SIZE)
            end = b"".join((length, core_bytes, HASH_LENGTH, dw, HASH_LENGTH, db))
            for key, signed in zip(keys, outer.signatures, strict=True):
                signer, message = key.signer, key.begin + end
                verify(signer.algorithm, signer.public, signed.signature, message)
        return Quickly(id_, len(keys))

    def _learn(self, entry: bytes, shape: Shape) -> Quickly:
        """Ask the rules, and remember a shape that they accept."""
        verdict = rules.check(entry, self._log)
        if verdict.statement is None and _small(shape):
            if len(self._shapes) >= SHAPES_MAX:
                self._shapes.clear()
            self._shapes[shape] = tuple(_Key(s, _begin(s)) for s in verdict.signers)
        return Quickly(verdict.core.id, len(verdict.signers))


def _shape(core: pb.Core, outer: pb.Entry) -> Shape:
    """Empty in `core` what may differ; return what then is left, and the signers.

    Raise Refusal(REFERENCES) for a reference to what has no name's length.
    """
    core.ClearField("id")
    core.ClearField("filed")
    core.ClearField("valid_from")
    core.ClearField("expires")
    for reference in core.references:
        if len(reference.name) != HASH_SIZE:
            raise Refusal(Reason.REFERENCES)
        reference.ClearField("name")
    left = core.SerializeToString(deterministic=True)
    if len(outer.signatures) == 1:
        (signed,) = outer.signatures
        return left, signed.role, signed.kid
    return left, *(part for s in outer.signatures for part in (s.role, s.kid))


def _small(shape: Shape) -> bool:
    return sum(map(len, shape)) <= SHAPE_BYTES_MAX


def _begin(signer: Registered) -> bytes:
    """Return how all begins that a signer signs: without core and digests."""
    empty = envelope.to_sign(signer.role, signer.kid, b"", b"", b"")
    return empty[: -3 * LENGTH_SIZE]
