"""The records that go into a mailbox and come out of it.

Times are int milliseconds UTC, 0 for "not yet". Names are 32 bytes. Codes are
the words of the protos without their prefix: FLASH, ACTUAL, AMBER_STRICT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange.desk.records import Milestone, Receipt, Row
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb

STATES = (
    "queued",
    "resign",
    "expired",
    "ahead",
    "local",
    "delivered",
    "cosigned",
    "undelivered",
    "refused",
)
"""How far a message is, rising. `resign`: its node wants it signed anew; `expired`: its
time was over before a node took it. A node that takes it after all ends both. `ahead`:
it was shown before its log had it."""


def core_of(entry: bytes) -> pb.Core:
    """Return the header of a stored, verified entry."""
    return pb.Core.FromString(pb.Entry.FromString(entry).core)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to keep, sent or received, once its entry is verified.

    The columns of the list are read from `entry` (its core) and, for a BULLETIN,
    from `content`; both must be well-formed by now.
    """

    name: bytes
    entry: bytes
    """The whole serialized Entry: core, digests and signatures."""
    author: str
    direction: str
    """`in` or `out`."""
    received: int
    """The time when this desk wrote or got it."""
    verdict: str
    state: str = "local"
    """The state known at once: `queued` when written here, else `local` or more."""
    origin: str = ""
    index: int | None = None
    content: bytes | None = None
    """Serialized, unpadded Content (a RECALL's Remark); None if it did not open."""
    cek: bytes | None = None
    """32 bytes, kept so that the text can be disclosed and proven later."""
    facts: str = ""
    """Labels of the coded fields in every language, for the search only."""
    asks: bool = True
    """Whether the acknowledgement is asked of this desk (or this desk asks it)."""
    core: pb.Core | None = field(default=None, repr=False)
    """The header in `entry`, where it was read already."""
    said: bulletin_pb2.Content | None = field(default=None, repr=False)
    """A bulletin's `content`, where it was read already."""

    def read(self) -> tuple[pb.Core, bulletin_pb2.Content | None]:
        """Return header and content; no content of what is none or did not open."""
        core, said = self.core or core_of(self.entry), self.said
        if said is None and self.content is not None and core.kind == pb.KIND_BULLETIN:
            said = bulletin_pb2.Content.FromString(self.content)
        return core, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A translation envelope of a message, verified and opened."""

    name: bytes
    about: bytes
    """Name of the message; it need not be here yet."""
    lang: str
    state: str
    """INITIAL, TRANSLATED, REVIEWED or FINAL."""
    origin: str
    """HUMAN, MEMORY or MACHINE."""
    author: str
    filed: int
    entry: bytes
    content: bytes
    """Serialized pb.Translation."""
    cek: bytes | None = None


class Unproven(NamedTuple):
    """A translation, opened, that names an officer whose key is not known here yet."""

    name: bytes
    author: str
    entry: bytes
    content: bytes
    """Serialized pb.Translation."""
    cek: bytes | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message with all that is known of it."""

    row: Row
    entry: bytes
    content: bytes | None
    cek: bytes | None
    facts: str
    translations: tuple[Translation, ...]
    """Newest first."""
    receipts: tuple[Receipt, ...]
    """The receipts, in order of filing."""
    states: tuple[Milestone, ...]
    """The milestones, in order of time."""

    @property
    def core(self) -> bytes:
        """The signed header, as it was signed."""
        return pb.Entry.FromString(self.entry).core


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A recorded message of which a further state may be noted."""

    number: int
    name: bytes
    index: int
    state: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class Queued:
    """A sealed envelope on its way to the own node."""

    name: bytes
    envelope: pb.Envelope
    queued: int
    sent: int
    """The time when the node last confirmed that it has it on disk; 0 = never."""
    origin: str
    index: int | None
    lane: int = 0
    """0 is FLASH, 1 IMMEDIATE."""
    id: int = 0
    """The number, in the order of coming."""
    hold_reason: str = ""
    """"" (its node was not asked yet), LATER, RESIGN, EXPIRED or REFUSED."""
    reason: str = ""
    """Why, by the node's last word."""
    not_before: int = 0
    """The time from which the node may take it, ms UTC; 0 for any time."""
    expires: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the outbox."""
        return self.lane, self.id


class Held(NamedTuple):
    """The reason why the own node does not take an envelope; times in ms UTC."""

    hold_reason: str
    """LATER, RESIGN, EXPIRED, REFUSED; "" where nothing is against it any more."""
    reason: str = ""
    where: str = ""
    """The field or place that the reason is about."""
    not_before: int = 0
    at: int = 0
    """The time when the node said so, or when it expired."""


class Kept(NamedTuple):
    """An envelope that the own node has, kept until `nodes` hold it, too."""

    name: bytes
    index: int | None  # type: ignore[assignment]  # nobody looks for a place in it
    nodes: list[str]
    """The other nodes that it is addressed to; none: any partner will do."""


@dataclass(frozen=True, slots=True)
class LogTree:
    """The right edge of a verified log: `size` leaves, `hashes` as merkle.Edge."""

    size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHead:
    """The newest head of a log that this desk verified."""

    origin: str
    size: int
    root: bytes
    note: bytes
    """The signed note with every line that was verified."""
    time_s: int
    """Seconds, of the log's own line."""
    cosigned: Mapping[str, int] = field(default_factory=dict)
    """Seconds by cosigner name, from verified lines only."""


@dataclass(frozen=True, slots=True)
class Change:
    """The rows that a committed transaction changed, for whoever shows them."""

    count: int
    """Rows now; those above the count known before are new."""
    numbers: frozenset[int]
    """Rows added or changed; empty when only link, head or queue did."""
