"""Synchronise with the own node: submit pending envelopes, take arrivals."""

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from exchange.desk.link import bare_leaf_retry, outbox
from exchange.desk.link.arrivals import ArrivalReader, Prepared
from exchange.desk.link.clock_check import DeskTime, StatusAnswer, judge, signed_times
from exchange.desk.link.connect import Client
from exchange.desk.link.directory_states import DirectoryStates
from exchange.desk.link.draft_faults import DraftFaults
from exchange.desk.link.filing_thread import PageFiling
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.ring_upkeep import RingUpkeep
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.settings import RESTORED
from exchange.desk.pinned_logs import Pinned
from exchange.desk.status_records import CatchUp
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import (
    DIRECTORY_LISTED_MAX,
    LOOK_PAUSE,
    TEXTS_ASKED_MAX,
    WATCH_HEADS_MAX,
)
from exchange.v1 import desk_service_pb2

SYNC_S = 10.0  # for which a command waits for arrivals
LOOK_S = 10.0  # for arrivals that are asked for again
NOTHING: Mapping[str, int] = {}


class Syncing:
    """The side of a desk that faces its node; usable from any thread."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that surrounds it
        self,
        mailbox: Mailbox,
        pinned: Pinned,
        client: Client,
        node: str,
        clock: Callable[[], int],
        arrivals: ArrivalReader,
    ) -> None:
        self.mailbox = mailbox
        self.pinned = pinned
        self.client = client
        self.node = node
        self.clock = clock
        self.arrivals = arrivals
        self.inbox: Path | None = None
        self.upkeep: RingUpkeep | None = None
        self.trouble: FusionError | None = None
        self.told: desk_service_pb2.GetStatusResponse | None = None
        self.told_at = 0  # ms UTC; 0 for never since the desk was opened
        self.answer: StatusAnswer | None = None  # the last, while the node answers
        self.stepped = 0  # ms by which this clock was set forward meanwhile
        self.outdated = False
        """Whether arrivals must be read from the mailbox's cursor again: `load`."""
        self._lock = threading.RLock()  # over directories and trees in memory

    def hand_over(self) -> int:
        """Return how many the node took; raise nothing.

        A kept envelope is sent once it can be, and no error here undoes that. `trouble`
        is the error, if any; a stopped node is none.
        """
        self.trouble = None
        try:
            return self.push()
        except Unreachable:
            return 0
        except FusionError as error:
            self.trouble = error
            return 0

    def push(self) -> int:
        """Return how many the node took.

        Raises Unreachable; Refusal naming a file of the inbox, once all others are
        submitted, or for an obstacle at node or mailbox.
        """
        wrong: Refusal | None = None
        if self.inbox is not None:
            try:
                outbox.hand_in(self.inbox, self.client)
            except Refusal as refusal:
                wrong = refusal
        taken = outbox.push(self.mailbox, self.client, self.node, self.clock)
        outbox.tell_returns(self.mailbox, self.client)
        if wrong is not None:
            raise wrong
        return taken

    def sync(self, seconds: float = SYNC_S) -> None:
        """Submit, then take arrivals, for at most that long.

        Raises Unreachable; Refusal(POSITION) if the node left something out; and, once
        all that is done, the error of submitting.
        """
        self.take_up_home()
        self.hand_over()
        wrong = self.trouble
        if self.resubmit():
            self.hand_over()
        status = self.ask()
        goal, under_way = self._goal(status), dict[str, int]()
        pages = self.pages(self.load(), seconds)
        with closing(pages), PageFiling(self) as filing:
            for page in pages:  # also if the logs are here: refusals may have come
                filing.file(page)
                under_way |= {one.entry.origin: one.entry.index + 1 for one in page}
                if page and not self._reached(goal, under_way):
                    continue
                filing.wait()
                if not page or self._reached(goal):
                    break
        self.apply_heads(status)
        self.ask_again()
        self.keep_ring()
        if wrong is not None:
            raise wrong

    def ask_again(self) -> None:
        """Ask for missing texts and left-out entries, each when it is time.

        A restored desk that has caught up becomes an ordinary one. Raises Unreachable.
        """
        left = self.catch_up()
        if left is not None and not left.left and self.mailbox.settings.get(RESTORED):
            self.mailbox.settings.set(RESTORED, "")
        self._ask_for_texts()
        self._look_again()
        self._ask_for_directories()

    def keep_ring(self, *, now_due: bool = False) -> bool:
        """Return whether a new key was stated.

        Only once the own node's log is read up to its last status. `now_due`: as
        `RingUpkeep.run`, whose Refusal is raised.
        """
        if self.upkeep is None or self.told is None:
            return False
        goal, own = self._goal(self.told), self.pinned.logs(self.node)
        with self._lock:
            if not self._reached({log: goal[log] for log in own if log in goal}):
                return False
            stated = self.upkeep.run(now_due=now_due)
        if stated:
            self.hand_over()
        return stated

    def _ask_for_texts(self) -> None:
        now = self.clock()
        for missing in self.mailbox.missing_texts.due(now, LOOK_PAUSE, TEXTS_ASKED_MAX):
            with suppress(Refusal):  # the node says that it has none
                arrived = self.client.entry(missing.name)
                with self._lock, self.mailbox.database.transaction():
                    self.arrivals.apply_text(arrived)
            self.mailbox.missing_texts.note_asked(missing.origin, missing.index, now)

    def _ask_for_directories(self) -> None:
        """Request directory entries; a silent node is asked again later."""
        for origin in self.pinned.origins:
            with self._lock:
                start = self.arrivals.directories.start(origin)
            if start is None:
                continue
            with suppress(FusionError):
                listed = self._list_directory(origin, start)
                with self._lock:
                    self.arrivals.apply_directory(origin, listed)
                    self.arrivals.load()

    def _list_directory(self, origin: str, start: int) -> list[tuple[int, bytes]]:
        """Return as many entries as any log should have."""
        listed: list[tuple[int, bytes]] = []
        left = DIRECTORY_LISTED_MAX
        while left > 0 and (page := self.client.directory(origin, start)):
            listed += page
            left -= sum(len(entry) for _, entry in page)
            if page[-1][0] < start:
                break
            start = page[-1][0] + 1
        return listed

    def _look_again(self) -> None:
        with self._lock:
            window = bare_leaf_retry.next_window(self.mailbox, self.node, self.clock())
        if window is None:
            return
        start, end = window
        found = end > 0 and self._show_again(start, end)
        with self._lock:
            bare_leaf_retry.end_window(
                self.mailbox, self.node, start, self.clock(), news=found
            )

    def _show_again(self, start: int, end: int) -> bool:
        news = False
        with self.client.watch(start, (), LOOK_S) as pages:
            for page in pages:
                with self._lock:
                    news |= self.arrivals.apply_again(page)
                if not page or page[-1].number >= end:
                    break
        return news

    def pages(
        self, after: int, seconds: float | None = None
    ) -> Generator[Sequence[desk_service_pb2.Arrival], None, None]:
        """Yield pages of arrivals, after sending the node the heads seen.

        If the node was restored from an old copy, its numbers start again: then from
        the first arrival on. Raises Unreachable.
        """
        heads = self._heads()
        try:
            mark = self.arrivals.mark
            yield from self._watch(after, heads, seconds, mark)
        except Refusal as refusal:
            if (refusal.reason, refusal.where) != (Reason.POSITION, "arrivals"):
                raise
            with self._lock:
                self.arrivals.begin_again()
                self.arrivals.load()
            yield from self._watch(0, heads, seconds, "")

    def _watch(
        self, after: int, heads: Sequence[bytes], seconds: float | None, mark: str
    ) -> Generator[Sequence[desk_service_pb2.Arrival], None, None]:
        """Yield the pages of one Watch; drafts come before the first."""
        with self._lock:
            self.arrivals.drafts.begin_watch()
        first = True
        with self.client.watch(
            after, heads, seconds, mark, self.apply_out_of_turn
        ) as pages:
            for page in pages:
                if first:
                    with self._lock:
                        self.arrivals.drafts.end_first()
                    first = False
                yield page

    def _heads(self) -> list[bytes]:
        """Return the heads, those of the own node first."""
        own = set(self.pinned.logs(self.node))
        held = sorted(
            self.mailbox.logs.heads(), key=lambda head: head.origin not in own
        )
        return [head.note for head in held[:WATCH_HEADS_MAX]]

    def take_up_home(self) -> bool:
        return False

    def try_sync(self, seconds: float = SYNC_S) -> bool:
        try:
            self.sync(seconds)
        except Unreachable:
            return False
        return True

    def ask(self) -> desk_service_pb2.GetStatusResponse:
        """Raise Unreachable."""
        self.answer = None
        self.told, self.told_at = self.client.status(), self.clock()
        self.answer = StatusAnswer(self.told, self.told_at)
        return self.told

    def moment(self) -> DeskTime:
        signed = signed_times(self.mailbox, self.pinned)
        return judge(self.clock(), self.node, signed, self.answer, self.stepped)

    def resubmit(self) -> int:
        """Resubmit lost envelopes; return how many; raise Unreachable."""
        logs = self.pinned.logs(self.node)
        return sum(outbox.resubmit(self.mailbox, log, self._has) for log in logs)

    def _has(self, name: bytes) -> bool:
        try:
            self.client.entry(name)
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_FOUND:
                return False
            raise
        return True

    def load(self) -> int:
        """Read pages that another program applied; return the cursor."""
        with self._lock:
            self.outdated = False
            return self.arrivals.load()

    def prepare(self, page: Sequence[desk_service_pb2.Arrival]) -> Prepared:
        return self.arrivals.prepare(page)

    def apply(
        self,
        page: Sequence[desk_service_pb2.Arrival],
        prepared: Prepared | None = None,
    ) -> None:
        """Apply a page; an empty one is a heartbeat.

        A page requested before the home changed is requested again (`outdated`).
        """
        if page:
            with self._lock:
                if not self.outdated:
                    self.arrivals.apply(page, prepared)

    def apply_out_of_turn(self, response: desk_service_pb2.WatchResponse) -> None:
        with self._lock, self.mailbox.database.transaction():
            self.arrivals.apply_urgent(response.urgent)
            for draft in response.drafts:
                self.arrivals.drafts.take(draft)

    def apply_heads(self, status: desk_service_pb2.GetStatusResponse) -> None:
        """Apply the heads that the node holds.

        Not those of its own log while a partner is missing texts not reported here: a
        line would claim too much.
        """
        logs, states = self.pinned.logs(self.node), LogStates(self.mailbox)
        with self._lock:
            known = [states.lacking(origin) for origin in logs]
            untold = any(
                peer.lacking > sum(len(one.get(peer.name, ())) for one in known)
                for peer in status.peers
            )
            heads = status.heads
            shown = [h.head for h in heads if not (untold and h.origin in logs)]
            directories = {h.origin: h.directory for h in heads}
            self.arrivals.apply_heads(shown, directories)

    def catch_up(self) -> CatchUp | None:
        if self.told is None:
            return None
        goal = self._goal(self.told)
        taken = (min(self.arrivals.size(log), size) for log, size in goal.items())
        return CatchUp(sum(taken), sum(goal.values()))

    def agree(self) -> bool | None:
        """Return whether partners hold the own log under the roots rebuilt here.

        False if a pinned log has a fault; None before the first line of a partner.
        """
        states = LogStates(self.mailbox)
        if any(states.alarm(origin) for origin in self.pinned.origins):
            return False
        if self.node_faults() or self.withheld_logs():
            return False
        return True if states.cover(self.pinned.origin(self.node)) else None

    def node_faults(self) -> list[tuple[str, str]]:
        """Return (reason, `islamabad.pk#412`) each."""
        states, faults = LogStates(self.mailbox), []
        for origin, node in self.pinned.origins.items():
            reason, _, place = states.node_fault(origin).partition(" ")
            if reason:
                faults.append((reason, f"{node}{place}"))
        return faults

    def draft_faults(self) -> Mapping[str, str]:
        return DraftFaults(self.mailbox).all()

    def withheld_logs(self) -> list[str]:
        """Return those whose DIRECTORY entries the own node leaves out."""
        states = DirectoryStates(self.mailbox)
        doubts = {origin: states.doubt(origin) for origin in self.pinned.origins}
        return [origin for origin, doubt in doubts.items() if doubt and doubt.asked]

    def _goal(self, status: desk_service_pb2.GetStatusResponse) -> dict[str, int]:
        pinned = self.pinned.origins
        return {h.origin: h.size for h in status.heads if h.origin in pinned}

    def _reached(
        self, goal: dict[str, int], under_way: Mapping[str, int] = NOTHING
    ) -> bool:
        return all(
            max(self.arrivals.size(origin), under_way.get(origin, 0)) >= size
            for origin, size in goal.items()
        )
