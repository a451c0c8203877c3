"""A fast path to ACCEPTED for entries shaped like one already accepted.

Most entries of a log differ from another in their id, times, references' names,
digests and signatures alone. These have their places and widths; all other bytes
being equal, the form, the signers and nearly every rule are what they were. So the
first of a kind is judged by `rules`, and the next by what stands in those places.
`rules` stays the one definition: what is not accepted here is for it to judge, and
tests hold that nothing is accepted here that it refuses.
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


class _Signer(Struct, frozen=True):
    """A signer of what was learned, and how the bytes that it signs begin."""

    public: bytes
    begin: bytes


class _Learned(Struct, frozen=True):
    """The verdict on all that does not differ; times as they are encoded.

    `name_begin` is how all begins of which the name is the hash.
    """

    signers: tuple[_Signer, ...]
    first: int
    last: int
    form: EntryForm
    name_begin: bytes


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
        self._references = tuple(holes[4 : -len(signatures) - 2])

    def references(self, entry: bytes) -> tuple[bytes, ...]:
        """Return the names that an entry refers to, in their order."""
        return tuple(entry[start:end] for start, end in self._references)


_Match = tuple[_Learned, _Layout, tuple[bytes, ...]]


class AcceptedForms:
    """Forms of entries that the rules accepted in one log, with its directory.

    Once that has changed, all are forgotten. Whether an id or a name stands below
    already is not asked: that is the caller's. Any thread may `judge`; one at a time
    may learn.
    """

    def __init__(self, node: str, directory: Directory) -> None:
        self.directory = directory
        self._log = rules.Log(node, directory, _Nothing())
        self._layouts: dict[int, list[_Layout]] = {}
        self._count = 0
        self._weight = 0  # bytes of the entries whose forms are kept
        self._version = directory.version

    def accept(self, entry: bytes, *, verified: bool = False) -> Accepted | None:
        """Return what `rules` would accept; None for it to judge.

        `verified` says that the signatures of these bytes verified before. What has no
        known form is judged by the rules, and learned.
        """
        match = self._find(entry)
        if match is None:
            return None if self._knows(entry) else self._ask(entry)
        learned, _, parts = match
        if not (verified or _signed(learned, parts)):
            return None
        return parts[0], len(learned.signers)

    def judge(self, entry: bytes) -> EntryFacts | None:
        """Return what is known of an entry that `rules` would accept; None: ask them.

        1. All that may not differ is that of an accepted entry.
        2. The times are encoded as times are, in order, and within the keys' lives.
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
        """Remember the form of an entry that the rules accepted, if it may recur."""
        self._forget_changed()
        entry, core = verdict.parsed.entry, verdict.core
        common = all(signer.algorithm == ED25519 for signer in verdict.signers)
        public = core.kind in {pb.KIND_DIRECTORY, pb.KIND_HEAD}
        unique = public or bool(core.attachments)  # each has digests of its own
        if common and not unique and len(entry) <= FORM_BYTES_MAX:
            self._remember(entry, verdict)

    def _find(self, entry: bytes) -> _Match | None:
        """Return the form of an entry, and what stands where entries differ."""
        self._forget_changed()
        for layout in self._layouts.get(len(entry), ()):
            learned = layout.known.get(layout.fixed(entry))
            if learned is not None:
                parts = layout.parts(entry)
                return (learned, layout, parts) if _in_time(learned, parts) else None
        return None

    def _knows(self, entry: bytes) -> bool:
        """Whether an entry has a known form, be it right or not."""
        layouts = self._layouts.get(len(entry), ())
        return any(layout.fixed(entry) in layout.known for layout in layouts)

    def _ask(self, entry: bytes) -> Accepted | None:
        """Ask the rules, and remember what they accept."""
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
            self._version = version  # last: another thread may look at the same time

    def _forget(self) -> None:
        self._layouts = {}
        self._count = self._weight = 0


def check(
    entry: Parsed | bytes,
    log: rules.Log,
    forms: AcceptedForms,
    facts: EntryFacts | None = None,
) -> EntryFacts:
    """Return what `rules.check` accepts, or raise its Refusal; forms are learned.

    `forms` are of the directory of `log`; `facts` what they said of the entry, where
    they were asked already.
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
    """Return the end of all that is signed, which is that of the name too.

    None where a signature does not verify.
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
    """Return a time (ms) as its six bytes read as a little-endian number.

    What is out of the six bytes' range becomes the nearest number out of theirs.
    """
    if not TIME_FIRST <= time <= TIME_LAST:
        return 0 if time < TIME_FIRST else TIME_LAST << TIME_SIZE
    found = 0
    for place in range(TIME_SIZE):
        found |= (time >> 7 * place & 0x7F) << 8 * place
    return found | TIME_HIGH


def decode_time(data: bytes) -> int:
    """Return the time (ms UTC) of six bytes that `_in_time` let pass."""
    low = int.from_bytes(data, "little")
    return (  # seven bits of each byte; each entry has two times, so without a loop
        low & 0x7F
        | low >> 1 & 0x7F << 7
        | low >> 2 & 0x7F << 14
        | low >> 3 & 0x7F << 21
        | low >> 4 & 0x7F << 28
        | low >> 5 & 0x7F << 35
    )


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
