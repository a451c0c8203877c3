"""A fast path to ACCEPTED for entries shaped like one already accepted.

Most entries of a log differ only in id, times, names of references, digests and
signatures, at fixed places. If all other bytes are equal, so are the form, the signers
and the outcome of nearly every rule, so only those places are judged. `rules` stays the
only definition: it judges every other entry, and tests check that nothing is accepted
here that it refuses.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from operator import itemgetter, ne

from msgspec import Struct

from exchange import envelope
from exchange.core import HASH_SIZE, ID_SIZE
from exchange.envelope import Parsed
from exchange.errors import Refusal
from exchange.limits import FORM_BYTES_MAX, FORMS_BYTES_MAX, FORMS_MAX, LAYOUTS_MAX
from exchange.trust import rules
from exchange.trust.directory import Directory
from exchange.trust.entry_facts import EntryFacts, EntryForm, facts_of
from exchange.trust.registered_keys import Registered
from exchange.v1 import envelope_pb2 as pb
from keys.errors import BadSignature
from keys.pae import pae
from keys.signing import ED25519, verify_signed

SIGNATURE_SIZE = 64
LENGTH_SIZE = 8  # bytes before each part in PAE
HASH_LENGTH = HASH_SIZE.to_bytes(LENGTH_SIZE)
NAME_BEGIN = pae("name", b"", b"", b"")[: -3 * LENGTH_SIZE]

# A time takes six bytes from 1971 to 2109: five with the high bit, one without. As
# little-endian numbers they sort like the times (varints).
TIME_SIZE = 6
TIME_FIRST, TIME_LAST = 1 << 35, (1 << 42) - 1  # ms
TIME_HIGH, TIME_END = 0x00_80_80_80_80_80, 0x80_00_00_00_00_00
TIME_LEAST = 1 << 40  # the last byte is not zero: no shorter form exists

Accepted = tuple[bytes, int]
"""The 16-byte id, and the number of signatures."""
Span = tuple[int, int]


class _Nothing:
    """A log without known entries: the caller checks duplicates."""

    def knows_id(self, id_: bytes) -> bool:  # noqa: ARG002 - a Known
        return False

    def knows_name(self, name: bytes) -> bool:  # noqa: ARG002 - a Known
        return False


class _Signer(Struct, frozen=True):
    public: bytes
    begin: bytes


class _Learned(Struct, frozen=True):
    """The verdict on the constant bytes; times as encoded numbers.

    `name_begin`: first bytes of the input whose hash is the name.
    """

    signers: tuple[_Signer, ...]
    first: int
    last: int
    form: EntryForm
    name_begin: bytes


class _Layout:
    """The variable places in an entry of some length."""

    def __init__(self, size: int, core: Span, holes: Sequence[Span]) -> None:
        self.holes = tuple(holes)
        self.known: dict[tuple[bytes, ...], _Learned] = {}
        ends = [0, *(place for span in holes for place in span), size]
        fixed = zip(ends[::2], ends[1::2], strict=True)
        self.fixed = itemgetter(*(slice(*span) for span in fixed))
        # Names of references lie between times and digests; any are accepted.
        signatures = [span for span in holes if span[1] - span[0] == SIGNATURE_SIZE]
        used = (*holes[:4], core, *holes[-len(signatures) - 2 :])
        self.parts = itemgetter(*(slice(*span) for span in used))
        self._references = tuple(holes[4 : -len(signatures) - 2])

    def references(self, entry: bytes) -> tuple[bytes, ...]:
        return tuple(entry[start:end] for start, end in self._references)


_Match = tuple[_Learned, _Layout, tuple[bytes, ...]]


class AcceptedForms:
    """Forms that the rules accepted in one log, with its directory.

    A change of the directory drops all. Duplicate ids and names are left to the caller.
    Any thread may call `judge`; only one at a time may learn.
    """

    def __init__(self, node: str, directory: Directory) -> None:
        self.directory = directory
        self._log = rules.Log(node, directory, _Nothing())
        self._layouts: dict[int, list[_Layout]] = {}
        self._count = 0
        self._weight = 0  # bytes of the entries with a stored form
        self._version = directory.version

    def accept(self, entry: bytes, *, verified: bool = False) -> Accepted | None:
        """Return the result for an entry that `rules` would accept; else None.

        `verified`: these signatures verified before. An entry of unknown form is judged
        by the rules, and learned.
        """
        match = self._find(entry)
        if match is None:
            return None if self._knows(entry) else self._ask(entry)
        learned, _, parts = match
        if not (verified or _signed(learned, parts)):
            return None
        return parts[0], len(learned.signers)

    def judge(self, entry: bytes) -> EntryFacts | None:
        """Return the facts of what `rules` would accept; None: ask them.

        1. All constant bytes equal those of an accepted entry.
        2. The times are well encoded, in order, and within the keys' validity.
        3. The signatures.
        """
        # 1, 2
        match = self._find(entry)
        if match is None:
            return None
        learned, layout, parts = match
        # 3
        if (covered := _signed(learned, parts)) is None:
            return None
        return EntryFacts(
            learned.form,
            entry,
            sha256(learned.name_begin + covered).digest(),
            parts[0],
            decode_time(parts[1]),
            decode_time(parts[3]),
            parts[5],
            parts[6],
            layout.references(entry),
        )

    def learn(self, verdict: rules.Accepted) -> None:
        self._forget_changed()
        entry, core = verdict.parsed.entry, verdict.core
        common = all(signer.algorithm == ED25519 for signer in verdict.signers)
        public = core.kind in {pb.KIND_DIRECTORY, pb.KIND_HEAD}
        unique = public or bool(core.attachments)  # unique digests
        if common and not unique and len(entry) <= FORM_BYTES_MAX:
            self._remember(entry, verdict)

    def _find(self, entry: bytes) -> _Match | None:
        self._forget_changed()
        for layout in self._layouts.get(len(entry), ()):
            learned = layout.known.get(layout.fixed(entry))
            if learned is not None:
                parts = layout.parts(entry)
                return (learned, layout, parts) if _in_time(learned, parts) else None
        return None

    def _knows(self, entry: bytes) -> bool:
        layouts = self._layouts.get(len(entry), ())
        return any(layout.fixed(entry) in layout.known for layout in layouts)

    def _ask(self, entry: bytes) -> Accepted | None:
        try:
            verdict = rules.check(entry, self._log)
        except Refusal:
            return None
        self.learn(verdict)
        return verdict.core.id, len(verdict.signers)

    def _remember(self, entry: bytes, verdict: rules.Accepted) -> None:
        places = _find(entry, verdict)
        if places is None:
            return
        full = self._weight + len(entry) > FORMS_BYTES_MAX
        if full or self._count >= FORMS_MAX:
            self._forget()
        layouts = self._layouts.setdefault(len(entry), [])
        layout = next((one for one in layouts if one.holes == places.holes), places)
        if layout is places and len(layouts) < LAYOUTS_MAX:
            layouts.append(places)
        layout.known[layout.fixed(entry)] = _learned(verdict)
        self._count += 1
        self._weight += len(entry)

    def _forget_changed(self) -> None:
        version = self.directory.version
        if version != self._version:
            self._forget()
            self._version = version  # last: another thread may check at the same time

    def _forget(self) -> None:
        self._layouts = {}
        self._count = self._weight = 0


def check(
    entry: Parsed | bytes,
    log: rules.Log,
    forms: AcceptedForms,
    facts: EntryFacts | None = None,
) -> EntryFacts:
    """Return the facts of an entry that `rules.check` accepts; raises its Refusal.

    `facts` is the result of `forms` for the entry, if already known.
    """
    raw = entry if isinstance(entry, bytes) else entry.entry
    if facts is None and log.opens is None:
        facts = forms.judge(raw)
    if facts is not None and log.opens is None:
        rules.check_new(facts.name, facts.id, log.known)
        return facts
    rules.check_rules(log.directory)
    parsed = envelope.split(entry) if isinstance(entry, bytes) else entry
    verdict = rules.check_parsed(parsed, log)
    forms.learn(verdict)
    return facts_of(verdict)


def _in_time(learned: _Learned, parts: tuple[bytes, ...]) -> bool:
    filed = int.from_bytes(parts[1], "little")
    begin = int.from_bytes(parts[2], "little")
    expires = int.from_bytes(parts[3], "little")
    if filed & begin & expires & TIME_HIGH != TIME_HIGH:
        return False
    if (filed | begin | expires) & TIME_END or min(filed, begin) < TIME_LEAST:
        return False
    return learned.first <= filed <= learned.last and filed < expires > begin


def _signed(learned: _Learned, parts: tuple[bytes, ...]) -> bytes | None:
    """Return the end of the signed bytes, also of the name's input.

    None if a signature does not verify.
    """
    covered = b"".join((parts[4], HASH_LENGTH, parts[5], HASH_LENGTH, parts[6]))
    try:
        for signer, signature in zip(learned.signers, parts[7:], strict=True):
            verify_signed(signer.public, signature + signer.begin + covered)
    except BadSignature:
        return None
    return covered


def _learned(verdict: rules.Accepted) -> _Learned:
    size = len(verdict.parsed.core_bytes).to_bytes(LENGTH_SIZE)
    signers = tuple(
        _Signer(signer.public, _begin(signer) + size) for signer in verdict.signers
    )
    first = max(signer.valid_from for signer in verdict.signers)
    last = min(signer.valid_until for signer in verdict.signers)
    form, name_begin = EntryForm.of(verdict), NAME_BEGIN + size
    return _Learned(signers, encoded_time(first), encoded_time(last), form, name_begin)


def encoded_time(time: int) -> int:
    """Return its six bytes read as a little-endian number.

    A time out of range becomes the nearest number outside the range.
    """
    if not TIME_FIRST <= time <= TIME_LAST:
        return 0 if time < TIME_FIRST else TIME_LAST << TIME_SIZE
    found = 0
    for place in range(TIME_SIZE):
        found |= (time >> 7 * place & 0x7F) << 8 * place
    return found | TIME_HIGH


def decode_time(data: bytes) -> int:
    """Return the time (ms UTC) of six bytes that passed `_in_time`."""
    low = int.from_bytes(data, "little")
    return (  # seven bits a byte; unrolled, as each entry has two times
        low & 0x7F
        | low >> 1 & 0x7F << 7
        | low >> 2 & 0x7F << 14
        | low >> 3 & 0x7F << 21
        | low >> 4 & 0x7F << 28
        | low >> 5 & 0x7F << 35
    )


def _begin(signer: Registered) -> bytes:
    """Return the start of a signed message, without core and digests."""
    empty = envelope.to_sign(signer.role, signer.kid, b"", b"", b"")
    return empty[: -3 * LENGTH_SIZE]


def _find(entry: bytes, verdict: rules.Accepted) -> _Layout | None:
    """Return its variable places.

    Where two encodings with different values differ. None if their widths are unusual.
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
    """Fill the variable places; return the entry, and its header."""
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
    start = 0
    for differs, run in groupby(map(ne, low, high)):
        end = start + len(list(run))
        if differs:
            yield start, end
        start = end
