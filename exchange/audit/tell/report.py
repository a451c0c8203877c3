"""What a verification found: dataclasses, and how they are told."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange.errors import TEXTS, Reason
from exchange.store.sums import Value
from exchange.words import say, say_n

FAULTS_KEPT = 64  # told one by one; one fault may bring many after it


def shown(value: Value) -> str:
    """Return what a damaged file says as one line that no terminal would obey."""
    text = " ".join(value.split()) if isinstance(value, str) else ascii(value)
    return text if text.isascii() and text.isprintable() else ascii(text)


@dataclass(frozen=True, slots=True)
class Fault:
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


@dataclass(frozen=True, slots=True)
class Lacks:
    """A text that is not here, as its entry says, and is asked for until it comes.

    `why` is the word of who should have sent it, or QUOTA: ours to take it.
    """

    origin: str
    index: int
    why: str

    def __str__(self) -> str:
        node = self.origin.partition(".fusion/")[0]
        place = f"{self.origin}#{self.index}"
        return say(
            "{place}: its text has not come ({why}); {node} is asked for it",
            place=place,
            why=self.why,
            node=node,
        )


@dataclass(frozen=True, slots=True)
class LogReport:
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


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified of a home's database, and what was found.

    `entries` counts those of all logs, `signatures` those that verified, of entries
    and of heads, `erased` the entries whose text is rightly not here: removed, or
    expired before it came. `lacks` holds the first of `lacking`, which are no damage,
    `faults` the first of `wrong`.
    """

    logs: tuple[LogReport, ...]
    entries: int
    signatures: int
    faults: tuple[Fault, ...]
    wrong: int
    erased: int = 0
    lacking: int = 0
    lacks: tuple[Lacks, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.wrong


@dataclass(slots=True)
class Findings:
    """What is gathered on the way."""

    entries: int = 0
    signatures: int = 0
    erased: int = 0
    lacking: int = 0
    lacks_first: list[Lacks] = field(default_factory=list)
    wrong: int = 0
    faults: list[Fault] = field(default_factory=list)
    first: dict[str | None, Fault] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Keep a fault, and whether it is the first of its log."""
        self.wrong += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)
        held = self.first.get(fault.origin)
        if held is None or _place(fault) < _place(held):
            self.first[fault.origin] = fault

    def lacks(self, lacks: Lacks) -> None:
        """Count a text that has not come, and keep the first of them."""
        self.lacking += 1
        if len(self.lacks_first) < FAULTS_KEPT:
            self.lacks_first.append(lacks)

    def log(
        self, origin: str, size: int, root: bytes, cosigned_by: tuple[str, ...]
    ) -> LogReport:
        """Return the report on a log; the file's own faults are each log's."""
        fault = self.first.get(origin) or self.first.get(None)
        if fault is None:
            return LogReport(origin, size, root, cosigned_by, None, None)
        return LogReport(origin, size, root, cosigned_by, fault.index, fault.reason)


def _place(fault: Fault) -> tuple[bool, int]:
    """Order by index, what has none last."""
    return fault.index is None, fault.index or 0


def as_json(report: Report) -> dict[str, object]:
    """Return a report as `--json` prints it; roots in base64, as in a C2SP head."""
    return {
        "ok": report.ok,
        "entries": report.entries,
        "signatures": report.signatures,
        "erased": report.erased,
        "lacking": report.lacking,
        "lacking_first": [
            {"origin": one.origin, "index": one.index, "reason": one.why}
            for one in report.lacks
        ],
        "logs": [
            {
                "origin": log.origin,
                "size": log.size,
                "root": base64.b64encode(log.root).decode(),
                "cosigned_by": list(log.cosigned_by),
                "first_bad_index": log.first_bad_index,
                "reason": log.reason,
            }
            for log in report.logs
        ],
        "faults": [
            {
                "origin": fault.origin,
                "index": fault.index,
                "reason": fault.reason,
                "what": fault.what,
            }
            for fault in report.faults
        ],
    }


def lines(report: Report) -> Iterator[str]:
    """Yield a report as it is shown."""
    for log in report.logs:
        root = base64.b64encode(log.root).decode()
        told = size_and_root(log.size, root)
        if log.cosigned_by:
            names = " ".join(log.cosigned_by)
            told = say("{head}, cosigned by {names}", head=told, names=names)
        yield f"{log.origin}: {told}"
    yield from (str(fault) for fault in report.faults)
    if report.wrong > len(report.faults):
        yield more(report.wrong - len(report.faults))
    yield from map(str, report.lacks)
    if report.lacking > len(report.lacks):
        yield more(report.lacking - len(report.lacks))
    yield counted(
        say_n("{n} entry", "{n} entries", report.entries),
        say_n("{n} signature", "{n} signatures", report.signatures),
        say_n("{n} erased", "{n} erased", report.erased) if report.erased else "",
        say_n("{n} lacking", "{n} lacking", report.lacking) if report.lacking else "",
        verdict=say("all as signed") if report.ok else wrong(report.wrong),
    )


def size_and_root(size: int, root: str) -> str:
    """Return how long a log is, and the root (base64) of its tree."""
    entries = say_n("{n} entry", "{n} entries", size)
    return say("{entries}, root {root}", entries=entries, root=root)


def more(n: int) -> str:
    """Return that so many are not told one by one."""
    return say_n("and {n} more", "and {n} more", n)


def wrong(n: int) -> str:
    """Return of how many things it is known that they are not as they were signed."""
    return say_n("{n} wrong", "{n} wrong", n)


def counted(*counts: str, verdict: str) -> str:
    """Return what was looked at, and what came of it."""
    told = say(", ").join(count for count in counts if count)
    return say("{counted}: {verdict}", counted=told, verdict=verdict)
