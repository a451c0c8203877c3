"""Find entries of revoked keys that are not proven to be older.

As docs/spec/verdict.md, "Standing".
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from exchange import envelope
from exchange.audit.result import TOLD, LogAudit, Revoked
from exchange.audit.sources.log_source import LogSource
from exchange.errors import Refusal

SECOND = 1_000  # ms


def signed_by(
    revoked: Sequence[Revoked], source: LogSource, audit: LogAudit
) -> tuple[Revoked, ...]:
    """Return the revocations with what their keys signed in a log.

    What stands below the revocation's index, we do not refuse, and is not proven to
    have been there before the time that it names. Reads the entries once more, as far
    as they are in question.
    """
    spans = [
        (audit.proven.first(-(-revocation.since // SECOND)), revocation.index)
        for revocation in revoked
    ]
    places: list[list[int]] = [[] for _ in revoked]
    counts = [0 for _ in revoked]
    passed = set(audit.all_ours)
    for index, entry in _between(source, spans):
        for place, (start, end) in enumerate(spans):
            key = revoked[place].revokes
            if start <= index < end and key in entry and _signed(entry, key):
                if index in passed:
                    break
                counts[place] += 1
                places[place].append(index)
                del places[place][TOLD:]
    return tuple(
        replace(one, entries=count, first=tuple(first), proven_below=min(span))
        for one, count, first, span in zip(revoked, counts, places, spans, strict=True)
    )


def _between(
    source: LogSource, spans: Sequence[tuple[int, int]]
) -> Iterable[tuple[int, bytes]]:
    """Yield the entries from the first to the last that a span holds."""
    spans = [(start, end) for start, end in spans if start < end]
    if not spans:
        return
    end = max(end for _, end in spans)
    for index, entry in source.entries(min(start for start, _ in spans)):
        if index >= end:
            return
        yield index, entry


def _signed(entry: bytes, key: bytes) -> bool:
    """Whether a signature of an entry is by that kid."""
    try:
        return key in {signed.kid for signed in envelope.split(entry).signatures}
    except Refusal:
        return False
