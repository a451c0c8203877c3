"""Verify a node's whole database again, by public keys alone.

Works beside a running node, on one view of its database, without a passphrase.
`verify_log` verifies each log; rows are compared with that, and the tables beside the
logs are checked (database/). Sums without a key (row_checksums.py) cover unsigned data;
the digest that a node leaves on closing its file (file_digest.py) covers dead space in
pages, unchecked while the file is open.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from exchange import config
from exchange.audit.database import side_tables
from exchange.audit.database.cold import check_cold
from exchange.audit.database.columns import Columns, RowSource, row_size
from exchange.audit.database.directories import check_directories
from exchange.audit.database.erased_texts import rule_of
from exchange.audit.database.places import check_places
from exchange.audit.database.statements import check_statements
from exchange.audit.judge import chunk
from exchange.audit.judge.chunk import ChunkState
from exchange.audit.judge.keys import keys_of, log_before
from exchange.audit.judge.pool import open_pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.result import Fault, LogAudit, Report, shown
from exchange.audit.sources.log_source import Progress, silent
from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.store import file_digest, raw_rows
from exchange.store.raw_rows import RawLog, RawRows
from exchange.store.row_checksums import Value
from exchange.trust import bundle as bundles
from exchange.trust.bundle import Bundle


def verify_home(home: Path, progress: Progress = silent, now: int = 0) -> Report:
    """Verify by the bundles imported in `home`.

    At `now` (ms UTC) texts past their retention may be gone; at 0 none may. Faults in
    the database are in the report. Refusal(HOME | BUNDLE | LOCKED | ...) if there is no
    node to verify, DATABASE if there is no database to read.
    """
    node = config.node_home(home)
    me = config.read_node(node).name
    pinned = bundles.load_all(node.trust)
    place = config.database_of(node)
    if isinstance(place, Path):
        try:
            place.open("rb").close()
        except OSError:
            raise Refusal(Reason.DATABASE, config.short(place)) from None
    return verify_file(place, me, pinned, progress, now)


def verify_file(
    place: Path | DatabaseUrl,
    me: str,
    pinned: Mapping[str, Bundle],
    progress: Progress = silent,
    now: int = 0,
) -> Report:
    """Verify a file; damage that prevents reading is a finding.

    A database on a server is such a finding only if the server reports damage; if the
    server does not answer, this raises Refusal.
    """
    report = Report()
    try:
        with raw_rows.open_view(place) as raw:
            size = sum(row_size(log) for log in raw.logs())
            with open_pool(chunk.judge, size) as pool:
                means = Means(pinned, pool, progress=progress)
                _Verification(raw, me, means, report, now).run()
    except (Refusal, Tampered) as error:
        silent = isinstance(error, Refusal) and not isinstance(place, Path)
        if silent or error.reason is not Reason.DATABASE:
            raise
        report.add(Fault(None, None, Reason.DATABASE, error.where))
    if isinstance(place, Path) and file_digest.has_changed(place) and report.ok:
        report.add(Fault(None, None, Reason.DATABASE, "a byte outside of any row"))
    return report


class _Verification(Struct, frozen=True):
    raw: RawRows
    me: str
    means: Means
    report: Report
    now: int
    audits: dict[str, LogAudit] = field(default_factory=dict)
    states: dict[Value, ChunkState] = field(default_factory=dict)

    def run(self) -> None:
        """Verify everything.

        1. The file is sound and has our schema; so are the files of old entries. A bad
           one is reported once, before its entries.
        2. Each log, from its first entry to its newest head.
        3. Arrivals, partners' refusals and states, tables of names and ids. Directory
           trees, if all before is sound.
        """
        logs = self.raw.logs()
        # 1
        self._keep(side_tables.file(self.raw, logs))
        origins = {row.number: shown(row.origin) for row in logs}
        self._keep(check_cold(self.raw, origins))
        # 2
        cosigned_by = [self._log(row) for row in logs]
        # 3
        self._keep(self._side_tables(logs))
        self._keep(check_places(self.raw, origins))
        self._keep(check_statements(self.raw, origins))
        if self.report.ok:
            self._keep(check_directories(self.raw, origins))
        for row, by in zip(logs, cosigned_by, strict=True):
            self.report.add_log(row, by)

    def _keep(self, faults: Iterator[Fault]) -> None:
        try:
            for fault in faults:
                self.report.add(fault)
        except Tampered as error:
            self.report.add(Fault(None, None, error.reason, error.where))

    def _log(self, row: RawLog) -> tuple[str, ...]:
        """Read as far as the file allows; return the cosigners."""
        origin = shown(row.origin)
        try:
            keys = keys_of(origin, self.means.pinned)
        except Refusal as refusal:
            self.report.add(Fault(origin, None, refusal.reason, "log.origin"))
            return ()
        source = RowSource(self.raw, row)
        rule = rule_of(self.raw, row.number, self.me, keys, self.now)
        columns = Columns(self.raw, row, rule, self.report)
        before = self.audits.get(log_before(origin, self.means.pinned))
        audit = verify_log(source, self.means, before, columns)
        self.audits[origin] = audit
        self.states[row.number] = columns.directory.state
        self.report.take(audit)
        try:
            columns.end(audit, beyond=source.beyond)
        except Tampered as error:
            self.report.add(Fault(origin, audit.size, error.reason, error.where))
        return columns.cosigned_by

    def _side_tables(self, logs: Sequence[RawLog]) -> Iterator[Fault]:
        nodes = [
            node
            for bundle in self.means.pinned.values()
            for node in bundle.nodes.values()
        ]
        own = [node.origins[-1] for node in nodes if node.name == self.me]
        audit = self.audits.get(own[0] if own else checkpoint.log_origin(self.me))
        verified = side_tables.DatabaseLogs(
            self.raw,
            {row.number: shown(row.origin) for row in logs},
            self.states,
            {node.name for node in nodes} - {self.me},
            {one.name: one.size for one in audit.cosigners} if audit else {},
        )
        return side_tables.check_rows(self.raw, verified)
