"""The reading half of tiles and entry bundles (C2SP tlog-tiles), for tests.

The product writes both; other people's tools read them.
"""

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import HASH_SIZE
from exchange.ledger.tiles import LENGTH_SIZE, WIDTH


def parse_tile(data: bytes, width: int) -> list[bytes]:
    """Return the hashes of a tile of `width`; Refusal(INPUT) unless it has so many."""
    if len(data) != width * HASH_SIZE:
        raise Refusal(Reason.INPUT, "tile")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def parse_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle; Refusal(INPUT) unless they are whole.

    1 to 256 of them: an empty bundle is never made.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < WIDTH:
        start = at + LENGTH_SIZE
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise Refusal(Reason.INPUT, f"entry {len(entries)} of a bundle")
        entries.append(data[start:at])
    if not entries or at != len(data):
        raise Refusal(Reason.INPUT, "number of entries in a bundle")
    return entries
