"""A mesh of any size in one process, in virtual time, whose costs are counted.

    python -m tests.mesh.virtual_mesh 2 3 5 9 20 50 100

Nodes, stores and all checks are the product's; only gRPC is missing, so each frame
counts FRAMING bytes more. In each round every member sends a bulletin of 2 KB to the
next one, a minute passes, and every log goes to all, as with bulletins that come one at
a time. Then minutes pass in which nobody sends anything.

Of more than LIVE_ALL members only the first LIVE send; the others are in all bundles,
and silent. No default quorum is met in such a mesh anyway, and LIVE is more than the
lines that are kept under a head, so links and databases are those of the whole mesh.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from statistics import fmean
from string import ascii_lowercase
from unittest.mock import patch

from exchange.ledger import checkpoint
from exchange.limits import LINES_VERIFIED, MINUTE
from exchange.node import outbox, peer_heads
from exchange.trust import fast_accept
from keys import signing
from tests.node.receiving import next_batch, receive_batch
from tests.node.test_rest_traffic import FRAMING, Links, Way
from tests.node.world import Site, bulletin
from tests.quick import folder_in_memory
from tests.trust.nation import Nation

LEAST = 64  # bulletins of one size of mesh, at least
LIVE_ALL, LIVE = 28, 16  # members
REST = 3  # minutes without any
TEXT = 2_000  # bytes

Counted = dict[str, float]


class VirtualMesh:
    """So many nations, a node each; live ones hold the start of each other's logs."""

    def __init__(self, folder: Path, count: int) -> None:
        codes = [a + b for a in ascii_lowercase for b in ascii_lowercase][:count]
        made = [Nation(code, "node") for code in codes]
        live = made if count <= LIVE_ALL else made[:LIVE]
        self.nations = {nation.node: nation for nation in live}
        self.sites = {
            nation.node: Site(nation, folder, [each for each in made if each != nation])
            for nation in live
        }
        self.ways: list[Way] = list(permutations(self.nations, 2))
        self.said: Counter[str] = Counter()
        """Bytes of batches to who may read, to others, and of answers."""
        self.entry = self.text = 0
        """Bytes of the last bulletin."""
        for me, peer in self.ways:
            positions = outbox.log_positions(self.sites[peer].store)
            peer_heads.hear_partner(self.sites[me].node, peer, positions)
        for site in self.sites.values():
            site.now += MINUTE  # for whom does not answer a node waits no longer
            site.begin()
        self.carry_all()

    def carry_all(self, reader: Callable[[str], str] = str) -> None:
        """Replicate all logs to all; `reader` says to whom a member's bulletins are."""
        for owner, peer in self.ways:
            kind = "to_reader" if reader(owner) == peer else "to_others"
            self._carry(owner, peer, kind)

    def _carry(self, owner: str, to: str, kind: str) -> None:
        me, peer = self.sites[owner].node, self.sites[to].node
        while peer.store.logs.size(me.origin) < me.store.logs.signed_size(me.origin):
            batch = next_batch(peer, me)
            answer = receive_batch(peer, owner, batch)
            self.said[kind] += batch.ByteSize() + FRAMING
            self.said["answers"] += answer.ByteSize() + FRAMING
            peer_heads.record_cosignature(me, to, answer)

    def following(self, node: str) -> str:
        """Return the next member; the first follows the last."""
        names = list(self.nations)
        return names[(names.index(node) + 1) % len(names)]

    def send_all(self, number: int) -> None:
        """Let every member send a bulletin to the next one."""
        for node, site in self.sites.items():
            sender, reader = self.nations[node], self.nations[self.following(node)]
            content = f"{number} {node}".encode().ljust(TEXT)
            label = sorted({sender.domain, reader.domain})
            sent = bulletin(sender, reader, content, releasable_to=label)
            (answer,) = site.from_desk(sent)
            assert not answer.reason, answer
            self.entry = len(sent.entry)
            self.text = sum(map(len, sent.wraps)) + len(sent.body)

    def stored(self) -> int:
        """Return the bytes of all databases."""
        total = 0
        for site in self.sites.values():
            with site.store._database.read_cursor() as connection:
                pages, size, free = (
                    connection.execute(f"PRAGMA {name}").fetchone()[0]
                    for name in ("page_count", "page_size", "freelist_count")
                )
            total += (pages - free) * size
        return total

    def agreed(self) -> float:
        """Return the share of members whose policy is met for their whole log."""
        whole = 0
        for name, site in self.sites.items():
            policy = site.node.members.policy(name)
            size = site.store.logs.size(site.node.origin)
            whole += site.node.cosigned_sizes.agreed(policy) == size
        return whole / len(self.sites)

    def close(self) -> None:
        """Close all stores."""
        for site in self.sites.values():
            site.store.close()


@contextmanager
def virtual_mesh(folder: Path, count: int) -> Iterator[VirtualMesh]:
    """Make a mesh of that many members, for as long as the block lasts."""
    made = VirtualMesh(folder, count)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def counted_verifications() -> Iterator[Counter[str]]:
    """Count the signatures that are verified within the block, by algorithm."""
    counts: Counter[str] = Counter()
    verify, verify_signed = signing.verify, signing.verify_signed

    def counted(algorithm: str, *given: bytes) -> None:
        counts[algorithm] += 1
        verify(algorithm, *given)

    def counted_signed(public: bytes, signed: bytes) -> None:
        counts[signing.ED25519] += 1
        verify_signed(public, signed)

    with (
        patch.object(signing, "verify", counted),
        patch.object(checkpoint, "_verify", lru_cache(LINES_VERIFIED)(counted)),
        patch.object(fast_accept, "verify_signed", counted_signed),
    ):
        yield counts


def count(folder: Path, members: int, least: int = LEAST) -> Counted:
    """Return the costs of bulletins and of minutes at rest in a mesh of that size.

    Bytes are those of one bulletin on one link: its batch to a reader, to another
    member, and the answer of each. `lines` and `rest` are the other bytes a minute,
    each way of a link: while bulletins come, and without any. Verifications are all
    those that a bulletin causes at a node; `stored` is the room it takes there.
    """
    rounds = max(2, -(-least // min(members, LIVE_ALL)))
    with virtual_mesh(folder, members) as mesh:
        links = Links(mesh, rate=0)
        links.minute()
        before = mesh.stored()
        mesh.said.clear()
        links.said.clear()
        links.answered.clear()
        with counted_verifications() as verified:
            for number in range(rounds):
                mesh.send_all(number)
                mesh.carry_all(mesh.following)
                links.minute()
        live = len(mesh.sites)
        sent, ways = rounds * live, len(mesh.ways)
        grown, lines = mesh.stored() - before, _a_minute(links, rounds)
        links.minute()
        links.said.clear()
        links.answered.clear()
        for _ in range(REST):
            links.minute()
        others = sent * (live - 2)
        return {
            "members": members,
            "live": live,
            "entry": mesh.entry,
            "text": mesh.text,
            "to_reader": round(mesh.said["to_reader"] / sent),
            "to_others": round(mesh.said["to_others"] / others) if others else 0,
            "answer": round(mesh.said["answers"] / (rounds * ways)),
            "lines": round(lines),
            "rest": round(_a_minute(links, REST)),
            "ed25519": round(verified[signing.ED25519] / sent / live, 2),
            "ml_dsa_44": round(verified[signing.ML_DSA_44] / sent / live, 2),
            "stored": round(grown / sent / live),
            "agreed": mesh.agreed(),
        }


def _a_minute(links: Links, minutes: int) -> float:
    """Return the mean bytes a minute in one direction."""
    return fmean(
        (links.said[way] + links.answered[way]) / minutes for way in links.lines
    )


def main(sizes: Sequence[str]) -> None:
    """Print the costs of meshes of these sizes, as JSON."""
    found = []
    for size in map(int, sizes):
        with folder_in_memory() as folder:
            found.append(count(folder, size))
        sys.stderr.write(f"{found[-1]}\n")
    sys.stdout.write(f"{json.dumps(found, indent=1)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
