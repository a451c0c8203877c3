"""Find an entry's place in a log, its signers and cosigners."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from exchange.audit.export import prove
from exchange.audit.export.prove import Place
from exchange.audit.judge import chunk, pool
from exchange.audit.judge.chunk import VerifiedNote
from exchange.audit.judge.directory_so_far import DirectorySoFar
from exchange.audit.judge.keys import LogKeys, keys_of
from exchange.audit.judge.replay import LogWatcher, Means
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.result import LogAudit
from exchange.audit.sources.log_source import LogSource, Run
from exchange.disclosure_file import Shown
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.proof import Proof
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.key_ends import key_ends
from exchange.trust.registered_keys import Registered
from exchange.trust.signer_standing import KeyHistory, RevocationNotice


class Inclusion(Struct, frozen=True):
    """An entry ACCEPTED at its place, with the keys that signed it.

    `revoked` has those keys that are revoked or stated by a revoked issuer; `proven_s`
    is the entry's proven time (s), or None.
    """

    place: Place
    signers: tuple[Registered, ...]
    revoked: Mapping[bytes, RevocationNotice]
    proven_s: int | None


def check_proof(place: Shown, proof: bytes, pinned: Mapping[str, Bundle]) -> Place:
    """Raise Refusal(PROOF | NOTE) if it is no proof.

    Tampered with the reason if it does not lead from this entry to a head that its log
    signed.
    """
    found = Proof.parse(proof)
    try:
        origin = checkpoint.head_of(found.note).origin
        keys, ends = _keys(place, origin, pinned), key_ends(pinned.values())
        return prove.check(found, place.parsed.entry, keys, ends)
    except FusionError as error:
        raise Tampered(error.reason, f"proof: {error.where}") from None


def _keys(shown: Shown, origin: str, pinned: Mapping[str, Bundle]) -> LogKeys:
    keys = keys_of(origin, pinned)
    if keys.node != shown.core.origin:
        raise Refusal(Reason.ORIGIN, origin)
    return keys


def find_inclusion(
    shown: Shown, sources: Iterable[LogSource], pinned: Mapping[str, Bundle]
) -> Inclusion:
    """Return the place in the logs of the entry's node.

    `sources` are those logs, oldest first, since keys carry over. Each is verified, up
    to the one that has the entry as ACCEPTED.

    Raises Refusal(NOT_PINNED), and errors of reading; Tampered: MISSING if no log has
    it, HEAD, ROOT, or the reason for which it is REFUSED.
    """
    refused: Tampered | None = None
    before: LogAudit | None = None
    logs = list(sources)
    with pool.open_pool(chunk.judge, sum(log.size for log in logs)) as many:
        means = Means(pinned, many)
        for source in logs:
            wanted = _Wanted(shown, _keys(shown, source.origin, pinned))
            audit = verify_log(source, means, before, wanted)
            _check(audit, opens=before is not None)
            before = audit
            refused = refused or wanted.refused
            if wanted.index is not None:
                return wanted.inclusion(audit)
    where = f"{shown.core.origin}: {shown.name.hex()[:16]}"
    raise refused or Tampered(Reason.MISSING, where)


def _check(audit: LogAudit, *, opens: bool) -> None:
    for start, _ in audit.gaps:
        raise Tampered(Reason.MISSING, f"{audit.origin}#{start}")
    if opens:
        begins = [one.reason for one in audit.ours if not one.index]
        begins += [f.reason for f in audit.faults if f.what.startswith("end of ")]
        for reason in begins:
            raise Tampered(Reason(reason), f"{audit.origin}#0")


class _Wanted(LogWatcher):
    def __init__(self, shown: Shown, keys: LogKeys) -> None:
        self._parsed = shown.parsed
        self._origin = keys.log[0].name
        self._mirrors = {key.key for key in keys.mirrors}
        self._directory = Directory(keys.node, keys.bundle)
        self._over: VerifiedNote | None = None
        self.index: int | None = None
        self.refused: Tampered | None = None

    def begin(self, directory: DirectorySoFar) -> None:
        self._directory = directory.directory

    def entries(self, run: Run, refused: Mapping[int, Reason]) -> None:
        """Keep the first place at which it is ACCEPTED."""
        entry = self._parsed.entry
        if self.index is not None or entry not in run.packed:
            return
        for index, other in enumerate(run.entries(), run.start):
            if other == entry and index not in refused:
                self.index = index
                return
            if other == entry and self.refused is None:
                where = f"{self._origin}#{index}"
                self.refused = Tampered(refused[index], where)

    def head(self, verified: VerifiedNote) -> None:
        """Keep the newest of the heads over the entry that have the most cosigners."""
        if self.index is None or verified.head.size <= self.index:
            return
        held = len(self._by(self._over)) if self._over else 0
        if len(self._by(verified)) >= held:
            self._over = verified

    def _by(self, verified: VerifiedNote) -> dict[str, int]:
        """Return the time (s) of each mirror line that verified."""
        times = verified.times.items()
        return {key[0]: time for key, time in times if key in self._mirrors}

    def inclusion(self, audit: LogAudit) -> Inclusion:
        """Raise the reason if no head covers it."""
        if self.index is None or self._over is None:
            faults = (f for f in audit.faults if f.reason is not Reason.MISSING)
            fault = next(faults, None)
            raise Tampered(fault.reason if fault else Reason.HEAD, self._origin)
        over, directory = self._over, self._directory
        place = Place(
            self._parsed.entry, over.head, self.index, over.time_s, self._by(over)
        )
        signers = [directory.signer(s.role, s.kid) for s in self._parsed.signatures]
        history = KeyHistory(audit.stated)
        kids = [(s.kid, history.notice(s.kid)) for s in self._parsed.signatures]
        revoked = {kid: found for kid, found in kids if found is not None}
        known = tuple(s for s in signers if s is not None)
        return Inclusion(place, known, revoked, audit.proven.time(self.index))
