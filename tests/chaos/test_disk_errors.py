"""The system calls of SQLite fail under a running pair of nodes, one by one.

Each call by which SQLite changes a file, at several of its places, once and from
there on. The pair either says what it could not do or ends with one line; then, on a
sound disk, all that it ever said is still true. `pytest tests/chaos --long` goes
through every place.
"""

import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange import limits
from exchange.node import outbox, recent_batches
from tests.chaos import strace
from tests.chaos.pair import Load, Pair, Told
from tests.chaos.strace import Ended
from tests.node.world import CN, PK

STEPS = 16
SEED = 2  # both nodes write, and more than once
SOME = {  # the calls by which SQLite changes a file, and at which of them
    "pwrite64": (1, 5, 9, 10, 14, 35, 80, 140),
    "fsync": (1, 2, 3, 5, 8),
    "ftruncate": (1, 2, 3),
    "unlink": (1, 2),
    "openat": (1, 2, 3, 4, 5),
    "mmap": (1,),
}
FIRST = {"pwrite64", "fsync"}  # the others are a further round
EVERY = {"pwrite64": 500, "fsync": 40, "ftruncate": 8, "unlink": 3, "openat": 8}


def places(call: str, *, long: bool) -> list[str]:
    """Return at which calls to fail, as strace writes it; `+` is from there on."""
    if long:
        return [
            f"{n}{on}" for n in range(1, EVERY.get(call, 1) + 1) for on in ("", "+")
        ]
    some = SOME[call]
    return [*map(str, some), *{"1+", f"{some[len(some) // 2]}+"}]


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, marks=() if call in FIRST else pytest.mark.long)
        for call in SOME
    ],
)
def test_each_call_fails(
    template: Path, tmp_path: Path, call: str, *, long: bool
) -> None:
    """1. It says a reason, or ends with one line; no fault passes by unseen.

    2. On a sound disk all that it said is true.
    3. It goes on from there, and all is true again.
    """
    reached = 0
    for when in places(call, long=long):
        pair = copied(template, tmp_path / f"{call}{when}")
        told = Told()
        # 1
        ended = work(pair, strace.fails(call, when))
        told.read(ended.out)
        assert ended.code in (0, 1), ended.err
        assert ended.err.count("\n") == ended.code, ended.err
        reached += bool(ended.injected)
        # 2
        told.verify(pair)
        # 3
        told.read(go_on(pair))
        told.verify(pair)
    assert reached > 1


def test_a_full_disk_is_said_to_be_full(template: Path, tmp_path: Path) -> None:
    """ENOSPC has a reason of its own, and is one of those that pass."""
    pair = copied(template, tmp_path / "full")
    told = Told()
    told.read(work(pair, strace.fails("pwrite64", "60+", "ENOSPC")).out)

    assert told.errors
    assert set(told.errors) == {"DISK"}
    told.verify(pair)


def test_load_leaves_the_bounds_of_this_process_as_they_were(
    template: Path, tmp_path: Path
) -> None:
    """Small batches are for its own time: other tests in this process have theirs."""
    go_on(copied(template, tmp_path / "bounds"))

    for module in (recent_batches, outbox):
        assert vars(module)["BATCH_ENTRIES_MAX"] == limits.BATCH_ENTRIES_MAX


def copied(template: Path, folder: Path) -> Pair:
    return Pair(Path(shutil.copytree(template, folder)))


def work(pair: Pair, options: Sequence[str]) -> Ended:
    """Put load on a pair whose first node's database is on a disk that fails."""
    asked = [sys.executable, "-m", "tests.chaos.pair", pair.folder, SEED, STEPS]
    touched = strace.paths(pair.folder / f"{PK}.db")
    return strace.run(asked, [*touched, *options], pair.folder / "trace")


def go_on(pair: Pair) -> bytes:
    """Put some load on a pair in this process, on a disk that works."""
    said = pair.folder / "said"
    with said.open("wb") as out:
        pair.open()
        chance = random.Random(SEED)  # noqa: S311  the same again, so much is repeated
        Load(pair, pair.sealed(), chance, out.fileno()).run(STEPS)
        pair.close()
    return said.read_bytes()


def test_nothing_is_said_before_it_is_synced(template: Path, tmp_path: Path) -> None:
    """By the order of the system calls: write, sync, and only then the word.

    This is what a power cut would put to the test.
    """
    pair = copied(template, tmp_path / "order")
    asked = [sys.executable, "-m", "tests.chaos.pair", pair.folder, SEED, 40]
    options = ["-y", "-s", "64", "-e", "trace=write,pwrite64,fsync,fdatasync"]
    ended = strace.run(asked, options, pair.folder / "trace")
    unsynced = dict.fromkeys((PK, CN), False)
    seen = dict.fromkeys((PK, CN), 0)

    for call, path, text in strace.calls(ended.trace):
        node = Path(path).name.partition(".db")[0]
        if node in unsynced and path.endswith("-wal"):
            unsynced[node] = call == "pwrite64"
        elif text[:2] in {"A ", "H ", "C "}:
            by = PK if (text.startswith("C ") == (CN in text)) else CN
            assert not unsynced[by], text
            seen[by] += 1

    assert ended.code == 0
    assert min(seen.values()) > 10
