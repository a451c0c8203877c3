"""Check if an export ends below a head that its own node had signed before it."""

from collections.abc import Mapping
from itertools import chain

from msgspec import Struct

from exchange.audit.judge.demands import Shown
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import LogSource
from exchange.errors import FusionError
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import head_of
from exchange.ledger.note import parse_note
from exchange.limits import EXPORT_VIEW, SECOND
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import key_ends


class RolledBackCheck(Struct, frozen=True):
    """`node` made the export by `made_s` (s).

    `ended` are the logs that a later log continues.
    """

    node: str
    made_s: int
    sizes: Mapping[str, int]
    ended: frozenset[str]
    shown: Shown | None

    @classmethod
    def of(
        cls, export: Export, pinned: Mapping[str, Bundle] | None
    ) -> "RolledBackCheck":
        """Return the check; without trust files it believes the notes."""
        sizes = {log.origin: log.size for log in export.logs}
        ended = frozenset(_before(origin) for origin, size in sizes.items() if size)
        shown = None
        if pinned is not None:
            shown = Shown(export.node, pinned, key_ends(pinned.values()))
        made_s = (export.exported - EXPORT_VIEW) // SECOND
        return cls(export.node, made_s, sizes, ended, shown)

    def is_cut(self, other: LogSource) -> bool:
        """Return whether this export ends below a head that the other one has.

        This node signed that head at least a minute before making this export.
        """
        origin, newest = other.origin, other.newest_note()
        if origin in self.ended:
            return False
        size, more = self.sizes.get(origin, 0), [newest] if newest else []
        notes = (note for claimed, note in other.heads() if claimed > size)
        return any(self._signed(origin, size, note) for note in chain(notes, more))

    def _signed(self, origin: str, size: int, note: bytes) -> bool:
        try:
            head = head_of(note)
        except FusionError:
            return False
        if head.origin != origin or head.size <= size:
            return False
        at = self._claimed(origin, note)
        if self.shown is not None and at <= self.made_s:  # else it is too late
            verified = any(self.shown.verified(origin, [note]))
            at = self.shown.time_of(origin, note) if verified else 0
        return 0 < at <= self.made_s

    def _claimed(self, origin: str, note: bytes) -> int:
        """Return when (s) the export's node claims to have signed; 0 if never.

        The earliest time: a mirror renews its line.
        """
        own = origin.startswith(f"{self.node}.fusion/")
        name = origin if own else checkpoint.cosigner_name(self.node)
        lines = (line for line in parse_note(note).lines if line.name == name)
        return min(filter(None, map(checkpoint.claimed_time, lines)), default=0)


def _before(origin: str) -> str:
    begin, _, number = origin.rpartition("/")
    return f"{begin}/{int(number) - 1}" if number.isdecimal() else ""
