"""Records of logs that a person browses, window by window, and their sources.

A desk, an export and a node's database show their logs alike: the audit screen sees
each as a `LogShelf`. These records hold no sealed text.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

Progress = Callable[[str, int, int], None]
"""Called regularly with the log, entries done, and entries in all.

To cancel the work, raise from it.
"""
FSCK, VERIFY = "fsck", "verify"


class GivenUp(BaseException):
    """Raised by a `Progress` to cancel the work.

    Not an Exception: work done so far is kept, and no code takes it for a finding.
    """


class ProofStep(Struct, frozen=True):
    what: str
    """BYTES, NAME, SIGNATURE, KEY, LOG, INCLUSION, HEAD, COSIGNATURE or SEAL."""
    ok: bool | None
    """None: not checked or not yet possible."""
    reason: str = ""
    """The Reason if `ok` is False."""
    detail: str = ""
    """The object of the check: key, size, root, time. Our text, not the partner's."""


class HeadLine(Struct, frozen=True):
    """A line; its role is log, mirror or cosigner, the time in s."""

    name: str
    role: str
    at_s: int


class BrowsedHead(Struct, frozen=True):
    """`at_s` is the time of the log's own lines (s), 0 if these do not verify.

    `lines` are those that verify.
    """

    size: int
    root: bytes
    at_s: int
    lines: tuple[HeadLine, ...] = ()
    reason: str = ""


class BrowsedLog(Struct, frozen=True):
    """A log, the own one or a replica."""

    origin: str
    size: int
    own: bool
    head: BrowsedHead | None
    forked: bool = False


class BrowsedEntry(Struct, frozen=True):
    """An entry, unverified before `steps`; `kind` is "" if the bytes are no entry.

    `filed` is ms UTC. `verdict` is ACCEPTED, or the reason for which every member
    refuses it; "" if it was not judged here.
    """

    index: int
    size: int
    name: bytes = b""
    kind: str = ""
    filed: int = 0
    author: str = ""
    verdict: str = ""


class LogShelf(Protocol):
    """A shelf to read; its methods may take long and raise FusionError: use a worker.

    `checks` is FSCK or VERIFY if `check` can verify all of it, else "".
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
        """Verify an entry, from its bytes to the lines under its head."""

    def check(self, tell: Progress) -> Sequence[str]:
        """Verify everything, and return the report as text; roots in hex.

        In right-to-left text the symbols of base64 would be reordered.
        """

    def export(self, out: str, tell: Progress) -> Sequence[str]:
        """Write an audit export to a file; return a summary as text."""
