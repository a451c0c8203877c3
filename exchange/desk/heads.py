"""Heads of logs as a desk believes them; pure.

A head counts if both keys of its log signed it and its root is the one that this
desk rebuilt from the leaves. What a partner holds, only its own line under such a
head says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exchange.errors import Reason, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey, parse_note
from exchange.trust import names


@dataclass(frozen=True, slots=True)
class Line:
    """Up to which size a node holds a log, and when (s) it said so."""

    size: int
    time_s: int


Cover = Mapping[str, Line]
"""Node -> its newest line under heads of one log."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A head that was verified; `lines` are nodes and times (s) of cosigners."""

    head: Head
    time_s: int
    note: bytes
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Keys:
    """The pinned keys of one log and of everyone who may mirror it."""

    log: Sequence[Vkey]
    mirrors: Sequence[Vkey]
    nodes: Mapping[str, str]


def peek(note: bytes) -> tuple[Head, frozenset[str]]:
    """Return what a note claims: the head, and who signed; nothing is verified."""
    parsed = parse_note(note)
    return checkpoint.parse_head(parsed.text), frozenset(x.name for x in parsed.lines)


def believe(note: bytes, keys: Keys, root: bytes) -> Believed:
    """Return a head that was verified against the `root` rebuilt at its size.

    1. Both keys of the log signed it (HEAD).
    2. Its root is the rebuilt one; another one, signed, is Tampered(ROOT): the log
       shows others another history, or the node showed us other entries.
    3. No line of a pinned mirror fails (COSIGNATURE).
    """
    # 1
    verified = checkpoint.verify_head(note, keys.log)
    # 2
    if verified.head.root != root:
        raise Tampered(Reason.ROOT, f"{verified.head.origin}#{verified.head.size}")
    # 3
    times = checkpoint.cosignatures(note, keys.mirrors)
    kept = checkpoint.only(note, [*keys.log, *keys.mirrors])
    lines = {keys.nodes[name]: time_s for name, time_s in times.items()}
    return Believed(verified.head, verified.time_s, kept, lines)


def choose(claims: Iterable[tuple[bytes, Head, frozenset[str]]]) -> list[bytes]:
    """Return the few notes of one log that are worth their verification.

    `claims` in order of arrival. For each signer the newest head that it signed: the
    rest could only say the same of fewer entries.
    """
    newest: dict[str, tuple[int, bytes]] = {}
    for note, head, signers in claims:
        for signer in signers:
            if signer not in newest or newest[signer][0] <= head.size:
                newest[signer] = head.size, note
    chosen = {note: size for size, note in newest.values()}
    return sorted(chosen, key=lambda note: chosen[note])


def extend(cover: Cover, believed: Believed) -> dict[str, Line]:
    """Return the cover with the lines of one more head."""
    grown = dict(cover)
    for node, time_s in believed.lines.items():
        held = grown.get(node)
        if held is None or (held.size, held.time_s) < (believed.head.size, time_s):
            grown[node] = Line(believed.head.size, time_s)
    return grown


def quorum(cover: Cover, domain: str, members: Iterable[str]) -> Line:
    """Return up to which size, and since when (s), a log of `domain` is cosigned.

    By the default policy (DESIGN section 5): more than half of the other nations,
    each by any of its nodes; `members` are all pinned nodes.
    """
    nations = {names.domain_of(node) for node in members} - {domain}
    best: dict[str, Line] = {}
    for node, line in cover.items():
        nation = names.domain_of(node)
        if nation in nations and line.size > best.get(nation, Line(0, 0)).size:
            best[nation] = line
    needed = len(nations) // 2 + 1
    lines = sorted(best.values(), key=lambda line: -line.size)
    if len(lines) < needed:
        return Line(0, 0)
    size = lines[needed - 1].size
    return Line(size, max(line.time_s for line in lines[:needed]))


def delivered(cover: Cover, nodes: Iterable[str], index: int) -> Line | None:
    """Return the last needed line once each of `nodes` holds the entry at `index`."""
    lines = [cover.get(node) for node in nodes]
    if not lines or any(line is None or line.size <= index for line in lines):
        return None
    return max((line for line in lines if line), key=lambda line: line.time_s)
