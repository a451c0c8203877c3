"""A desk: what an officer's programs do with their own node.

    with Desk.open(home, "duty-1", passphrase) as desk:
        sent = desk.send(content.from_json(obj))       # kept first, then handed over
        desk.sync()                                    # take what arrived
        message = desk.mailbox.read(sent.name)
        desk.acknowledge(name, pb.RELATION_ACKNOWLEDGED)

Synchronous, usable from any thread. Everything but `sync` works with the node stopped:
what is sent then waits in the outbox.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exchange import config, envelope
from exchange.bulletin.draft import Draft
from exchange.bulletin.personal import check_personal
from exchange.desk import officer as officers
from exchange.desk.incoming import threads
from exchange.desk.incoming.filing import facts
from exchange.desk.incoming.opening import ACCEPTED, Found
from exchange.desk.incoming.relations import About, word
from exchange.desk.link import outbox
from exchange.desk.link.line import Client, connect, trusted
from exchange.desk.link.pinned import Pinned
from exchange.desk.link.shelf import Shelf
from exchange.desk.link.watching import Watching
from exchange.desk.mailbox import Mailbox, NewMessage
from exchange.desk.officer import Officer
from exchange.desk.outgoing import drawing, recalling, receipts, sources
from exchange.desk.outgoing.composing import Composer, Prepared
from exchange.desk.outgoing.referring import refer
from exchange.desk.translation import rendering
from exchange.errors import Reason, Refusal, Unreachable
from exchange.v1 import bulletin_pb2, desk_service_pb2
from exchange.v1 import envelope_pb2 as pb

ANSWERS = frozenset(  # what nobody says without having read
    {pb.RELATION_ACKNOWLEDGED, pb.RELATION_COMPLETED, pb.RELATION_CANNOT_COMPLY}
)
SYNC_S = 10.0  # that a command waits for what has arrived
LINGER_S = 0.2  # that it waits for what may not come


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a bulletin at once; `reason` where the own node refused it."""

    name: bytes
    state: str
    reason: str = ""

    @property
    def refusal(self) -> Reason:
        """The reason as one of ours."""
        known = self.reason in Reason.__members__
        return Reason(self.reason) if known else Reason.INTERNAL


def now_ms() -> int:
    """Return the time, ms UTC."""
    return time.time_ns() // 1_000_000


class Desk:
    """One officer at one desk, its mailbox, and the way to its node."""

    def __init__(
        self,
        officer: Officer,
        mailbox: Mailbox,
        pinned: Pinned,
        client: Client,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.officer = officer
        self.mailbox = mailbox
        self.pinned = pinned
        self.client = client
        self.clock = clock
        self.node = officer.node
        self.inbox: Path | None = None
        self.settings = config.DeskConfig(officer.desk, officer.name)
        self.told: desk_service_pb2.GetStatusResponse | None = None
        self._lock = threading.RLock()  # over directories and trees in memory
        self._composer = Composer(officer, pinned, clock)
        self.watching = Watching(
            mailbox, pinned, officer.reader, self.node, clock, self._unopened
        )
        self.watching.load()

    @classmethod
    def open(cls, home: Path, officer: str, passphrase: str) -> Self:
        """Unlock an officer (duty-1; "" is the home's own) and open the mailbox.

        Raises Refusal: HOME, KEY_FILE, KEYSTORE, DATABASE, BUNDLE or NOT_PINNED.
        """
        folder = config.desk_home(home)
        settings = config.read_desk(folder)
        short = officers.choose(folder, settings, officer)
        unlocked = officers.unlock(folder, settings.name, short, passphrase)
        pinned = Pinned(trusted(home))
        pinned.bundle(unlocked.node)
        mailbox = Mailbox(folder.mailbox, unlocked.database_key)
        try:
            client = connect(home)
            desk = cls(unlocked, mailbox, pinned, client)
        except BaseException:
            mailbox.close()
            raise
        desk.inbox, desk.settings = folder.inbox, settings
        return desk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up and close the mailbox."""
        self.client.close()
        self.mailbox.close()

    # Writing.

    def compose(self, draft: Draft) -> tuple[Prepared, list[Prepared]]:
        """Seal and sign a draft and its translations; nothing is kept or sent.

        Raises Refusal, naming the field; PERSONAL_DATA for what its writer has not
        confirmed to be none (Content.confirmed).
        """
        draft = self.prepare(draft)
        check_personal(draft)
        with self._lock:
            made = self._composer.bulletin(draft)
            about = About(made.core, self.officer.name, made.content)
            renderings = [
                self.render(made.name, about, each) for each in draft.translations
            ]
        return made, renderings

    def render(
        self, name: bytes, about: About, said: bulletin_pb2.Translation
    ) -> Prepared:
        """Seal and sign a translation of that message; nothing is kept or sent."""
        officer = self.officer.name
        with self._lock:
            return rendering.compose(self._composer, officer, name, about, said)

    def keep_rendering(self, about: bytes, made: Prepared) -> None:
        """Keep a translation and queue it; within the caller's transaction."""
        rendering.keep(self.mailbox, about, made, self.officer.name, self.clock())

    @property
    def composer(self) -> Composer:
        """What writes for this officer, for a review."""
        return self._composer

    def send(self, draft: Draft) -> Sent:
        """Seal, sign and keep a draft, then hand over what the node takes.

        With the node stopped it stays `queued`. Raises Refusal naming the field.
        """
        (sent,) = self.send_all([draft])
        return sent

    def send_all(self, drafts: Sequence[Draft]) -> list[Sent]:
        """Send several at once: all are kept, in one write, or none."""
        drawn = [drawing.drawn(draft) for draft in drafts]
        composed = [self.compose(draft) for draft, _ in drawn]
        with self.mailbox.transaction():
            for draft, draw in drawn:
                if draw is not None:
                    drawing.keep(self.mailbox, draft, draw)
            for made, renderings in composed:
                self._keep(made)
                for each in renderings:
                    self.keep_rendering(made.name, each)
        self.hand_over()
        return [self.sent(made.name) for made, _ in composed]

    def sent(self, name: bytes) -> Sent:
        """Return what became of a message so far."""
        row = self.mailbox.row(name)
        steps = self.mailbox.states(row.number)
        why = next((step.why for step in steps if step.state == "refused"), "")
        return Sent(name, row.state, why)

    def prepare(self, draft: Draft) -> Draft:
        """Return a draft as it would be sealed; Refusal names what forbids it.

        1. What it refers to permits it, and asks what it must ask of its readers.
        2. Its source is graded as the register says.
        """
        # 1
        own = self.officer.desk
        draft = refer(draft, own, self._header, self._recalled)
        # 2
        sources.check(self.mailbox, draft.content)
        return draft

    def _header(self, name: bytes) -> About | None:
        """Return a message as others refer to it, opened or not."""
        if not self.mailbox.knows(name):
            return None
        message = self.mailbox.read(name)
        core = envelope.parse_core(message.core)
        return About(core, message.row.author, message.content)

    def _recalled(self, name: bytes) -> bool:
        return threads.standing(self.mailbox, name) == threads.RECALLED

    def _keep(self, made: Prepared) -> None:
        now = self.clock()
        self.mailbox.enqueue(made.envelope, made.name, now)
        self.mailbox.put_message(
            NewMessage(
                name=made.name,
                entry=made.envelope.entry,
                author=self.officer.name,
                direction="out",
                received=now,
                verdict=ACCEPTED,
                state="queued",
                content=made.content,
                cek=made.cek,
                facts=facts(made.core, made.content),
            )
        )

    def recall(
        self,
        name: bytes,
        reason: str,
        remark: str = "",
        instruction: str = "",
        confirmed: Sequence[str] = (),
    ) -> Sent:
        """Take a bulletin of this desk back from all whom it went to.

        `reason` and `instruction` (else STOP_USE) are codes of recall_reason and
        recall_instruction. Again is safe. Raises Refusal: NOT_FOUND, REFERENCES where
        it is another desk's or no bulletin, and as `recalling.remark`.
        """
        said = recalling.remark(reason, remark, instruction, confirmed)
        with self._lock, self.mailbox.transaction():
            about = self.about(name)
            recall = recalling.earlier(self.mailbox, name, said)
            if recall is None:
                own = self.officer.desk
                made = recalling.compose(self._composer, name, about, own, said)
                self._keep(made)
                recalling.keep(self.mailbox, name, made, self.officer.name)
                recall = made.name
        self.hand_over()
        return self.sent(recall)

    def acknowledge(
        self,
        name: bytes,
        relation: "pb.Relation.ValueType",
        remark: str = "",
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> bytes:
        """Sign, keep and hand over a receipt; return its name.

        What this officer has said already is not said again. `reason` is a code of
        decline_reason, for what cannot be done; `confirmed` as of `remark_of`. Raises
        Refusal: NOT_FOUND, REFERENCES where the message was not sent to this desk, or
        what the remark breaks.
        """
        (receipt,) = self.acknowledge_all([name], relation, remark, reason, confirmed)
        return receipt

    def acknowledge_all(
        self,
        names: Sequence[bytes],
        relation: "pb.Relation.ValueType",
        remark: str = "",
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> list[bytes]:
        """Say the same of several messages at once; all is kept, or nothing."""
        made = receipts.remark(relation, remark, reason, confirmed)
        with self._lock, self.mailbox.transaction():  # in the order of `apply`
            said = [self._receipt(name, relation, made) for name in names]
        self.hand_over()
        return said

    def _receipt(
        self,
        name: bytes,
        relation: "pb.Relation.ValueType",
        remark: bulletin_pb2.Remark | None,
    ) -> bytes:
        about = self.about(name)
        said = (self.officer.name, word(pb.Relation.Name(relation)))
        for given in self.mailbox.receipts(name):
            if (given.author, given.relation) == said:
                return given.name
        if self.officer.desk not in about.addressed:
            raise Refusal(Reason.REFERENCES, name.hex()[:16])
        if relation in ANSWERS:
            self.mailbox.mark_read(name, self.clock())
        receipt = self._composer.receipt(name, about, relation, remark)
        receipts.keep(self.mailbox, receipt, self.officer.name, self.clock())
        return receipt.name

    def _unopened(self, found: Found) -> None:
        """Say for this desk that something sent to it does not open, and why."""
        about = About(found.core, found.author, None)
        if self.officer.desk not in about.addressed:
            return
        relation = pb.RELATION_UNOPENABLE
        made = self._composer.receipt(found.name, about, relation, why=found.verdict)
        receipts.keep(self.mailbox, made, self.officer.name, self.clock())

    def about(self, name: bytes) -> About:
        """Return a message as others speak of it; Refusal(NOT_FOUND | REFERENCES)."""
        message = self.mailbox.read(name)
        if message.row.verdict != ACCEPTED:
            raise Refusal(Reason.REFERENCES, name.hex()[:16])
        core = envelope.parse_core(message.core)
        return About(core, message.row.author, message.content)

    def mark_read(self, name: bytes) -> None:
        """Note that it was read; where its author asks for more, say OPENED."""
        row = self.mailbox.row(name)
        if row.read:
            return
        self.mailbox.mark_read(name, self.clock())
        if row.direction == "in" and row.acknowledge != "NONE":
            try:
                self.acknowledge(name, pb.RELATION_OPENED)
            except Refusal:
                return  # not ours to say

    def waits(self, name: bytes) -> bool:
        """Say whether an envelope is still to be submitted."""
        return any(queued.name == name for queued in self.mailbox.pending())

    # The node.

    def hand_over(self) -> int:
        """Submit what waits; return how many the node took, 0 where it is stopped."""
        try:
            return self.push()
        except Unreachable:
            return 0

    def push(self) -> int:
        """Submit what waits; return how many the node took. Raises Unreachable."""
        if self.inbox is not None:
            outbox.hand_in(self.inbox, self.client)
        return outbox.push(self.mailbox, self.client, self.node, self.clock)

    def sync(self, seconds: float = SYNC_S) -> None:
        """Hand over what waits and take what arrived, for at most that long.

        Raises Unreachable; Refusal(POSITION) where the node left something out.
        """
        self.push()
        if self.resubmit():
            self.push()
        status = self.ask()
        goal = self._goal(status)
        after = self.load()
        if after and self._reached(goal):
            seconds = LINGER_S  # refusals and cosignatures may have come
        with closing(self.pages(after, seconds)) as pages:
            for page in pages:
                self.apply(page)
                if not page or self._reached(goal):
                    break
        self.apply_heads(status)

    def pages(
        self, after: int, seconds: float | None = None
    ) -> Generator[Sequence[desk_service_pb2.Arrival], None, None]:
        """Yield what arrives after the cursor, telling the node what was seen.

        A node that was restored from an old copy counts anew: then from the first
        arrival on. Raises Unreachable.
        """
        heads = [head.note for head in self.mailbox.heads()]
        try:
            with self.client.watch(after, heads, seconds, self.watching.mark) as pages:
                yield from pages
        except Refusal as refusal:
            if (refusal.reason, refusal.where) != (Reason.POSITION, "arrivals"):
                raise
            with self._lock:
                self.watching.begin_again()
                self.watching.load()
            with self.client.watch(0, heads, seconds) as pages:
                yield from pages

    def try_sync(self, seconds: float = SYNC_S) -> bool:
        """Do the same; return whether the node answered."""
        try:
            self.sync(seconds)
        except Unreachable:
            return False
        return True

    def ask(self) -> desk_service_pb2.GetStatusResponse:
        """Ask the node how it stands. Raises Unreachable."""
        self.told = self.client.status()
        return self.told

    def resubmit(self) -> int:
        """Queue again what the node lost; return how many. Raises Unreachable."""
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
        """Take up what another program of this desk applied; return the cursor."""
        with self._lock:
            return self.watching.load()

    def apply(self, page: Sequence[desk_service_pb2.Arrival]) -> None:
        """Apply a page of arrivals; an empty one is a sign of life."""
        if page:
            with self._lock:
                self.watching.apply(page)

    def apply_heads(self, status: desk_service_pb2.GetStatusResponse) -> None:
        """Take up the heads that the node holds."""
        with self._lock:
            self.watching.apply_heads([held.head for held in status.heads])

    def agree(self) -> bool | None:
        """Say whether partners hold the own log under the roots rebuilt here.

        False where anything was found wrong with a pinned log; None before the first
        line of a partner was seen.
        """
        shelf = Shelf(self.mailbox)
        if any(shelf.alarm(origin) for origin in self.pinned.origins):
            return False
        return True if shelf.cover(self.pinned.origin(self.node)) else None

    def _goal(self, status: desk_service_pb2.GetStatusResponse) -> dict[str, int]:
        pinned = self.pinned.origins
        return {h.origin: h.size for h in status.heads if h.origin in pinned}

    def _reached(self, goal: dict[str, int]) -> bool:
        return all(self.watching.size(origin) >= size for origin, size in goal.items())
