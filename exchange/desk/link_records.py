"""Records of the links: each node, its pending messages, and the last failure."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange.desk.status_records import ClockState

NO_BEAT = -1
"""A beat of a node that did not answer, or was not reached."""


class NodeLink(NamedTuple):
    """The link to the own node, or that node's link to a partner. Times in ms UTC."""

    name: str
    up: bool
    since: int = 0
    """When it last came up or went down; 0 if unknown."""
    reason: str = ""
    """Why it is down, a word of the closed list."""
    next_try_at: int = 0
    """When it is tried again; 0 if unknown."""
    heard_at: int = 0
    """When it was last in contact; 0 for never."""
    signed_at: int = 0
    """The newest time that it signed, as this desk verified."""
    queued: int = 0
    lacking: int = 0
    """Entries whose text it is missing."""
    apart: int | None = None
    """How many ms its clock is ahead of this machine's; None if unknown."""
    round_trip: int | None = None
    """The ms that a recent answer took."""
    emcon: str = ""
    """OFF, QUIET or SILENT; "" if unknown."""
    minimize: bool = False
    beats: Sequence[int] = ()
    """The last heartbeats, the oldest first: ms that each was late, or NO_BEAT."""


class Waiting(NamedTuple):
    state: str
    """queued, local, refused; or RESIGN, REFUSED, EXPIRED, which an officer settles."""
    line: str
    """In words of the language in use."""


class Failure(NamedTuple):
    """The last failure between this desk and its node: a sentence, and ms UTC."""

    text: str
    at: int


class LinkReport(Struct, frozen=True, kw_only=True):
    at: int
    """By this machine's clock, ms UTC."""
    own: NodeLink
    partners: Sequence[NodeLink] = ()
    told_at: int = 0
    """When the own node last reported its partners; 0: not since this began."""
    waiting: Sequence[Waiting] = ()
    failure: Failure | None = None
    clock: ClockState | None = None
    suspended: Sequence[str] = ()
    """Nations to whose desks nothing is sent."""
