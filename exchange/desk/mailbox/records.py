"""The records that go into a mailbox and come out of it.

Times are int milliseconds UTC, 0 for "not yet". Names are 32 bytes. Codes are the words
of the protos without their prefix: FLASH, ACTUAL, AMBER_STRICT.
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
"""How far a message is, rising.

`drafted`: signed by its author, not yet at its own node. `waiting`: waits there for a
releaser, who gave it back (`returned`) or let it expire (`lapsed`). `resign`: its node
wants it signed again; `expired`: its time was over before a node took it. If a node
takes it after all, both end. `ahead`: shown before its log had it. `lost`: its log had
it on a branch that was given up; proofs of it there no longer count.
"""
NOWHERE = frozenset({"refused", "expired", "drafted", "waiting", "returned", "lapsed"})
"""States of messages that were not sent; their references do not count."""
OUT = "state NOT IN ('refused', 'drafted', 'waiting', 'returned', 'lapsed')"
"""Condition: a message was not refused and is not waiting for release."""


def core_of(entry: bytes) -> pb.Core:
    return pb.Core.FromString(pb.Entry.FromString(entry).core)


def addressees(core: pb.Core) -> list[str]:
    """Return the desks for action first; copies and reviewers are left out."""
    asked = (pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_INFO)
    return [
        recipient.desk
        for wanted in asked
        for recipient in core.recipients
        if recipient.recipient_class == wanted
    ]


class MessageParts(NamedTuple):
    """A header, and a bulletin's content with its coded fields (`coded_fields`).

    No content if it is no bulletin, or did not open.
    """

    core: pb.Core
    said: bulletin_pb2.Content | None = None
    coded: Sequence[tuple[str, Field, list[str]]] = ()

    @classmethod
    def read(cls, entry: bytes, content: bytes | None) -> "MessageParts":
        core = core_of(entry)
        if content is None or core.kind != pb.KIND_BULLETIN:
            return cls(core)
        return cls.of(core, bulletin_pb2.Content.FromString(content))

    @classmethod
    def of(cls, core: pb.Core, said: bulletin_pb2.Content | None) -> "MessageParts":
        return cls(core, said, list(coded_fields(said)) if said else ())


class NewMessage(SecretRecord, frozen=True, kw_only=True):
    """A message to keep, sent or received, once its entry is verified.

    List columns come from `entry` (its core) and a BULLETIN's `content`; both are
    well-formed by now.
    """

    name: bytes
    entry: bytes
    """The whole serialized Entry: core, digests and signatures."""
    author: str
    direction: str
    """`in` or `out`."""
    received: int
    """When this desk wrote or received it."""
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
    """The parsed entry and content, if already read."""

    @property
    def parts(self) -> MessageParts:
        return self.known or MessageParts.read(self.entry, self.content)


class Translation(SecretRecord, frozen=True, kw_only=True):
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
    """Since when no log has it any more (ms UTC), 0 if one has."""


TRANSLATION_COLUMNS = Translation.__struct_fields__[:-1]
"""The fields of a translation that are columns of its table, in that order."""


class Unproven(NamedTuple):
    """An opened translation that names an officer whose key is not known here yet."""

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
    """Name of the message it refers to; "" for a bulletin."""
    author: str
    origin: str
    index: int | None
    """Place in that log; None if it came ahead of it."""
    entry: bytes
    format: int
    body: bytes
    cek: bytes


class Message(SecretRecord, frozen=True):
    row: Row
    entry: bytes
    content: bytes | None
    cek: bytes | None
    facts: str
    translations: tuple[Translation, ...]
    """Newest first."""
    receipts: tuple[Receipt, ...]
    states: tuple[Milestone, ...]
    unread: tuple[NewerText, ...] = ()
    """Translations and remarks that only a newer program reads."""

    @property
    def core(self) -> bytes:
        return pb.Entry.FromString(self.entry).core


class Proven(NamedTuple):
    """A state of a message proven by a cosigner's line, at a time in seconds."""

    number: int
    state: str
    time_s: int
    by: str


class Found(NamedTuple):
    """The fields of a message needed to judge references to it."""

    verdict: str
    author: str
    entry: bytes
    content: bytes | None


class Unsettled(Struct, frozen=True):
    """A recorded message that may still reach a further state."""

    number: int
    name: bytes
    index: int
    state: str
    entry: bytes


class Queued(Struct, frozen=True):
    name: bytes
    envelope: pb.Envelope
    queued: int
    sent: int
    """When the node last confirmed that it has it on disk; 0 = never."""
    origin: str
    index: int | None
    lane: int = 0
    """0 is FLASH, 1 IMMEDIATE."""
    id: int = 0
    """The order of arrival."""
    hold_reason: str = ""
    """"" (never submitted), LATER, RESIGN, EXPIRED, REFUSED or RELEASE."""
    reason: str = ""
    """The reason last given by the node."""
    not_before: int = 0
    """When the node may take it, ms UTC; 0 for any time."""
    expires: int = 0

    @property
    def order(self) -> tuple[int, int]:
        return self.lane, self.id


class AwaitedRelease(NamedTuple):
    """An envelope that waits, or waited, for a second officer; times in ms UTC."""

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
    """A serialized ReturnDraftRequest, verified, if it was given back."""
    missed: int = 0
    """In how many consecutive Watches the node did not show it."""

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
    """LATER, RESIGN, EXPIRED, REFUSED, RELEASE; "" if not held."""
    reason: str = ""
    where: str = ""
    """The field or place that the reason is about."""
    not_before: int = 0
    at: int = 0
    """When the node said so, or when it expired."""


class Kept(NamedTuple):
    """An envelope that the own node has, kept until `nodes` hold it, too."""

    name: bytes
    index: int | None  # type: ignore[assignment]  # nobody looks for a place in it
    nodes: list[str]
    """The other nodes that it is addressed to; if empty, any partner will do."""


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
    """The rows that a committed transaction changed, for views of them."""

    count: int
    """Rows now; those above the last known count are new."""
    numbers: frozenset[int]
    """Rows added or changed; empty if only link, head or queue changed."""
