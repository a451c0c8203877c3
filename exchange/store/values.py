"""The store's frozen records for input and output; rows stay inside it."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.ledger.checkpoint import Head
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb

# Kinds of arrival.
ENTRY = 1
HEAD = 2
REFUSAL = 3
LACKING_TEXT = 4  # a text of ours missing at a partner; no reason: it came
UNDELIVERED = 5  # a partner erased the text of an entry of ours unread
TEXT = 6  # the text of an entry that arrived before without it

# States of a payload.
HELD = 0
LACKING = 1
ERASED = 2
NEVER = 3  # expired before it came
RECALLED = "RECALLED"
"""Why a text is ERASED before its time: its author's desk recalled it."""

# States of a draft, and of an emergency, which desks are not shown as a draft.
WAITING = int(desk_pb.DRAFT_STATE_WAITING)
RELEASED = int(desk_pb.DRAFT_STATE_RELEASED)
RETURNED = int(desk_pb.DRAFT_STATE_RETURNED)
LAPSED = int(desk_pb.DRAFT_STATE_LAPSED)
EMERGENCY = 5

# Columns that the sum of a row leaves out: signatures vouch for them.
DRAFT_UNSUMMED = frozenset({"envelope"})
EXPRESS_UNSUMMED = frozenset({"envelope", "statements"})

# Conditions of partial indexes. An index serves a query only if the query repeats the
# condition word by word.
IS_REFUSED = "reason <> ''"
IS_LACKING = f"state = {LACKING}"
IS_STATEMENT = f"kind = {pb.KIND_DIRECTORY} AND reason = ''"


class NewEntry(NamedTuple):
    """`desks` may read it: the author's and the recipients'.

    `urgency` is 0, or how soon it may travel ahead of its log (trust/urgency.py).
    `reason` is "" for ACCEPTED; a REFUSED entry is stored without wraps and body.
    `state` is the text's: unless HELD there is no text, for the reason `why`, since
    `at` (ms UTC). `release`, `author` (an officer) and `expires` are set for an entry
    of the own log that two officers released, or one in an emergency; `author` and
    `countersigns`, an entry's name, for a countersignature.
    """

    entry: bytes
    name: bytes
    id: bytes
    kind: int
    wraps: tuple[bytes, ...]
    body: bytes
    desks: tuple[str, ...]
    reason: str = ""
    state: int = HELD
    why: str = ""
    at: int = 0
    urgency: int = 0
    release: int = 0
    author: str = ""
    expires: int = 0
    countersigns: bytes = b""


class NewBatch(Struct, frozen=True):
    """Unless it is `complete`, this node adds a line under its head.

    Then `note` may be empty, and readers see the entries only after `publish`.
    """

    entries: Sequence[NewEntry]
    head: Head
    note: bytes
    complete: bool = True


class StoredEntry(Struct, frozen=True):
    """Wraps and body are empty if they are not held."""

    origin: str
    index: int
    entry: bytes
    name: bytes
    id: bytes
    kind: int
    wraps: tuple[bytes, ...]
    body: bytes
    desks: tuple[str, ...]
    reason: str
    leaf: bytes
    """The stored leaf hash, not one computed from `entry`."""
    state: int | None = None
    """Of its text; None where nothing is stored of that."""
    why: str = ""
    """Why the text is LACKING."""


class StoredHead(Struct, frozen=True):
    """A head with every line gathered; `at` is ms UTC."""

    head: Head
    note: bytes
    at: int = 0


class Sighting(Struct, frozen=True):
    """A head ahead of the store, shown here at `at` (ms UTC); its note verifies.

    `promised`: only the node of that log has shown it.
    """

    head: Head
    note: bytes
    promised: bool
    at: int


class Span(Struct, frozen=True):
    """A kept head, and the entries since the previous kept one.

    `at` is ms UTC; `lines` counts the lines of its note; `weight` is the bytes of the
    entries, wraps and bodies.
    """

    size: int
    at: int
    lines: int
    entries: int
    weight: int


class StoredArrival(Struct, frozen=True):
    """An arrival; they are numbered from 1 without gaps.

    `kind` is one of those above; `index` the entry's index or the head's size; `by` and
    `reason` are a partner's report, or the verdict on an entry.
    """

    number: int
    kind: int
    origin: str
    index: int
    by: str
    reason: str


class SaidRefusal(Struct, frozen=True):
    """`proof`: the partner signed it."""

    index: int
    reason: str
    proof: bytes


class StoredRefusal(Struct, frozen=True):
    """A partner's refusal, made at `at` (ms UTC); `proof` as in SaidRefusal."""

    by: str
    reason: str
    at: int
    proof: bytes = b""


class Answer(Struct, frozen=True):
    """The answer of a partner that holds `size` entries of a log of ours.

    `note` has the lines to keep under the head of that size, or is None. `start` is the
    end of its previous answers: it refuses an entry in the answer that first covers it,
    or never. `lacking` are entries whose text it is missing; if the list is `full`,
    later ones may be missing too. `at` is ms UTC. `own`: the log is the one that this
    node writes to. `announced`: desks see the line as an arrival.
    """

    by: str
    start: int
    size: int
    at: int
    note: bytes | None = None
    refusals: Sequence[SaidRefusal] = ()
    lacking: Sequence[int] = ()
    full: bool = False
    own: bool = True
    announced: bool = True


class Lacked(Struct, frozen=True):
    """A text that partner `by` has been missing since `at` (ms UTC)."""

    origin: str
    index: int
    by: str
    at: int


class StoredWaiting(Struct, frozen=True):
    """A pending envelope, serialized; `desk` is "" for the operator.

    `number` is its order of arrival; 0 until it is kept.
    """

    name: bytes
    envelope: bytes
    desk: str
    at: int
    number: int = 0


class StoredRefused(Struct, frozen=True):
    """A final refusal; `desk` is "" for the operator, `at` ms UTC."""

    name: bytes
    desk: str
    reason: str
    where: str
    at: int


class StoredFork(Struct, frozen=True):
    """`at` is ms UTC."""

    proof: bytes
    at: int


class DirectoryFault(Struct, frozen=True):
    """A directory head whose root two nodes compute differently.

    `by` is the other node: the log's own, or one that mirrors a log of ours. `at` is ms
    UTC.
    """

    by: str
    size: int
    note: bytes
    at: int


class PeerState(Struct, frozen=True):
    """Times in ms UTC, 0 is never."""

    up: bool = False
    since: int = 0
    cosigned_size: int = 0
    cosigned_at: int = 0
    failures: int = 0
    next_try_at: int = 0
    reason: str = ""


class StoredTimes(Struct, frozen=True):
    """The times that a node remembers, in ms UTC; 0 means never.

    `signed` is of a line by `by`, another nation or a witness; `own` is the time by
    which the node's own process went on.
    """

    signed: int = 0
    by: str = ""
    own: int = 0


class StoredUndelivered(Struct, frozen=True):
    """A text that node `by` erased at `at` (ms UTC) before `desks` took it.

    As that node reports. If this node erased a text of a partner's log, the row waits
    until the partner is notified.
    """

    origin: str
    index: int
    by: str
    desks: tuple[str, ...]
    at: int


class Erasure(Struct, frozen=True):
    """Wraps and bodies to be removed at `at` (ms UTC).

    `reason` is CLOCK if an operator ordered it by this clock alone, RECALLED if he
    ordered it after the author's desk recalled the entry. `unread` lists, for some of
    them in the same order, the desks that had not taken them. It is stored in the same
    transaction, and if `announced`, shown to this node's desks.
    """

    origin: str
    indexes: Sequence[int]
    at: int
    reason: str = ""
    unread: Sequence[StoredUndelivered] = ()
    announced: bool = False
