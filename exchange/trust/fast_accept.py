"""A fast path to ACCEPTED for entries shaped like one already accepted.

Most entries of a log differ from another in their id, times, references' names,
digests and signatures alone. These have their places and widths; all other bytes
being equal, the form, the signers and nearly every rule are what they were. So the
first of a kind is judged by `rules`, and the next by what stands in those places.
`rules` stays the one definition: what is not accepted here is for it to judge, and
tests hold that nothing is accepted here that it refuses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter, ne

from exchange import envelope
from exchange.core import HASH_SIZE, ID_SIZE
from exchange.errors import Refusal
from exchange.trust import rules
from exchange.trust.directory import Directory, Registered
from exchange.v1 import envelope_pb2 as pb
from keys.errors import BadSignature
from keys.signing import ED25519, verify_signed

LEARNED_MAX = 1_024  # kept; then all is forgotten
LEARNED_BYTES_MAX = 4_096  # of an entry that is
LAYOUTS_MAX = 8  # of one length
SIGNATURE_SIZE = 64
LENGTH_SIZE = 8  # bytes before each part in PAE
HASH_LENGTH = HASH_SIZE.to_bytes(LENGTH_SIZE)

# A time takes six bytes from 1971 to 2109: five with the high bit, one without. Read
# as a little-endian number they have the order of the times (varints).
TIME_SIZE = 6
TIME_FIRST, TIME_LAST = 1 << 35, (1 << 42) - 1  # ms
TIME_HIGH, TIME_END = 0x00_80_80_80_80_80, 0x80_00_00_00_00_00
TIME_LEAST = 1 << 40  # the last byte is not zero: there is no shorter form

Accepted = tuple[bytes, int]
"""The 16-byte id, and how many signatures the entry has."""
Span = tuple[int, int]


class _Nothing:
    """A log whose earlier entries only the caller knows."""

    def knows_id(self, id_: bytes) -> bool:  # noqa: ARG002 - a Known
        return False

    def knows_name(self, name: bytes) -> bool:  # noqa: ARG002 - a Known
        return False


@dataclass(frozen=True, slots=True)
class _Signer:
    """A signer of what was learned, and how the bytes that it signs begin."""

    public: bytes
    begin: bytes


@dataclass(frozen=True, slots=True)
class _Learned:
    """The verdict on all that does not differ; times as they are encoded."""

    signers: tuple[_Signer, ...]
    first: int
    last: int


class _Layout:
    """The places in an entry of some length that may differ."""

    def __init__(self, size: int, core: Span, holes: Sequence[Span]) -> None:
        self.holes = tuple(holes)
        self.known: dict[tuple[bytes, ...], _Learned] = {}
        ends = [0, *(place for span in holes for place in span), size]
        fixed = zip(ends[::2], ends[1::2], strict=True)
        self.fixed = itemgetter(*(slice(*span) for span in fixed))
        # Names that are referred to stand between times and digests: any will do.
        signatures = [span for span in holes if span[1] - span[0] == SIGNATURE_SIZE]
        used = (*holes[:4], core, *holes[-len(signatures) - 2 :])
        self.parts = itemgetter(*(slice(*span) for span in used))


class Quick:
    """Accepts entries that stand in one log while its directory does not change.

    Whether an id or a name stands below already is not asked: that is the caller's.
    """

    def __init__(self, node: str, directory: Directory) -> None:
        self._log = rules.Log(node, directory, _Nothing())
        self._layouts: dict[int, list[_Layout]] = {}
        self._count = 0

    def accept(self, entry: bytes, *, verified: bool = False) -> Accepted | None:
        """Return what `rules` would accept; None for it to judge.

        `verified` says that the signatures of these bytes verified before.

        1. All that may not differ is that of an accepted entry; else ask the rules.
        2. The times are encoded as times are, in order, and within the keys' lives.
        3. The signatures.
        """
        # 1
        for layout in self._layouts.get(len(entry), ()):
            known = layout.known.get(layout.fixed(entry))
            if known is not None:
                break
        else:
            return self._learn(entry)
        # 2
        parts = layout.parts(entry)
        filed = int.from_bytes(parts[1], "little")
        begin = int.from_bytes(parts[2], "little")
        expires = int.from_bytes(parts[3], "little")
        if filed & begin & expires & TIME_HIGH != TIME_HIGH:
            return None
        if (filed | begin | expires) & TIME_END or min(filed, begin) < TIME_LEAST:
            return None
        if not (known.first <= filed <= known.last and filed < expires > begin):
            return None
        # 3
        if not verified:
            rest = (parts[4], HASH_LENGTH, parts[5], HASH_LENGTH, parts[6])
            try:
                for signer, signature in zip(known.signers, parts[7:], strict=True):
                    signed = b"".join((signature, signer.begin, *rest))
                    verify_signed(signer.public, signed)
            except BadSignature:
                return None
        return parts[0], len(known.signers)

    def _learn(self, entry: bytes) -> Accepted | None:
        """Ask the rules, and remember what they accept."""
        try:
            verdict = rules.check(entry, self._log)
        except Refusal:
            return None
        common = all(signer.algorithm == ED25519 for signer in verdict.signers)
        if verdict.statement is None and common and len(entry) <= LEARNED_BYTES_MAX:
            self._remember(entry, verdict)
        return verdict.core.id, len(verdict.signers)

    def _remember(self, entry: bytes, verdict: rules.Accepted) -> None:
        places = _find(entry, verdict)
        if places is None:
            return
        if self._count >= LEARNED_MAX:
            self._layouts.clear()
            self._count = 0
        layouts = self._layouts.setdefault(len(entry), [])
        layout = next((one for one in layouts if one.holes == places.holes), places)
        if layout is places and len(layouts) < LAYOUTS_MAX:
            layouts.append(places)
        layout.known[layout.fixed(entry)] = _learned(verdict)
        self._count += 1


def _learned(verdict: rules.Accepted) -> _Learned:
    size = len(verdict.parsed.core_bytes).to_bytes(LENGTH_SIZE)
    signers = tuple(
        _Signer(signer.public, _begin(signer) + size) for signer in verdict.signers
    )
    first = max(signer.valid_from for signer in verdict.signers)
    last = min(signer.valid_until for signer in verdict.signers)
    return _Learned(signers, encoded_time(first), encoded_time(last))


def encoded_time(time: int) -> int:
    """Return a time (ms) as its six bytes read as a little-endian number.

    What is out of the six bytes' range becomes the nearest number out of theirs.
    """
    if not TIME_FIRST <= time <= TIME_LAST:
        return 0 if time < TIME_FIRST else TIME_LAST << TIME_SIZE
    found = 0
    for place in range(TIME_SIZE):
        found |= (time >> 7 * place & 0x7F) << 8 * place
    return found | TIME_HIGH


def _begin(signer: Registered) -> bytes:
    """Return how all begins that a signer signs: without core and digests."""
    empty = envelope.to_sign(signer.role, signer.kid, b"", b"", b"")
    return empty[: -3 * LENGTH_SIZE]


def _find(entry: bytes, verdict: rules.Accepted) -> _Layout | None:
    """Return where in an entry is what may differ.

    Encoded twice with nothing in common at those places, the entry differs just
    there. None where that has not the usual widths.
    """
    core = verdict.core
    times = core.filed, core.valid_from, core.expires
    if not all(TIME_FIRST <= time <= TIME_LAST for time in times):
        return None
    low, header = _filled(verdict, b"\x00", TIME_FIRST)
    high, _ = _filled(verdict, b"\xff", TIME_LAST)
    holes = list(_differing(low, high))
    references = len(core.references) * [HASH_SIZE]
    signatures = len(verdict.signers) * [SIGNATURE_SIZE]
    widths = [ID_SIZE, *3 * [TIME_SIZE], *references, *2 * [HASH_SIZE], *signatures]
    if [end - start for start, end in holes] != widths:
        return None
    start = len(low) - len(low.partition(header)[2]) - len(header)
    return _Layout(len(entry), (start, start + len(header)), holes)


def _filled(verdict: rules.Accepted, byte: bytes, time: int) -> tuple[bytes, bytes]:
    """Return an entry with all that may differ filled so, and its header."""
    core = pb.Core()
    core.CopyFrom(verdict.core)
    core.id = byte * ID_SIZE
    core.filed = core.valid_from = core.expires = time
    for reference in core.references:
        reference.name = byte * HASH_SIZE
    data = core.SerializeToString(deterministic=True)
    entry = pb.Entry(core=data, dw=byte * HASH_SIZE, db=byte * HASH_SIZE)
    for signed in verdict.parsed.signatures:
        signature = byte * SIGNATURE_SIZE
        entry.signatures.add(role=signed.role, kid=signed.kid, signature=signature)
    return entry.SerializeToString(deterministic=True), data


def _differing(low: bytes, high: bytes) -> Iterator[Span]:
    """Yield the spans at which two texts of one length differ."""
    start = 0
    for differs, run in groupby(map(ne, low, high)):
        end = start + len(list(run))
        if differs:
            yield start, end
        start = end
