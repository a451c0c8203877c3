"""Compare the directory heads of one log in two exports: equal sizes, equal roots."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from exchange.audit.directory_age import lacks_directory_head
from exchange.audit.judge.keys import keys_of
from exchange.audit.sources.log_source import LogSource
from exchange.errors import FusionError
from exchange.ledger import checkpoint
from exchange.ledger.directory_head import directory_origin
from exchange.ledger.note import parse_note
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import key_ends

Verify = Callable[[bytes], object]


class ComparedDirectories(Struct, frozen=True):
    """`differs` is the smallest size with different roots.

    `lack`: whether the newest directory head of A or B is much older than its newest
    head.
    """

    differs: int | None = None
    lack: tuple[bool, bool] = (False, False)

    @property
    def ok(self) -> bool:
        return self.differs is None and not any(self.lack)


SAME = ComparedDirectories()


class _Shown(Struct, frozen=True):
    """The root of each size, and when (s) the log signed the last."""

    roots: Mapping[int, bytes]
    last_s: int


def compare_directories(
    a: LogSource,
    b: LogSource,
    heads_s: tuple[int, int],
    pinned: Mapping[str, Bundle] | None,
) -> ComparedDirectories:
    """Compare only signed ones, with trust bundles.

    `heads_s` is when (s) each newest head was signed.
    """
    verify = _verifier(a.origin, pinned)
    one, other = _read(a, verify), _read(b, verify)
    both = one.roots.keys() & other.roots.keys()
    differing = [size for size in both if one.roots[size] != other.roots[size]]
    lack_a, lack_b = (
        lacks_directory_head(head_s, shown.last_s)
        for head_s, shown in zip(heads_s, (one, other), strict=True)
    )
    return ComparedDirectories(min(differing, default=None), (lack_a, lack_b))


def _verifier(origin: str, pinned: Mapping[str, Bundle] | None) -> Verify:
    """Return a check that raises Refusal unless the log, if known, signed."""
    if pinned is None:
        return lambda _: None
    ends = key_ends(pinned.values())
    keys = ends.unrevoked(keys_of(origin, pinned).log)
    return lambda note: ends.verify_directory_head(note, origin, keys)


def _read(source: LogSource, verify: Verify) -> _Shown:
    roots: dict[int, bytes] = {}
    times: list[int] = []
    for note in source.directory_notes():
        try:
            head = checkpoint.parse_head(parse_note(note).text)
            if head.origin != directory_origin(source.origin):
                continue
            verify(note)
        except FusionError:  # does not count; `audit verify` reports it
            continue
        roots[head.size] = head.root
        times.append(checkpoint.signed_at(note, source.origin))
    return _Shown(roots, max(times, default=0))
