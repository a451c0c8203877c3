"""The records that go into a mailbox and come out of it.

Times are int milliseconds UTC, 0 for "not yet". Names are 32 bytes. Codes are
the words of the protos without their prefix: FLASH, ACTUAL, AMBER_STRICT.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from exchange.bulletin.schema import Field
from exchange.bulletin.search_words import coded_fields
from exchange.desk.records import Milestone, Receipt, Row
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnCode, ReturnDraftRequest
from keys.secret_records import SecretRecord

STATES = (
    "drafted",
    "waiting",
    "queued",
    "resign",
    "expired",
    "returned",
    "lapsed",
    "ahead",
    "lost",
    "local",
    "delivered",
    "cosigned",
    "undelivered",
    "refused",
)
"""How far a message is, rising. `drafted`: its author signed it, and its own node has
not got it; `waiting`: it waits there for a releaser, who gave it back (`returned`), or
did nothing before it expired (`lapsed`). `resign`: its node wants it signed again;
`expired`: its time was over before a node took it. A node that takes it after all ends
both.
`ahead`: it was shown before its log had it. `lost`: its log had it, on a branch that
was given up; whatever was proven of it there counts no more."""
NOWHERE = frozenset({"refused", "expired", "drafted", "waiting", "returned", "lapsed"})
"""States of what went to nobody; what it says of others does not count."""
OUT = "state NOT IN ('refused', 'drafted', 'waiting', 'returned', 'lapsed')"
"""Condition: a message was not refused, and does not lack its release."""


def core_of(entry: bytes) -> pb.Core:
    """Return the header of a stored, verified entry."""
    return pb.Core.FromString(pb.Entry.FromString(entry).core)


def addressees(core: pb.Core) -> list[str]:
    """Return the desks that a header is addressed to, those for action first.

    Who only keeps a copy of it, or may release it, is no addressee.
    """
    asked = (pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO)
    return [
        recipient.desk
        for wanted in asked
        for recipient in core.recipients
        if recipient.recipient_class == wanted
    ]


class MessageParts(NamedTuple):
    """A header, and the content of a bulletin with its coded fields (`coded_fields`).

    No content of what is no bulletin, or did not open.
    """

    core: pb.Core
    said: bulletin_pb2.Content | None = None
    coded: Sequence[tuple[str, Field, list[str]]] = ()

    @classmethod
    def read(cls, entry: bytes, content: bytes | None) -> "MessageParts":
        """Return the parts of a stored, verified message."""
        core = core_of(entry)
        if content is None or core.kind != pb.KIND_BULLETIN:
            return cls(core)
        return cls.of(core, bulletin_pb2.Content.FromString(content))

    @classmethod
    def of(cls, core: pb.Core, said: bulletin_pb2.Content | None) -> "MessageParts":
        """Return the parts of what was read."""
        return cls(core, said, list(coded_fields(said)) if said else ())


class NewMessage(SecretRecord, frozen=True, kw_only=True):
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
    known: MessageParts | None = None
    """The facts of entry and content, where they were read already."""

    @property
    def parts(self) -> MessageParts:
        """The fields of a message that stand in entry and content."""
        return self.known or MessageParts.read(self.entry, self.content)


class Translation(SecretRecord, frozen=True, kw_only=True):
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
    lost: int = 0
    """Since when it is known that no log has it any more (ms UTC), 0 where one does."""


TRANSLATION_COLUMNS = Translation.__struct_fields__[:-1]
"""The fields of a translation that are columns of its table, in their order there."""


class Unproven(NamedTuple):
    """A translation, opened, that names an officer whose key is not known here yet."""

    name: bytes
    author: str
    entry: bytes
    content: bytes
    """Serialized pb.Translation."""
    cek: bytes | None


class NewerText(SecretRecord, frozen=True):
    """A sealed text in a format that only a newer program reads."""

    name: bytes
    kind: int
    """The kind of the envelope."""
    about: bytes
    """The name of the message that it is about; "" of a bulletin."""
    author: str
    origin: str
    index: int | None
    """The place in that log; None where it came ahead of it."""
    entry: bytes
    format: int
    body: bytes
    cek: bytes


class Message(SecretRecord, frozen=True):
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
    unread: tuple[NewerText, ...] = ()
    """Translations and remarks that only a newer program reads."""

    @property
    def core(self) -> bytes:
        """The signed header, as it was signed."""
        return pb.Entry.FromString(self.entry).core


class Proven(NamedTuple):
    """A state of a message that the line of a cosigner proves, at a time in seconds."""

    number: int
    state: str
    time_s: int
    by: str


class Found(NamedTuple):
    """A message as another one may speak of it."""

    verdict: str
    author: str
    entry: bytes
    content: bytes | None


class Unsettled(Struct, frozen=True):
    """A recorded message of which a further state may be noted."""

    number: int
    name: bytes
    index: int
    state: str
    entry: bytes


class Queued(Struct, frozen=True):
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
    """"" (its node was not asked yet), LATER, RESIGN, EXPIRED, REFUSED or RELEASE."""
    reason: str = ""
    """Why, by the node's last word."""
    not_before: int = 0
    """The time from which the node may take it, ms UTC; 0 for any time."""
    expires: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the outbox."""
        return self.lane, self.id


class AwaitedRelease(NamedTuple):
    """An envelope that waits for a second officer, or did; times in ms UTC."""

    name: bytes
    envelope: pb.Envelope
    """As its author signed it; without wraps and body once it is over."""
    author: str
    """The officer."""
    state: str
    """DRAFTED, WAITING, SIGNED, RELEASED, RETURNED or LAPSED."""
    since: int
    expires: int
    returned: bytes = b""
    """A serialized ReturnDraftRequest, verified, where it was given back."""
    missed: int = 0
    """The number of Watches in turn in which the node did not show it."""

    @property
    def code(self) -> str:
        """The code with which it was given back: INCOMPLETE, ...; else ""."""
        call = ReturnDraftRequest.FromString(self.returned)
        return (
            ReturnCode.Name(call.code).removeprefix("RETURN_CODE_") if call.code else ""
        )


class Held(NamedTuple):
    """The reason why the own node does not take an envelope; times in ms UTC."""

    hold_reason: str
    """LATER, RESIGN, EXPIRED, REFUSED, RELEASE; "" where nothing is against it."""
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


class LogTree(Struct, frozen=True):
    """The right edge of a verified log: `size` leaves, `hashes` as merkle.Edge."""

    size: int
    hashes: tuple[bytes, ...]


class DeskHead(Struct, frozen=True, kw_only=True):
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


class Change(Struct, frozen=True):
    """The rows that a committed transaction changed, for whoever shows them."""

    count: int
    """Rows now; those above the count known before are new."""
    numbers: frozenset[int]
    """Rows added or changed; empty when only link, head or queue did."""
