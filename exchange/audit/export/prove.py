"""A receipt for one entry: a C2SP tlog-proof, made from a node's database.

With the trust files, it proves that the log and its cosigners commit to these bytes at
this place. The entry's verdict and signers need the log below it: verify an export.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from exchange import envelope
from exchange.audit.judge.keys import LogKeys, keys_of
from exchange.errors import FusionError, Reason, Refusal, Tampered, Why
from exchange.ledger import checkpoint, entry_place
from exchange.ledger.checkpoint import Head
from exchange.ledger.entry_place import EntryPlace
from exchange.ledger.note import Key, parse_note
from exchange.ledger.proof import Proof
from exchange.store import Store, StoredEntry
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.key_ends import KeyEnds, key_ends
from exchange.words import say

MANY = 100  # heads, or entries with the same prefix, read at once
_NAMES = Why("give 8 or more hex digits of its name, or its place (islamabad.pk#412)")
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


class Place(Struct, frozen=True):
    """An entry at its place in the log that `head` covers.

    `time_s` is when (s) the log signed `head`; `cosigned` has the time (s) of each
    mirror line that verified, by name.
    """

    entry: bytes
    head: Head
    index: int
    time_s: int
    cosigned: Mapping[str, int]

    @property
    def origin(self) -> str:
        return self.head.origin


def find(store: Store, name: str) -> StoredEntry:
    """Find an entry by 8 to 64 hex digits of its name, or by islamabad.pk#412.

    If several logs of a node have the index, a place names the log: islamabad.pk/2#3.
    Refusal(NOT_FOUND | AMBIGUOUS | FIELD_VALUE).
    """
    if place := entry_place.parse(name):
        return _at(store, place, name)
    if not _PREFIX.fullmatch(name):
        raise Refusal(Reason.FIELD_VALUE, "NAME", _NAMES)
    first, last = (bytes.fromhex(name.ljust(64, digit)) for digit in "0f")
    found = store.entries.between(first, last, MANY)
    if not found:
        raise Refusal(Reason.NOT_FOUND, name)
    if len({entry.name for entry in found}) > 1:
        raise Refusal(Reason.AMBIGUOUS, name)
    return found[0]


def _at(store: Store, place: EntryPlace, text: str) -> StoredEntry:
    names.check_node(place.node, "NAME")
    logs = f"{place.node}.fusion/log/"
    found = {
        origin: page[0]
        for origin in store.logs.origins()
        if origin.startswith(logs)
        and (page := store.entries.page(origin, place.index, 1))
        and page[0].index == place.index
    }
    return found[place.choose(list(found), text)]


def prove(store: Store, stored: StoredEntry, pinned: Mapping[str, Bundle]) -> bytes:
    """Return a proof with the entry as extra data.

    Uses one of the first kept heads over it with a partner's cosignature, else the
    newest. Refusal(MISSING) if no head covers it, and Tampered if the stored data gives
    no valid proof.
    """
    note = note_over(store, stored, pinned)
    size = checkpoint.head_of(note).size
    hashes = store.logs.inclusion_proof(stored.origin, stored.index, size)
    made = Proof(stored.index, tuple(hashes), note, stored.entry).encode()
    verify(made, pinned)
    return made


def note_over(store: Store, stored: StoredEntry, pinned: Mapping[str, Bundle]) -> bytes:
    """Return a note, searched ever further above the entry."""
    mirrors = {key.key for key in keys_of(stored.origin, pinned).mirrors}
    origin, index, size = (
        stored.origin,
        stored.index,
        store.logs.signed_size(stored.origin),
    )
    width, newest = 1, None
    while width < 2 * size:
        held = store.heads.falling(origin, MANY, index + width)
        over = [one.note for one in held if one.head.size > index]
        cosigned = [note for note in over if mirrors & _keys(note)]
        if cosigned:
            return cosigned[-1]
        newest = over[0] if over else newest
        width *= 2
    if newest is None:
        raise Refusal(Reason.MISSING, f"{origin}#{index}")
    return newest


def _keys(note: bytes) -> set[Key]:
    return {line.key for line in parse_note(note).lines}


def verify(
    data: bytes, pinned: Mapping[str, Bundle], entry: bytes | None = None
) -> Place:
    """Verify a proof; the entry defaults to the one in the file.

    1. It is a proof, and there is an entry to prove.
    2. A given entry is the one in the file.
    3. It leads to a head of the log; see `check`.

    Raises Refusal (PROOF | NOTE | HEAD | NOT_PINNED | FIELD_MISSING) if it is no proof
    or its log is in no trust file; Tampered with the reason if 2 or 3 fails.
    """
    # 1
    proof = Proof.parse(data)
    head = checkpoint.head_of(proof.note)
    keys = keys_of(head.origin, pinned)
    whole = proof.extra if entry is None else entry
    if whole is None:
        raise Refusal(Reason.FIELD_MISSING, say("the entry; give it by --entry"))
    # 2
    if proof.extra is not None and proof.extra != whole:
        where = say("another entry than the one in the file")
        raise Tampered(Reason.PROOF, where)
    # 3
    try:
        return check(proof, whole, keys, key_ends(pinned.values()))
    except FusionError as error:
        where = f"{head.origin}#{proof.index}"
        raise Tampered(error.reason, where) from None


def check(proof: Proof, entry: bytes, keys: LogKeys, ends: KeyEnds) -> Place:
    """Raise the reason if it fails.

    1. Its hash leads to the root of a head signed with both keys of the log, neither
       ended.
    2. Each line of a partner's mirror verifies; lines after its key ended do not count.
    """
    # 1
    verified = proof.verify(entry, list(keys.log))
    ends.verify_head(proof.note, keys.log)
    # 2
    times = ends.cosignatures(proof.note, keys.mirrors)
    return Place(entry, verified.head, proof.index, verified.time_s, times)


def claimed(entry: bytes) -> envelope.Parsed | None:
    """Return None if it cannot be parsed: REFUSED."""
    try:
        parsed = envelope.split(entry)
        envelope.parse_core(parsed.core_bytes)
    except Refusal:
        return None
    return parsed
