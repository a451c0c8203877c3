"""The logs of a home's node, read from its database, which may be in use.

Each call opens the database and reads only the part shown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from msgspec import Struct

from exchange import config, envelope
from exchange.atomic_file import new_path
from exchange.audit.browse.entry_steps import ACCEPTED, Evidence, steps
from exchange.audit.browse.header_lines import KnownLog, read_entry, read_head
from exchange.audit.export import prove, write_export
from exchange.audit.export.write_export import Exporter
from exchange.audit.judge.keys import keys_of
from exchange.audit.text import database_text
from exchange.audit.verify_database import verify_home
from exchange.browsed_logs import (
    FSCK,
    BrowsedEntry,
    BrowsedHead,
    BrowsedLog,
    Progress,
    ProofStep,
)
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.store import Store, StoredEntry, raw_rows
from exchange.trust import bundle as bundles
from exchange.trust import statements
from exchange.trust.bundle import Bundle
from exchange.trust.signer_standing import PlacedStatement
from exchange.words import say


class OpenDatabase(Struct, frozen=True):
    """A node's database, open for reading, and its trust bundles."""

    store: Store
    pinned: Mapping[str, Bundle]

    def known(self, origin: str) -> KnownLog:
        """Return keys by the statements that the node accepted."""
        logs = keys_of(origin, self.pinned).logs()
        upto = [*takewhile(lambda one: one != origin, logs), origin]
        stated = (
            _stated(log, one)
            for log in upto
            for one in self.store.entries.directory(log)
        )
        return KnownLog.of(origin, self.pinned, stated)

    def entry(self, origin: str, index: int) -> StoredEntry:
        """Raise Refusal(NOT_FOUND) if it is not held."""
        for found in self.store.entries.page(origin, index, 1):
            if found.index == index:
                return found
        raise Refusal(Reason.NOT_FOUND, f"{origin}#{index}")


def _stated(origin: str, stored: StoredEntry) -> PlacedStatement:
    core = envelope.parse_core(envelope.split(stored.entry).core_bytes)
    statement = statements.parse_statement(core.clear)
    return PlacedStatement(origin, stored.index, core, statement)


class HomeShelf:
    """`now` returns ms UTC."""

    checks = FSCK
    exports = True

    def __init__(self, home: Path, now: Callable[[], int]) -> None:
        """Raise Refusal(HOME) if there is no node."""
        self._home, self._now = home.expanduser(), now
        self._node = config.node_home(self._home)
        self._me = config.read_node(self._node).name
        self.title = self._me

    @contextmanager
    def _open(self) -> Iterator[OpenDatabase]:
        place = config.database_of(self._node)
        config.check_there(place)
        store = Store(place, read_only=True)
        try:
            with store.viewing():
                yield OpenDatabase(store, bundles.load_all(self._node.trust))
        finally:
            store.close()

    def logs(self) -> Sequence[BrowsedLog]:
        with self._open() as held:
            return [self._log(held, origin) for origin in held.store.logs.origins()]

    def _log(self, held: OpenDatabase, origin: str) -> BrowsedLog:
        newest = held.store.heads.newest_with_lines(origin)
        head = None if newest is None else read_head(newest.note, held.known(origin))
        own = origin.partition(".fusion/")[0] == self._me
        forked = origin in held.store.forks.all()
        return BrowsedLog(origin, held.store.logs.size(origin), own, head, forked)

    def heads(self, origin: str, below: int, count: int) -> Sequence[BrowsedHead]:
        """Return the newest first."""
        with self._open() as held:
            log = held.known(origin)
            found = held.store.heads.falling(origin, count, below - 1)
            return [read_head(one.note, log) for one in found]

    def entries(self, origin: str, start: int, count: int) -> Sequence[BrowsedEntry]:
        """Return entries with the node's verdict on each."""
        with self._open() as held:
            directory = held.known(origin).directory
            return [
                read_entry(one.index, one.entry, directory, one.reason or ACCEPTED)
                for one in held.store.entries.page(origin, start, count)
            ]

    def steps(self, origin: str, index: int, tell: Progress) -> Sequence[ProofStep]:
        """Prove by a head cosigned by a partner, or else the newest."""
        found = list(steps(self.evidence(origin, index)))
        tell(origin, index + 1, index + 1)
        return found

    def evidence(self, origin: str, index: int) -> Evidence:
        """Raise Refusal(NOT_FOUND | MISSING)."""
        with self._open() as held:
            stored = held.entry(origin, index)
            note = _note_over(held, stored)
            leads: Sequence[bytes] = ()
            if note is not None:
                size = checkpoint.head_of(note).size
                leads = held.store.logs.inclusion_proof(origin, index, size)
            of = origin, index, stored.entry, stored.reason or ACCEPTED
            return Evidence(*of, held.known(origin), note, leads)

    def check(self, tell: Progress) -> Sequence[str]:
        report = verify_home(self._home, tell, self._now())
        return list(database_text.lines(report, bytes.hex))

    def export(self, out: str, tell: Progress) -> Sequence[str]:
        """Raise Refusal(INPUT) if the file exists."""
        path = new_path(out)
        place = config.database_of(self._node)
        config.check_there(place)
        by = Exporter.of(self._me, bundles.load_all(self._node.trust))
        with raw_rows.open_view(place) as raw:
            digest = write_export.write(raw, by, self._now, path, tell)
        told = say("written to {file}, digest {digest}", file=out, digest=digest.hex())
        return [told]


def _note_over(held: OpenDatabase, stored: StoredEntry) -> bytes | None:
    try:
        return prove.note_over(held.store, stored, held.pinned)
    except Refusal as refusal:
        if refusal.reason is not Reason.MISSING:
            raise
        return None
