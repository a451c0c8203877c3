"""Two exports beside each other: what differs first, what lags, and what is a fork."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.audit.compare import Compared, compare
from exchange.audit.judge import chunk
from exchange.audit.judge.pool import Pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.resume import Resumption
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.sources import records
from exchange.audit.sources.export_file import Export
from exchange.cli.audit import prove
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger import directory_tree, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.merkle import Edge, leaf_hash, root_hash
from exchange.trust.bundle import Bundle
from tests.audit import log_in_memory as shown
from tests.audit.log_in_memory import ORIGIN, PINNED, PK, TIME
from tests.audit.sealed import Content, Log
from tests.expecting import failing, refusing
from tests.node.world import FILED, beginning, keys_of
from tests.trust.editions import edition, with_revoked

KEYS = PINNED["pk"].log_keys(ORIGIN)
BEGUN = [sent.entry for sent in beginning(PK)]


def some(count: int, differs: int | None = None) -> list[bytes]:
    """Return `count` entries, that at `differs` and those above other than usual."""
    end = count if differs is None else differs
    return [b"%d" % n if n < end else b"other %d" % n for n in range(count)]


def write(
    path: Path, entries: list[bytes], sizes: Sequence[int] = (), *more: bytes
) -> Path:
    """Write an export of one log, with heads of these sizes, then these notes.

    No entry is of the directory.
    """
    heads = [
        shown.signed(shown.head(entries, size), TIME)
        for size in sorted({*sizes, len(entries)} - {0})
    ]
    edge, keys = directory_tree.extend(Edge.empty(), [], len(entries)), keys_of(PK.node)
    blank = sign_directory_head(ORIGIN, edge, keys.log, keys.log_pq, TIME)
    items = {records.ENTRIES: entries, records.HEADS: [*heads, *more]}
    items[records.DIRECTORY] = [blank]
    log = Log(len(entries), {kind: held for kind, held in items.items() if held})
    return Content(PK.node, FILED, {ORIGIN: log}).write(path)


def exported(path: Path, entries: list[bytes], *heads: bytes) -> Path:
    """Write an export of one log with just these heads."""
    items = {records.ENTRIES: entries, records.HEADS: list(heads)}
    return Content(PK.node, FILED, {ORIGIN: Log(len(entries), items)}).write(path)


def compared(a: Path, b: Path, *, trusting: bool = True) -> Compared:
    with ExitStack() as stack:
        one, other = (stack.enter_context(Export.open(path)) for path in (a, b))
        (found,) = compare(one, other, PINNED if trusting else None)
        return found


def judged(found: Compared) -> tuple[int, ...]:
    """Return the sizes of the heads that a proof is of; it stands by itself."""
    assert found.proof is not None
    proof = fork.verify(found.proof, KEYS)
    assert {proof.first, proof.second} == set(found.fork or ())
    return found.sizes


def test_the_same_is_no_difference(tmp_path: Path) -> None:
    a = write(tmp_path / "a", some(9), [3])
    b = write(tmp_path / "b", some(9), [4, 5])

    found = compared(a, b)

    assert found == Compared(ORIGIN, 9, 9)
    assert (found.ok, found.lag) == (True, 0)


@pytest.mark.parametrize(("a", "b"), [(5, 9), (9, 5), (0, 4)])
def test_to_be_behind_is_lag(tmp_path: Path, a: int, b: int) -> None:
    found = compared(write(tmp_path / "a", some(a)), write(tmp_path / "b", some(b)))

    assert (found.ok, found.a, found.b, found.lag) == (True, a, b, abs(a - b))


def test_a_log_that_only_one_has_is_no_difference(tmp_path: Path) -> None:
    a = write(tmp_path / "a", some(3))
    b = Content(PK.node, FILED, {}).write(tmp_path / "b")

    assert compared(a, b) == Compared(ORIGIN, 3, None)
    assert compared(b, a) == Compared(ORIGIN, None, 3)
    assert compared(a, b).ok


sizes = st.sets(st.integers(1, 20), max_size=4)


@settings(max_examples=100)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 19), sizes, sizes)
def test_two_histories_are_found_and_proven(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    a: int,
    b: int,
    differs: int,
    heads_a: set[int],
    heads_b: set[int],
) -> None:
    """Whoever goes further, and wherever the heads are."""
    folder = tmp_path_factory.getbasetemp()
    one, other = some(a), some(b, differs)

    found = compared(
        write(folder / "a", one, [n for n in heads_a if n <= a]),
        write(folder / "b", other, [n for n in heads_b if n <= b]),
    )

    if differs < min(a, b):
        assert found.differs == differs
        small, large = judged(found)
        assert differs < small <= large
    else:
        assert (found.differs, found.fork, found.ok) == (None, None, True)


def head_beside(entries: list[bytes], size: int) -> bytes:
    """Sign a head of that size that is over other entries."""
    leaves = [leaf_hash(b"aside %d" % n) for n in range(size)]
    assert size <= len(entries) + 9
    return shown.signed(Head(ORIGIN, size, root_hash(leaves)), TIME)


@pytest.mark.parametrize("size", [1, 4, 7, 8, 9])
def test_a_head_beside_entries_that_agree_is_a_fork(tmp_path: Path, size: int) -> None:
    """Both hold the same entries, but one was shown another head besides."""
    entries = some(9)
    a = write(tmp_path / "a", entries)
    b = exported(tmp_path / "b", entries, head_beside(entries, size))

    for found in (compared(a, b), compared(b, a)):
        assert (found.differs, found.ok) == (None, False)
        assert judged(found) == (size, 9)


def test_heads_of_one_size_need_no_hashes(tmp_path: Path) -> None:
    found = compared(write(tmp_path / "a", some(6)), write(tmp_path / "b", some(6, 0)))

    assert judged(found) == (6, 6)
    assert fork.parse(found.proof or b"").hashes == ()


def unsigned(head: bytes) -> bytes:
    """Return a head with the lines of another one."""
    text, _ = head.split(b"\n\n")
    _, lines = head_beside([], 5).split(b"\n\n")
    return text + b"\n\n" + lines


def test_a_head_that_the_log_did_not_sign_is_no_fork(tmp_path: Path) -> None:
    """By trust files; without them a file is taken by its word."""
    entries = some(9)
    a = write(tmp_path / "a", entries)
    b = exported(tmp_path / "b", entries, unsigned(head_beside(entries, 4)))

    found = compared(a, b)
    assert (found.fork, found.unsigned) == (None, (0, 9))
    taken = compared(a, b, trusting=False)
    assert (taken.ok, taken.sizes) == (False, (4, 9))
    with pytest.raises(Refusal):
        fork.verify(taken.proof or b"", KEYS)


def test_against_a_head_that_the_log_did_not_sign_nothing_is_proven(
    tmp_path: Path,
) -> None:
    a = write(tmp_path / "a", some(6))
    head = shown.signed(shown.head(some(9, 3)), TIME)
    b = exported(tmp_path / "b", some(9, 3), unsigned(head))

    for one, other in ((a, b), (b, a)):
        found = compared(one, other)
        assert (found.differs, found.fork) == (3, None)


def test_a_larger_head_beside_smaller_ones_is_not_yet_proven(tmp_path: Path) -> None:
    """No head commits to what stands at its size in the other."""
    a = exported(tmp_path / "a", some(9), shown.signed(shown.head(some(9), 3), TIME))
    b = exported(tmp_path / "b", some(9), head_beside(some(9), 7))

    assert (compared(a, b).fork, compared(a, b).unsigned) == (None, (6, 2))
    assert (compared(b, a).fork, compared(b, a).unsigned) == (None, (2, 6))


def test_a_head_of_another_log_is_passed_over(tmp_path: Path) -> None:
    other = replace(shown.head(some(4, 0)), origin="beijing.cn.fusion/log/1")
    a = write(tmp_path / "a", some(9))
    b = exported(tmp_path / "b", some(9), shown.signed(other, TIME))

    for trusting in (False, True):
        found = compared(a, b, trusting=trusting)
        assert (found.fork, found.unsigned) == (None, (0, 9))


def test_other_entries_under_one_head_are_a_difference_and_no_fork(
    tmp_path: Path,
) -> None:
    """One of the two files is not what its head says; `verify` says which."""
    note = shown.signed(shown.head(some(6)), TIME)
    a = write(tmp_path / "a", some(6))
    b = exported(tmp_path / "b", some(6, 3), note)

    found = compared(a, b)

    assert (found.differs, found.fork, found.ok) == (3, None, False)


@pytest.mark.parametrize("junk", [b"", b"junk", b"x\n4\ny\n\n\xe2\x80\x94 z AAAA\n"])
def test_notes_that_are_none_are_passed_over(tmp_path: Path, junk: bytes) -> None:
    a = write(tmp_path / "a", some(6), [], junk)
    b = write(tmp_path / "b", some(9))

    assert compared(a, b).ok
    assert compared(b, a).ok


def test_a_log_that_no_trust_file_names_is_refused(tmp_path: Path) -> None:
    a = write(tmp_path / "a", some(3))
    with Export.open(a) as export, refusing(Reason.NOT_PINNED):
        compare(export, export, {})


@pytest.mark.parametrize(("a", "b"), [(2, 0), (0, 3), (1, 1)])
def test_a_tail_without_a_head_is_told(tmp_path: Path, a: int, b: int) -> None:
    """Both say the same, and nobody has signed it."""
    heads = [shown.signed(shown.head(some(9), 9 - tail), TIME) for tail in (a, b)]

    found = compared(
        exported(tmp_path / "a", some(9), heads[0]),
        exported(tmp_path / "b", some(9), heads[1]),
    )

    assert found.unsigned == (a, b)
    assert not found.ok
    assert (found.differs, found.fork) == (None, None)


# Keys that are revoked.


def revoking(since_s: int) -> dict[str, Bundle]:
    """Trust files by which the log's keys are stolen since a time."""
    hashes = sorted(hashlib.sha256(key.encode().encode()).digest() for key in KEYS)
    change = with_revoked(*((what, since_s * 1_000) for what in hashes))
    return PINNED | {"pk": edition(PK, 2, change)}


@pytest.fixture
def forked(tmp_path: Path) -> tuple[Path, Path]:
    """Two exports whose logs differ from the fifth entry on."""
    return write(tmp_path / "a", some(9)), write(tmp_path / "b", some(9, differs=4))


@pytest.mark.parametrize("since_s", [TIME - 1, TIME + 1])
def test_revoked_keys_prove_no_fork_whatever_their_lines_say(
    forked: tuple[Path, Path], since_s: int
) -> None:
    """Whoever stole them dates a second history back."""
    assert judged(compared(*forked)) == (9, 9)

    with Export.open(forked[0]) as a, Export.open(forked[1]) as b:
        (found,) = compare(a, b, revoking(since_s))

    assert (found.fork, found.differs, found.ok) == (None, 4, False)
    beyond = 9 if since_s < TIME else 0
    assert found.unsigned == (beyond, beyond)


def test_a_proof_of_a_fork_by_revoked_keys_convicts_nobody(
    forked: tuple[Path, Path], tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    proof.write_bytes(compared(*forked).proof or b"")
    cn, pk = tmp_path / "cn.bundle", tmp_path / "pk.bundle"
    cn.write_bytes(PINNED["cn"].data)
    pk.write_bytes(PINNED["pk"].data)
    assert prove.verify_fork(proof, [pk, cn]).ok

    pk.write_bytes(revoking(TIME + 1)["pk"].data)
    with failing(Tampered, Reason.HEAD):
        prove.verify_fork(proof, [pk, cn])


def test_an_export_with_such_a_proof_does_not_call_its_log_forked(
    forked: tuple[Path, Path],
) -> None:
    held = some(9)
    source = shown.Shown(held, [shown.note(held)], proof=compared(*forked).proof)
    for pinned in (PINNED, revoking(TIME + 1)):
        means = Means(pinned, Pool(chunk.judge, None), Resumption())
        found = {fault.reason for fault in verify_log(source, means).faults}
        assert (Reason.FORK in found) == (pinned is PINNED)
