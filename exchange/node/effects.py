"""What a session has its driver do; see `session`."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.errors import Reason
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb


@dataclass(frozen=True, slots=True)
class Send:
    """Put this frame on the wire."""

    frame: rpc.Frame


@dataclass(frozen=True, slots=True)
class Load:
    """Fetch the next batch of a log of mine from `start` on; then call loaded().

    With `check`, a text that is damaged is said to be absent.
    """

    origin: str
    start: int
    check: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """Judge and store this batch of the peer's log; then call stored()."""

    batch: pb.Batch


@dataclass(frozen=True, slots=True)
class Record:
    """Verify and keep the peer's cosignature; then call recorded()."""

    cosigned: rpc.Cosigned


@dataclass(frozen=True, slots=True)
class Hear:
    """Compare the heads that the peer holds with what is stored; then heard()."""

    logs: list[pb.LogPosition]


@dataclass(frozen=True, slots=True)
class Restore:
    """Judge and store this batch of a log of mine; then call restored()."""

    batch: pb.Batch


@dataclass(frozen=True, slots=True)
class Lend:
    """Fetch a batch of a log of the peer's from `start` on; then call loaded()."""

    origin: str
    start: int


@dataclass(frozen=True, slots=True)
class Give:
    """Fetch the first few of these texts of a log of mine; then call given()."""

    origin: str
    indexes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Complete:
    """Verify and keep a text that an entry of the peer's log lacked; then stored().

    Where it is not the one signed, call doubted().
    """

    sent: rpc.Bodies


@dataclass(frozen=True, slots=True)
class Report:
    """Forget the texts that were `told`; tell the peer of more: then reported().

    Of texts of its log that were erased before my desks took them.
    """

    told: Sequence[rpc.Undelivered]


@dataclass(frozen=True, slots=True)
class Miss:
    """Keep that the peer erased a text of mine before its desks took it; then done."""

    text: rpc.Undelivered


@dataclass(frozen=True, slots=True)
class Freshen:
    """Cosign the newest head of the peer's log again if need be: freshened()."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show the peer what third parties have signed of my log, if new: shown()."""


@dataclass(frozen=True, slots=True)
class Take:
    """Verify and keep third parties' lines under a head of the peer's; then done."""

    lines: rpc.Cosigned


@dataclass(frozen=True, slots=True)
class Judge:
    """Verify this proof that a log is forked; then call frozen()."""

    forked: rpc.Forked


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell people: the link works, but what came over it must not be."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Close:
    """End the stream; `reason` is a word from the closed list, or empty."""

    reason: str


Texts = Give | Complete | Report | Miss
Lines = Record | Freshen | Show | Take
Disk = Load | Store | Hear | Restore | Lend | Judge | Texts | Lines
Effect = Send | Disk | Alarm | Close
