"""What an audit says of a log: dataclasses."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange.audit.judge.proven import Proven
from exchange.audit.tell.report import Fault
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb

REASONS = tuple(Reason)  # in one byte each; fewer than 256
TOLD = 64  # refusals, or entries of a revoked signer, told one by one

Stated = tuple[int, pb.Core, pb.Statement]
"""An ACCEPTED statement: its index, the header it came in, and what it says."""


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Who cosigned: up to which size, and when its newest line says (s)."""

    name: str
    size: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that is REFUSED: mirrored, never delivered. By us where `by` is ""."""

    index: int
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A revocation: of a key by its kid, or of a certificate.

    `since` is ms UTC, `index` where the log says so first. `entries` counts those
    below that the key signed and that are not proven to have been there before
    `since`, their first ones are in `first`: ACCEPTED, signer since revoked.
    """

    revokes: bytes
    subject: str
    since: int
    index: int
    entries: int
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LogAudit:
    """How one log stands.

    `size` and `root` are those of the tree rebuilt from the entries, `head_size` that
    of the newest head that verified; `cosigned_size` entries are under a head that
    met the policy, by `cosigned_s` (s, 0 for never). `refused` and `theirs` count what
    we and what partners refuse; the first of each stand beside. `disputed` counts what
    a partner says it refuses, and we do not. `gaps` are [start, end) that are not
    there. `strange` lines are of keys that no trust file names. `all_ours` has the
    places of all that we refuse, `reasons` each one's reason as a place in REASONS.
    """

    origin: str
    size: int
    root: bytes
    accepted: int
    signatures: int
    heads: int
    head_size: int
    cosigned_size: int
    cosigned_s: int
    cosigners: tuple[Cosigner, ...]
    strange: int
    gaps: tuple[tuple[int, int], ...]
    refused: int
    ours: tuple[Refused, ...]
    all_ours: "array[int]" = field(repr=False, compare=False)
    reasons: bytes = field(repr=False, compare=False)
    refused_by_others: int
    theirs: tuple[Refused, ...]
    disputed: int
    revocations: tuple[Revoked, ...]
    proven: Proven = field(repr=False, compare=False)
    stated: tuple[Stated, ...] = field(repr=False, compare=False)
    faults: tuple[Fault, ...]
    wrong: int

    @property
    def every_refusal(self) -> Iterator[tuple[int, Reason]]:
        """All that we refuse, each by its index; `ours` are the first of it."""
        why = (REASONS[place] for place in self.reasons)
        return zip(self.all_ours, why, strict=True)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.wrong

    @property
    def last_cosigned_s(self) -> int:
        """When the newest line of any cosigner says that it was made (s), 0: never."""
        return max((one.time_s for one in self.cosigners), default=0)
