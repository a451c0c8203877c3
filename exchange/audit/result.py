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

FAULTS_KEPT = 64  # faults listed one by one; one fault may cause many more


def shown(value: Value) -> str:
    """Make it one line, safe to print in a terminal."""
    text = " ".join(value.split()) if isinstance(value, str) else ascii(value)
    return text if text.isascii() and text.isprintable() else ascii(text)


class Fault(Struct, frozen=True):
    """A difference from the signed data.

    `origin` is None if no single log is concerned. `index` is the entry's; for a node
    of the tree or a head, the last entry that it covers. `what` names the place:
    `entry.name`, `hash 3/5`, `head 12`, `arrival 40`, `peer`.
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
    """A missing text that its entry calls for; it is requested until it comes.

    `why` is the reason of the node that owes it, or QUOTA: our own. `own`: it is in
    this node's log, which asks others for it.
    """

    origin: str
    index: int
    why: str
    own: bool = False

    @property
    def lost(self) -> bool:
        """Whether the text of an own entry is missing without a reason."""
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
    """A log's newest stored head, that head's cosigners, and its faults.

    `first_bad_index` is the lowest index of a known fault, None if no fault has one;
    `reason` is that fault's, None for a sound log.
    """

    origin: str
    size: int
    root: bytes
    cosigned_by: tuple[str, ...]
    first_bad_index: int | None
    reason: Reason | None


@dataclass(slots=True, kw_only=True)
class Findings:
    """`wrong` counts all faults, `faults` has the first."""

    wrong: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.wrong

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep the first ones."""
        self.wrong += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults += (fault,)


@dataclass(slots=True, kw_only=True)
class Report(Findings):
    """The report on a home's database.

    `entries` counts those of all logs, `signatures` the verified ones of entries and
    heads, `erased` the entries with a text removed, or expired before it came. `lacks`
    has the first of `lacking`, which are no damage; `lost` counts those lost from this
    node's own logs. `lowest` has each log's fault at the lowest index.
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
        """Add a fault, and keep the lowest of its log."""
        Findings.add(self, fault)
        held = self.lowest.get(fault.origin)
        if held is None or _place(fault) < _place(held):
            self.lowest[fault.origin] = fault

    def add_lacking(self, lacks: Lacks) -> None:
        self.lacking += 1
        self.lost += lacks.lost
        if len(self.lacks) < FAULTS_KEPT:
            self.lacks += (lacks,)

    def take(self, audit: "LogAudit") -> None:
        for fault in audit.faults:
            self.add(fault)
        self.wrong += audit.wrong - len(audit.faults)
        self.signatures += audit.signatures

    def add_log(self, row: RawLog, cosigned_by: tuple[str, ...]) -> None:
        """Add a log; a fault of the file counts for each log."""
        origin = shown(row.origin)
        size = row.size if isinstance(row.size, int) else 0
        root = row.root if isinstance(row.root, bytes) else b""
        fault = self.lowest.get(origin) or self.lowest.get(None)
        index, reason = (fault.index, fault.reason) if fault else (None, None)
        self.logs += (LogReport(origin, size, root, cosigned_by, index, reason),)


def _place(fault: Fault) -> tuple[bool, int]:
    """Order faults by index, those without one last."""
    return fault.index is None, fault.index or 0


REASONS = tuple(Reason)  # in one byte each; fewer than 256
TOLD = 64  # refusals, or entries of a revoked signer, listed one by one


class Cosigner(Struct, frozen=True):
    """The size it reached, and the time (s) in its newest line."""

    name: str
    size: int
    time_s: int


class RefusedEntry(Struct, frozen=True):
    """An entry that we mirror and never deliver."""

    index: int
    reason: str


class PartnersRefusal(Struct, frozen=True):
    """`ours` is our verdict, "" for ACCEPTED.

    `signed`: by a key of that partner; otherwise only the log's reader says so.
    """

    index: int
    reason: str
    by: str
    signed: bool
    ours: str


REVOKED, STATED, DOUBTED = "REVOKED", "STATED", "DOUBTED"


class Revoked(Struct, frozen=True):
    """A revocation of a key or certificate, at `index`, `by` an issuer or the roots.

    `filed` and its start `since` are ms UTC. `entries` counts the key's entries that it
    makes DISOWNED, `first` has the first; those below `proven_below` are older. `sort`
    is REVOKED; or `by` is an issuer not trusted since `since`: at `index` it STATED the
    key, or its revocation is DOUBTED and disowns nothing.
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
    """A log of `size` entries whose exporter signed a head of size `shown`."""

    origin: str
    size: int
    shown: int


class Demands(Struct, frozen=True, kw_only=True):
    """The demands on an export, and those it does not meet.

    `missing` are the absent logs of the trust files, `allowed` those that may be
    absent. `forks` has a proof by log. `known` counts an earlier audit's heads compared
    with it. `own_s` is when (s) the exporter signed last, 0 for never; `ahead` has
    others' signatures (name, s) later than its time; with `allow_time` the exporter's
    may be later too.
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
    """The audit of one log, filled in while it is verified.

    `size` and `root` are of the tree rebuilt from the entries, `head_size` of the
    newest verified head `newest`, signed at `head_s` (s). `signed_s` is the log's
    newest signing time (s), `seen` each signer's newest note. `strays` are heads that
    are not of the tree, or out of order.

    `cosigned_size` entries are under a head that met the policy, by `cosigned_s` (s, 0
    for never). `refused` and `refused_by_others` count our and partners' refusals;
    `ours` and `theirs` have the first; `disputed` counts theirs that we accept. `gaps`
    are the missing [start, end). `strange` lines are of keys in no trust file.
    `retired`: the newest head rests on retired or revoked keys. `all_ours` has the
    places of our refusals, `reasons` their reasons as indexes into REASONS.
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
        return len(self.all_ours)

    def refusals(self, start: int = 0) -> Iterator[tuple[int, Reason]]:
        """Yield the refusals after the first `start`."""
        why = (REASONS[place] for place in self.reasons[start:])
        return zip(self.all_ours[start:], why, strict=True)

    def refuse(self, index: int, reason: Reason) -> None:
        self.all_ours.append(index)
        self.reasons.append(REASONS.index(reason))
        if len(self.ours) < TOLD:
            self.ours += (RefusedEntry(index, reason),)

    def with_revocations(self, revoked: tuple[Revoked, ...]) -> "LogAudit":
        return replace(self, revocations=revoked)

    @property
    def lacks_directory(self) -> bool:
        return lacks_directory_head(self.head_s, self.directory.last_s)

    @property
    def last_cosigned_s(self) -> int:
        """The time (s) of the newest cosignature; 0 without one."""
        return max((one.time_s for one in self.cosigners), default=0)


class TakenBy(Struct, frozen=True):
    """The officer who took the export at `at` (ms UTC), by a verified signature.

    `revoked` is since when that key is revoked (ms UTC), 0 if it is not.
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
"""Why an export is no evidence; CONTENT are unmet demands; never translated."""


class Audit(Freshness, frozen=True):
    """`node` made the export at `exported` (ms UTC), as it claims.

    `digest` is SHA-256 of the export; the `trust` files verified it. `continued` are
    the logs that a newer export continues under a head of current keys.
    `require_cosigned`: entries that do not meet their policy are no evidence. `taken`
    has the signer; no verdict depends on it.
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
        return not self.lacking and all(log.ok for log in self.logs)

    @property
    def lacking(self) -> tuple[str, ...]:
        """The reasons why it is no evidence, even if each log is as signed: LACKING."""
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
        """The newest note of each signer, in each sound log."""
        return [note for log in self.logs if log.ok for note in log.seen.values()]

    @property
    def taken_after(self) -> int | None:
        """Seconds from the node's last signature to the export; None without one."""
        own_s = self.demands.own_s
        return self.exported // SECOND - own_s if own_s else None

    @property
    def dated_back(self) -> bool:
        """Whether the export claims a time before its node's own last signature."""
        after = self.taken_after
        return after is not None and after < 0 and not self.demands.allow_time

    @property
    def old(self) -> bool:
        """Whether the export was taken too long after its node's last signature."""
        after = self.taken_after
        return self.max_age is not None and (after is None or after > self.max_age)

    def uncosigned(self, log: LogAudit) -> int:
        """Return 0 if cosigning is not required."""
        return log.size - log.cosigned_size if self.require_cosigned else 0

    def retired(self, log: LogAudit) -> bool:
        """Return whether only keys that ended vouch for the newest head."""
        return log.retired and log.origin not in self.continued

    def age(self, log: LogAudit) -> int | None:
        """Return s; None for never."""
        return self.since(log.last_cosigned_s)

    def stale(self, log: LogAudit) -> bool:
        return self.over(log.last_cosigned_s)


class NodeView(Struct, frozen=True):
    """`head` is its newest head, signed by the log; without one, nothing was audited.

    `faults` are those besides the audit's.
    """

    node: str
    head: Head | None
    audit: LogAudit | None
    faults: tuple[Fault, ...] = ()

    @property
    def size(self) -> int:
        return self.head.size if self.head else 0

    @property
    def ok(self) -> bool:
        sound = self.audit is None or self.audit.ok
        return not self.faults and sound and not self.lacks_directory

    @property
    def lacks_directory(self) -> bool:
        return self.audit is not None and self.audit.lacks_directory


class LiveLog(Struct, frozen=True):
    """`agree`: one tree has every head that is shown.

    `fork` is the proof of a fork, made here or shown by a node.
    """

    origin: str
    views: tuple[NodeView, ...]
    agree: bool
    fork: bytes | None

    @property
    def size(self) -> int:
        return max(view.size for view in self.views)

    @property
    def ok(self) -> bool:
        return self.agree and not self.fork and all(view.ok for view in self.views)


class LiveAudit(Struct, frozen=True):
    nodes: tuple[str, ...]
    logs: tuple[LiveLog, ...]

    @property
    def ok(self) -> bool:
        return all(log.ok for log in self.logs)
