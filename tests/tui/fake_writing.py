"""The part of a desk in memory that writes (`exchange.desk.terminal.desk`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import Draft
from exchange.bulletin.route_commitment import values
from exchange.desk.mailbox.templates import Template
from exchange.desk.outgoing.prepare import check_confirmed
from exchange.desk.records import NONE, Mark, Review, Row, SavedDraft
from exchange.errors import Reason, Refusal
from exchange.limits import DAY
from exchange.v1.envelope_pb2 import RECIPIENT_CLASS_ACTION as ACTION
from tests.tui.examples import NOW, addressee, review

OPS = "ops.beijing.cn"


@dataclass(kw_only=True)
class FakeWriting:
    """Refuses as a desk would: by the rules of a bulletin and of personal data."""

    submitted: list[Draft] = field(default_factory=list)
    instead: list[bytes] = field(default_factory=list)
    """The bulletins that were given back, in whose place something was submitted."""
    revealed: list[int] = field(default_factory=list)
    again: CheckedDraft | None = None
    """What waits to be signed again, if anything."""
    signed_again: list[int] = field(default_factory=list)
    refuse: Refusal | None = None
    draft: str = ""
    """What was left of an earlier session, if anything."""
    full: bool = False
    """Whether the disk is."""
    routes: dict[int, str] = field(default_factory=dict)
    others: Sequence[str] = (OPS,)
    """The other desks that can be written to."""
    register: Sequence[tuple[str, str]] = (("PK-H-07", "B"), ("PK-T-11", "D"))
    abouts: dict[bytes, Row] = field(default_factory=dict)
    key_age: int = 2 * DAY
    kept_templates: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> dict[Mark, str]:
        """The drafts by their marks, the first begun first."""
        if self._kept is None:
            self._kept = {(1, 1): self.draft} if self.draft else {}
        return self._kept

    _kept: dict[Mark, str] | None = None
    _ids: int = 1

    def drafts(self) -> Sequence[SavedDraft]:
        found = sorted(self.kept.items(), reverse=True)
        return [SavedDraft(mark, NOW, text.encode()) for mark, text in found]

    def save_draft(self, mark: Mark, text: str) -> Mark:
        if self.full:
            raise Refusal(Reason.DISK, "mailbox.db")
        if self.kept.pop(mark, None) is None:
            self._ids += 1
            mark = self._ids, 0
        mark = mark[0], mark[1] + 1
        self.kept[mark] = text
        return mark

    def drop_draft(self, mark: Mark) -> None:
        self.kept.pop(mark, None)

    def templates(self) -> list[Template]:
        return [Template(*one) for one in sorted(self.kept_templates.items())]

    def save_template(self, name: str, text: str) -> None:
        self._refuse()
        self.kept_templates[name] = text

    def forget_template(self, name: str) -> None:
        self.kept_templates.pop(name, None)

    def _refuse(self) -> None:
        if self.refuse:
            raise self.refuse

    def desks(self) -> Sequence[str]:
        return self.others

    def sources(self) -> Sequence[tuple[str, str]]:
        return self.register

    def about(self, name: bytes) -> Row | None:
        self._refuse()
        return self.abouts.get(name)

    def review(self, draft: CheckedDraft) -> Review:
        self._refuse()
        since = NOW - self.key_age
        addressed = [addressee(desk, ACTION, since) for desk in draft.to]
        routes = values(draft.content, "routes") if draft.draws else []
        personal = draft.unconfirmed
        return review(draft, addressees=addressed, personal=personal, draws=len(routes))

    def submit(
        self, draft: CheckedDraft, saved: Mark = NONE, instead: bytes = b""
    ) -> bytes:
        self._refuse()
        self.instead.append(instead)
        check_confirmed(draft)
        self.submitted.append(draft)
        self.drop_draft(saved)
        return bytes([len(self.submitted)]) * 32

    def drawn_route(self, number: int) -> str:
        self._refuse()
        return self.routes.get(number, "")

    def begin_again(self, number: int) -> CheckedDraft:  # noqa: ARG002 - as a desk
        self._refuse()
        if self.again is None:
            raise Refusal(Reason.NOT_FOUND)
        return self.again

    def sign_again(self, number: int) -> bytes:
        self._refuse()
        self.signed_again.append(number)
        return bytes(32)

    def reveal(self, number: int) -> bytes:
        self._refuse()
        self.revealed.append(number)
        return bytes(32)
