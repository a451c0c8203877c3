"""Our functions under the names that tests/vectors/merkle/verify_vectors.py asks for.

Subtrees are absent: the ledger has none. The witness is the one that our client is
tested with, so that it is judged itself.
"""

import base64
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle, tiles
from exchange.ledger import note as note_types
from exchange.ledger.directory_tree import Leaf, is_directory
from exchange.ledger.note import Vkey, parse_note
from tests import tile_reader
from tests.net.tlog_witness import Witness

leaf_hash = merkle.leaf_hash
node_hash = merkle.node_hash
REJECT = Refusal


def tree(leaves: Sequence[bytes]) -> merkle.Get:
    nodes = merkle.Edge.empty().extend([leaf_hash(leaf) for leaf in leaves]).nodes
    stored = {(level, index): hashed for level, index, hashed in nodes}
    return lambda level, index: stored[level, index]


def directory_leaves(start: int, entries: Sequence[bytes]) -> list[Leaf]:
    """The leaves of the DIRECTORY entries among those from `start` on."""
    return [
        (index, leaf_hash(entry))
        for index, entry in enumerate(entries, start)
        if is_directory(entry)
    ]


def root_hash(leaves: Sequence[bytes]) -> bytes:
    return merkle.root_hash([leaf_hash(leaf) for leaf in leaves])


def append_roots(leaves: Sequence[bytes]) -> list[bytes]:
    edge = merkle.Edge.empty()
    roots = [edge.root()]
    for leaf in leaves:
        edge = edge.extend([leaf_hash(leaf)]).edge
        roots.append(edge.root())
    return roots


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    return merkle.inclusion_proof(index, len(leaves), tree(leaves))


def prove_consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    return merkle.consistency_proof(size, len(leaves), tree(leaves))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    merkle.verify_inclusion(index, size, leaf, proof, root)
    return True


def verify_consistency(
    m: int, n: int, root_m: bytes, root_n: bytes, proof: Sequence[bytes]
) -> bool:
    merkle.verify_consistency(m, n, proof, root_m, root_n)
    return True


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return Vkey(name, kind, public).key_id


parse_vkey = Vkey.parse


def verify_note(data: bytes, vkeys: Sequence[str]) -> list[tuple[str, str]]:
    note = parse_note(data)
    known = {vkey.key: vkey for vkey in map(Vkey.parse, vkeys)}
    verified = set()
    for line in note.lines:
        if vkey := known.get(line.key):
            checkpoint.verify_line(note.text, line, vkey, Reason.SIGNATURE)
            verified.add((line.name, line.key_id.hex()))
    return sorted(verified)


def parse_checkpoint(text: bytes) -> tuple[str, int, bytes]:
    head = checkpoint.parse_head(text)
    return head.origin, head.size, head.root


def ed25519_cosignature_message(text: bytes, time_s: int) -> bytes:
    vkey = Vkey("any", note_types.ED25519_COSIGNATURE, bytes(32))
    return checkpoint.signed_message(text, vkey, time_s)


def mldsa44_cosignature_message(  # noqa: PLR0913, PLR0917  the script's
    cosigner: str, time_s: int, origin: str, start: int, end: int, root: bytes
) -> bytes:
    try:
        return checkpoint.subtree_message(cosigner, time_s, origin, (start, end), root)
    except ValueError:  # ours to make, never a peer's
        raise Refusal(Reason.COSIGNATURE) from None


def tile_path(level: int, index: int, width: int) -> str:
    return tiles.Tile(level, index, width).path


def entries_path(index: int, width: int) -> str:
    return tiles.Tile(0, index, width).entries_path


parse_entry_bundle = tile_reader.parse_bundle


def make_witness(origin: str, log_vkey: str) -> Witness:
    public = base64.b64decode(log_vkey.split("+", 2)[2])[1:]
    key = Ed25519PrivateKey.generate()
    return Witness("example.com/witness", {origin: public}, lambda: 1, ed=key)
