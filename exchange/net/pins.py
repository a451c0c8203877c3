"""Whom this node knows: nodes by their key in a bundle, desks by its directory."""

from exchange.errors import Reason, Refusal
from exchange.node.members import Members
from keys import tls


class MemberPins:
    """The gate's view of the members."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def authority(self, domain: str) -> bytes:
        """Return a nation's TLS root, DER; Refusal(NOT_PINNED) where unknown."""
        return self._members.nation(domain).tls_root

    def pinned(self, peer: tls.Peer, spki: bytes) -> str:
        """Return the peer's dotted name, or raise Refusal(NOT_PINNED).

        A node is known by its key; a desk of this node by having an officer here.
        Neither may be revoked, as the log of that node says.
        """
        me = self._members.me
        directory = self._members.directory(peer.name if peer.kind == "node" else me)
        if directory is None or directory.revoked(spki):
            raise Refusal(Reason.NOT_PINNED, peer.name)
        if peer.kind == "node" and peer.name != me:
            known = spki in self._members.node(peer.name).tls_keys
        elif peer.kind == "desk" and peer.name.partition(".")[2] == me:
            desks = {key.subject.rpartition("@")[2] for key in directory.officers()}
            known = peer.name in desks or peer.name in self._members.expected()
        else:
            known = False
        if not known:
            raise Refusal(Reason.NOT_PINNED, peer.name)
        return peer.name
