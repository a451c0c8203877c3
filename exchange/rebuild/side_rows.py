"""The tables beside the logs, taken over row by row by the store's own methods.

Only rows that are as they were written, by their sum and by what is signed. What is not
is lost, and named: nobody else ever had it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from exchange.envelope import Parsed
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import SECOND
from exchange.node.members import Members
from exchange.rebuild import notes, texts
from exchange.rebuild.directory_rows import take_directories
from exchange.rebuild.draft_rows import take_drafts
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldRows
from exchange.rebuild.outcome import Account, Lost
from exchange.rebuild.replay import Replay
from exchange.rebuild.stored_envelope import is_signed, parse_whole
from exchange.store import (
    ENTRY,
    Answer,
    Erasure,
    PeerState,
    Sighting,
    Store,
    StoredExpress,
    StoredHead,
    StoredRefused,
    StoredTimes,
    StoredUndelivered,
    StoredWaiting,
)
from exchange.store.row_checksums import Value

NAMED = (
    *("refusal", "lacking", "undelivered", "pulse", "fork", "peer", "waiting"),
    *("refused", "desk", "clock", "writer", "sighting", "express", "head"),
    *("directory_head", "directory_fault", "draft"),
)
"""Tables of which it is said that rows may be lost, where they do not all read.

Those that are not named here are made again. Of heads those are lost that nobody else
kept, for they are below others.
"""
PAGE = 1_000  # arrivals read at once


def take_times(rows: OldRows, store: Store, account: Account) -> None:
    """Take over the newest times seen; texts are erased by them, so first of all."""
    for row, valid in rows.summed("clock"):
        if valid:
            store.retention.set_times(StoredTimes(row["signed"], row["by"], row["own"]))
        else:
            account.lose(Lost(None, None, "clock"))


class SideRows(Struct, frozen=True):
    """The rows beside the logs of the old database, and where they go."""

    rows: OldRows
    store: Store
    members: Members
    replay: Replay
    histories: Mapping[str, History]
    account: Account
    proofs: Sequence[bytes]
    now: int

    def take(self) -> None:
        """Take over all that is as it was written.

        1. What was said of entries: refusals, texts that lack or were erased unread.
        2. Newer lines under newest heads; proofs of forks; directory heads.
        3. How it stands with partners. 4. What waits, what was refused, what came ahead
           of its log, drafts.
        5. How far desks have read. 6. Heads that were signed and are not reached.
        7. Who may append; where a head that was seen is lost, the next start counts as
           restored, and hears everybody. 8. Of which tables rows may be missing.
        """
        # 1
        self._refusals()
        self._lacking()
        self._undelivered()
        # 2
        self._pulses()
        self._forks()
        self._directories()
        # 3
        self._peers()
        # 4
        self._waiting()
        self._refused()
        self._express()
        for lost in take_drafts(self.rows, self.store, self._own):
            self._lose(lost)
        # 5
        self._desks()
        # 6
        all_seen = self._sightings() and "sighting" not in self.rows.unread
        # 7
        if all_seen:
            self._writer()
        else:
            self._lose("writer")
        # 8
        for table in NAMED:
            if table in self.rows.unread:
                self._lose(f"{table} rows")

    @property
    def _own(self) -> str:
        return self.members.origin(self.members.me)

    def _lose(self, what: str) -> None:
        self.account.lose(Lost(None, None, what))

    def _origin(self, number: Value) -> str:
        """Return whose number it is, "" for that of no log that is pinned."""
        for origin, history in self.histories.items():
            if number in history.numbers:
                return origin
        return ""

    def _of_entries(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (origin, row) of a table of what partners said of entries."""
        for row, valid in self.rows.summed(table):
            origin, index = self._origin(row["log"]), row["index"]
            known = row["by"] in {*self.members.peers, self.members.me}
            if not (valid and origin and known and isinstance(index, int)):
                self._lose(f"{table} {row['index']}")
            elif 0 <= index < self.store.logs.signed_size(origin):
                yield origin, row

    def _refusals(self) -> None:
        for origin, row in self._of_entries("refusal"):
            if row["reason"] in set(Reason):
                self.store.partners.note_refusal(
                    origin, row["index"], row["by"], row["reason"], row["at"]
                )

    def _lacking(self) -> None:
        said: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for origin, row in self._of_entries("lacking"):
            said[origin, row["by"], row["at"]].append(row["index"])
        for (origin, by, at), indexes in said.items():
            size = self.store.logs.signed_size(origin)
            self.store.partners.answer(origin, Answer(by, 0, size, at, lacking=indexes))

    def _undelivered(self) -> None:
        """Take over what was erased unread; of others' logs no desk here was told."""
        own = self.members.logs(self.members.me)
        for origin, row in self._of_entries("undelivered"):
            desks = tuple(row["desks"].split())
            new = StoredUndelivered(origin, row["index"], row["by"], desks, row["at"])
            if origin in own:
                self.store.retention.note_undelivered(new)
            else:
                self.store.retention.erase(Erasure(origin, (), row["at"], unread=[new]))

    def _pulses(self) -> None:
        for row, valid in self.rows.summed("pulse"):
            origin = self._origin(row["log"])
            newest = self.store.heads.newest(origin) if origin else None
            if newest is None or newest.head.size != row["size"]:
                continue
            lines = notes.sound_lines(
                row["note"], newest.head, self.replay.vkeys(origin)
            )
            whole = notes.is_whole(row["note"], newest.head, lines)
            if valid and whole:
                self.store.heads.add_lines(
                    origin, newest.head.size, row["note"], row["at"]
                )
            else:
                self._lose("pulse")

    def _forks(self) -> None:
        proofs = [(proof, self.now) for proof in self.proofs]
        rows = list(self.rows.summed("fork"))
        times = {row["log"]: row["at"] for row, valid in rows if valid}
        proofs += [(row["proof"], row["at"]) for row, valid in rows if valid]
        for proof, at in proofs:
            for origin, history in self.histories.items():
                if self._proves(proof, origin, history):
                    known = [times[n] for n in history.numbers if n in times]
                    self.store.forks.add(origin, proof, known[0] if known else at)
        for _ in range(len(rows) - len(self.store.forks.all())):
            self._lose("fork")

    def _proves(self, proof: Value, origin: str, history: History) -> bool:
        try:
            if not isinstance(proof, bytes):
                return False
            return fork.verify(proof, history.log_keys).origin == origin
        except FusionError:
            return False

    def _directories(self) -> None:
        numbers = {log: one for one in self.histories.values() for log in one.numbers}
        for what in take_directories(self.rows, self.store, numbers, self.replay.vkeys):
            self._lose(what)

    def _peers(self) -> None:
        """Take over the partners' states; how far they cosigned, their lines say."""
        states: dict[str, PeerState] = {}
        for row, valid in self.rows.summed("peer"):
            if row["name"] in self.members.peers and valid:
                columns = list(row.values())[1:-1]
                states[row["name"]] = PeerState(bool(columns[0]), *columns[1:])
            else:
                self._lose(f"peer {row['name']}")
        for name in self.members.peers:
            size, at = self._cosigned(name)
            state = states.get(name)
            if state is not None:
                size = min(size, state.cosigned_size)
                self.store.partners.set_peer(name, replace(state, cosigned_size=size))
            elif size:
                self.store.partners.record_cosigned(name, size, at)

    def _cosigned(self, name: str) -> tuple[int, int]:
        """Return up to where a partner cosigned the own log, and when (ms UTC)."""
        keys, below = self.members.cosigner_keys(name), SIZE_MAX
        while page := self.store.heads.falling(self._own, PAGE, below):
            for held in page:
                if times := checkpoint.cosignatures(held.note, keys):
                    return held.head.size, max(times.values()) * SECOND
            below = page[-1].head.size - 1
        return 0, 0

    def _waiting(self) -> None:
        """Take over what waits, and let wait what had a place that cannot be kept.

        An envelope vouches for itself: where its row is damaged, its author tells whose
        it is.
        """
        kept: list[StoredWaiting] = []
        for row, valid in self.rows.summed("waiting"):
            parsed = parse_whole(row["envelope"])
            if parsed is None:
                self._lose(f"waiting {row['number']}")
                continue
            desk, at = row["desk"], row["at"]
            if not valid:
                directory = self.members.directory(self.members.me)
                if directory is None or not is_signed(parsed, directory):
                    self._lose(f"waiting {row['number']}")
                    continue
                desk, at = self._author(parsed), self.now
            kept.append(StoredWaiting(parsed.name, row["envelope"], desk, at))
        self.store.desk_queue.enqueue_pending([*self._displaced(), *kept])

    def _displaced(self) -> Iterator[StoredWaiting]:
        """Yield envelopes of the own log that lie behind its end, in their order."""
        history = self.histories.get(self._own)
        if history is None:
            return
        for index, entry in sorted(history.tail().items()):
            sent = texts.read(history, index, entry).sent.SerializeToString()
            parsed = parse_whole(sent)
            if parsed and not self.store.entries.known_names(self._own, [parsed.name]):
                yield StoredWaiting(parsed.name, sent, self._author(parsed), self.now)

    def _author(self, parsed: Parsed) -> str:
        """Return the desk of an envelope's author; "" where that is the operator."""
        directory = self.members.directory(self.members.me)
        author = directory.signer("author", parsed.core.author) if directory else None
        return author.subject.rpartition("@")[2] if author else ""

    def _refused(self) -> None:
        for row, valid in self.rows.summed("refused"):
            if valid:
                self.store.desk_queue.refuse(
                    [StoredRefused(*list(row.values())[:-1])], row["at"]
                )
            else:
                self._lose("refused")

    def _express(self) -> None:
        """Take over what came ahead of its log; what the log has by now is settled."""
        for row, valid in self.rows.summed("express"):
            parsed = parse_whole(row["envelope"])
            if not valid or parsed is None or row["origin"] not in self.histories:
                self._lose("express")
            elif not self.store.entries.known_names(row["origin"], [parsed.name]):
                del row["sum"]
                row["desks"] = tuple(row["desks"].split())
                self.store.express.add(StoredExpress(**row))

    def _desks(self) -> None:
        """Let each own desk be behind what it has read; the numbers are others now.

        What an arrival is damaged of counts as unread: its text is kept the longer.
        """
        read: dict[str, tuple[int, dict[str, int]]] = {}
        for row, valid in self.rows.summed("desk"):
            if valid:
                read[row["name"]] = row["at"], self._read(row["after"])
            else:
                self._lose(f"desk {row['name']}")
        ends = dict.fromkeys(read, 0)
        open_desks, after = set(read), 0
        while page := self.store.arrivals.page(after, PAGE):
            for arrival in page:
                if arrival.kind == ENTRY:
                    open_desks -= {
                        desk
                        for desk in open_desks
                        if arrival.index >= read[desk][1].get(arrival.origin, 0)
                    }
                ends.update(dict.fromkeys(open_desks, arrival.number))
            after = page[-1].number
        for desk, (at, _) in read.items():
            self.store.retention.note_read(desk, ends[desk], at)

    def _read(self, after: int) -> dict[str, int]:
        """Return how many entries of each log arrived up to an old number."""
        counts: dict[str, int] = {}
        for origin, history in self.histories.items():
            count = 0
            for number in history.numbers[:1]:
                for index, place in self.rows.arrivals(number):
                    if index == count and place <= after:
                        count += 1
            counts[origin] = count
        return counts

    def _sightings(self) -> bool:
        """Keep each head that was signed, or cosigned here, and that is not reached.

        Return whether all of those that were seen before are among them.
        """
        complete = True
        for row, valid in self.rows.summed("sighting"):
            history = self.histories.get(row["origin"])
            seen = _seen(row["note"], row["origin"], history, row["at"] if valid else 0)
            if history is None or seen is None:
                self._lose(f"sighting {row['origin']}")
                complete = False
            elif not self._reached(seen.head):
                self._sight(seen, promised=valid and bool(row["promised"]))
        mine = {key.key for key in self.members.cosigner_keys(self.members.me)}
        for history in self.histories.values():
            for seen in history.ahead:
                lines = notes.sound_lines(
                    seen.note, seen.head, self.replay.vkeys(history.origin)
                )
                if history.own or any(line.key in mine for line in lines):
                    self._sight(seen, promised=False)
        return complete

    def _reached(self, head: Head) -> bool:
        """Whether a log has come as far as a head, and is the one of that head."""
        if head.size > self.store.logs.signed_size(head.origin):
            return False
        return self.store.logs.root_at(head.origin, head.size) == head.root

    def _sight(self, seen: StoredHead, *, promised: bool) -> None:
        self.store.sightings.keep(Sighting(seen.head, seen.note, promised, seen.at))

    def _writer(self) -> None:
        """Let the epoch go on; without it the node takes itself for a restored one."""
        for row, valid in self.rows.summed("writer"):
            if not valid:
                self._lose("writer")
            elif row["epoch"] > 0:
                self.store.claim(row["holder"], above=row["epoch"] - 1)


def _seen(
    note: Value, origin: str, history: History | None, at: int
) -> StoredHead | None:
    """Return a head that was seen, if its log signed it."""
    if history is None:
        return None
    try:
        head = notes.verify_head(note, origin, history.log_keys)
    except Refusal:
        return None
    return StoredHead(head, note, at) if isinstance(note, bytes) else None
