"""The WAL of a node that was killed is damaged: what SQLite does, and who notices.

SQLite takes a WAL up to the last COMMIT before the first frame whose checksum fails,
and throws the rest away without a word: the database opens, verifies, and is older
than it was. All that was acknowledged since it was last copied back may be gone, the
whole WAL if its header is hit. By itself the node cannot know, nor can `fsck`, for
the older state is as it was signed. Who knows is whoever holds more:

    a partner that cosigned   its hello shows the newest head of the log; the node
                              signs nothing until it has fetched what is below
    a partner that was        the cosignature of its own under a head that it lacks
    cosigned for              shows the mirror what it had held; it cosigns nothing
                              below that
    a desk                    hands over again what its node no longer has

Lost for good is only what no partner had yet and no desk kept; while no partner
answers, a node signs nothing, so that the loss can never become a fork.
"""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.errors import FusionError
from exchange.ledger import checkpoint
from exchange.node import outbox, peer_heads
from exchange.store import Store
from tests.chaos.pair import Load, Pair, Told
from tests.node.receiving import fetch, take_next
from tests.node.world import CN, PK, Site, name_of

HEADER, FRAME, PAGE = 32, 24, 4_096  # bytes (sqlite.org/fileformat2.html, section 4)
STEPS = 40


@dataclass
class Killed:
    """What lay on the disks of two nodes when they were killed, and what they said."""

    folder: Path
    said: bytes
    sizes: dict[tuple[str, str], int]
    """(node, origin) -> how many entries it held."""

    def copy(self, place: Path) -> Pair:
        return Pair(Path(shutil.copytree(self.folder, place)))


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Killed]:
    """Kill two nodes twice: in agreement, and with newer entries of their own."""
    folder = tmp_path_factory.mktemp("killed")
    pair = Pair(Path(shutil.copytree(template, folder / "running")))
    said = folder / "said"
    with said.open("wb") as out:
        pair.open()
        chance = random.Random(7)  # noqa: S311  the same each time
        load = Load(pair, pair.sealed(), chance, out.fileno())
        load.run(STEPS)
        for here, there in load.ways():
            load.carry(here, there)
        agreed = left(pair, folder / "agreed", said)
        for here, _ in load.ways():
            load.submit(here)
        found = [agreed, left(pair, folder / "newer", said)]
        pair.close()
    return found


def left(pair: Pair, place: Path, said: Path) -> Killed:
    """Copy the files of databases that are open: what SIGKILL leaves."""
    shutil.copytree(pair.folder, place)
    sizes = {
        (site.node.name, log): site.store.logs.size(log)
        for site in (pair.pk, pair.cn)
        for log in (origin(PK), origin(CN))
    }
    return Killed(place, said.read_bytes(), sizes)


@pytest.fixture
def agreed(running: list[Killed]) -> Killed:
    return running[0]


@pytest.fixture
def newer(running: list[Killed]) -> Killed:
    return running[1]


def flip(path: Path, at: int) -> None:
    """Change one bit."""
    with path.open("r+b") as file:
        byte = os.pread(file.fileno(), 1, at)[0]
        os.pwrite(file.fileno(), bytes([byte ^ 0x10]), at)


def places(size: int) -> Iterator[int]:
    """Yield places in a WAL: each field of its header, and of frames all over it."""
    yield from range(0, HEADER, 4)
    frames = (size - HEADER) // (FRAME + PAGE)
    for frame in range(0, frames, max(1, frames // 6)):
        start = HEADER + frame * (FRAME + PAGE)
        yield from (start + field for field in (0, 4, 8, 16, FRAME, FRAME + PAGE - 1))


def test_a_flipped_bit_is_an_older_database_or_an_error(
    newer: Killed, tmp_path: Path
) -> None:
    """Never one that is neither: whatever opens verifies, and is no longer log."""
    whole = newer.sizes[PK, origin(PK)]
    wal = newer.folder / f"{PK}.db-wal"
    older = 0
    for at in places(wal.stat().st_size):
        pair = newer.copy(tmp_path / str(at))
        flip(pair.folder / wal.name, at)
        found = opened(pair.folder / f"{PK}.db")
        assert found is None or found <= whole
        Told().verify(pair)
        older += found is not None and found < whole
    assert older > 10


def origin(node: str) -> str:
    return f"{node}.fusion/log/1"


def opened(path: Path) -> int | None:
    """Return how long the own log is for whoever opens it; None where it says no."""
    try:
        store = Store(path)
    except FusionError:
        return None
    try:
        return store.logs.size(origin(PK))
    finally:
        store.close()


def damaged(killed: Killed, place: Path, node: str) -> Pair:
    """Return the two nodes, opened; the WAL of one lost all but its first frames."""
    pair = killed.copy(place)
    flip(pair.folder / f"{node}.db-wal", HEADER + FRAME)
    pair.open()
    site = pair.pk if node == PK else pair.cn
    for log in (origin(PK), origin(CN)):
        assert site.store.logs.size(log) < killed.sizes[node, log]
    return pair


def known(killed: Killed, up_to: int) -> Told:
    """Return what was said, of Islamabad's log up to a size, of Beijing's in full."""
    told = Told()
    told.read(killed.said)
    for kept in (told.places, told.heads):
        for log, number in list(kept):
            if log == origin(PK) and number >= up_to:
                del kept[log, number]
    return told


def lost(killed: Killed, held: int) -> set[bytes]:
    """Return the names that Islamabad acknowledged and no partner had."""
    told = known(killed, killed.sizes[PK, origin(PK)] + 1)
    return {
        name
        for (log, index), name in told.places.items()
        if log == origin(PK) and index >= held
    }


def test_its_own_log_comes_back_from_the_partner(newer: Killed, tmp_path: Path) -> None:
    """By the start-up rule.

    1. Nobody heard: nothing is signed, what desks hand over again waits.
    2. The partner heard, and the desk that called: one holds more, nothing is signed.
    3. The tail is fetched: what was said to the partner and to desks is true again.
    4. What no partner had has a place above.
    """
    pair = damaged(newer, tmp_path / "pair", PK)
    pk, cn = pair.pk, pair.cn
    held = cn.store.logs.size(pk.node.origin)
    names = lost(newer, held)
    again = [one for one in pair.sealed()[PK] if name_of(one) in names]
    assert again
    # 1
    assert not signs(pk)
    assert all(answer.waiting for answer in pk.from_desk(*again))
    # 2
    peer_heads.hear_partner(pk.node, CN, outbox.log_positions(cn.node.store))
    peer_heads.hear_desk(pk.node, pk.nation.desk, [])
    assert not signs(pk)
    assert pk.store.logs.size(pk.node.origin) < held
    # 3
    fetch(pk.node, cn.node)
    assert signs(pk)
    assert size(pk) == held + len(names)
    # 4
    places = {answer.name: answer.index for answer in pk.from_desk(*again)}
    assert places.keys() == names
    assert min(places.values()) >= held
    replicate(pair)
    known(newer, held).verify(pair)
    assert size(pk) == cn.store.logs.size(pk.node.origin) == held + len(names)
    pair.close()


def signs(site: Site) -> bool:
    return site.node.may_sign


def size(site: Site) -> int:
    return site.store.logs.size(site.node.origin)


def replicate(pair: Pair) -> None:
    """Carry all of both logs over."""
    with Path(os.devnull).open("wb") as nobody:
        load = Load(pair, {}, random.Random(0), nobody.fileno())  # noqa: S311
        load.meet()
        for here, there in load.ways():
            while there.store.logs.size(here.node.origin) < size(here):
                load.carry(here, there)


def test_a_mirror_cosigns_nothing_below_what_it_had_cosigned(
    agreed: Killed, tmp_path: Path
) -> None:
    """Its own line under the partner's newest head shows what it has lost."""
    pair = damaged(agreed, tmp_path / "pair", CN)
    pk, cn = pair.pk, pair.cn
    peer_heads.hear_partner(cn.node, PK, outbox.log_positions(pk.node.store))
    mirror = cn.node.members.cosigner_keys(CN)

    while cn.store.logs.size(pk.node.origin) < size(pk):
        answer = take_next(cn.node, pk.node)
        cosigned = checkpoint.cosignatures(answer.head, mirror)
        assert bool(cosigned) is (answer.size == size(pk))
    fetch(cn.node, pk.node)
    known(agreed, size(pk) + 1).verify(pair)
    pair.close()
