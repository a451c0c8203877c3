"""Heads and entries as a log browser lists them, from their bytes alone; pure."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from exchange import envelope
from exchange.audit.judge.keys import LogKeys, keys_of
from exchange.browsed_logs import BrowsedEntry, BrowsedHead, HeadLine
from exchange.errors import FusionError
from exchange.ledger import checkpoint
from exchange.ledger.note import Vkey, parse_note
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.key_ends import KeyEnds, key_ends
from exchange.trust.policies import policy_in_force
from exchange.trust.signer_standing import PlacedStatement
from exchange.v1 import envelope_pb2 as pb

LOG, MIRROR, COSIGNER, UNKNOWN = "log", "mirror", "cosigner", "unknown"


class KnownLog(Struct, frozen=True):
    """`directory` includes the logs it continues; `cosigners` are in its policy."""

    keys: LogKeys
    ends: KeyEnds
    directory: Directory
    cosigners: Sequence[Vkey]

    @classmethod
    def of(
        cls,
        origin: str,
        pinned: Mapping[str, Bundle],
        stated: Iterable[PlacedStatement],
    ) -> "KnownLog":
        """Raise Refusal(NOT_PINNED) if no bundle names the log."""
        keys = keys_of(origin, pinned)
        directory = Directory(keys.node, keys.bundle)
        for one in stated:
            one.apply_to(directory)
        policy = policy_in_force(directory.quorum_text, keys.node, pinned)
        return cls(keys, key_ends(pinned.values()), directory, policy.vkeys)


def read_head(note: bytes, log: KnownLog) -> BrowsedHead:
    """Verify each line; never raise.

    A faulty head has its reason, and size 0 if malformed. Lines of unlisted keys are
    UNKNOWN.
    """
    try:
        parsed = parse_note(note)
        head = checkpoint.parse_head(parsed.text)
    except FusionError as error:
        return BrowsedHead(0, b"", 0, reason=error.reason)
    named = {key.key: COSIGNER for key in log.cosigners}
    named |= {key.key: MIRROR for key in log.keys.mirrors}
    keys = (*log.keys.mirrors, *log.cosigners)
    try:
        verified = log.ends.verify_head(note, log.keys.log)
        times = log.ends.line_times(note, keys)
    except FusionError as error:
        return BrowsedHead(head.size, head.root, 0, reason=error.reason)
    known = {key.key for key in (*keys, *log.keys.log)}
    told = [HeadLine(head.origin, LOG, verified.time_s)]
    told += [HeadLine(key[0], named[key], at) for key, at in sorted(times.items())]
    strange = sorted({line.key[0] for line in parsed.lines if line.key not in known})
    told += [HeadLine(name, UNKNOWN, 0) for name in strange]
    return BrowsedHead(head.size, head.root, verified.time_s, tuple(told))


def read_entry(
    index: int, entry: bytes, directory: Directory, verdict: str
) -> BrowsedEntry:
    """Verify nothing; name the author if known."""
    try:
        parsed = envelope.split(entry)
        core = envelope.parse_core(parsed.core_bytes)
    except FusionError:
        return BrowsedEntry(index, len(entry), verdict=verdict)
    return BrowsedEntry(
        index,
        len(entry),
        parsed.name,
        pb.Kind.Name(core.kind).removeprefix("KIND_"),
        core.filed,
        _author(parsed, core.author, directory),
        verdict,
    )


def _author(parsed: envelope.Parsed, author: bytes, directory: Directory) -> str:
    roles: Iterable[str] = (one.role for one in parsed.signatures if one.kid == author)
    known = (directory.signer(role, author) for role in roles)
    return next((key.subject for key in known if key is not None), "")
