"""Open actions, alarms and hand-overs of a shift: one half of the terminal's desk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exchange.bulletin.draft import Draft
from exchange.bulletin.error_text import refusal
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.status_records import (
    DutySection,
    HandoverReview,
    LedgerAlarm,
    MissingBulletins,
    SentRow,
    SpokenCheck,
    TranslationItem,
)
from exchange.desk.terminal.list_rows import show_rows
from exchange.desk.terminal.releases import OfficersHere
from exchange.errors import Reason, Refusal
from exchange.limits import HANDOVERS_SHOWN

if TYPE_CHECKING:
    from exchange.trust.shift_handover import HandoverRecord


class ShiftDesk:
    _desk: Desk
    _mailbox: Mailbox
    _here: OfficersHere | None

    def _name(self, number: int) -> bytes:
        return self._mailbox.messages.row(number).name

    def sent(self, limit: int) -> Sequence[SentRow]:
        """Return the newest first, with each addressee's state."""
        from exchange.desk.terminal import sent_rows  # noqa: PLC0415  # start-up counts

        return sent_rows.list_sent(self._desk, limit, *self._desk.moment().times)

    def handover(self) -> Sequence[DutySection]:
        from exchange.desk.terminal import handover  # noqa: PLC0415  # start-up counts

        return handover.sections(self._desk)

    def voice_check(self, number: int) -> SpokenCheck:
        """Raise Refusal(NOT_FOUND)."""
        from exchange.trust.voice_check import voice_check  # noqa: PLC0415  # start-up counts

        message = self._mailbox.messages.read(number)
        said = voice_check(message.entry)
        name, author = message.row.name.hex(), message.row.author
        return SpokenCheck(said.words, said.digits, name, author)

    def hook_alarm(self) -> LedgerAlarm | None:
        """Return one if the hook should call and does not."""
        from exchange.config.hook_record import hook_fault  # noqa: PLC0415  # start-up counts

        if self._here is None:
            return None
        fault = hook_fault(self._here.folder.watch, self._desk.settings.watch)
        return None if fault is None else LedgerAlarm("HOOK", fault.text)

    def take_note(self, number: int) -> Sequence[str]:
        """Record that this officer saw other desks' declines; return lines."""
        from exchange.desk.answer_words import describe_decline  # noqa: PLC0415  # start-up counts
        from exchange.desk.deadlines import declines  # noqa: PLC0415  # start-up counts

        declines.take_note(self._desk, self._name(number))
        noted = self._mailbox.answers.declined([number])[number]
        return [describe_decline(one) for one in noted]

    def proposal(self, number: int) -> Draft:
        """Propose a bulletin about an overdue movement, or raise a Refusal."""
        from exchange.desk.deadlines import proposal  # noqa: PLC0415  # start-up counts

        name = self._name(number)
        return proposal.proposal(self._desk, name, *self._desk.moment().times)

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        """Return those with a number far above the others first."""
        from exchange.desk.deadlines import (  # noqa: PLC0415  # start-up counts
            missing_bulletins,
        )

        desk, numbers = self._desk, self._mailbox.numbers
        jumps = [
            MissingBulletins(
                jump.desk,
                missing_bulletins.describe_jump(desk, jump),
                jump.number,
                jumps=True,
            )
            for jump in numbers.jumps()
        ]
        gaps = [
            MissingBulletins(
                gap.desk, missing_bulletins.describe_gap(desk, gap), gap.above[-1][0]
            )
            for gap in numbers.gaps()
        ]
        return [*jumps, *gaps]

    def judge_number(self, sender: str, number: int, verdict: str) -> None:
        from exchange.desk.deadlines import (  # noqa: PLC0415  # start-up counts
            missing_bulletins,
        )

        missing_bulletins.judge_number(self._desk, sender, number, verdict)

    def request_missing(self, sender: str) -> Draft:
        """Return an RFI about them, or raise a Refusal."""
        from exchange.desk.deadlines import (  # noqa: PLC0415  # start-up counts
            missing_bulletins,
        )

        now = self._desk.clock()
        return missing_bulletins.request_missing(self._desk, sender, now)

    def translation_queue(self) -> Sequence[TranslationItem]:
        from exchange.desk.translation import queue  # noqa: PLC0415  # start-up counts

        found = queue.translation_queue(self._desk, *self._desk.moment().times)
        shown = show_rows(self._mailbox, [one.row for one in found])
        return [
            TranslationItem(
                row,
                one.lang,
                one.step.value,
                one.officer,
                one.since,
                one.stale,
                one.for_others,
            )
            for one, row in zip(found, shown, strict=True)
        ]

    # Hand-overs of the shift. Loaded when asked for: start-up counts.

    def prepare_handover(self, officer: str) -> HandoverReview:
        """Prepare a hand-over to another officer who is here."""
        from exchange.desk import shift_handover  # noqa: PLC0415

        desk = self._desk
        record = shift_handover.prepare(desk, f"{officer}@{desk.officer.desk}")
        return self._review(record)

    def newer_matters(self, record: bytes) -> str:
        """Return how many came since a record was made, or ""."""
        from exchange.desk import shift_handover  # noqa: PLC0415
        from exchange.desk.handover_words import tell_newer  # noqa: PLC0415
        from exchange.trust.shift_handover import parse  # noqa: PLC0415

        newer = shift_handover.count_newer(self._desk, parse(record))
        return tell_newer(newer) if newer else ""

    def needs_pin(self, officer: str) -> bool:
        return self._here is not None and self._here.needs_pin(officer)

    def sign_handover(self, record: bytes, own: str, other: str, pin: str = "") -> int:
        """Sign by both passphrases; return its number.

        `own` is this, the leaving, officer's; `pin` opens the token of the officer who
        takes over, for this signature alone. Refusal(KEYSTORE | TOKEN) if one is wrong.
        """
        from exchange.desk import shift_handover  # noqa: PLC0415
        from exchange.trust.shift_handover import parse  # noqa: PLC0415

        desk, handed = self._desk, parse(record)
        if self._here is None:
            raise Refusal(Reason.SIGNERS, handed.comes)
        short = handed.leaves.partition("@")[0]
        self._here.unlock(short, own)  # proves that it is he; his keys are open already
        comer = self._here.unlock(handed.comes.partition("@")[0], other, pin)
        try:
            return shift_handover.sign(desk, handed, desk.officer, comer)
        finally:
            comer.log_out()

    def handovers(self) -> Sequence[HandoverReview]:
        """Return the newest first, verified again."""
        from exchange.desk import shift_handover  # noqa: PLC0415

        found = []
        for one in shift_handover.every(self._desk, HANDOVERS_SHOWN):
            if one.record is not None:
                found.append(self._review(one.record)._replace(number=one.number))
            elif one.fault is not None:
                lost = HandoverReview("", "", 0, 0, "", (), one.signed.record)
                said = refusal(one.fault)
                found.append(lost._replace(number=one.number, reason=said))
        return found

    def _review(self, record: "HandoverRecord") -> HandoverReview:
        from exchange.desk.handover_words import counts, sections  # noqa: PLC0415
        from exchange.trust.shift_handover import encode  # noqa: PLC0415

        return HandoverReview(
            record.leaves,
            record.comes,
            record.began,
            record.at,
            counts(record),
            list(sections(self._desk, record, digits=0)),
            encode(record),
        )
