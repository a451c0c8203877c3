"""A row of each table as it stands: nothing in it need be what its column says."""

from dataclasses import dataclass

from exchange.store.sums import Value


@dataclass(frozen=True, slots=True)
class RawLog:
    """A row of log."""

    number: Value
    origin: Value
    size: Value
    root: Value


@dataclass(frozen=True, slots=True)
class RawEntry:
    """A row of entry, with its payload's; wraps is None where it has none.

    `why`, `at` and `sum` are those of the payload.
    """

    index: Value
    entry: Value
    name: Value
    id: Value
    kind: Value
    desks: Value
    reason: Value
    wraps: Value
    body: Value
    state: Value = None
    why: Value = None
    at: Value = None
    sum: Value = None


@dataclass(frozen=True, slots=True)
class RawHead:
    """A row of head."""

    size: Value
    root: Value
    note: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawArrival:
    """A row of arrival, with what it tells of: None where there is no such row."""

    number: Value
    kind: Value
    log: Value
    index: Value
    by: Value
    reason: Value
    sum: Value
    verdict: Value  # of the entry
    head: Value  # the size
    refusal: Value  # the reason


@dataclass(frozen=True, slots=True)
class RawRefusal:
    """A row of refusal."""

    log: Value
    index: Value
    by: Value
    reason: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawLacking:
    """A row of lacking."""

    log: Value
    index: Value
    by: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawPeer:
    """A row of peer."""

    name: Value
    up: Value
    since: Value
    cosigned_size: Value
    cosigned_at: Value
    failures: Value
    next_try_at: Value
    reason: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawWaiting:
    """A row of waiting."""

    number: Value
    name: Value
    envelope: Value
    desk: Value
    at: Value
    sum: Value


@dataclass(frozen=True, slots=True)
class RawPulse:
    """A row of pulse, and the root of the head of that size; None without one."""

    log: Value
    size: Value
    note: Value
    at: Value
    sum: Value
    root: Value


@dataclass(frozen=True, slots=True)
class RawFork:
    """A row of fork."""

    log: Value
    proof: Value
    at: Value
    sum: Value
