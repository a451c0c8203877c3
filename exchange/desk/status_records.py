"""Records of the status of a desk, its node and the links, and of due items."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.records import RevocationsKnown, Row


class PartnerNode(NamedTuple):
    """A partner's node, as the own node reports it and as the desk verified it."""

    name: str
    up: bool
    since: int
    silent_since: int
    """While it is up: since when it has not answered; 0 if it answers."""
    queued: int
    """Entries that it does not hold yet."""
    cosigned_at: int
    """The time of its newest line under a head of ours that this desk verified."""
    why: str = ""
    """Why queued entries are not sent, one of the closed list; "" if they are."""
    heard_at: int = 0
    """The newest time that it signed, as this desk verified; ms UTC, 0 for none."""
    emcon: bool = False
    """Whether it is not up because it keeps no link, by its own EMCON."""


class ClockState(NamedTuple):
    """A wrong clock: this machine's, or a node's."""

    apart: int
    """How many ms the other clock is ahead of this one; below 0: behind it."""
    by: str
    """The node that reports it; "" if this clock was set, or an earlier time tells."""
    judged_by: str
    """The node by whose signed time deadlines are judged, "" for none."""


class LateClock(NamedTuple):
    """The clock of deadlines at a desk: the later of its clock and of signed time."""

    ahead: int = 0
    """How many ms a clock that counts is ahead of this one, 0 for none."""
    signed: int = 0
    """The newest signed time that counts; ms UTC, 0 for none."""

    def late_at(self, now: int) -> int:
        """Up to when deadlines have passed at `now`."""
        return max(now + self.ahead, self.signed)


class LedgerAlarm(NamedTuple):
    reason: str
    """FORK: a log has two histories; MISSING: one is not all here; or another."""
    where: str
    """A log or a partner."""


class CatchUp(NamedTuple):
    """The entries of all pinned logs that a desk has read from its node."""

    taken: int
    known: int
    """Entries under the heads in the node's last status."""

    @property
    def left(self) -> int:
        return self.known - self.taken


class KeyEnd(NamedTuple):
    """The key or the certificate of this desk that must be renewed first."""

    days: int
    """Within how many days: 60, 14 or 3; 0 if it has ended."""
    command: str


class DeskStatus(Struct, frozen=True, kw_only=True):
    """The top row: the last known state, never a wait."""

    officer: str
    node: str
    up: bool
    """Whether the own node answers."""
    since: int
    queued: int = 0
    """Envelopes of this desk that its node does not have yet."""
    peers: Sequence[PartnerNode] = ()
    agree: bool | None = None
    """Whether the partners' newest lines are under the roots rebuilt here."""
    clock: ClockState | None = None
    """The fault of this machine's clock; None if none is known."""
    late: LateClock = field(default_factory=LateClock)
    """The clock by which deadlines pass."""
    alarms: Sequence[LedgerAlarm] = ()
    waiting: int = 0
    """Envelopes that the own node keeps until it has heard a partner."""
    entries: int = 0
    """The entries of the own log, in the head that this desk verified."""
    flash: int = 0
    """FLASH bulletins that wait for an acknowledgement of this desk; no drills."""
    drilled: Mapping[str, int] = field(default_factory=dict)
    """FLASH bulletins of drills that wait for one, by mode (`codes.DRILLS`)."""
    ringing: frozenset[int] = frozenset()
    """The numbers of those that are no drills: these ring."""
    drilling: frozenset[int] = frozenset()
    """The numbers of those of drills."""
    to_acknowledge: int = 0
    to_sign: int = 0
    """Envelopes of this desk that its node wants signed again, without `returned`."""
    unsent: int = 0
    """Refused for good, or expired before a node took them: of 30 days."""
    catch_up: CatchUp | None = None
    """The progress, while much is still to be read."""
    stale: RevocationsKnown | None = None
    """The log whose revocations have been unknown for longest, a day at least."""
    key_end: KeyEnd | None = None
    uncountersigned: int = 0
    """EMERGENCY bulletins whose countersignature is overdue."""
    to_countersign: int = 0
    """EMERGENCY bulletins that wait for a countersignature this officer may give."""
    to_release: int = 0
    """Drafts that this officer may release, as a second one."""
    returned: int = 0
    """Drafts of this desk that a releaser gave back, not written again yet."""
    suspended: Sequence[tuple[str, int]] = ()
    """Nations to whose desks the own node sends no bulletin; since when, or 0."""


class TranslationItem(NamedTuple):
    row: Row
    lang: str
    step: str
    """TRANSLATE, READ_BACK, COMPARE, REVIEW or SEND."""
    officer: str
    """The officer of the last step, or ""."""
    since: int
    stale: bool
    for_others: bool = False
    """Whether this officer may not take it."""


class HandoverLine(NamedTuple):
    """One matter of a hand-over: our words, and a subject written by anyone.

    The subject is "" if the message is not here.
    """

    words: str
    subject: str
    lang: str


class HandoverSection(NamedTuple):
    title: str
    lines: Sequence[HandoverLine]


class HandoverReview(NamedTuple):
    """A hand-over of a shift as both officers would sign it, or signed it."""

    leaves: str
    comes: str
    began: int
    at: int
    counts: str
    """The numbers of open matters and of acts, in words."""
    sections: Sequence[HandoverSection]
    record: bytes
    """The bytes that are signed."""
    number: int = 0
    """Its number, once it is signed."""
    reason: str = ""
    """Why a stored one does not verify; "" if it does."""


class SpokenCheck(NamedTuple):
    """A voice check: two officers read it to each other (docs/spec/voice.md)."""

    words: Sequence[str]
    digits: str
    """Four groups of five digits."""
    name: str
    """The message's name, hex."""
    author: str
    """Its officer, whose key the check binds."""


class DutyItem(NamedTuple):
    kinds: Sequence[str]
    """ESCALATED, OVERDUE_MOVEMENT, ..., the most urgent first.

    See `exchange.desk.deadlines.due_list`.
    """
    row: Row
    late: bool = False
    role: str = ""
    """The role to which it is escalated now, in words, or ""."""
    notes: Sequence[str] = ()
    """Notes in words: how late it is, which desks are missing."""


class MissingBulletins(NamedTuple):
    """A desk with bulletins to this one missing, and a line that says so.

    Or one whose `number` is far above those received: then none is missing.
    """

    desk: str
    text: str
    number: int = 0
    """Of a bulletin above the missing ones, on which an officer may rule.

    MISUSED, or GO_ON: the count continues from there.
    """
    jumps: bool = False


class DutySection(NamedTuple):
    """A part of the hand-over list; it may be empty. Each message is in one of them."""

    name: str
    """`escalated`, `due`, ... (`exchange.desk.deadlines.due_list.SECTIONS`)."""
    title: str
    """The title in the language in use, with the number of items."""
    items: Sequence[DutyItem] = ()


class SentDesk(NamedTuple):
    """One addressee of a bulletin of this desk, and how far it has come with it."""

    desk: str
    relation: str = ""
    """Its furthest answer: OPENED to CANNOT_COMPLY, UNOPENABLE, or ""."""
    at: int = 0
    reason: str = ""
    late_since: int = 0
    """The missed deadline (ms UTC), if it has not answered in time; else 0."""
    delivered: bool = True
    """Whether its node has it, as far as known."""


class SentRow(NamedTuple):
    """A bulletin of this desk, and its addressees by class and name."""

    row: Row
    desks: Sequence[SentDesk] = ()
    translations: Sequence[FoldedAnswer] = ()
    """The furthest first, then the newest; FOLDED_ANSWERS_MAX at most."""
