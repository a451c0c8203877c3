"""The queue of release for the terminal: messages for a second officer to sign."""

from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.prose_view import rendition
from exchange.config import DeskHome
from exchange.desk import officer as officers
from exchange.desk.client import Desk
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import AwaitedRelease
from exchange.desk.mailbox.outbox import RESIGN
from exchange.desk.mailbox.releases import LAPSED, OPEN, RELEASED, RETURNED, SIGNED
from exchange.desk.outgoing.drafts import draft_from
from exchange.desk.outgoing.prepare import cite
from exchange.desk.records import Addressee, Review, Row
from exchange.desk.release import countersignature, decision
from exchange.desk.release.waiting_drafts import describe, may_release, read_draft
from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.desk.terminal.list_rows import show_row
from exchange.desk.terminal.review import referred
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from exchange.words import lang

OVER_SHOWN = 20  # of finished ones, the last
_REMARK = Why("is a remark; read it with fusion release show, then sign it there")
_OVER = Why("it is over; its text is now at its author's desk alone")


class OfficersHere(Struct, frozen=True):
    folder: DeskHome
    desk: str

    def others(self, own: str) -> Sequence[str]:
        """Return short names (duty-2)."""
        names_here = self.folder.officer_names()
        return [name for name in names_here if f"{name}@{self.desk}" != own]

    def needs_pin(self, short: str) -> bool:
        return officers.needs_pin(self.folder, short)

    def unlock(self, short: str, passphrase: str, pin: str = "") -> officers.Officer:
        """Raise Refusal(KEYSTORE | KEY_FILE | TOKEN).

        A key on a token signs only if `pin` opens it.
        """
        return officers.unlock(self.folder, self.desk, short, passphrase, pin)


class ReleaseQueue:
    def __init__(self, desk: Desk, here: OfficersHere | None = None) -> None:
        self._desk = desk
        self._here = here

    # The queue.

    def queue(self) -> Sequence[ReleaseItem]:
        """Return those due first, then those that need no signature.

        Leaves out those written again, and signed ones that expired unsent; of finished
        ones, shows the last OVER_SHOWN.
        """
        box, latest = self._desk.mailbox.releases, self._desk.mailbox.outbox.latest_name
        now = self._desk.clock()
        stated = box.list_state(*OPEN, SIGNED, RETURNED)
        waits = (
            one
            for one in stated
            if latest(one.name) == one.name
            and (one.state != SIGNED or one.expires > now)
        )
        over = box.list_state(RELEASED, LAPSED)[-OVER_SHOWN:]
        drafts = map(self._draft, chain(waits, reversed(over)))
        return [*self._emergencies(), *drafts]

    def _emergencies(self) -> Iterator[ReleaseItem]:
        mailbox = self._desk.mailbox
        lacking = dict(mailbox.countersignatures.lacking(self._desk.clock()))
        for row in mailbox.messages.rows(list(lacking)):
            yield ReleaseItem(
                show_row(mailbox, row),
                "EMERGENCY",
                since=row.filed,
                until=lacking[row.number],
                signable=self._may_countersign(row.name),
                own=row.outgoing,
            )

    def _draft(self, draft: AwaitedRelease) -> ReleaseItem:
        """Return a draft as it is now: by this clock it may have lapsed."""
        told, messages = describe(self._desk, draft), self._desk.mailbox.messages
        lapsed = draft.state in OPEN and draft.expires <= self._desk.clock()
        if messages.knows(draft.name):
            row = show_row(self._desk.mailbox, messages.row(draft.name))
        else:
            row = _row_of(told.core, draft, told.kind, told.subject)
        return ReleaseItem(
            row,
            LAPSED if lapsed else draft.state,
            since=draft.expires if lapsed else draft.since,
            until=draft.expires,
            signable=told.may_sign and not lapsed,
            own=told.own,
            code=told.code,
            by=told.returned_by,
        )

    def _may_countersign(self, name: bytes) -> bool:
        try:
            countersignature.check_countersign(self._desk, name)
        except FusionError:
            return False
        return True

    # For the top row.

    def count_to_release(self) -> int:
        drafts, now = self._desk.mailbox.releases.list_state(*OPEN), self._desk.clock()
        return sum(one.expires > now and may_release(self._desk, one) for one in drafts)

    def count_returned(self) -> int:
        """Count returned drafts that were not written again.

        They wait in the outbox to be signed again; expired ones there do not count.
        """
        outbox = self._desk.mailbox.outbox
        returned = self._desk.mailbox.releases.list_state(RETURNED)
        kept = [outbox.find(one.name) for one in returned]
        return sum(one is not None and one.hold_reason == RESIGN for one in kept)

    def count_to_countersign(self) -> tuple[int, int]:
        """Return how many EMERGENCY are overdue, and how many for this officer."""
        found, now = list(self._emergencies()), self._desk.clock()
        late = sum(one.until <= now for one in found)
        return late, sum(one.signable for one in found)

    # One message of the queue.

    def open(self, name: bytes) -> SignedReview:
        """Return it as its author signed it; Refusal(NOT_FOUND).

        A waiting draft is judged here and now; its Refusal is raised.
        """
        found = next((one for one in self.queue() if one.row.name == name), None)
        if found is None:
            raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
        draft = self._desk.mailbox.releases.get(name)
        if draft is not None and found.state in OPEN:
            entry = read_draft(self._desk, draft)
            core, content, author = entry.core, entry.content, entry.author
        elif draft is not None and not found.row.number:
            core, content, author = self._over(draft)
        else:
            message = self._desk.mailbox.messages.read(found.row.number)
            core, content = envelope.parse_core(message.core), message.content
            author = message.row.author
        if core.kind == pb.KIND_RECEIPT:
            raise Refusal(Reason.KIND, name.hex()[:16], _REMARK)
        if core.kind == pb.KIND_TRANSLATION:
            made = _signed_translation(self._desk, found, core, content or b"", author)
        else:
            review = _review(self._desk, core, content or b"", author)
            made = SignedReview(found, review)
        return replace(made, others=self.others())

    def _over(self, draft: AwaitedRelease) -> tuple[pb.Core, bytes | None, str]:
        """Return header, content and author of a finished draft without a row.

        A translation of this desk; or a draft of another one, judged now.
        """
        kept = self._desk.mailbox.translations.get(draft.name)
        if kept is not None:
            core = envelope.split(draft.envelope.entry).core
            return core, kept.content, draft.author
        if not draft.envelope.body:
            raise Refusal(Reason.NOT_FOUND, draft.name.hex()[:16], _OVER)
        entry = self._desk.arrivals.drafts.examine(draft.envelope)
        return entry.core, entry.content, entry.author

    def others(self) -> Sequence[str]:
        return self._here.others(self._desk.officer.name) if self._here else ()

    def release(self, name: bytes, officer: str = "", passphrase: str = "") -> str:
        """Release as `officer`, if another one who is here is named.

        The passphrase opens that officer's keys, which are forgotten after the
        signature. Without its node it waits in the outbox: returns its state, "queued".
        Raises Refusal.
        """
        by = self._desk.officer
        if officer and self._here is not None:
            by = self._here.unlock(officer, passphrase)
        return decision.sign_draft(self._desk, self._find(name), by)

    def give_back(self, name: bytes, code: str) -> str:
        """Send a draft back to its author with a code of return_code.

        Returns "queued" while the node does not know of it, else "local".
        """
        decision.give_back(self._desk, self._find(name), code)
        untold = self._desk.mailbox.releases.list_returns_to_tell()
        return "queued" if name in {one.name for one in untold} else "local"

    def countersign(self, name: bytes) -> str:
        """Return "queued" without the node, or raise a Refusal."""
        made = countersignature.countersign(self._desk, name)
        return self._desk.state_of(made)

    def _find(self, name: bytes) -> AwaitedRelease:
        draft = self._desk.mailbox.releases.get(name)
        if draft is None:
            raise Refusal(Reason.NOT_FOUND, name.hex()[:16])
        return draft


def _row_of(core: pb.Core, draft: AwaitedRelease, kind: str, subject: str) -> Row:
    return Row(
        number=0,
        name=draft.name,
        origin="",
        index=None,
        envelope=core.kind,
        kind=kind,
        precedence=word(pb.Precedence.Name(core.precedence)),
        mode=word(pb.Mode.Name(core.mode)),
        tlp=word(pb.Tlp.Name(core.tlp)),
        subject=subject,
        lang="",
        author=draft.author,
        desk=names.desk_of(draft.author),
        direction="in",
        filed=core.filed,
        received=draft.since,
        expires=core.expires,
        read=0,
        acknowledge="NONE",
        acknowledge_by=0,
        acknowledged=0,
        state=draft.state.lower(),
        verdict="ACCEPTED",
    )


def _review(desk: Desk, core: pb.Core, content: bytes, author: str) -> Review:
    """Return it as its author had it; Refusal(CONTENT) if it is not open here."""
    return Review(
        signer=author,
        kid=core.author,
        addressees=list(_addressees(desk, core)),
        size=envelope.padded_size(len(content)),
        draft=draft_from(core, content),
        at=core.filed,
        about=referred(desk.mailbox, core.references),
    )


def _signed_translation(
    desk: Desk, item: ReleaseItem, core: pb.Core, content: bytes, author: str
) -> SignedReview:
    """Return a translation above its source, with the checks' findings.

    Raises Refusal(NOT_FOUND | REFERENCES | CONTENT) if its bulletin is not open here.
    """
    from exchange.translation.reader_findings import (  # noqa: PLC0415  # start-up counts
        against,
        finding_lines,
    )

    name = core.references[0].name
    about = cite(desk.mailbox, name)
    if about.content is None:
        raise Refusal(Reason.CONTENT, name.hex()[:16])
    said = bulletin.decode_translation(content)
    doubts = finding_lines(against(about.content, said.SerializeToString()), lang())
    shown = rendition(bulletin.decode(about.content), said, doubts=doubts)
    review = replace(
        _review(desk, core, about.content, author),
        size=envelope.padded_size(len(content)),
        translation=shown,
    )
    return SignedReview(item, review, desk.mailbox.messages.row(name).number)


def _addressees(desk: Desk, core: pb.Core) -> Iterator[Addressee]:
    """Yield its own desk last, each with the key it names."""
    copy = pb.RECIPIENT_CLASS_COPY
    for one in sorted(core.recipients, key=lambda r: r.recipient_class == copy):
        directory = desk.pinned.directory(names.node_of(one.desk))
        for key in directory.iter_sealing_keys(one.desk):
            if key.kid == one.kid:
                yield Addressee(one.desk, one.recipient_class, key)
