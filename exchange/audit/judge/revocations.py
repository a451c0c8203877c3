"""Find entries of revoked keys that are not proven to be older.

As in docs/spec/verdict.md, "Standing".
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from exchange import envelope
from exchange.audit.result import DOUBTED, REVOKED, STATED, TOLD, LogAudit, Revoked
from exchange.audit.sources.log_source import LogSource
from exchange.errors import Refusal
from exchange.ledger.entry_place import number_of
from exchange.ledger.merkle import SIZE_MAX
from exchange.trust.signer_standing import KeyHistory, PlacedStatement

SECOND = 1_000  # ms


def find_revoked(
    stated: Sequence[PlacedStatement], source: LogSource, audit: LogAudit
) -> tuple[Revoked, ...]:
    """Return those in a log and later ones, with the entries disowned here.

    `stated` has the statements of that log, earlier and later ones. Keys stated by a
    revoked issuer are included. Reads the entries in question again.
    """
    history, number = KeyHistory(stated), number_of(source.origin)
    here = [
        replace(one, index=source.size) if origin != source.origin else one
        for origin, one in (*_revocations(history, number), *_in_doubt(history))
    ]
    return _signed_by(here, source, audit)


def _revocations(history: KeyHistory, number: int) -> Iterator[tuple[str, Revoked]]:
    """Yield those in log `number` and later ones, each with its log."""
    for key, every in history.revocations.items():
        said = [one for one in every if number_of(one.origin) >= number]
        notice = history.notice(key)
        if not said or (notice and notice.issuer):
            continue
        first = next((one for one in said if history.doubt(one) is None), said[0])
        doubt = history.doubt(first)
        why = doubt or notice
        place = first.index, history.speaker(first), first.core.filed
        yield (
            first.origin,
            Revoked(
                key,
                history.subject(key),
                why.since if why else 0,
                *place,
                sort=DOUBTED if doubt else REVOKED,
            ),
        )


def _in_doubt(history: KeyHistory) -> Iterator[tuple[str, Revoked]]:
    """Yield those that a revoked issuer stated, each with its log."""
    for key, said in history.stated.items():
        notice, subject = history.notice(key), said.statement.subject
        if notice is not None and notice.issuer and "@" in subject:
            place = notice.since, said.index, notice.issuer, said.core.filed
            yield said.origin, Revoked(key, subject, *place, sort=STATED)


def _signed_by(
    revoked: Sequence[Revoked], source: LogSource, audit: LogAudit
) -> tuple[Revoked, ...]:
    """Return them with the entries that their keys signed.

    Entries that we accept and that are not proven older than the revocation's time; all
    of them if the key is in doubt.
    """
    spans = [_span(one, audit) for one in revoked]
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


def _span(one: Revoked, audit: LogAudit) -> tuple[int, int]:
    """Return the places that it disowns, as (first, end)."""
    if one.sort == STATED:
        return 0, SIZE_MAX
    if one.sort == DOUBTED:
        return 0, 0
    return audit.proven.first(-(-one.since // SECOND)), one.index


def _between(
    source: LogSource, spans: Sequence[tuple[int, int]]
) -> Iterable[tuple[int, bytes]]:
    """Yield from the start of the first span to the end of the last."""
    spans = [(start, end) for start, end in spans if start < end]
    if not spans:
        return
    end = max(end for _, end in spans)
    for index, entry in source.entries(min(start for start, _ in spans)):
        if index >= end:
            return
        yield index, entry


def _signed(entry: bytes, key: bytes) -> bool:
    try:
        return key in {signed.kid for signed in envelope.split(entry).signatures}
    except Refusal:
        return False
