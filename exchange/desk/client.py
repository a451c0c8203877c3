"""A desk: the calls of an officer's programs to their own node.

    with Desk.open(home, "duty-1", passphrase) as desk:
        sent = desk.send(content.from_json(obj))       # kept first, then submitted
        desk.sync()                                    # take arrivals
        message = desk.mailbox.messages.read(sent.name)
        desk.acknowledge(name, pb.RELATION_ACKNOWLEDGED)

Synchronous, usable from any thread. Everything but `sync` works with the node stopped:
sent envelopes then wait in the outbox.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from exchange import config
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.codes import learn_nations
from exchange.desk import officer as officers
from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.incoming.file_entry import find_about
from exchange.desk.incoming.relations import About, word
from exchange.desk.link.arrivals import ArrivalReader
from exchange.desk.link.connect import Client, connect, load_bundles
from exchange.desk.link.home_changes import (
    NO_CHANGES,
    HomeChanges,
    check_editions,
)
from exchange.desk.link.ring_upkeep import RingUpkeep
from exchange.desk.link.sync import Syncing
from exchange.desk.mailbox import NONE, Mailbox, Mark
from exchange.desk.mailbox.records import NOWHERE
from exchange.desk.mailbox.settings import RESTORED
from exchange.desk.officer import Officer
from exchange.desk.outgoing import enqueue, recall, receipts, route_draw, translations
from exchange.desk.outgoing.composer import Composer, Numbers, Prepared
from exchange.desk.outgoing.prepare import (
    check_confirmed,
    check_suspended,
    cite,
    prepare,
)
from exchange.desk.outgoing.result import Sent, sending_result, state_in_outbox
from exchange.desk.pinned_logs import Pinned
from exchange.desk.records import Receipt
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.trust import names
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

ANSWERS = frozenset(  # these imply having read
    {pb.RELATION_ACKNOWLEDGED, pb.RELATION_COMPLETED, pb.RELATION_CANNOT_COMPLY}
)

_RESTORED = Why(
    "restored from a backup, and has not yet fetched its bulletins; start the node,"
    " and run fusion list"
)
_KEYS = Why("the keys of this desk are being changed; try again in a moment")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Desk(Syncing):
    def __init__(
        self,
        officer: Officer,
        mailbox: Mailbox,
        pinned: Pinned,
        client: Client,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.officer = officer
        mailbox.obligations.desk = officer.desk
        self.settings = config.DeskConfig(officer.desk, officer.name)
        self.home: config.DeskHome | None = None
        self._lock_held = ExitStack()
        self._changes: HomeChanges | None = None
        self.composer = Composer(officer, pinned, clock, partial(find_about, mailbox))
        arrivals = ArrivalReader(
            mailbox, pinned, officer.reader, officer.node, clock, self._unopened
        )
        super().__init__(mailbox, pinned, client, officer.node, clock, arrivals)
        if (ring := officer.reader.ring) is not None:
            self.upkeep = RingUpkeep(mailbox, pinned, officer, ring, clock)
            self.upkeep.take_up()
        self.arrivals.load()
        self.arrivals.read_newer()

    @classmethod
    def open(cls, home: Path, officer: str, passphrase: str) -> Self:
        """Unlock duty-1 ("" is the home's own officer) and open the mailbox.

        Raises Refusal: HOME, KEY_FILE, KEYSTORE, DATABASE, BUNDLE, SERIAL, NOT_PINNED.
        """
        folder = config.desk_home(home)
        settings = config.read_desk(folder)
        short = officers.choose(folder, settings, officer)
        unlocking = officers.start_unlock(folder, settings, short, passphrase)
        return cls.open_with(home, unlocking)

    @classmethod
    def open_with(cls, home: Path, unlocking: Future[Officer]) -> Self:
        """Open as `open` does, with a keystore that is being unlocked."""
        folder = config.desk_home(home)
        with ExitStack() as opened:
            lock = opened.enter_context(ExitStack())
            lock.enter_context(config.hold_lock(folder.folder, _KEYS, shared=True))
            changes = HomeChanges(folder)
            pinned, client = Pinned(load_bundles(home)), connect(home)
            opened.callback(client.close)
            unlocked = unlocking.result()
            pinned.bundle(unlocked.node)
            learn_nations(map(names.domain_of, pinned))
            mailbox = Mailbox(folder.mailbox, unlocked.database_key)
            opened.callback(mailbox.close)
            check_editions(mailbox, pinned)
            desk = cls(unlocked, mailbox, pinned, client)
            desk.inbox, desk.settings = folder.inbox, config.read_desk(folder)
            desk.home, desk._changes = folder, changes
            desk._lock_held = lock.pop_all()
            opened.pop_all()
        return desk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take_up_home(self) -> bool:
        """Take up changes without opening the desk again; see `HomeChanges`."""
        if self._changes is None:
            return False
        with self._lock:
            found = self._changes.look(self.officer, self.pinned, self.client)
            if found.bundles:
                check_editions(self.mailbox, self.pinned)
                self.arrivals.reload()
            if found.client is not None:
                self.client = found.client
            self.outdated |= found.bundles or found.client is not None
        return found != NO_CHANGES

    def close(self) -> None:
        """Close the desk; others may then change its keys."""
        self.client.close()
        self.mailbox.close()
        self.officer.log_out()
        self.let_go()

    def let_go(self) -> None:
        """Release the folder's lock, to find its other holders."""
        self._lock_held.close()

    def own_alarms(self) -> list[tuple[Reason, str]]:
        """Return the faults of this desk itself as (reason, file)."""
        ring = self.officer.reader.ring
        if ring is None or not ring.older:
            return []
        return [(Reason.SERIAL, ring.where)]

    # Writing.

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Lock the keys, then begin a transaction: the order of `apply`."""
        with self._lock, self.mailbox.database.transaction():
            yield

    def compose(
        self, draft: CheckedDraft, numbers: Numbers | None = None
    ) -> tuple[Prepared, list[Prepared]]:
        """Seal and sign a draft and its translations; nothing is kept.

        Numbers are the next to each desk, unless `numbers` gives others. A number is
        used up only when kept: compose and keep in one transaction. Refusal names the
        field; PERSONAL_DATA for findings not confirmed to be none (Content.confirmed),
        FIELD_VALUE for a confirmation without a finding.
        """
        draft = prepare(self.mailbox, self.officer.desk, draft, self.clock())
        check_confirmed(draft)
        with self._lock:
            next_ = numbers or self.mailbox.numbers.next
            envelope = self.composer.bulletin(draft, next_)
            about = About(envelope.core, self.officer.name, envelope.content)
            renderings = [
                self.render(
                    envelope.name,
                    about,
                    translations.of_file(each, draft.content, self.officer),
                )
                for each in draft.translations
            ]
        return envelope, renderings

    def render(
        self, name: bytes, about: About, translation: bulletin_pb2.Translation
    ) -> Prepared:
        """Prepare a translation without keeping or sending it."""
        with self._lock:
            said = self.officer, name, about, translation, self.pinned.author
            return translations.compose(self.composer, *said, self.clock())

    def send(self, draft: CheckedDraft, saved: Mark = NONE) -> Sent:
        """Keep a draft, then submit it; `queued` if the node is stopped.

        The `saved` draft is dropped in the transaction that queues it. Raises Refusal
        naming the field.
        """
        (one,) = self.send_all([draft], saved)
        return one

    def send_all(
        self, drafts: Sequence[CheckedDraft], saved: Mark = NONE
    ) -> list[Sent]:
        """Send all as `send` does; all are kept in one write, or none.

        A request that a draft answers is acknowledged in the same write.
        Raises Refusal(BUSY) at a restored desk that has not caught up, SUSPENDED for a
        nation to which the own node sends nothing.
        """
        self.check_caught_up()
        for draft in drafts:
            check_suspended(self.told, draft)
        drawn = [route_draw.draw_route(draft) for draft in drafts]
        names = []
        with self.writing():
            self.mailbox.drafts.drop(self.officer.name, saved)
            for draft, draw in drawn:
                if draw is not None:
                    route_draw.keep(self.mailbox, draft, draw)
                made, renderings = self.compose(draft)
                names.append(made.name)
                for each in (made, *renderings):
                    enqueue.keep(self.mailbox, each, self.officer.name, self.clock())
                for name in receipts.acknowledged_by(self.mailbox, draft.references):
                    self._receipt(name, pb.RELATION_ACKNOWLEDGED, None)
        self.hand_over()
        return [self.result_of(name) for name in names]

    def check_caught_up(self) -> None:
        if self.mailbox.settings.get(RESTORED):
            raise Refusal(Reason.BUSY, self.officer.desk, _RESTORED)

    def result_of(self, name: bytes) -> Sent:
        """Return `queued` at least, also if the mailbox cannot be read now."""
        try:
            return sending_result(self.mailbox, name)
        except FusionError as error:
            self.trouble = self.trouble or error
            return Sent(name, "queued")

    def sign_again(self, name: bytes) -> Sent:
        """Sign again, under a new name, an envelope refused so; the old one is dropped.

        Raises Refusal: NOT_FOUND if it does not wait for that, or the obstacle to
        sending it now.
        """
        from exchange.desk.outgoing import renewal  # noqa: PLC0415  # seldom

        self.check_caught_up()
        with self.writing():
            new = renewal.sign_again(
                self.mailbox, self.officer, self.composer, name, self.clock()
            )
        self.hand_over()
        return self.result_of(new)

    def reveal(self, name: bytes) -> Sent:
        """Reveal a drawn route to all who have the movement; idempotent.

        Raises Refusal: NOT_FOUND if it was not drawn at this desk; REFERENCES if
        refused.
        """
        said = route_draw.reveal(self.mailbox, name, self.clock())
        return self.result_of(said) if isinstance(said, bytes) else self.send(said)

    def recall(
        self,
        name: bytes,
        reason: str,
        remark: str = "",
        instruction: str = "",
        confirmed: Sequence[str] = (),
    ) -> Sent:
        """Recall a bulletin from all its readers; idempotent.

        `reason` and `instruction` (else STOP_USE) are codes of recall_reason and
        recall_instruction. Raises Refusal: NOT_FOUND, REFERENCES if it is not this
        desk's bulletin, and as `recall.remark`.
        """
        why = recall.remark(reason, remark, instruction, confirmed)
        with self.writing():
            about = cite(self.mailbox, name)
            sent = recall.earlier(self.mailbox, name, why)
            if sent is None:
                own = self.officer.desk
                made = recall.compose(self.composer, name, about, own, why)
                enqueue.keep(self.mailbox, made, self.officer.name, self.clock())
                sent = made.name
        self.hand_over()
        return self.result_of(sent)

    def acknowledge(
        self,
        name: bytes,
        relation: "pb.Relation.ValueType",
        remark: str = "",
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> bytes:
        """Sign, keep and submit a receipt; return its name.

        An earlier receipt of this officer is not repeated. `reason` is a code of
        decline_reason, for CANNOT_COMPLY; `confirmed` as in `remark_of`. Raises
        Refusal: NOT_FOUND, REFERENCES if the message was not sent to this desk, or
        those of the remark.
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
        """Acknowledge all; all are kept, or none."""
        made = receipts.remark(relation, remark, reason, confirmed)
        with self.writing():
            said = [self._receipt(name, relation, made) for name in names]
        self.hand_over()
        return said

    def _receipt(
        self,
        name: bytes,
        relation: "pb.Relation.ValueType",
        remark: bulletin_pb2.Remark | None,
    ) -> bytes:
        about = cite(self.mailbox, name)
        said = (self.officer.name, word(pb.Relation.Name(relation)))
        before = [
            given
            for given in self.mailbox.receipts.of(name)
            if (given.author, given.relation) == said
        ]
        for given in before:
            if self._counts(given, remark):
                return given.name
        if self.officer.desk not in about.addressed:
            why = Why("only a desk it was sent to can acknowledge it")
            raise Refusal(Reason.REFERENCES, name.hex()[:16], why)
        if relation in ANSWERS:
            self.mailbox.messages.mark_read(name, self.clock())
        receipt = self.composer.receipt(name, about, relation, remark)
        enqueue.keep(self.mailbox, receipt, self.officer.name, self.clock())
        receipts.drop_resigned(self.mailbox, before, receipt.name)
        return receipt.name

    def _counts(self, given: Receipt, remark: bulletin_pb2.Remark | None) -> bool:
        """Return whether an earlier receipt makes a new one unnecessary.

        One in no log does not, unless its remark waits for a releaser; a code without a
        text is sent beside that. A receipt to be signed again is replaced.
        """
        state = self.state_of(given.name)
        if state in {"drafted", "waiting"}:
            return remark is not None and bool(remark.text.text)
        return state not in {*NOWHERE, "resign"}

    def _unopened(self, entry: ExaminedEntry) -> None:
        about = About(entry.core, entry.author, None)
        if self.officer.desk not in about.addressed or self.composer.only_reads:
            return
        relation = pb.RELATION_UNOPENABLE
        try:
            made = self.composer.receipt(entry.name, about, relation, why=entry.verdict)
        except Refusal:  # the key is revoked; another officer sends it
            return
        enqueue.keep(self.mailbox, made, self.officer.name, self.clock())

    def mark_read(self, name: bytes) -> None:
        """Send OPENED if its author asks for more."""
        row = self.mailbox.messages.row(name)
        if row.read:
            return
        self.mailbox.messages.mark_read(name, self.clock())
        if row.direction == "in" and row.acknowledge != "NONE":
            try:
                self.acknowledge(name, pb.RELATION_OPENED)
            except Refusal:
                return  # not ours to send

    def state_of(self, name: bytes) -> str:
        """Return the state of an envelope without a row in the list.

        `queued`, `resign`, `expired`, `refused`, or that of a draft to be released;
        else `local`: a receipt, say.
        """
        try:
            return state_in_outbox(self.mailbox, name)
        except FusionError as error:
            self.trouble = self.trouble or error
            return "queued"
