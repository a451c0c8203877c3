"""Islamabad, Beijing and Kabul: three members, any of which may be dark."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.ledger import checkpoint
from exchange.node import outbox, peer_heads, upkeep
from exchange.trust.bundle import Bundle
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.node import receiving
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
        self.greet_all()
        self.greet(CN, AF)
        self.pk.begin()
        self.sites[CN].begin()
        self.carry(PK, of=CN)

    def site(self, name: str) -> Site:
        others = [nation for each, nation in self.nations.items() if each != name]
        return Site(self.nations[name], self.folder, others)

    @property
    def pk(self) -> Site:
        return self.sites[PK]

    @property
    def bundles(self) -> dict[str, Bundle]:
        """Return the bundle of each nation, by its domain."""
        return {nation.domain: nation.bundle for nation in self.nations.values()}

    def greet_all(self) -> None:
        """Let Islamabad and each other hear what the other holds."""
        for other in (CN, AF):
            self.greet(PK, other)

    def greet(self, one: str, other: str) -> None:
        """Let each hear what the other holds."""
        sites = self.sites[one], self.sites[other]
        for me, peer in (sites, sites[::-1]):
            peer_heads.hear_partner(
                me.node, peer.node.name, outbox.log_positions(peer.node.store)
            )

    def carry(self, to: str, of: str = PK) -> None:
        """Replicate all of one node's log to another, and bring the answers back."""
        receiving.carry(self.sites[of].node, self.sites[to].node)

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
        receiving.fetch(self.pk.node, self.sites[of].node)

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
