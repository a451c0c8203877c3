"""What a shift has to do and is to know, for the terminal: one half of its desk."""

from collections.abc import Sequence

from exchange.bulletin.draft import Draft
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.status_records import (
    DutySection,
    LedgerAlarm,
    MissingBulletins,
    SentRow,
    SpokenCheck,
)
from exchange.desk.terminal.releases import OfficersHere


class ShiftDesk:
    """Open actions, proposals, alarms, of a desk that the other half opened."""

    _desk: Desk
    _mailbox: Mailbox
    _here: OfficersHere | None

    def _name(self, number: int) -> bytes:
        return self._mailbox.messages.row(number).name

    def sent(self, limit: int) -> Sequence[SentRow]:
        """Return what this desk wrote, newest first, and how far each addressee is."""
        from exchange.desk.terminal import sent_rows  # noqa: PLC0415  # start-up counts

        return sent_rows.list_sent(self._desk, limit, self._desk.clock())

    def handover(self) -> Sequence[DutySection]:
        """Return what the next shift must know, in words of the language in use."""
        from exchange.desk.terminal import handover  # noqa: PLC0415  # start-up counts

        return handover.sections(self._desk)

    def voice_check(self, number: int) -> SpokenCheck:
        """Return what is read of a message by telephone; Refusal(NOT_FOUND)."""
        from exchange.trust.voice_check import voice_check  # noqa: PLC0415  # start-up counts

        message = self._mailbox.messages.read(number)
        said = voice_check(message.entry)
        name, author = message.row.name.hex(), message.row.author
        return SpokenCheck(said.words, said.digits, name, author)

    def hook_alarm(self) -> LedgerAlarm | None:
        """Return that the hook of this desk tells nobody, where it should."""
        from exchange.config.hook_record import hook_fault  # noqa: PLC0415  # start-up counts

        if self._here is None:
            return None
        fault = hook_fault(self._here.folder, self._desk.settings)
        return None if fault is None else LedgerAlarm("HOOK", fault.text)

    def proposal(self, number: int) -> Draft:
        """Return what is to be sent of a movement that is overdue; or a Refusal."""
        from exchange.desk.deadlines import proposal  # noqa: PLC0415  # start-up counts

        name = self._name(number)
        return proposal.proposal(self._desk, name, self._desk.clock())

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        """Return the desks whose bulletins to this one have not all come."""
        from exchange.desk.deadlines import (  # noqa: PLC0415  # start-up counts
            missing_bulletins,
        )

        return [
            MissingBulletins(gap.desk, missing_bulletins.describe_gap(gap))
            for gap in self._mailbox.numbers.gaps()
        ]

    def request_missing(self, sender: str) -> Draft:
        """Return an RFI to a desk whose bulletins are missing; or a Refusal."""
        from exchange.desk.deadlines import (  # noqa: PLC0415  # start-up counts
            missing_bulletins,
        )

        now = self._desk.clock()
        return missing_bulletins.request_missing(self._desk, sender, now)
