"""Results of a verification: of a database, an export, a log, and running nodes."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from msgspec import Struct

from exchange.audit.directory_age import (
    NO_HEADS,
    DirectoryHeads,
    lacks_directory_head,
)
from exchange.audit.freshness import Freshness
from exchange.audit.proven_time import ProvenTimes
from exchange.errors import TEXTS, Reason
from exchange.ledger.checkpoint import Head
from exchange.limits import SECOND
from exchange.store.raw_rows import RawLog
from exchange.store.row_checksums import Value
from exchange.trust.bundle import Bundle
from exchange.trust.signer_standing import PlacedStatement
from exchange.words import say

FAULTS_KEPT = 64  # told one by one; one fault may bring many after it


def shown(value: Value) -> str:
    """Return what a damaged file says as one line that no terminal would obey."""
    text = " ".join(value.split()) if isinstance(value, str) else ascii(value)
    return text if text.isascii() and text.isprintable() else ascii(text)


class Fault(Struct, frozen=True):
    """One thing that is not as it was signed.

    `origin` is None where it is of no one log; `index` is the entry's. A node of the
    tree stands at the last entry below it, a head at the last that it covers. `what`
    names the place: `entry.name`, `hash 3/5`, `head 12`, `arrival 40`, `peer`.
    """

    origin: str | None
    index: int | None
    reason: Reason
    what: str

    def __str__(self) -> str:
        at = "" if self.index is None else f"#{self.index}"
        place = f"{self.origin or 'ledger.db'}{at}"
        return f"{place}: {say(TEXTS[self.reason])} ({self.reason}; {self.what})"


class Lacks(Struct, frozen=True):
    """A text that is not here, as its entry says, and is asked for until it comes.

    `why` is the word of who should have sent it, or QUOTA: ours to take it. `own`: its
    log is this node's, which asks others for it.
    """

    origin: str
    index: int
    why: str
    own: bool = False

    @property
    def lost(self) -> bool:
        """Whether this node had it, and nobody has said that it may be gone."""
        return self.own and self.why == "LOST"

    def __str__(self) -> str:
        node = self.origin.partition(".fusion/")[0]
        place = f"{self.origin}#{self.index}"
        if self.own:
            return say(
                "{place}: its text is lost here ({why}); the members that it was for"
                " are asked for it, then all others",
                place=place,
                why=self.why,
            )
        return say(
            "{place}: its text has not come ({why}); {node} is asked for it",
            place=place,
            why=self.why,
            node=node,
        )


class LogReport(Struct, frozen=True):
    """How one log stands: its newest head as stored, who cosigned that, what is wrong.

    `first_bad_index` is the lowest index of which a fault is known, None where none
    has an index; `reason` that fault's, None for a sound log.
    """

    origin: str
    size: int
    root: bytes
    cosigned_by: tuple[str, ...]
    first_bad_index: int | None
    reason: Reason | None


@dataclass(slots=True, kw_only=True)
class Findings:
    """Things found wrong so far: `faults` are the first of the `wrong`."""

    wrong: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.wrong

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep the first ones."""
        self.wrong += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults += (fault,)


@dataclass(slots=True, kw_only=True)
class Report(Findings):
    """The report on a home's database.

    `entries` counts those of all logs, `signatures` those that verified, of entries
    and of heads, `erased` the entries whose text may be absent: removed, or
    expired before it came. `lacks` holds the first of `lacking`, which are no damage;
    `lost` of them this node has lost of its own logs.
    `lowest` is the fault of each log at the lowest index.
    """

    logs: tuple[LogReport, ...] = ()
    entries: int = 0
    signatures: int = 0
    erased: int = 0
    lacking: int = 0
    lost: int = 0
    lacks: tuple[Lacks, ...] = ()
    lowest: dict[str | None, Fault] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Count a fault, keep the first ones, and the lowest of its log."""
        Findings.add(self, fault)
        held = self.lowest.get(fault.origin)
        if held is None or _place(fault) < _place(held):
            self.lowest[fault.origin] = fault

    def add_lacking(self, lacks: Lacks) -> None:
        """Count a text that has not come, and keep the first of them."""
        self.lacking += 1
        self.lost += lacks.lost
        if len(self.lacks) < FAULTS_KEPT:
            self.lacks += (lacks,)

    def take(self, audit: "LogAudit") -> None:
        """Keep what a verification found wrong in a log, and count its signatures."""
        for fault in audit.faults:
            self.add(fault)
        self.wrong += audit.wrong - len(audit.faults)
        self.signatures += audit.signatures

    def add_log(self, row: RawLog, cosigned_by: tuple[str, ...]) -> None:
        """Report on a log; the file's own faults are each log's."""
        origin = shown(row.origin)
        size = row.size if isinstance(row.size, int) else 0
        root = row.root if isinstance(row.root, bytes) else b""
        fault = self.lowest.get(origin) or self.lowest.get(None)
        index, reason = (fault.index, fault.reason) if fault else (None, None)
        self.logs += (LogReport(origin, size, root, cosigned_by, index, reason),)


def _place(fault: Fault) -> tuple[bool, int]:
    """Order by index, what has none last."""
    return fault.index is None, fault.index or 0


REASONS = tuple(Reason)  # in one byte each; fewer than 256
TOLD = 64  # refusals, or entries of a revoked signer, told one by one

"""An ACCEPTED statement: its index, the header it came in, and what it says."""


class Cosigner(Struct, frozen=True):
    """Who cosigned: up to which size, and when its newest line says (s)."""

    name: str
    size: int
    time_s: int


class RefusedEntry(Struct, frozen=True):
    """An entry that we refuse: mirrored, never delivered."""

    index: int
    reason: str


class PartnersRefusal(Struct, frozen=True):
    """An entry that partner `by` refuses; `ours` is our verdict, "" for ACCEPTED.

    `signed`: by a key of that partner; else it is the word of the shown log's reader.
    """

    index: int
    reason: str
    by: str
    signed: bool
    ours: str


REVOKED, STATED, DOUBTED = "REVOKED", "STATED", "DOUBTED"


class Revoked(Struct, frozen=True):
    """A revocation of a key or a certificate, at `index`, `by` an issuer or the roots.

    `filed` is when, `since` from when on (ms UTC). `entries` counts what of the key is
    DISOWNED by it, `first` the first; what stands below `proven_below` is older. `sort`
    is REVOKED; or `by` is an issuer that is not trusted since `since`, and at `index`
    he STATED the key, or his revocation is DOUBTED: it disowns nothing.
    """

    revokes: bytes
    subject: str
    since: int
    index: int
    by: str
    filed: int
    entries: int = 0
    first: tuple[int, ...] = ()
    proven_below: int = 0
    sort: str = REVOKED


class RolledBack(Struct, frozen=True):
    """A log of `size` entries, of which the exporter has signed a head of `shown`."""

    origin: str
    size: int
    shown: int


class Demands(Struct, frozen=True, kw_only=True):
    """What an export lacks of what it must hold.

    `missing` are the logs of the trust files that are not there, `allowed` those of
    them that need not be. `forks` has a proof by log. `known` counts the heads of an
    earlier audit that were held against it. `own_s` is when (s) the exporter signed
    last, 0 for never; `ahead` has when others did (s) who signed after the time of the
    export; with `allow_time` the exporter may be one of them.
    """

    missing: tuple[str, ...]
    allowed: tuple[str, ...]
    rolled_back: tuple[RolledBack, ...]
    forks: dict[str, bytes]
    known: int
    own_s: int
    ahead: tuple[tuple[str, int], ...]
    allow_time: bool


@dataclass(slots=True, kw_only=True)
class LogAudit(Findings):
    """How one log stands, filled in while it is verified.

    `size` and `root` are those of the tree rebuilt from the entries, `head_size` that
    of the newest head that verified, which the log signed at `head_s` (s), and
    `newest` its note; `signed_s` is the newest time that the log signed (s), `seen` has
    the newest note that each signed. `strays` are heads that are not of the tree, or
    out of order.
    `cosigned_size` entries are under a head that met the policy, by `cosigned_s` (s, 0
    for never). `refused` and `theirs` count what
    we and what partners refuse; the first of each stand beside. `disputed` counts what
    a partner says it refuses, and we do not. `gaps` are [start, end) that are not
    there. `strange` lines are of keys that no trust file names. `retired`: that the
    newest head rests on keys that are retired or revoked. `all_ours` has the
    places of all that we refuse, `reasons` each one's reason as a place in REASONS.
    """

    origin: str
    size: int = 0
    root: bytes = b""
    accepted: int = 0
    signatures: int = 0
    heads: int = 0
    head_size: int = 0
    head_s: int = 0
    newest: bytes | None = field(default=None, repr=False, compare=False)
    signed_s: int = 0
    seen: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    strays: tuple[bytes, ...] = field(default=(), repr=False, compare=False)
    cosigned_size: int = 0
    cosigned_s: int = 0
    cosigners: tuple[Cosigner, ...] = ()
    strange: int = 0
    retired: bool = False
    directory: DirectoryHeads = NO_HEADS
    gaps: tuple[tuple[int, int], ...] = ()
    ours: tuple[RefusedEntry, ...] = ()
    refused_by_others: int = 0
    theirs: tuple[PartnersRefusal, ...] = ()
    disputed: int = 0
    revocations: tuple[Revoked, ...] = ()
    all_ours: "array[int]" = field(
        default_factory=lambda: array("q"), repr=False, compare=False
    )
    reasons: bytearray = field(default_factory=bytearray, repr=False, compare=False)
    proven: ProvenTimes = field(default_factory=ProvenTimes, repr=False, compare=False)
    stated: tuple[PlacedStatement, ...] = field(
        default_factory=tuple, repr=False, compare=False
    )

    @property
    def refused(self) -> int:
        """How many entries we refuse."""
        return len(self.all_ours)

    def refusals(self, start: int = 0) -> Iterator[tuple[int, Reason]]:
        """Return all that we refuse but for the first `start`, each by its index."""
        why = (REASONS[place] for place in self.reasons[start:])
        return zip(self.all_ours[start:], why, strict=True)

    def refuse(self, index: int, reason: Reason) -> None:
        """Take up an entry that we refuse."""
        self.all_ours.append(index)
        self.reasons.append(REASONS.index(reason))
        if len(self.ours) < TOLD:
            self.ours += (RefusedEntry(index, reason),)

    def with_revocations(self, revoked: tuple[Revoked, ...]) -> "LogAudit":
        """Return the same with other revocations."""
        return replace(self, revocations=revoked)

    @property
    def lacks_directory(self) -> bool:
        """Whether the newest directory head is much older than the newest head."""
        return lacks_directory_head(self.head_s, self.directory.last_s)

    @property
    def last_cosigned_s(self) -> int:
        """When the newest line of any cosigner says that it was made (s), 0: never."""
        return max((one.time_s for one in self.cosigners), default=0)


class TakenBy(Struct, frozen=True):
    """The officer who took an export, and when (ms UTC), by a signature that verified.

    `revoked` is since when that key is revoked (ms UTC), 0 where it is not.
    """

    officer: str
    at: int
    revoked: int


CONTENT = ("ROLLED BACK", "LOGS MISSING", "EXPORT TIME")
LACKING = (
    *CONTENT,
    "NOT COSIGNED",
    "DIRECTORY HEADS MISSING",
    "RETIRED KEYS",
    "TOO OLD",
)
"""Why an export is no evidence, of which CONTENT what it must hold; in no language."""


class Audit(Freshness, frozen=True):
    """The audit of an export that `node` made at `exported` (ms UTC), as it says.

    `digest` is SHA-256 of the export, `demands` what it lacks; `trust` are the trust
    files that it was verified by.
    `continued` are the logs that a newer export continues under a head of current keys.
    `require_cosigned`: that entries without the lines that their policy asks for are no
    evidence. `taken` is who signed the export; no verdict rests on that.
    """

    node: str
    exported: int
    digest: bytes
    logs: tuple[LogAudit, ...]
    demands: Demands
    trust: tuple[Bundle, ...] = ()
    continued: frozenset[str] = frozenset()
    require_cosigned: bool = True
    taken: TakenBy | None = None

    @property
    def ok(self) -> bool:
        """Whether all is there and as it was signed, by current keys, and fresh."""
        return not self.lacking and all(log.ok for log in self.logs)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Why it is no evidence, even with all as it was signed: words of LACKING."""
        found = (
            self.demands.rolled_back,
            self.demands.missing,
            self.dated_back,
            any(map(self.uncosigned, self.logs)),
            any(log.lacks_directory for log in self.logs),
            any(map(self.retired, self.logs)),
            self.old or any(map(self.stale, self.logs)),
        )
        return tuple(word for word, lacks in zip(LACKING, found, strict=True) if lacks)

    @property
    def heads(self) -> list[bytes]:
        """The newest head that each has signed of each log that is sound."""
        return [note for log in self.logs if log.ok for note in log.seen.values()]

    @property
    def taken_after(self) -> int | None:
        """How long (s) after its last own signature it was taken; None for never."""
        own_s = self.demands.own_s
        return self.exported // SECOND - own_s if own_s else None

    @property
    def dated_back(self) -> bool:
        """Whether it says a time before the exporter's own last signature."""
        after = self.taken_after
        return after is not None and after < 0 and not self.demands.allow_time

    @property
    def old(self) -> bool:
        """Whether it was taken too long after the exporter's own last signature."""
        after = self.taken_after
        return self.max_age is not None and (after is None or after > self.max_age)

    def uncosigned(self, log: LogAudit) -> int:
        """Return how many entries of a log are the writer's word alone, where asked."""
        return log.size - log.cosigned_size if self.require_cosigned else 0

    def retired(self, log: LogAudit) -> bool:
        """Whether nothing but keys that ended vouches for the newest head of a log."""
        return log.retired and log.origin not in self.continued

    def age(self, log: LogAudit) -> int | None:
        """Return how long ago (s) a log was cosigned last; None for never."""
        return self.since(log.last_cosigned_s)

    def stale(self, log: LogAudit) -> bool:
        """Whether the last cosignature is too old, or says a time that is to come."""
        return self.over(log.last_cosigned_s)


class NodeView(Struct, frozen=True):
    """A log as one node shows it.

    `head` is its newest head, signed by the log; None where it shows none, and then
    nothing was audited. `faults` are what is wrong beside what the audit found.
    """

    node: str
    head: Head | None
    audit: LogAudit | None
    faults: tuple[Fault, ...] = ()

    @property
    def size(self) -> int:
        """How many entries the newest head covers."""
        return self.head.size if self.head else 0

    @property
    def ok(self) -> bool:
        """Whether all that it shows is as it was signed."""
        sound = self.audit is None or self.audit.ok
        return not self.faults and sound and not self.lacks_directory

    @property
    def lacks_directory(self) -> bool:
        """Whether the newest directory head is much older than the newest head."""
        return self.audit is not None and self.audit.lacks_directory


class LiveLog(Struct, frozen=True):
    """One log in all views. `agree`: that one tree has every head that is shown.

    `fork` is the proof that none can, made here or shown by a node.
    """

    origin: str
    views: tuple[NodeView, ...]
    agree: bool
    fork: bytes | None

    @property
    def size(self) -> int:
        """The size of the largest view."""
        return max(view.size for view in self.views)

    @property
    def ok(self) -> bool:
        """Whether every view is sound, and all of them agree."""
        return self.agree and not self.fork and all(view.ok for view in self.views)


class LiveAudit(Struct, frozen=True):
    """The audit of running nodes, log by log."""

    nodes: tuple[str, ...]
    logs: tuple[LiveLog, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed, and the same at all nodes."""
        return all(log.ok for log in self.logs)
