"""Records of logs that somebody looks into, window by window, and who shows them.

A desk, an export and the database of a node show their logs in this way alike: to the
screen of an audit all of them are a `LogShelf`. Nothing of a sealed text is here.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

Progress = Callable[[str, int, int], None]
"""Called with the log, entries done, and entries in all, every so often.

What it raises ends the work: so it is given up.
"""
FSCK, VERIFY = "fsck", "verify"


class GivenUp(BaseException):
    """Raised by a `Progress` where the caller no longer wants the answer.

    No error of the work: whatever keeps what was done so far does it, and nothing that
    takes errors for findings takes this for one.
    """


class ProofStep(Struct, frozen=True):
    """One link of the chain that proves a message."""

    what: str
    """BYTES, NAME, SIGNATURE, KEY, LOG, INCLUSION, HEAD, COSIGNATURE or SEAL."""
    ok: bool | None
    """None: not checked or not yet possible."""
    reason: str = ""
    """A reason word where `ok` is False."""
    detail: str = ""
    """The object of the check: key, size, root, time. Our text, not the partner's."""


class HeadLine(Struct, frozen=True):
    """One line under a head: whose, in which role (log, mirror, cosigner), when (s)."""

    name: str
    role: str
    at_s: int


class BrowsedHead(Struct, frozen=True):
    """A head of a log: how many entries it covers, its root, who signed it.

    `at_s` is the time of the log's own lines (s), 0 where they do not verify; `reason`
    says then why not. `lines` are those that verify.
    """

    size: int
    root: bytes
    at_s: int
    lines: tuple[HeadLine, ...] = ()
    reason: str = ""


class BrowsedLog(Struct, frozen=True):
    """A log: its node's own or a replica, its size, its newest head if there is one."""

    origin: str
    size: int
    own: bool
    head: BrowsedHead | None
    forked: bool = False


class BrowsedEntry(Struct, frozen=True):
    """An entry as its header has it; nothing of it is verified before `steps`.

    `kind` is "" for bytes that are no entry. `filed` is ms UTC. `verdict` is ACCEPTED,
    or the reason for which every member refuses it; "" where nobody here has judged it.
    """

    index: int
    size: int
    name: bytes = b""
    kind: str = ""
    filed: int = 0
    author: str = ""
    verdict: str = ""


class LogShelf(Protocol):
    """The logs of an export, of a node's database, or of a desk. All of it is read.

    Each method may take long and raises FusionError: for a worker. `checks` is FSCK or
    VERIFY where `check` verifies all that is here, "" where that is not possible.
    """

    title: str
    checks: str
    exports: bool

    def logs(self) -> Sequence[BrowsedLog]:
        """Return the logs, by origin."""

    def heads(self, origin: str, below: int, count: int) -> Sequence[BrowsedHead]:
        """Return at most `count` kept heads of a size below `below`, newest first."""

    def entries(self, origin: str, start: int, count: int) -> Sequence[BrowsedEntry]:
        """Return at most `count` entries from `start` on, in order."""

    def steps(self, origin: str, index: int, tell: Progress) -> Sequence[ProofStep]:
        """Verify an entry from its bytes to the lines under the head over it."""

    def check(self, tell: Progress) -> Sequence[str]:
        """Verify everything, and return the report in words; roots in hex.

        Between words from right to left the signs of base64 change their places.
        """

    def export(self, out: str, tell: Progress) -> Sequence[str]:
        """Write an audit export to a file; return in words what was written."""
