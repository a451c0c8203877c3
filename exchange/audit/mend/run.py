"""In which order a database is mended, and until when.

Rounds of: the file, the logs, each log's tree, rows and heads, what stands side_rows.
What one round has put right lets the next one see further: receipts are for those
who may read what they speak of, perhaps in another log. After each, everything is
verified again; one that changes nothing is the last, but never the first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchange.audit.judge.keys import LogKeys, keys_of, log_before
from exchange.audit.mend import arrivals, logs, side_rows
from exchange.audit.mend.heads import Heads
from exchange.audit.mend.judging import Judging
from exchange.audit.mend.notes import with_witnesses
from exchange.audit.mend.rebuilt import Rebuilt
from exchange.audit.mend.rows import Entries, Home
from exchange.audit.mend.sink import Mended, Sink
from exchange.audit.mend.sources import Partner, Rejected, Sources
from exchange.audit.mend.tree import Tree
from exchange.audit.result import Report, shown
from exchange.audit.sources.log_source import Progress
from exchange.audit.verify_database import verify_file
from exchange.errors import Reason, Refusal, Tampered
from exchange.store import raw as raws
from exchange.store import repair, salvage
from exchange.store.raw import Raw
from exchange.store.raw_rows import RawLog
from exchange.store.repair import Repair
from exchange.store.sums import Value
from exchange.trust.bundle import Bundle

ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was wrong, what is mended and by whom, and what is wrong now.

    `mended` holds the first of `count`, `rejected` of `refused` answers; `silent` are
    the partners that did not answer. `beyond` says that the file itself is damaged
    so that SQLite cannot be trusted with it; `kept` is where it lies, if a new one
    has taken its place.
    """

    before: Report
    after: Report
    mended: tuple[Mended, ...] = ()
    count: int = 0
    rejected: tuple[Rejected, ...] = ()
    refused: int = 0
    silent: Mapping[str, Reason] = field(default_factory=dict)
    beyond: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What a database is mended by: whose it is, and what is known elsewhere.

    `now` (ms UTC) as for `verify_file`; `proofs` are those of forks that are kept as
    files.
    """

    me: str
    pinned: Mapping[str, Bundle]
    partners: Sequence[Partner] = ()
    proofs: Sequence[bytes] = ()
    now: int = 0

    def verify(self, path: Path, progress: Progress) -> Report:
        """Return what is wrong with a database."""
        return verify_file(path, self.me, self.pinned, progress, self.now)


def mend_file(
    path: Path,
    given: Given,
    progress: Progress,
    told: Callable[[Report], None] = lambda _: None,
) -> Outcome:
    """Mend a node's database; `told` of what is wrong, before it is mended.

    The caller keeps the node from running meanwhile (config.locked).
    Raises Refusal(LOCKED | DISK) where the file cannot be written, and what
    `verify_file` raises.
    """
    before = given.verify(path, progress)
    told(before)
    sources = Sources(given.partners)
    outcome = _in_place(path, given, sources, (before, progress))
    if outcome.beyond:
        outcome = _anew(path, given, sources, (outcome, progress))
    return replace(
        outcome,
        rejected=tuple(sources.rejected),
        refused=sources.wrong,
        silent=sources.silent,
    )


def _in_place(
    path: Path,
    given: Given,
    sources: Sources,
    found: tuple[Report, Progress],
    *,
    anew: bool = False,
) -> Outcome:
    """Mend a file by changing it; nothing where it cannot be trusted to be changed."""
    before, progress = found
    if before.ok and not anew:
        return Outcome(before, before)
    try:
        repair.look(path)
        with repair.opened(path) as writer:
            mending = _Mending(path, given, sources, writer, Sink(writer), anew)
            after = mending.run(before, progress)
    except Tampered:
        return Outcome(before, before, beyond=True)
    sink = mending.sink
    beyond = mending.beyond and not after.ok
    return Outcome(before, after, tuple(sink.told), sink.count, beyond=beyond)


def _anew(
    path: Path, given: Given, sources: Sources, found: tuple[Outcome, Progress]
) -> Outcome:
    """Mend a new database of what can still be read; take it if it is right then."""
    outcome, progress = found
    new = path.with_name(f"{path.name}.new")
    try:
        salvage.copy(path, new)
        before = given.verify(new, progress)
        made = _in_place(new, given, sources, (before, progress), anew=True)
        if not made.after.ok:
            return outcome
        kept = salvage.replace(path, new)
    except Tampered:
        return outcome
    finally:
        salvage.remove(new)
    saved = Mended(None, None, "file")
    return replace(
        made,
        before=outcome.before,
        mended=(saved, *made.mended),
        count=made.count + 1,
        kept=kept.name,
    )


@dataclass(slots=True)
class _Mending:
    """One repair of one database."""

    path: Path
    given: Given
    sources: Sources
    writer: Repair
    sink: Sink
    anew: bool  # rows may be lost of which nothing else tells
    whole: bool = False  # that every log is known from end to end
    late: bool = False  # that it was so in the last round already
    judged: dict[str, Judging] = field(default_factory=dict)  # in this round
    beyond: bool = False

    def run(self, before: Report, progress: Progress) -> Report:
        """Mend until nothing is wrong, or nothing changes; return what is wrong."""
        report = before
        for number in range(ROUNDS):
            count, self.late = self.sink.count, number > 0 and self.whole
            self._round(report)
            report = self.given.verify(self.path, progress)
            if report.ok or (number and self.sink.count == count):
                break
        return report

    def _round(self, report: Report) -> None:
        """Mend what can be seen to be wrong.

        1. The file: schema and indexes. 2. Which logs there are. 3. Each log that is
        wrong, or may have lost what nothing tells of. 4. What is of none. 5. What
        stands beside them.
        """
        # 1
        readable = False
        with self._reading():
            self._file()
            readable = True
        if not readable:
            return
        # 2
        with self._reading(), raws.opened(self.path) as raw:
            logs.number(raw, self.given.pinned, self.sink)
        # 3
        self.judged.clear()
        known = [self._log(row, keys) for row, keys in self._wrong(report)]
        self.whole = all(known)
        # 4
        if self.whole:
            with self._reading(), raws.opened(self.path) as raw:
                logs.drop_strays(raw, self.sink)
        # 5
        self._beside()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Go on elsewhere where SQLite finds its file damaged."""
        try:
            yield
        except (Refusal, Tampered) as error:
            if error.reason is not Reason.DATABASE:
                raise
            self.beyond = True

    def _file(self) -> None:
        """Mend schema and indexes; raise Tampered where these stay damaged."""
        for name in self.writer.schema():
            self.sink.tell(Mended(None, None, f"schema: {name}"))
        for table in self.writer.reindex(self.writer.damage()):
            self.sink.tell(Mended(None, None, f"indexes of {table}"))
        if not repair.sound(self.writer.damage()):
            raise Tampered(Reason.DATABASE, self.path.name)

    def _rows(self) -> list[RawLog]:
        rows: list[RawLog] = []
        with self._reading(), raws.opened(self.path) as raw:
            rows += raw.logs()
        return rows

    def _pinned(self) -> dict[str, tuple[RawLog, LogKeys]]:
        """Return the logs that are pinned, each behind the one that it goes on from."""
        found: dict[str, tuple[RawLog, LogKeys]] = {}
        for row in self._rows():
            origin = str(row.origin)
            with suppress(Refusal):
                found[origin] = row, keys_of(origin, self.given.pinned)
        order = [
            origin
            for bundle in self.given.pinned.values()
            for node in bundle.nodes.values()
            for origin in node.origins
        ]
        return {origin: found[origin] for origin in order if origin in found}

    def _wrong(self, report: Report) -> list[tuple[RawLog, LogKeys]]:
        """Return the logs that are wrong, and those that they go on from."""
        pinned = self._pinned()
        sound = {log.origin for log in report.logs if not log.reason and not self.anew}
        wrong = [origin for origin in pinned if shown(origin) not in sound]
        for origin in wrong:
            before = log_before(origin, self.given.pinned)
            if before in pinned and before not in wrong:
                wrong.append(before)  # the loop goes on over it
        return [found for origin, found in pinned.items() if origin in wrong]

    def _log(self, row: RawLog, keys: LogKeys) -> bool:
        """Mend one log; return whether it is known from end to end."""
        found, origin = Rebuilt(), str(row.origin)
        with self._reading(), raws.opened(self.path) as raw:
            row = next((now for now in raw.logs() if now.number == row.number), row)
            found = Tree(raw, row, keys, self.sources, self.sink).run()
        with self._reading(), raws.opened(self.path) as raw:
            home = Home(self.given.me, self.given.now, self.late)
            before = self.judged.get(log_before(origin, self.given.pinned))
            rows = Entries(raw, row, home, keys, found, self.sources, self.sink, before)
            self.judged[origin] = rows.judging
            rows.run()
        with self._reading(), raws.opened(self.path) as raw:
            known = with_witnesses(raw, origin, keys)
            Heads(raw, row, known, found, self.sources, self.sink).run(told=self.anew)
        logs.settle(row, found, self.sink)
        return found.whole and not found.unknown

    def _held(self) -> side_rows.Logs:
        """Return number -> origin and all keys, of the logs that are pinned."""
        held: dict[Value, tuple[str, LogKeys]] = {}
        pinned = self._pinned()
        with self._reading(), raws.opened(self.path) as raw:
            for origin, (row, keys) in pinned.items():
                held[row.number] = origin, with_witnesses(raw, origin, keys)
        return held

    def _beside(self) -> None:
        """Mend what stands beside the logs, each table on a view of its own."""
        held, me = self._held(), self.given.me
        nodes = {
            n.name: n for b in self.given.pinned.values() for n in b.nodes.values()
        }
        peers = nodes.keys() - {me}
        mine = nodes[me].origins[-1] if me in nodes else ""
        own = [(n, keys) for n, (origin, keys) in held.items() if origin == mine]
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.refusals(raw, held, peers, self.sink)
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.lacking(raw, held, peers, self.sink)
        with self._reading(), raws.opened(self.path) as raw:
            if _complete(raw):
                origins = {_number(n): origin for n, (origin, _) in held.items()}
                arrivals.Arrivals(raw, self.sink, origins).run()
        with self._reading(), raws.opened(self.path) as raw:
            first = own[0] if own else None
            side_rows.partners(raw, first, peers, self.sink, sure=self.late)
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.waiting(raw, self.sink)
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.times(raw, self.sink)
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.pulses(raw, held, self.sink)
        with self._reading(), raws.opened(self.path) as raw:
            side_rows.forks(raw, held, self.given.proofs, self.sink)


def _complete(raw: Raw) -> bool:
    """Whether every log has its entries, so that arrivals can be held against them."""
    return all(raw.count("entry", row.number) == row.size for row in raw.logs())


def _number(number: Value) -> int:
    if not isinstance(number, int):
        raise Tampered(Reason.DATABASE, "log.number")
    return number
