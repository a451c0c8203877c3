"""The pins of a node: the members and desks that it knows.

Auditors are in no log: any holder of an auditor certificate from a known nation may
call; if the config lists auditors, it must be listed. It learns only what its nation's
own node holds.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache

from exchange.errors import Reason, Refusal
from exchange.limits import NODES_MAX
from exchange.node.members import Members
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from keys import tls

_spki_hash = lru_cache(maxsize=NODES_MAX)(tls.spki_hash)


def counted_roots(nation: Bundle) -> tuple[bytes, ...]:
    """Return the DER of those that its bundle does not revoke."""
    if not nation.revoked:
        return nation.tls_roots
    kept = (one for one in nation.tls_roots if _spki_hash(one) not in nation.revoked)
    return tuple(kept)


class MemberPins:
    def __init__(
        self, members: Members, auditors: Collection[str] | None = None
    ) -> None:
        """`auditors` that may call; None: any of the nations known."""
        self._members = members
        self._auditors = auditors

    def authorities(self, domain: str) -> tuple[bytes, ...]:
        """Return those not revoked; Refusal(NOT_PINNED) if none is left."""
        if not (roots := counted_roots(self._members.nation(domain))):
            raise Refusal(Reason.NOT_PINNED, domain)
        return roots

    def peer_name(self, peer: tls.Peer, spki: bytes) -> str:
        """Raise Refusal(NOT_PINNED) if unknown or revoked.

        A node is known by its key; a desk of this node by an officer or a reading key
        here. None may be revoked by its nation's bundle; nor a node or desk by that
        node's log, nor an auditor by any log of its nation.
        """
        if spki in self._members.nation(peer.domain).revoked:
            raise Refusal(Reason.NOT_PINNED, peer.name)
        if peer.kind == "auditor":
            return self._auditor(peer, spki)
        me = self._members.me
        directory = self._members.directory(peer.name if peer.kind == "node" else me)
        if directory is None or _is_revoked(directory, spki, peer.name):
            raise Refusal(Reason.NOT_PINNED, peer.name)
        if peer.kind == "node" and peer.name != me:
            known = spki in self._members.node(peer.name).tls_keys
        elif peer.kind == "desk" and peer.name.partition(".")[2] == me:
            known = (
                directory.has_desk(peer.name)
                or peer.name in self._members.expected_desks()
            )
        else:
            known = False
        if not known:
            raise Refusal(Reason.NOT_PINNED, peer.name)
        return peer.name

    def _auditor(self, peer: tls.Peer, spki: bytes) -> str:
        listed = self._auditors is None or peer.name in self._auditors
        of_nation = self._of(peer.domain)
        if not listed or any(_is_revoked(one, spki, one.node) for one in of_nation):
            raise Refusal(Reason.NOT_PINNED, peer.name)
        return peer.name

    def _of(self, domain: str) -> Iterator[Directory]:
        for name in self._members.nation(domain).nodes:
            directory = self._members.directory(name)
            if directory is not None:
                yield directory


def _is_revoked(directory: Directory, spki: bytes, subject: str) -> bool:
    return directory.revoked_since(spki, subject) is not None
