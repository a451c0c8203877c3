"""All that a node asks of its database: one class, synchronous, for any thread.

Each method is one transaction. A reader sees one consistent state and never waits
for the writer; writers take turns, also across processes. Own log and replicas are
alike: whatever is asked names its origin.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import text

from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.store import append, aside, entries, heads, texts, writer
from exchange.store.database import Database
from exchange.store.desk_queue import DeskQueue
from exchange.store.partners import Partners
from exchange.store.retention_rows import RetentionRows
from exchange.store.sightings import Sightings
from exchange.store.values import (
    Counts,
    NewEntry,
    Span,
    StoredArrival,
    StoredEntry,
    StoredFork,
    StoredHead,
)
from exchange.store.writer import UNCLAIMED, Claim

PAGE = 1_000  # rows read in one transaction by the methods that yield


class Store(DeskQueue, RetentionRows, Partners):
    """The ledger on disk: every log held, own and replicas.

    Opening makes or migrates the file; `read_only` does neither, for what looks at
    a running node's database from another process. Raises Refusal(DATABASE | LOCKED
    | DISK) for what the file system will not do and Tampered(DATABASE) for a file
    that is damaged below our tables.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = Database(path, read_only=read_only)
        self._claim = UNCLAIMED
        self.sightings = Sightings(self._database)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    # Who may append.

    def writer(self) -> Claim | None:
        """Return who is the writer of this database; None where nobody ever was."""
        with self._database.reading() as connection:
            return writer.read(connection)

    def claim(self, holder: bytes, above: int = 0) -> Claim:
        """Become the writer; whoever was it can append no more.

        The epoch is above that of the last one, and above `above`.
        """
        with self._database.writing() as connection:
            claim = writer.claim(connection, holder, above)
        self._claim = claim
        return claim

    # The log.

    def append(  # noqa: PLR0913, PLR0917  what one transaction needs
        self,
        origin: str,
        expect: Head | None,
        new_entries: Sequence[NewEntry],
        head: Head,
        note: bytes,
        now: int,
        *,
        complete: bool = True,
        before: Sequence[StoredHead] = (),
    ) -> StoredHead:
        """Append entries and the head that covers them; on disk when it returns.

        Unless it is `complete`, this node has a line to set under that head: then the
        note may be empty, and nobody sees the entries before `publish` has stored it.
        `before` are heads to publish in the same transaction, before it.

        `expect` is where the caller saw the log (None: empty), `now` ms UTC. An
        append that stands already is answered with the head that is stored, so a
        caller who was told of a failure may repeat it: show *that* note, not one
        signed anew. Raises Refusal(CONFLICT) if the log stands elsewhere, POSITION
        if entries and head do not meet, ROOT if what was read back hashes to another
        root, DUPLICATE_NAME | DUPLICATE_ID, WRAPS; nothing is stored then.
        """
        if origin != head.origin:
            raise Refusal(Reason.ORIGIN, origin)
        with self._database.writing() as connection:
            writer.check(connection, self._claim, origin)
            for one in before:
                append.publish(connection, one)
            new = StoredHead(head, note, now)
            return append.append(
                connection, expect, new_entries, new, complete=complete
            )

    def boundaries(self, origin: str) -> list[StoredHead]:
        """Return where appends to a log ended whose heads are not stored yet.

        Smallest first; a note is empty, or has a partner's lines alone.
        """
        with self._database.reading() as connection:
            return append.boundaries(connection, origin)

    def publish(self, heads: Sequence[StoredHead]) -> None:
        """Store signed heads in the place of their boundaries: readers see them now.

        May be repeated. Raises Refusal(NOT_WRITER), or CONFLICT where there is no such
        boundary.
        """
        with self._database.writing() as connection:
            for one in heads:
                writer.check(connection, self._claim, one.head.origin)
                append.publish(connection, one)

    def origins(self) -> list[str]:
        """Return the origins of the logs held."""
        with self._database.reading() as connection:
            return heads.origins(connection)

    def signed_size(self, origin: str) -> int:
        """Return how many entries stand below a log's newest head: what readers see."""
        held = self.head(origin)
        return held.head.size if held else 0

    def size(self, origin: str) -> int:
        """Return how many entries a log has, also above its newest head; 0 if none."""
        position = self.position(origin)
        return position.size if position else 0

    def position(self, origin: str) -> Head | None:
        """Return where a log stands, what is above its newest head included."""
        with self._database.reading() as connection:
            return heads.position(connection, origin)

    # The tree.

    def edge(self, origin: str) -> Edge:
        """Return the edge of a log's tree as it stands.

        Raises Tampered(ROOT) where it is not that of the log's row: a head signed over
        a damaged one would lie beside those signed before.
        """
        with self._database.reading() as connection:
            position = heads.position(connection, origin)
            if position is None:
                return Edge.empty()
            number = heads.number(connection, origin)
            edge = append.read_edge(connection, number, position.size)
        if edge.root() != position.root:
            raise Tampered(Reason.ROOT, f"{origin}#{position.size}")
        return edge

    def hash(self, origin: str, level: int, index: int) -> bytes:
        """Return one stored node; Refusal(MISSING) where it is not."""
        with self._database.reading() as connection:
            return entries.node(connection, origin, level, index)

    def root_at(self, origin: str, size: int) -> bytes:
        """Return the root at an earlier size; Refusal(MISSING) above the newest."""
        with self._database.reading() as connection:
            return entries.of_nodes(connection, origin, partial(merkle.root_at, size))

    def inclusion_proof(self, origin: str, index: int, size: int) -> list[bytes]:
        """Return the hashes from leaf `index` to the root of `size`."""
        with self._database.reading() as connection:
            ask = partial(merkle.inclusion_proof, index, size)
            return entries.of_nodes(connection, origin, ask)

    def consistency_proof(self, origin: str, m: int, n: int) -> list[bytes]:
        """Return the proof that the tree of n leaves continues that of m."""
        with self._database.reading() as connection:
            ask = partial(merkle.consistency_proof, m, n)
            return entries.of_nodes(connection, origin, ask)

    # Heads.

    def head(self, origin: str) -> StoredHead | None:
        """Return the newest head, None where the log is not held."""
        return next(iter(self.heads(origin, 1)), None)

    def heads(
        self, origin: str, limit: int = PAGE, below: int = merkle.SIZE_MAX
    ) -> list[StoredHead]:
        """Return heads of a size up to `below`, newest first, `limit` at most."""
        with self._database.reading() as connection:
            return heads.between(connection, origin, -1, below, limit)

    def rising_heads(
        self, origin: str, above: int, up_to: int, limit: int
    ) -> list[StoredHead]:
        """Return at most `limit` heads with above < size <= up_to, smallest first."""
        with self._database.reading() as connection:
            return heads.rising(connection, origin, above, up_to, limit)

    def head_at_or_after(
        self, origin: str, after_size: int, limit_size: int
    ) -> StoredHead | None:
        """Return the newest head with after_size < size <= limit_size, if any."""
        with self._database.reading() as connection:
            found = heads.between(connection, origin, after_size, limit_size)
            return found[0] if found else None

    def note(self, origin: str, size: int) -> bytes | None:
        """Return the note of the head of exactly that size, if it is kept."""
        with self._database.reading() as connection:
            found = heads.between(connection, origin, size - 1, size)
            return found[0].note if found else None

    def set_note(self, origin: str, size: int, note: bytes, now: int) -> StoredHead:
        """Add the lines of a verified note to a kept head's; a HEAD arrival if new.

        Of each key the first line stays, so that no proven time moves; newer lines
        under the newest head are what `fresh` returns. Pass a note through
        `checkpoint.only` first: unknown lines would stay for good. Raises
        Refusal(MISSING) if that head is not kept, HEAD if the note is of another
        head, NOTE if there are too many lines. `now` is ms UTC.
        """
        with self._database.writing() as connection:
            return heads.gather(connection, origin, size, note, now)

    def fresh(self, origin: str) -> StoredHead | None:
        """Return the newest head with the newest line of each key."""
        with self._database.reading() as connection:
            found = heads.between(connection, origin, -1, merkle.SIZE_MAX)
            if not found:
                return None
            return aside.pulse(connection, found[0]) or found[0]

    def spans(self, origin: str, start: int, limit: int) -> list[Span]:
        """Return at most `limit` heads above size `start`, smallest first."""
        with self._database.reading() as connection:
            return heads.spans(connection, origin, start, limit)

    def prune(self, origin: str, sizes: Sequence[int]) -> None:
        """Forget heads of these sizes; the newest is never among them."""
        with self._database.writing() as connection:
            heads.prune(connection, origin, sizes)

    # Entries.

    def entries(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return at most `limit` entries from `start` on, below the newest head."""
        if start > merkle.SIZE_MAX:  # asked from outside; no column holds it
            return []
        with self._database.reading() as connection:
            return entries.page(connection, origin, start, limit)

    def bare_entries(self, origin: str, start: int, limit: int) -> list[bytes]:
        """Return the bytes of at most `limit` entries from `start` on."""
        with self._database.reading() as connection:
            return entries.bare(connection, origin, start, limit)

    def by_name(self, name: bytes) -> StoredEntry | None:
        """Return the ACCEPTED entry of that name, else a REFUSED one, else None."""
        with self._database.reading() as connection:
            return entries.by_name(connection, name)

    def named_between(self, first: bytes, last: bytes, limit: int) -> list[StoredEntry]:
        """Return at most `limit` ACCEPTED entries with first <= name <= last.

        Of one name that stands in two logs, the newer log's entry comes first.
        """
        with self._database.reading() as connection:
            return entries.between(connection, first, last, limit)

    def directory_entries(self, origin: str) -> list[StoredEntry]:
        """Return the ACCEPTED DIRECTORY entries of a log in their order."""
        with self._database.reading() as connection:
            return entries.directory(connection, origin)

    def refused(self, origin: str, start: int, limit: int) -> list[StoredEntry]:
        """Return at most `limit` REFUSED entries from `start` on, newest first."""
        with self._database.reading() as connection:
            return entries.refused(connection, origin, start, limit)

    def places(self, origin: str, names: Iterable[bytes]) -> dict[bytes, int]:
        """Return where those of `names` stand that an ACCEPTED entry of the log has."""
        with self._database.reading() as connection:
            return entries.places(connection, origin, names)

    def known_ids(self, origin: str, ids: Iterable[bytes]) -> set[bytes]:
        """Return those of `ids` that an ACCEPTED entry of the log has."""
        with self._database.reading() as connection:
            return entries.known(connection, origin, "id", ids)

    def known_names(self, origin: str, names: Iterable[bytes]) -> set[bytes]:
        """Return those of `names` that an ACCEPTED entry of the log has."""
        with self._database.reading() as connection:
            return entries.known(connection, origin, "name", names)

    def knows_id(self, origin: str, id_: bytes) -> bool:
        """Whether an ACCEPTED entry of the log has this id."""
        return bool(self.known_ids(origin, [id_]))

    def knows_name(self, origin: str, name: bytes) -> bool:
        """Whether an ACCEPTED entry of the log has this name."""
        return bool(self.known_names(origin, [name]))

    # Texts that are not here yet.

    def lacking(self, origin: str, limit: int) -> list[int]:
        """Return the first entries of a log whose text should be here and is not."""
        with self._database.reading() as connection:
            return texts.lacking(connection, origin, limit)

    def complete(
        self, origin: str, index: int, wraps: Sequence[bytes], body: bytes
    ) -> bool:
        """Keep the text that an entry lacked, and announce it; whether it lacked it.

        The caller has verified it against the entry.
        """
        with self._database.writing() as connection:
            return texts.complete(connection, origin, index, wraps, body)

    def withdrawn(self, origin: str, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (index, entry) of what lacks a text that its log's node has erased.

        At most `limit`, from index `start` on.
        """
        with self._database.reading() as connection:
            return texts.withdrawn(connection, origin, start, limit)

    def give_up(self, origin: str, indexes: Sequence[int], now: int) -> int:
        """Keep that texts which lack will never come (ms UTC); return how many."""
        with self._database.writing() as connection:
            return texts.give_up(connection, origin, indexes, now)

    def with_text(
        self, origin: str, indexes: Iterable[int], limit: int
    ) -> list[StoredEntry]:
        """Return at most `limit` of these entries, those whose text is here."""
        # Asked from outside; no column holds more.
        indexes = [index for index in indexes if index <= merkle.SIZE_MAX]
        with self._database.reading() as connection:
            return entries.with_text(connection, origin, indexes, limit)

    # What is frozen.

    def freeze(self, origin: str, proof: bytes, now: int) -> None:
        """Keep the first proof that a log is forked, for good; `now` is ms UTC."""
        with self._database.writing() as connection:
            log = append.stand(connection, origin)[0]
            aside.freeze(connection, log, proof, now)

    def forks(self) -> dict[str, StoredFork]:
        """Return origin -> proof of each frozen log."""
        with self._database.reading() as connection:
            return aside.forks(connection)

    # What happened.

    def arrivals(self, after: int, limit: int) -> list[StoredArrival]:
        """Return at most `limit` arrivals behind number `after`; no number lacks."""
        if after > merkle.SIZE_MAX:
            return []
        with self._database.reading() as connection:
            return heads.arrivals(connection, after, limit)

    def counts(self, origin: str) -> Counts:
        """Return how many rows of each kind a log has."""
        with self._database.reading() as connection:
            return entries.counts(connection, origin)

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with its own pages and indexes."""
        with self._database.reading() as connection:
            found = connection.execute(text("PRAGMA integrity_check")).scalars()
            return [line for line in found if line != "ok"]
