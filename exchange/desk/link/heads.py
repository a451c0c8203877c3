"""Heads of logs as a desk believes them; pure.

A head counts if both keys of its log signed it and its root was rebuilt here. Only a
partner's own line proves that it holds the entries; the log's policy decides what is
cosigned.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Self, TypeVar

from msgspec import Struct, field

from exchange.desk.pinned_logs import Pinned
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Key, Vkey, parse_note
from exchange.ledger.policy import Policy
from exchange.trust.key_ends import NO_ENDS, KeyEnds

Signer = TypeVar("Signer")


class HeldSize(Struct, frozen=True):
    """The size up to which a node holds a log, and when (s) it said so."""

    size: int
    time_s: int


Cover = Mapping[str, HeldSize]
"""Node -> its newest line under heads of one log."""
Lacking = Mapping[str, Collection[int]]
"""Node -> entries of one log whose text it is missing, according to the own node."""
HeldSizes = Mapping[Key, HeldSize]
"""Key of a cosigner in the policy -> its newest line, likewise."""


class Believed(Struct, frozen=True):
    """A verified head; times are in s.

    `lines` are those of nodes, by the keys pinned for them; `sizes` those of the
    policy's keys, which may be others. Neither has lines of revoked keys; `counted` has
    those made while the keys were trusted: they prove a time.
    """

    head: Head
    time_s: int
    note: bytes
    lines: Mapping[str, int]
    sizes: Mapping[Key, int]
    counted: Mapping[Key, int] = field(default_factory=dict)


class HeadKeys(Struct, frozen=True):
    """The pinned keys of one log, of its possible mirrors, and of its policy.

    `ends` says which of them are retired or revoked.
    """

    log: Sequence[Vkey]
    mirrors: Sequence[Vkey]
    nodes: Mapping[str, str]
    policy: Sequence[Vkey]
    ends: KeyEnds = NO_ENDS

    @classmethod
    def of(cls, pinned: Pinned, origin: str) -> Self:
        policy = pinned.policy(origin).vkeys
        mirrors = pinned.mirror_keys(origin), pinned.mirrors(origin)
        return cls(pinned.log_keys(origin), *mirrors, policy, pinned.ends)


def peek(note: bytes) -> tuple[Head, frozenset[str]]:
    """Return unverified claims: the head, and its signers."""
    parsed = parse_note(note)
    return checkpoint.parse_head(parsed.text), frozenset(x.name for x in parsed.lines)


def believe(note: bytes, keys: HeadKeys, root: bytes) -> Believed | None:
    """Verify a head against the `root` rebuilt at its size.

    None for one that depends on an ended key of the log: it proves nothing.

    1. Both keys of the log signed it (HEAD).
    2. Its root is the rebuilt one; another one, signed, is Tampered(ROOT): the log
       shows others another history, or the node showed us other entries.
    3. No line of a pinned mirror or of the policy's cosigners fails (COSIGNATURE).
    """
    # 1
    try:
        verified = keys.ends.verify_head(note, keys.log)
    except Refusal:
        checkpoint.verify_head(note, keys.log)
        return None
    # 2
    if verified.head.root != root:
        raise Tampered(Reason.ROOT, f"{verified.head.origin}#{verified.head.size}")
    # 3
    cosigners = [*keys.policy, *keys.mirrors]  # no policy replaces a pinned key
    times = keys.ends.line_times(note, cosigners)
    counting = [vkey for vkey in cosigners if vkey.key in times]
    kept = checkpoint.only(note, [*keys.log, *counting])
    lines: dict[str, int] = {}
    trusted = times.keys() - keys.ends.revoked
    for key in {vkey.key for vkey in keys.mirrors} & trusted:
        node = keys.nodes[key[0]]
        lines[node] = max(times[key], lines.get(node, 0))
    counted = {v.key: times[v.key] for v in keys.policy if v.key in times}
    said = {key: at for key, at in counted.items() if key in trusted}
    return Believed(verified.head, verified.time_s, kept, lines, said, counted)


def choose(claims: Iterable[tuple[bytes, Head, frozenset[str]]]) -> list[bytes]:
    """`claims` come in order of arrival.

    Keep for each signer its newest head: the rest prove the same of fewer entries.
    """
    newest: dict[str, tuple[int, bytes]] = {}
    for note, head, signers in claims:
        for signer in signers:
            if signer not in newest or newest[signer][0] <= head.size:
                newest[signer] = head.size, note
    chosen = {note: size for size, note in newest.values()}
    return sorted(chosen, key=lambda note: chosen[note])


def extend(
    sizes: Mapping[Signer, HeldSize], size: int, times: Mapping[Signer, int]
) -> dict[Signer, HeldSize]:
    grown = dict(sizes)
    for signer, time_s in times.items():
        line = grown.get(signer)
        if line is None or (line.size, line.time_s) < (size, time_s):
            grown[signer] = HeldSize(size, time_s)
    return grown


def agreed_size(sizes: HeldSizes, policy: Policy, newest: HeldSize) -> HeldSize:
    """Return s; a line under a later head holds for all below it.

    If the policy asks for no line, the log's own `newest` head is enough.
    """
    if policy.met({}) is not None:
        return newest
    for size in sorted({line.size for line in sizes.values()}, reverse=True):
        times = {key: line.time_s for key, line in sizes.items() if line.size >= size}
        met = policy.met(times)
        if met is not None:
            return HeldSize(size, met)
    return HeldSize(0, 0)


def cosigned_times(
    sizes: HeldSizes, policy: Policy, index: int
) -> dict[str, int | None]:
    """Return s by name, None for a missing one.

    Of a witness with several keys, one will do.
    """
    found: dict[str, int | None] = {}
    for vkey in policy.vkeys:
        line = sizes.get(vkey.key, HeldSize(0, 0))
        time_s = line.time_s if line.size > index else 0
        found[vkey.name] = max(time_s, found.get(vkey.name) or 0) or None
    return found


def new_range(before: Cover, cover: Cover) -> tuple[int, int]:
    """Return the indexes that some node holds now and did not before."""
    new = [node for node, line in cover.items() if line != before.get(node)]
    start = min((before.get(node, HeldSize(0, 0)).size for node in new), default=0)
    return start, max((cover[node].size for node in new), default=0)


def delivering_line(
    cover: Cover, nodes: Collection[str], index: int, lacking: Lacking
) -> HeldSize | None:
    """Return None until each of `nodes` holds the entry with its text."""
    if any(index in lacking.get(node, ()) for node in nodes):
        return None
    lines = [cover.get(node) for node in nodes]
    if not lines or any(line is None or line.size <= index for line in lines):
        return None
    return max((line for line in lines if line), key=lambda line: line.time_s)
