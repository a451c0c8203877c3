"""Verify a chunk of a log by itself, in a worker process.

A chunk needs only the directory below it. verify_log.py has the log in order: it finds
duplicate ids, checks the roots of heads, and applies DIRECTORY entries.
"""

import pickle
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from exchange.audit.sources.log_source import Run
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, subtree
from exchange.ledger import note as notes
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import directory_origin
from exchange.ledger.merkle import Node
from exchange.ledger.note import Key, Line, Vkey, parse_note
from exchange.trust.directory import Directory
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.key_ends import KeyEnds


class ChunkState(Struct, frozen=True):
    """The state for verifying chunks until a log's directory changes.

    `log` has the log's vkeys, `cosigners` those of all possible cosigners; `ends` says
    until when each counts. `strict`: heads have no lines of other keys.
    """

    node: str
    directory: Directory
    log: tuple[Vkey, ...]
    cosigners: tuple[Vkey, ...]
    ends: KeyEnds
    strict: bool

    def packed(self) -> bytes:
        return pickle.dumps(self)


class LogChunk(Struct, frozen=True):
    """A run of entries without statements.

    `notes` are the heads that claim the sizes in `cuts`, which rise within the run.
    `verified`: all its signatures verified in an earlier audit.
    """

    run: Run
    notes: Sequence[bytes]
    cuts: Sequence[int]
    state: bytes
    verified: bool = False


class VerifiedNote(Struct, frozen=True):
    """`times` (s) has each known key that counts.

    `current`: the log signed it with keys that have not ended. `signatures` counts the
    lines of known keys, `unknown` the other lines.
    """

    head: Head
    time_s: int
    times: Mapping[Key, int]
    current: bool
    signatures: int
    unknown: int


class ChunkVerdict(Struct, frozen=True):
    """The result of verifying a chunk.

    `ids` has each entry's id, empty if `doubtful` has its place in the chunk: the rules
    decide those. `signatures` has each entry's number of signatures in one byte,
    `covers` the tree's nodes, cut at `cuts`, `notes` each verified note or its fault.
    """

    ids: Sequence[bytes]
    doubtful: Sequence[int]
    signatures: bytes
    covers: Sequence[Sequence[Node]]
    notes: Sequence[VerifiedNote | Reason]


def judge(chunk: LogChunk) -> ChunkVerdict:
    state, quick = _learned(chunk.state)
    ids: list[bytes] = []
    doubtful: list[int] = []
    signatures = bytearray()
    entries = chunk.run.entries()
    for place, entry in enumerate(entries):
        found = quick.accept(entry, verified=chunk.verified)
        if found is None:
            doubtful.append(place)
        id_, count = found or (b"", 0)
        ids.append(id_)
        signatures.append(count)
    heads = judge_heads(chunk, state, entries)
    return ChunkVerdict(ids, doubtful, bytes(signatures), heads.covers, heads.notes)


def judge_heads(
    chunk: LogChunk, state: ChunkState, entries: Sequence[bytes]
) -> ChunkVerdict:
    """Hash its part of the tree; judge no entry."""
    covers = subtree.covers(chunk.run.start, subtree.leaves(entries), chunk.cuts)
    notes = [judge_note(note, state, verified=chunk.verified) for note in chunk.notes]
    return ChunkVerdict((), (), b"", covers, notes)


@lru_cache(maxsize=4)
def _learned(packed: bytes) -> tuple[ChunkState, AcceptedForms]:
    """Return the entry forms already accepted under it, too."""
    state = unpacked(packed)
    return state, AcceptedForms(state.node, state.directory)


def unpacked(packed: bytes) -> ChunkState:
    """Unpack a state that our own processes have packed."""
    state = pickle.loads(packed)  # noqa: S301  from our own parent process
    if not isinstance(state, ChunkState):
        raise TypeError(type(state))
    return state


def judge_note(
    note: bytes, state: ChunkState, *, verified: bool = False
) -> VerifiedNote | Reason:
    """Verify a note; return the reason if it is refused."""
    try:
        return read_note(note, state, verified=verified)
    except FusionError as error:
        return error.reason


def read_note(
    note: bytes, state: ChunkState, *, verified: bool = False, directory: bool = False
) -> VerifiedNote:
    """Return the time of each known line, too.

    With `directory` it must be a directory head. Refusal: NOTE if malformed, HEAD
    unless it is of that kind and both keys of the log signed it, COSIGNATURE if a line
    of a known cosigner does not verify.

    1. No key has two lines; if strict, every key is known.
    2. It is of this log. The log's two lines verify, by keys not ended at this size and
       time.
    3. Known cosigners' lines verify; those after the key's end do not count. Unknown
       lines are counted.
    """
    # 1
    parsed = parse_note(note)
    lines = {line.key: line for line in parsed.lines}
    if len(lines) != len(parsed.lines):
        raise Refusal(Reason.NOTE, "two lines of one key")
    if state.strict and not lines.keys() <= {
        k.key for k in (*state.log, *state.cosigners)
    }:
        raise Refusal(Reason.NOTE, "a line of an unknown key")
    # 2
    head = checkpoint.parse_head(parsed.text)
    log = state.log[0].name
    if head.origin != (directory_origin(log) if directory else log):
        raise Refusal(Reason.HEAD, head.origin)
    signing = [key for key in state.log if state.ends.signs(key.key, head.size)]
    if verified:
        time_s = _time(lines, signing)
    else:
        time_s = checkpoint.verify_log_lines(parsed, signing)
    own = [key for key in signing if key.key in lines]
    if not all(state.ends.counts(key.key, time_s) for key in own):
        raise Refusal(Reason.HEAD, head.origin)
    # 3
    times: dict[Key, int] = {}
    for vkey in state.cosigners:
        if line := lines.get(vkey.key):
            times[vkey.key] = _cosigned(parsed.text, line, vkey, verified=verified)
    known = sum(key.key in lines for key in state.log)
    known += len(times)
    counted = {key: at for key, at in times.items() if state.ends.counts(key, at)}
    sorts = {key.type for key in own if not state.ends.has(key.key)}
    current = sorts == {notes.ED25519, notes.ML_DSA_44}
    return VerifiedNote(head, time_s, counted, current, known, len(lines) - known)


def _time(lines: Mapping[Key, Line], vkeys: Sequence[Vkey]) -> int:
    found = [lines[vkey.key] for vkey in vkeys if vkey.key in lines]
    return max((checkpoint.claimed_time(line) for line in found), default=0)


def _cosigned(text: bytes, line: Line, vkey: Vkey, *, verified: bool) -> int:
    if verified:
        return checkpoint.claimed_time(line)
    return checkpoint.verify_line(text, line, vkey, Reason.COSIGNATURE)
