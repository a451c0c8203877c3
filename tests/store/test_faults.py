"""Each step of each write fails in each way; then the same call is made again.

Sunlight tests its storage so: a step that was not applied, and one that was applied
but reported as failed. Here every statement, and the COMMIT, of every method that
writes. A reference store that never failed says what must stand in the end.
"""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlcipher3 import dbapi2

from exchange.errors import FusionError, Reason
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store import (
    LACKING,
    Answer,
    Erasure,
    NewBatch,
    NewEntry,
    PeerState,
    SaidRefusal,
    Sighting,
    Store,
    StoredExpress,
    StoredHead,
    StoredWaiting,
    raw_rows,
    tables,
)
from keys.signing import MlDsa44Signer
from tests.faults import COMMIT, WAYS, Disk, writes
from tests.store.support import NOW, ORIGIN, entry, everything, note

PEER = "beijing.cn"
REFUSED = SaidRefusal(2, "KIND", b"proof")
MIRROR = MlDsa44Signer(b"p" * 32)
FIRST = [entry(0), entry(1, reason="KIND"), entry(2)]
NEXT = [entry(3), entry(4, reason="SIGNATURE"), entry(5)]
WAITING = [StoredWaiting(entry(n).name, b"envelope", "", NOW) for n in (8, 9)]
Act = Callable[[Store], object]


def head(entries: list[NewEntry], size: int) -> Head:
    leaves = [leaf_hash(new.entry) for new in entries[:size]]
    return Head(ORIGIN, size, Edge.empty().extend(leaves).edge.root())


@cache
def signed(size: int) -> bytes:
    """The note of a size: the same bytes in each run, for rows are compared."""
    return note(head(FIRST + NEXT, size))


@cache
def cosigned(time_s: int, size: int = 3) -> bytes:
    name = checkpoint.cosigner_name(PEER)
    return checkpoint.cosign(signed(size), name, MIRROR, time_s)


def begin(store: Store) -> object:
    new = NewBatch(FIRST, head(FIRST, 3), signed(3))
    return store.append(ORIGIN, None, [new], NOW)


def grow(store: Store) -> object:
    whole = FIRST + NEXT
    new = NewBatch(NEXT, head(whole, 6), signed(6))
    return store.append(ORIGIN, head(whole, 3), [new], NOW)


LAST = [entry(6), entry(7)]


def commit(store: Store) -> object:
    """The first step of an append: its head is not signed yet."""
    whole = FIRST + NEXT
    new = NewBatch(NEXT, head(whole, 6), b"", complete=False)
    return store.append(ORIGIN, head(whole, 3), [new], NOW)


def publish(store: Store) -> None:
    store.publish([StoredHead(head(FIRST + NEXT, 6), signed(6), NOW)])


def commit_and_publish(store: Store) -> object:
    """The next append, under load: the head before it goes with it."""
    whole = FIRST + NEXT + LAST
    new = NewBatch(LAST, head(whole, 8), b"", complete=False)
    before = [StoredHead(head(whole, 6), signed(6), NOW)]
    return store.append(ORIGIN, head(whole, 6), [new], NOW, before=before)


SEEN = Sighting(head(FIRST + NEXT, 6), b"a note", promised=False, at=NOW)


def see(store: Store) -> None:
    store.sightings.keep(SEEN)


def wait(store: Store) -> None:
    store.desk_queue.enqueue_pending(WAITING)


def erase(store: Store) -> None:
    """How many it erased is said once only, so it is no part of the answer."""
    store.retention.erase(Erasure(ORIGIN, [0, 2], NOW))


def answer(store: Store) -> None:
    """Refuse one, lack the text of another, and cosign the whole."""
    told = Answer(PEER, 0, 3, NOW, note=cosigned(7), refusals=[REFUSED], lacking=[0])
    store.partners.answer(ORIGIN, told)


ANSWER_LATER = Answer(PEER, 3, 3, NOW + 1, note=cosigned(7))


def begin_lacking(store: Store) -> object:
    lacks = FIRST[0]._replace(wraps=(), body=b"", state=LACKING, why="LOST", at=NOW)
    entries = [lacks, *FIRST[1:]]
    new = NewBatch(entries, head(FIRST, 3), signed(3))
    return store.append(ORIGIN, None, [new], NOW)


def complete(store: Store) -> None:
    """Whether the text lacked is said once only."""
    store.texts.complete(ORIGIN, 0, FIRST[0].wraps, FIRST[0].body)


def fresh(store: Store) -> object:
    """A second line of a key that has one: only the pulse changes."""
    return store.heads.add_lines(ORIGIN, 3, cosigned(8), NOW)


AHEAD = StoredExpress(
    name=entry(3).name,
    peer=PEER,
    origin=ORIGIN,
    id=entry(3).id,
    envelope=b"an envelope",
    statements=b"",
    below=0,
    urgency=2,
    author="ops.beijing.cn",
    desks=("ops.islamabad.pk",),
    at=NOW,
)


def come_ahead(store: Store) -> None:
    """Bring the first entry of the next append before it."""
    store.express.add(AHEAD)


def come_ahead_in_vain(store: Store) -> None:
    """Bring what the next append will have with another verdict, and what it lacks."""
    store.express.add(replace(AHEAD, below=5, name=NEXT[1].name, id=b"1" * 16))
    store.express.add(replace(AHEAD, below=5, name=b"n" * 32, id=b"2" * 16))


@dataclass(frozen=True)
class Case:
    """A write: what stands before it, and what it does."""

    before: tuple[Act, ...]
    act: Act
    writes: str
    """Its writing statements, for a step that is not counted would not be tested."""


STATE = PeerState(up=True, since=NOW, failures=2, next_try_at=NOW, reason="DISK")
CASES = {
    "the first append": Case((), begin, "INSERT" * 7 + "UPDATE" + COMMIT),
    "a later append": Case((begin,), grow, "INSERT" * 6 + "UPDATE" + COMMIT),
    "an append again": Case((begin, grow), grow, COMMIT),
    "a boundary": Case((begin,), commit, "INSERT" * 5 + "UPDATE" + COMMIT),
    "a boundary again": Case((begin, commit), commit, COMMIT),
    "a head published": Case(
        (begin, commit), publish, "DELETE" + "INSERT" * 2 + COMMIT
    ),
    "a head published again": Case(
        (begin, commit, publish), publish, "DELETE" + COMMIT
    ),
    "an append that publishes": Case(
        (begin, commit),
        commit_and_publish,
        "DELETE" + "INSERT" * 2 + "INSERT" * 5 + "UPDATE" + COMMIT,
    ),
    "a claim": Case(
        (begin,), lambda store: store.claim(b"h" * 16), "DELETE" + "INSERT" + COMMIT
    ),
    "a sighting": Case((begin,), see, "INSERT" + COMMIT),
    "a sighting that is reached": Case(
        (begin, see),
        lambda store: store.sightings.drop(ORIGIN, 6),
        "DELETE" + COMMIT,
    ),
    "a cosignature": Case(
        (begin,),
        lambda store: store.heads.add_lines(ORIGIN, 3, cosigned(7), NOW),
        "UPDATE" + "INSERT" + COMMIT,
    ),
    "a pulse": Case(
        (begin, lambda store: store.heads.add_lines(ORIGIN, 3, cosigned(7), NOW)),
        fresh,
        "DELETE" + "INSERT" + COMMIT,
    ),
    "heads pruned": Case(
        (begin, grow),
        lambda store: store.heads.prune(ORIGIN, [3]),
        "DELETE" * 2 + COMMIT,
    ),
    "a refusal": Case(
        (begin,),
        lambda store: store.partners.note_refusal(ORIGIN, PEER, REFUSED, NOW),
        "INSERT" * 2 + COMMIT,
    ),
    "an answer": Case(
        (begin,), answer, "INSERT" * 2 + "INSERT" * 2 + "UPDATE" + "INSERT" * 2 + COMMIT
    ),
    "a later answer": Case(
        (begin, answer),
        lambda store: store.partners.answer(ORIGIN, ANSWER_LATER),
        "DELETE" + "INSERT" + "UPDATE" + COMMIT,
    ),
    "a text that comes": Case(
        (begin_lacking,),
        complete,
        "DELETE" + "INSERT" * 2 + COMMIT,
    ),
    "a partner's size": Case(
        (begin,),
        lambda store: store.partners.record_cosigned(PEER, 3, NOW),
        "INSERT" + COMMIT,
    ),
    "a partner's later size": Case(
        (begin, lambda store: store.partners.record_cosigned(PEER, 2, NOW)),
        lambda store: store.partners.record_cosigned(PEER, 3, NOW),
        "UPDATE" + COMMIT,
    ),
    "a partner's state": Case(
        (begin,), lambda store: store.partners.set_peer(PEER, STATE), "INSERT" + COMMIT
    ),
    "what comes ahead": Case((begin,), come_ahead, "INSERT" + "DELETE" + COMMIT),
    "what came ahead and is logged": Case(
        (begin, come_ahead), grow, "INSERT" * 6 + "UPDATE" + "DELETE" + COMMIT
    ),
    "what came ahead in vain": Case(
        (begin, come_ahead_in_vain), grow, "INSERT" * 6 + "UPDATE" * 3 + COMMIT
    ),
    "what waits": Case((begin,), wait, "INSERT" * 2 + COMMIT),
    "what waits no longer": Case(
        (begin, wait),
        lambda store: store.desk_queue.drop_pending([one.name for one in WAITING]),
        "DELETE" + COMMIT,
    ),
    "what is erased": Case(  # how large each is, is read before
        (begin,), erase, COMMIT + "DELETE" + "INSERT" + COMMIT
    ),
    "a fork": Case(
        (begin,),
        lambda store: store.forks.add(ORIGIN, b"proof", NOW),
        "INSERT" + COMMIT,
    ),
    "a fork of a log not held": Case(
        (), lambda store: store.forks.add(ORIGIN, b"proof", NOW), "INSERT" * 2 + COMMIT
    ),
}


EACH = [
    pytest.param(
        case,
        way,
        id=f"{name}-{way}",
        marks=pytest.mark.long if way == "dead" and case.act != grow else (),
    )
    for name, case in CASES.items()
    for way in WAYS
]
"""Of all but appends, that the disk is dead from a step on is a further round."""


@pytest.mark.parametrize(("case", "way"), EACH)
def test_each_step_of_each_write(tmp_path: Path, case: Case, way: str) -> None:
    """Afterwards the same call gives the same answer, and the same rows stand.

    1. What is told is an error of ours; nothing changed, or all of it where the
       COMMIT was done.
    2. The call made again returns what it would have.
    3. Every row is the one of a store that never failed.
    """
    template = made(tmp_path / "template.db", case.before)
    before = everything(template)
    answer, after = undisturbed(template, case)
    for step in itertools.count(1):
        path = Path(shutil.copy(template, tmp_path / f"{step}.db"))
        with opened(path) as (store, disk):
            # 1
            disk.arm(step, way)
            told = attempt(lambda: case.act(store))
            steps = disk.heal()
            if not disk.failed:
                assert "".join(writes(steps)) == case.writes
                assert steps[-1] == COMMIT
                return
            assert told is Reason.DATABASE, disk.failed
            done = (disk.failed, way) == (COMMIT, "done")
            done = done and set(writes(steps)) != {COMMIT}  # the end of a read
            assert everything(path) == (after if done else before), disk.failed
            # 2
            assert case.act(store) == answer
            # 3
            assert everything(path) == after
        assert everything(path) == after


@contextmanager
def opened(path: Path) -> Iterator[tuple[Store, Disk]]:
    """Open a store on a disk that works as yet."""
    with Disk().attach(path) as disk:
        store = Store(path)
        try:
            yield store, disk
        finally:
            store.close()


def attempt(act: Callable[[], object]) -> Reason | None:
    """Return the reason for which it failed, None if it did not."""
    try:
        act()
    except FusionError as error:
        return error.reason
    return None


def made(path: Path, before: tuple[Act, ...]) -> Path:
    store = Store(path)
    for act in before:
        act(store)
    store.close()
    return path


def undisturbed(template: Path, case: Case) -> tuple[object, list[object]]:
    """Return what the call answers, and every row that stands after it."""
    path = Path(shutil.copy(template, template.with_name("undisturbed.db")))
    store = Store(path)
    answer = case.act(store)
    store.close()
    return answer, everything(path)


@pytest.mark.parametrize("way", WAYS)
def test_each_step_of_making_the_file(tmp_path: Path, way: str) -> None:
    """A schema that is made in part would be no schema: all of it, or none."""
    for step in itertools.count(1):
        path = tmp_path / f"{step}.db"
        with Disk().attach(path) as disk:
            disk.arm(step, way)
            told = attempt(lambda: Store(path).close())  # noqa: B023  at once
            disk.heal()
            if not disk.failed:
                assert step > len(tables.BY_NAME)
                return
            assert told in {Reason.DATABASE, None}, disk.failed
        assert tables_of(path) in (set(), NAMES)
        Store(path).close()
        with raw_rows.open_view(path) as found:
            assert found.strange_schema() == []


NAMES = {*tables.BY_NAME, "alembic_version"}


def tables_of(path: Path) -> set[str]:
    with contextlib.closing(dbapi2.connect(path)) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        return {name for (name,) in found}
