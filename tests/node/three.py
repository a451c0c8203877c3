"""Islamabad, Beijing and Kabul: three members, any of which may be dark."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.ledger import checkpoint
from exchange.node import outbox, peer_heads, replicas, upkeep
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.node.receiving import receive_batch, restore_batch
from tests.node.world import CN, PK, Site, bulletin
from tests.trust.nation import Nation

AF = "kabul.af"
OURS = checkpoint.log_origin(PK)


class Three:
    """Three nodes in one folder, which meet as a test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nations = {
            PK: Nation(),
            CN: Nation("cn", "beijing"),
            AF: Nation("af", "kabul"),
        }
        self.sites = {name: self.site(name) for name in self.nations}
        for one, other in ((PK, CN), (PK, AF), (CN, AF)):
            self.greet(one, other)
        self.pk.begin()
        self.sites[CN].begin()
        me, peer = self.sites[CN].node, self.pk.node
        peer_heads.record_cosignature(
            me, PK, receive_batch(peer, CN, outbox.next_batch(me, PK, 0).batch)
        )

    def site(self, name: str) -> Site:
        others = [nation for each, nation in self.nations.items() if each != name]
        return Site(self.nations[name], self.folder, others)

    @property
    def pk(self) -> Site:
        return self.sites[PK]

    def greet(self, one: str, other: str) -> None:
        """Let each hear what the other holds."""
        sites = self.sites[one], self.sites[other]
        for me, peer in (sites, sites[::-1]):
            peer_heads.hear_partner(
                me.node, peer.node.name, outbox.log_positions(peer.node.store)
            )

    def carry(self, to: str, of: str = PK) -> None:
        """Replicate all of one node's log to another, and bring the answers back."""
        me, peer = self.sites[of].node, self.sites[to].node
        log = me.origin
        while (start := peer.store.logs.size(log)) < me.store.logs.signed_size(log):
            peer_heads.record_cosignature(
                me, to, receive_batch(peer, of, outbox.next_batch(me, to, start).batch)
            )

    def send(self, text: bytes) -> list[desk_pb.Submitted]:
        return self.pk.from_desk(self.bulletin(text))

    def bulletin(self, text: bytes) -> pb.Envelope:
        return bulletin(self.nations[PK], self.nations[CN], text)

    def copy(self) -> Path:
        """Return a copy of Islamabad's database, taken while it is stopped."""
        upkeep.close(self.pk.node)
        self.pk.store.close()
        path = shutil.copy(self.folder / f"{PK}.db", self.folder / "copy")
        self.restart()
        return Path(path)

    def fetch(self, of: str) -> None:
        """Let Islamabad have back what another holds of its log."""
        pk, peer = self.pk.node, self.sites[of].node
        while (start := pk.store.logs.size(OURS)) < peer.store.logs.signed_size(OURS):
            restore_batch(pk, of, replicas.load_lent(peer, PK, OURS, start).batch)

    def restart(self, copy: Path | None = None) -> Site:
        """Kill Islamabad's node and start it again, from a copy if there is one."""
        self.pk.store.close()
        if copy is not None:
            for each in self.folder.glob(f"{PK}.db*"):
                each.unlink()
            shutil.copy(copy, self.folder / f"{PK}.db")
        self.sites[PK] = self.site(PK)
        return self.pk

    def close(self) -> None:
        for site in self.sites.values():
            site.store.close()


@contextmanager
def three(folder: Path) -> Iterator[Three]:
    made = Three(folder)
    try:
        yield made
    finally:
        made.close()
