"""Running nodes side by side: honest, behind, damaged, and lying, each named."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from exchange.audit.result import LiveAudit, LiveLog
from exchange.audit.sources.log_source import claimed_size
from exchange.audit.sources.node import AuditedNode, ShownLog
from exchange.audit.verify_nodes import verify_live
from exchange.errors import Reason, Tampered, Unreachable
from exchange.ledger import checkpoint, directory_tree, fork
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.directory_tree import is_directory
from exchange.ledger.merkle import Edge, leaf_hash, root_hash
from tests.audit.log_in_memory import (
    CN,
    ORIGIN,
    PINNED,
    PK,
    TIME,
    cosigned,
    note,
    signed,
)
from tests.node import world
from tests.node.world import keys_of

KEYS = PINNED["pk"].log_keys(ORIGIN)
BEGINNING = [sent.entry for sent in world.beginning(PK)]
ENTRIES = [*BEGINNING, *(world.bulletin(PK, CN, b"%d" % n).entry for n in range(37))]
OTHERS = [*BEGINNING, *(world.bulletin(PK, CN, b"-%d" % n).entry for n in range(37))]


@dataclass
class Log:
    """One log as a node shows it: entries, kept heads, the newest, a proof."""

    entries: Sequence[bytes]
    notes: Sequence[bytes]
    newest: bytes
    fork: bytes = b""
    origin: str = ORIGIN
    directory: Sequence[bytes] = ()


def log(entries: Sequence[bytes], size: int | None = None) -> Log:
    """Return the log of these entries, or the first of them, with three heads."""
    size = len(entries) if size is None else size
    sizes = sorted({1, (size + 1) // 2, size})
    notes = [note(entries, one, TIME + one) for one in sizes]
    newest = note(entries, size, TIME + 9_000)
    return Log(entries[:size], notes, newest, directory=[directory(entries[:size])])


def directory(
    entries: Sequence[bytes], time_s: int = TIME + 9_000, hidden: Sequence[int] = ()
) -> bytes:
    """Return a directory head over these entries, some of them hidden."""
    leaves = [
        (index, leaf_hash(entry))
        for index, entry in enumerate(entries)
        if is_directory(entry) and index not in hidden
    ]
    edge = directory_tree.extend(Edge.empty(), leaves, len(entries))
    keys = keys_of(PK.node)
    return sign_directory_head(ORIGIN, edge, keys.log, keys.log_pq, time_s)


@dataclass
class Fake(AuditedNode):
    """Shows logs from memory, and remembers what it was asked."""

    node: str
    shown: list[Log] = field(default_factory=list)
    later: list[Log] | None = None  # from the second time on
    asked: int = 0

    def logs(self) -> Iterator[ShownLog]:
        self.asked += 1
        held = self.later if self.later is not None and self.asked > 1 else self.shown
        self.shown = held
        for one in held:
            newest = one.directory[-1] if one.directory else b""
            yield ShownLog(one.origin, one.newest, one.fork, newest)

    def _log(self, origin: str) -> Log:
        return next(one for one in self.shown if one.origin == origin)

    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        yield from self._log(origin).entries[start:end]

    def heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        for one in self._log(origin).notes:
            if claimed_size(one) <= up_to:
                yield one

    def directory_heads(self, origin: str, up_to: int) -> Iterator[bytes]:
        for one in self._log(origin).directory:
            if claimed_size(one) <= up_to:
                yield one


def pair(ours: Log | None, theirs: Log | None) -> tuple[Fake, Fake]:
    """Return the log's owner and its partner."""
    return (
        Fake(PK.node, [ours] if ours else []),
        Fake(CN.node, [theirs] if theirs else []),
    )


def live(readers: Sequence[AuditedNode]) -> LiveAudit:
    return verify_live(readers, PINNED)


def only(readers: Sequence[AuditedNode]) -> LiveLog:
    (found,) = live(readers).logs
    return found


def faults(found: LiveLog) -> list[tuple[str, int | None, Reason]]:
    """Return everything that is wrong, with the node where it is."""
    told = []
    for view in found.views:
        read = view.audit.faults if view.audit else ()
        told += [(view.node, one.index, one.reason) for one in (*view.faults, *read)]
    return told


# Honest.


def test_two_equal_views() -> None:
    found = live(pair(log(ENTRIES), log(ENTRIES)))

    assert found.ok
    assert found.nodes == (PK.node, CN.node)
    (one,) = found.logs
    assert one.agree
    assert [(v.node, v.size) for v in one.views] == [(PK.node, 40), (CN.node, 40)]
    for view in one.views:
        assert view.audit is not None
        # Two roots' signatures on one entry; three heads and the newest, three lines.
        assert view.audit.signatures == 41 + 4 * 3
        (line,) = view.audit.cosigners
        assert (line.size, line.time_s) == (40, TIME + 9_000)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 16, 31, 32, 33, 39])
def test_a_replica_that_lags_is_sound(size: int) -> None:
    found = only(pair(log(ENTRIES), log(ENTRIES, size) if size else None))

    assert found.ok
    assert found.agree
    assert found.size == 40
    assert [view.size for view in found.views] == [40, size]


def test_one_node_alone() -> None:
    assert live([Fake(CN.node, [log(ENTRIES)])]).ok


def test_nodes_without_logs() -> None:
    found = live(pair(None, None))

    assert found.ok
    assert found.logs == ()


def test_a_newest_head_that_was_forgotten_since_ends_its_view() -> None:
    """The log went on meanwhile: a head is kept where another covers it."""
    ours = log(ENTRIES)
    ours.notes = ours.notes[:-1]

    assert only(pair(ours, None)).ok


def test_a_log_that_went_on_meanwhile_is_read_to_the_head_that_was_shown() -> None:
    ours, grown = log(ENTRIES, 30), log(ENTRIES)
    ours.entries, ours.notes = grown.entries, [*ours.notes, *grown.notes[-1:]]

    found = only(pair(ours, None))

    assert found.ok
    assert found.size == 30


def test_an_owner_that_was_asked_too_early_is_asked_again() -> None:
    owner = Fake(PK.node, [log(ENTRIES, 20)], later=[log(ENTRIES)])

    found = only([owner, Fake(CN.node, [log(ENTRIES, 30)])])

    assert found.ok
    assert [view.size for view in found.views] == [40, 30]
    assert owner.asked == 2


def test_progress_names_node_and_log() -> None:
    told: list[tuple[str, int, int]] = []

    verify_live(
        pair(log(ENTRIES), log(ENTRIES, 30)), PINNED, lambda *one: told.append(one)
    )

    assert told[-1] == (f"{CN.node} {ORIGIN}", 30, 30)
    assert (f"{PK.node} {ORIGIN}", 40, 40) in told


# Forks.


def test_a_fork_where_a_third_node_is_asked_too() -> None:
    """Two of the three agree, and are not the last word."""
    third = Fake("lahore.pk", [log(ENTRIES)])

    found = only([*pair(log(ENTRIES), log(OTHERS, 9)), third])

    assert not found.agree
    assert found.fork is not None
    fork.verify(found.fork, KEYS)


def test_a_fork_is_proven_though_one_side_shows_no_entries() -> None:
    """Two roots of one size need nothing else."""
    other = log(OTHERS)
    other.entries = []

    found = only(pair(log(ENTRIES), other))

    assert found.fork is not None
    fork.verify(found.fork, KEYS)


def test_a_proof_that_a_node_has_is_taken() -> None:
    proof = fork.between(
        signed(Head(ORIGIN, 1, bytes(32))),
        signed(Head(ORIGIN, 1, bytes([1]) * 32)),
        _none,
    ).encode()
    ours = replace(log(ENTRIES), fork=proof)

    found = only(pair(ours, log(ENTRIES)))

    assert found.fork == proof
    assert not found.ok
    assert (PK.node, None, Reason.FORK) in faults(found)


def _none(level: int, place: int) -> bytes:
    raise AssertionError(level, place)


@pytest.mark.parametrize("proof", [b"noise", b"fusion/fork-proof@v1\n\n"])
def test_a_proof_that_is_none_is_a_fault_of_who_shows_it(proof: bytes) -> None:
    found = only(pair(log(ENTRIES), replace(log(ENTRIES), fork=proof)))

    assert found.fork is None
    assert not found.ok
    assert faults(found) == [(CN.node, None, Reason.PROOF)]


# Lies, and damage: one view is wrong, the other stands.


def test_entries_in_another_order() -> None:
    theirs = log(ENTRIES)
    theirs.entries = [*ENTRIES[:30], ENTRIES[31], ENTRIES[30], *ENTRIES[32:]]

    found = only(pair(log(ENTRIES), theirs))

    assert {one[:2] for one in faults(found)} == {(CN.node, 39), (CN.node, None)}


def test_fewer_entries_than_its_head_says() -> None:
    theirs = log(ENTRIES)
    theirs.entries = ENTRIES[:25]

    found = only(pair(log(ENTRIES), theirs))

    assert (CN.node, 25, Reason.MISSING) in faults(found)
    assert {node for node, *_ in faults(found)} == {CN.node}


def test_a_larger_view_without_its_entries_compares_with_nothing() -> None:
    """Nothing is known of the smaller head then, and nobody is accused of a fork."""
    for entries in (OTHERS, [*ENTRIES[:35], OTHERS[35], *ENTRIES[36:]]):
        ours = log(ENTRIES)
        ours.entries = entries

        found = only(pair(ours, log(ENTRIES, 30)))

        assert not found.agree
        assert found.fork is None
        assert {node for node, *_ in faults(found)} == {PK.node}
        assert Reason.PROOF not in {reason for *_, reason in faults(found)}


def _foreign_line(log_: Log) -> None:
    head = Head(ORIGIN, 40, root_hash([leaf_hash(one) for one in ENTRIES]))
    keys = keys_of(CN.node)  # not those of that log
    log_.newest = checkpoint.sign_head(head, keys.log, keys.log_pq, TIME)


def _truncated(log_: Log) -> None:
    log_.newest = log_.newest[:-40]


def _flipped(log_: Log) -> None:
    log_.newest = log_.newest.replace(b"\n40\n", b"\n41\n")


def _empty(log_: Log) -> None:
    log_.newest = b""


def _enormous(log_: Log) -> None:
    """No endless reading follows a size that nobody signed."""
    log_.newest = log_.newest.replace(b"\n40\n", b"\n%d\n" % 2**62)


@pytest.mark.parametrize(
    "spoil", [_foreign_line, _truncated, _flipped, _empty, _enormous]
)
def test_a_newest_head_that_the_log_did_not_sign(
    spoil: Callable[[Log], None],
) -> None:
    theirs = log(ENTRIES)
    spoil(theirs)

    found = only(pair(log(ENTRIES), theirs))

    ((node, _, reason),) = faults(found)
    assert (node, reason in {Reason.HEAD, Reason.NOTE}) == (CN.node, True)
    assert [view.size for view in found.views] == [40, 0]
    assert found.views[0].ok


def test_the_head_of_another_log() -> None:
    origin = checkpoint.log_origin(CN.node)

    found = live([Fake(CN.node, [replace(log(ENTRIES), origin=origin)])])

    assert faults(found.logs[0]) == [(CN.node, None, Reason.HEAD)]


def test_a_log_that_no_trust_file_names() -> None:
    alien = replace(log(ENTRIES), origin="x.zz.fusion/log/1")

    found = live([Fake(PK.node, [log(ENTRIES), alien])])

    assert [one.ok for one in found.logs] == [True, False]
    assert faults(found.logs[1]) == [(PK.node, None, Reason.NOT_PINNED)]


@pytest.mark.parametrize("ours", [None, 20])
def test_an_owner_that_shows_less_than_its_partner_holds(ours: int | None) -> None:
    readers = pair(log(ENTRIES, ours) if ours else None, log(ENTRIES, 30))

    found = only(readers)

    assert found.agree
    assert not found.ok
    assert faults(found) == [(PK.node, None, Reason.MISSING)]
    assert readers[0].asked == 2


class Torn(Fake):
    """Answers nonsense in the middle of a log."""

    error: Exception = Tampered(Reason.SIZE, f"{CN.node}: there")

    def entries(self, origin: str, start: int, end: int) -> Iterator[bytes]:
        for index, entry in enumerate(super().entries(origin, start, end)):
            if index == 20:
                raise self.error
            yield entry


def test_nonsense_ends_one_view_and_no_other() -> None:
    torn = Torn(CN.node, [log(ENTRIES)])

    found = only([torn, Fake(PK.node, [log(ENTRIES)])])

    assert faults(found)[:2] == [
        (CN.node, None, Reason.SIZE),
        (CN.node, 20, Reason.MISSING),
    ]
    assert found.views[1].ok


def test_a_node_that_goes_away_ends_it() -> None:
    torn = Torn(CN.node, [log(ENTRIES)])
    torn.error = Unreachable(CN.node)

    with pytest.raises(Unreachable, match=CN.node):
        live([torn, Fake(PK.node, [log(ENTRIES)])])


def test_kept_heads_out_of_the_tree() -> None:
    theirs = log(ENTRIES)
    theirs.notes = [note(OTHERS, 30), *theirs.notes[-1:]]

    found = only(pair(log(ENTRIES), theirs))

    assert faults(found) == [(CN.node, 29, Reason.ROOT)]


def test_an_entry_that_was_not_signed_by_its_author_is_refused_and_told() -> None:
    """A verdict of every member, and no fault: the log may hold what it likes."""
    forged = [*ENTRIES[:30], ENTRIES[30][:-1] + bytes([ENTRIES[30][-1] ^ 1])]

    found = only(pair(log(forged), log(forged)))

    assert found.ok
    for view in found.views:
        assert view.audit is not None
        assert [one.index for one in view.audit.ours] == [30]


def test_the_lines_of_a_newest_note_must_verify() -> None:
    theirs = log(ENTRIES)
    line = cosigned(signed(Head(ORIGIN, 40, bytes(32))))
    theirs.newest = theirs.newest.rpartition(b"\n\xe2\x80\x94")[0] + (
        b"\n\xe2\x80\x94" + line.rpartition(b"\n\xe2\x80\x94")[2]
    )

    found = only(pair(log(ENTRIES), theirs))

    assert faults(found) == [(CN.node, None, Reason.COSIGNATURE)]
