"""The statements in a log that authorize an envelope's signers.

A peer that holds a log up to a position knows those below it; those above travel with
an urgent envelope, in the order of the log.
"""

from collections.abc import Iterator, Sequence

from exchange import envelope
from exchange.limits import EXPRESS_STATEMENTS_MAX
from exchange.node.node import Node
from exchange.trust.directory import Directory
from exchange.trust.statements import (
    ISSUER,
    OFFICER_ROLES,
    SEALING_ROLES,
    parse_statement,
)
from exchange.v1 import envelope_pb2 as pb

REVOCABLE = (ISSUER, *SEALING_ROLES, *sorted(OFFICER_ROLES))


def find_statements(
    node: Node, origin: str, entries: Sequence[bytes], position: int
) -> list[bytes]:
    """Return those that entries need, from `position` on, in order.

    Those of their signers' keys, of the keys that signed these, and so on. If there are
    too many it stops, with more than EXPRESS_STATEMENTS_MAX.
    """
    directory = node.members.directory(node.members.node_of(origin))
    if directory is None:
        return []
    found: dict[int, bytes] = {}
    open_entries = list(entries)
    while open_entries and len(found) <= EXPRESS_STATEMENTS_MAX:
        for role, kid in _keys_of(open_entries.pop()):
            index = _index(directory, role, kid)
            if index < position or index in found:
                continue
            for stored in node.store.entries.page(origin, index, 1):
                if stored.kind == pb.KIND_DIRECTORY:  # not of a log before this one
                    found[index] = stored.entry
                    open_entries.append(stored.entry)
    return [found[index] for index in sorted(found)]


def _keys_of(entry: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield role and kid of signers, and of the key that it revokes."""
    parsed = envelope.split(entry)
    for signed in parsed.signatures:
        yield signed.role, signed.kid
    if parsed.core.kind == pb.KIND_DIRECTORY:
        statement = parse_statement(parsed.core.clear)
        yield from ((role, statement.revokes) for role in REVOCABLE)


def _index(directory: Directory, role: str, kid: bytes) -> int:
    """Return -1 for a root's or an unknown key."""
    key = directory.signer(role, kid)
    return -1 if key is None else key.index
