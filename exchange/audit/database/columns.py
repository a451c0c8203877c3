"""Compare the rows of one log in a node's database with its entries.

`verify_log` judges entries and notes; each row is compared with that.
"""

from collections.abc import Iterator, Mapping, Sequence

from exchange import envelope
from exchange.audit.database.erased_texts import ErasureRule, state_of
from exchange.audit.judge.chunk import VerifiedNote
from exchange.audit.judge.directory_so_far import DirectorySoFar
from exchange.audit.judge.replay import LogWatcher, id_of
from exchange.audit.result import Fault, Lacks, LogAudit, Report, shown
from exchange.audit.sources.database import DatabaseSource
from exchange.audit.sources.log_source import PartnerRefusal, Run
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store.raw_rows import INDEX_MIN, RawEntry, RawLog, RawRows
from exchange.store.row_checksums import Value
from exchange.store.tables import HeadRow
from exchange.store.values import ERASED, LACKING, NEVER
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb

EVERY_DESK = "*"  # a receipt that arrived before the entry it refers to
Wrong = tuple[Reason, str]


class RowSource(DatabaseSource):
    """A missing value is compared as no bytes.

    Newest note, directory heads, proofs and refusals are checked as side tables.
    """

    strict = True

    def __init__(self, raw: RawRows, row: RawLog) -> None:
        self._raw, self._log = raw, row.number
        self.origin = shown(row.origin)
        self.size = max(raw.count("entry", row.number), row_size(row))
        self.boundary = raw.boundary(row.number)
        self.beyond = False  # whether a head covers more entries than there are

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Stop at the first index that is no integer."""
        for index, entry in self._raw.bare(self._log, start or INDEX_MIN):
            if not isinstance(index, int):
                return
            yield index, entry if isinstance(entry, bytes) else b""

    def heads(self) -> Iterator[tuple[int, bytes]]:
        """Yield the size in its row with each note."""
        for row in self._raw.rows("head", log=self._log):
            size, note = row["size"], row["note"]
            if isinstance(size, int) and 0 < size <= self.size:
                yield size, note if isinstance(note, bytes) else b""
            else:
                self.beyond = True

    def newest_note(self) -> None:
        """Return None: see the side table `pulse`."""

    def directory_notes(self) -> Iterator[bytes]:
        """Yield nothing: the side table `directory_head` has them."""
        return iter(())

    def fork(self) -> None:
        """Return None: see the side table `fork`."""

    def refusals(self) -> Iterator[PartnerRefusal]:
        """Yield nothing: the side table `refusal` has them."""
        return iter(())

    def policies(self) -> None:
        """Return None: a database has no policies besides its entries."""


class Columns(LogWatcher):
    """Compares the rows in step with the verification of their log."""

    def __init__(
        self, raw: RawRows, row: RawLog, rule: ErasureRule, report: Report
    ) -> None:
        self.cosigned_by: tuple[str, ...] = ()  # the newest head
        self._raw, self._row, self._log = raw, row, row.number
        self._rule, self._report = rule, report
        self._origin = shown(row.origin)
        self._rows = raw.entries(row.number)
        self._edge = Edge.empty()
        self._levels: dict[int, Iterator[tuple[Value, ...]]] = {}
        self._nodes = self._payloads = 0

    def begin(self, directory: DirectorySoFar) -> None:
        self.directory = directory

    def head(self, verified: VerifiedNote) -> None:
        """Keep the cosigners of the newest head.

        Refusal: DATABASE if the row is not as written, ROOT if the root differs.
        """
        size = verified.head.size
        row = next(self._raw.rows("head", log=self._log, size=size), None)
        if row is None or not HeadRow.is_as_written(row):
            raise Refusal(Reason.DATABASE)
        if row["root"] != verified.head.root:
            raise Refusal(Reason.ROOT)
        self.cosigned_by = tuple(sorted({name for name, _ in verified.times}))

    def _wrong(self, reason: Reason, what: str, index: int | None = None) -> None:
        self._report.add(Fault(self._origin, index, reason, what))

    def entries(self, run: Run, refused: Mapping[int, Reason]) -> Sequence[bytes]:
        """Return the leaf hashes that the tree takes up."""
        leaves = []
        for index, entry in enumerate(run.entries(), run.start):
            self.reached = index
            row = next(self._rows, None)
            if row is None or row.index != index:  # a damaged page shows it only once
                raise Tampered(Reason.DATABASE, f"{self._origin}#{index}")
            leaves.append(self._entry(row, entry, refused.get(index)))
            self._report.entries += 1
        return leaves

    def _entry(self, row: RawEntry, entry: bytes, refused: Reason | None) -> bytes:
        """Return the leaf hash that the tree takes up.

        1. The stored verdict and the derived columns are today's.
        2. Wraps and body are as signed, or the row says why they are absent.
        3. Its hash is the stored leaf. If only this fails, the leaf is wrong; else the
           tree is evidence against the entry.
        4. The nodes that the leaf completes match the stored ones.
        """
        index = self._edge.size
        refused = refused or self._repeats(row, entry, index)
        stored = self._stored(0, index)
        self._payloads += row.wraps is not None or row.body is not None
        leaf = leaf_hash(entry)
        if not isinstance(row.entry, bytes):
            self._wrong(Reason.DATABASE, "entry.entry", index)
            leaf = stored
        else:
            # 1
            wrong = list(self._derived(row, entry, refused))
            # 2
            try:
                self._text(row, entry, refused)
            except Refusal as refusal:
                wrong.append((refusal.reason, refusal.where))
            # 3
            if leaf != stored:
                wrong.insert(0, (Reason.ROOT, "entry.entry" if wrong else "hash 0"))
            for reason, what in wrong:
                self._wrong(reason, what, index)
            if stored and row.reason != (refused or ""):
                leaf = stored
        # 4
        grown = self._edge.extend([leaf])
        for level, place, hashed in grown.nodes:
            if level and self._stored(level, place) != hashed:
                self._wrong(Reason.ROOT, f"hash {level}/{place}", index)
        self._edge = grown.edge
        return leaf

    def _repeats(self, row: RawEntry, entry: bytes, index: int) -> Reason | None:
        """Return the reason if it repeats one stored below as ACCEPTED.

        If that one was changed, the fault is its own.
        """
        parsed = _split(entry)
        if row.reason not in {Reason.DUPLICATE_ID, Reason.DUPLICATE_NAME} or not parsed:
            return None
        column, value = "name", parsed.name
        if row.reason == Reason.DUPLICATE_ID:
            column, value = "id", id_of(entry)
        held = self._raw.accepted_below(self._log, column, value, index)
        return Reason(str(row.reason)) if held else None

    def _derived(
        self, row: RawEntry, entry: bytes, refused: Reason | None
    ) -> Iterator[Wrong]:
        """Yield what differs from the entry.

        1. The verdict.
        2. Name, id, kind; for a REFUSED entry only its name, if it can be read.
        3. Its readers.
        """
        # 1
        if row.reason != (refused or ""):
            # An entry that is ACCEPTED now was marked REFUSED.
            yield refused or Reason.DATABASE, "entry.reason"
        # 2
        core = pb.Core()
        readers: tuple[str, ...] = ("",)
        parsed = _split(entry)
        if parsed is not None and refused is None:
            core, readers = parsed.core, self._readers(parsed)
        if row.name != (parsed.name if parsed else b""):
            yield Reason.DATABASE, "entry.name"
        if row.id != core.id:
            yield Reason.DATABASE, "entry.id"
        if row.kind != core.kind:
            yield Reason.DATABASE, "entry.kind"
        # 3
        if row.desks not in readers:
            yield Reason.DATABASE, "entry.desks"

    def _readers(self, parsed: Parsed) -> tuple[str, ...]:
        """Return the texts allowed for an ACCEPTED entry.

        The author's desk and the recipients. A receipt without recipients is also for
        the readers of its references, or for every desk if these came later.
        """
        core = parsed.core
        desks = {recipient.desk for recipient in core.recipients}
        for signed in parsed.signatures:
            author = self.directory.directory.signer(signed.role, signed.kid)
            if author is not None and signed.kid == core.author:
                desks.add(names.desk_of(author.subject))
        if core.kind != pb.KIND_RECEIPT or core.recipients:
            return (" ".join(sorted(desks)),)
        for reference in core.references:
            text = self._raw.desks(reference.name)
            if not isinstance(text, str):
                return (EVERY_DESK,)
            desks.update(text.split())
        return EVERY_DESK, " ".join(sorted(desks))

    def _text(self, row: RawEntry, entry: bytes, refused: Reason | None) -> None:
        """Raise any fault of wraps and body, or of the reason for their absence."""
        parsed = _split(entry) if refused is None else None
        state = state_of(self._log, row, parsed, self._rule)
        self._report.erased += state in {ERASED, NEVER}
        if state == LACKING:
            index = self._edge.size
            own = self._origin.partition(".fusion/")[0] == self._rule.me
            lacks = Lacks(self._origin, index, str(row.why), own)
            self._report.add_lacking(lacks)

    def _stored(self, level: int, place: int) -> bytes:
        """Return b"" unless the next stored node is at `place`."""
        if level not in self._levels:
            self._levels[level] = self._raw.nodes(self._log, level)
        index, hashed = next(self._levels[level], (None, None))
        self._nodes += index is not None
        return hashed if index == place and isinstance(hashed, bytes) else b""

    def end(self, audit: LogAudit, *, beyond: bool) -> None:
        """Compare the log's own row, and rows beyond the log.

        `beyond`: a head was beyond the entries.
        """
        if audit.gaps or audit.size != self._edge.size:  # reading stopped early
            return
        claimed, size = self._row.size, audit.size
        if claimed != size:
            short = isinstance(claimed, int) and 0 <= claimed < size
            index = claimed if short and isinstance(claimed, int) else size
            reason = Reason.POSITION if short else Reason.MISSING
            self._wrong(reason, "log.size", index)
        elif self._row.root != audit.root:
            self._wrong(Reason.ROOT, "log.root")
        if self._raw.count("hash", self._log) != self._nodes:
            self._wrong(Reason.DATABASE, "hash")
        if self._raw.count("payload", self._log) != self._payloads:
            self._wrong(Reason.DATABASE, "payload")
        if beyond:
            self._wrong(Reason.DATABASE, "head")


def row_size(row: RawLog) -> int:
    """Return 0 if it is no integer."""
    return row.size if isinstance(row.size, int) else 0


def _split(entry: bytes) -> Parsed | None:
    try:
        return envelope.split(entry)
    except Refusal:
        return None
