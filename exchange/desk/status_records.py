"""Records of the status of a desk, its node and the links, and of what is due."""

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
    """While it is up: since when it has not answered; 0 where it does."""
    queued: int
    """Entries that it does not hold yet."""
    cosigned_at: int
    """The time of its newest line under a head of ours that this desk verified."""
    why: str = ""
    """Why what is queued does not go, one of the closed list; "" where it goes."""
    heard_at: int = 0
    """The newest time that it signed, as this desk verified; ms UTC, 0 for none."""
    emcon: bool = False
    """Whether it is not up because it keeps no link, by its own EMCON."""


class ClockState(NamedTuple):
    """A clock that is wrong: this machine's, or the one of a node."""

    apart: int
    """By how many ms the other clock is ahead of this one; below 0: behind it."""
    by: str
    """The node that says so; "" where this clock was set, or an earlier time tells."""
    judged_by: str
    """The node by whose signed time deadlines are judged, "" for none."""


class LateClock(NamedTuple):
    """By what deadlines pass at a desk: the later of its clock and of signed time."""

    ahead: int = 0
    """By how many ms a clock that counts is ahead of this one, 0 for none."""
    signed: int = 0
    """The newest time that was signed and counts; ms UTC, 0 for none."""

    def late_at(self, now: int) -> int:
        """Return up to when deadlines have passed where this clock says `now`."""
        return max(now + self.ahead, self.signed)


class LedgerAlarm(NamedTuple):
    """Something about the ledger that a person must act on."""

    reason: str
    """FORK: a log has two histories; MISSING: one is not all here; or another."""
    where: str
    """A log or a partner."""


class CatchUp(NamedTuple):
    """How far a desk has taken what its node holds: entries of all pinned logs."""

    taken: int
    known: int
    """Entries under the heads that the node told of last."""

    @property
    def left(self) -> int:
        """The entries that are still to be taken."""
        return self.known - self.taken


class KeyEnd(NamedTuple):
    """The key or the certificate of this desk that must be renewed first."""

    days: int
    """Within how many days: 60, 14 or 3; 0 where it has ended."""
    command: str


class DeskStatus(Struct, frozen=True, kw_only=True):
    """The top row: the last that is known, never a wait."""

    officer: str
    """`duty-1@ops.islamabad.pk`."""
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
    """The fault of this machine's clock; None where none is known."""
    late: LateClock = field(default_factory=LateClock)
    """The clock by which deadlines pass."""
    alarms: Sequence[LedgerAlarm] = ()
    waiting: int = 0
    """Envelopes that the own node keeps until it has heard a partner."""
    entries: int = 0
    """The entries of the own log, in the head that this desk verified."""
    flash: int = 0
    """FLASH bulletins that wait for an acknowledgement of this desk; no drill's."""
    drilled: Mapping[str, int] = field(default_factory=dict)
    """FLASH bulletins of drills that wait for one, by mode (`codes.DRILLS`)."""
    ringing: frozenset[int] = frozenset()
    """The numbers of those that are no drill's: what an alarm goes by."""
    drilling: frozenset[int] = frozenset()
    """The numbers of those of drills."""
    to_acknowledge: int = 0
    to_sign: int = 0
    """Envelopes of this desk that its node wants signed again, without `returned`."""
    unsent: int = 0
    """Refused for good, or expired before a node took them: of 30 days."""
    catch_up: CatchUp | None = None
    """While much is still to be taken: how far that is."""
    stale: RevocationsKnown | None = None
    """The log whose revocations have not been known for the longest, a day at least."""
    key_end: KeyEnd | None = None
    uncountersigned: int = 0
    """EMERGENCY bulletins of which the countersignature is overdue."""
    to_countersign: int = 0
    """EMERGENCY bulletins that this officer may countersign, and that lack it."""
    to_release: int = 0
    """Drafts that this officer may release, as a second one."""
    returned: int = 0
    """Drafts of this desk that a releaser gave back, not written again yet."""
    suspended: Sequence[tuple[str, int]] = ()
    """Nations to whose desks the own node sends no bulletin; since when, or 0."""


class TranslationItem(NamedTuple):
    """A translation that waits for a step (`exchange.desk.translation.queue`)."""

    row: Row
    lang: str
    step: str
    """TRANSLATE, READ_BACK, COMPARE, REVIEW or SEND."""
    officer: str
    """Who took the last step, or ""."""
    since: int
    stale: bool
    for_others: bool = False
    """Whether this officer may not take it."""


class HandoverLine(NamedTuple):
    """One matter of a hand-over: our words, and a subject that others may have written.

    A subject is "" where the message is not here.
    """

    words: str
    subject: str
    lang: str


class HandoverSection(NamedTuple):
    """Matters of a hand-over under their title, which says how many there are."""

    title: str
    lines: Sequence[HandoverLine]


class HandoverReview(NamedTuple):
    """A hand-over of a shift as both officers would sign it, or signed it."""

    leaves: str
    """Officer, `duty-1@ops.beijing.cn`."""
    comes: str
    began: int
    at: int
    counts: str
    """How much is open and how much was done, in words."""
    sections: Sequence[HandoverSection]
    record: bytes
    """The bytes that are signed."""
    number: int = 0
    """Its number, once it is signed."""
    reason: str = ""
    """Why one that is kept does not verify; "" where it does."""


class SpokenCheck(NamedTuple):
    """A voice check: two officers read it to each other (docs/spec/voice.md)."""

    words: Sequence[str]
    """Eight English words."""
    digits: str
    """Four groups of five digits."""
    name: str
    """The message's name, hex."""
    author: str
    """Its officer; the key that is bound is his."""


class DutyItem(NamedTuple):
    """All that is to be done about a message."""

    kinds: Sequence[str]
    """ESCALATED, OVERDUE_MOVEMENT, ... (`exchange.desk.deadlines.due_list`), the most
    urgent first."""
    row: Row
    late: bool = False
    role: str = ""
    """The role to which it is escalated now, in words, or ""."""
    notes: Sequence[str] = ()
    """Notes in words: how late it is, who has not done it."""


class MissingBulletins(NamedTuple):
    """A desk of which bulletins to this one have not come, and a line that says so.

    Or whose `number` is far above those that came: nothing of it is missing.
    """

    desk: str
    text: str
    number: int = 0
    """That of a bulletin above those that are missing, of which an officer may say that
    it was misused, or that the count goes on from there."""
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
    """The furthest that it said: OPENED to CANNOT_COMPLY, UNOPENABLE, or ""."""
    at: int = 0
    reason: str = ""
    """The reason, as in a receipt."""
    late_since: int = 0
    """The deadline (ms UTC), where that has passed and it has not done what is asked;
    0 else."""
    delivered: bool = True
    """Whether its node has it, as far as that is known."""


class SentRow(NamedTuple):
    """A bulletin of this desk, and its addressees by class and name."""

    row: Row
    desks: Sequence[SentDesk] = ()
    translations: Sequence[FoldedAnswer] = ()
    """The furthest first, then the newest; FOLDED_ANSWERS_MAX at most."""
