"""Start-up: a clean database, a restored one, one that was killed between two steps.

Three members: Islamabad, which is restored, Beijing, and Kabul, which may be dark.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.limits import ANSWERS_WAIT, SEEN_MAX
from exchange.node import (
    outbox,
    own_log,
    peer_heads,
    replicas,
    start_up,
    submissions,
    upkeep,
    views,
)
from exchange.node.start_up import StartUp
from exchange.node.submission_check import Submission
from exchange.v1 import audit_service_pb2 as audit_pb
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as rpc
from keys import files
from keys.errors import KeyFileError
from tests.audit.ledger import change
from tests.expecting import present, refusing
from tests.node.receiving import next_batch, receive_batch
from tests.node.three import AF, OURS, Three, three
from tests.node.world import CN, PK, Site, beginning, name_of


def signs(site: Site) -> bool:
    return site.node.may_sign


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Three]:
    with three(tmp_path) as made:
        yield made


@pytest.fixture
def restored(world: Three) -> Three:
    """Islamabad has lost what only Kabul holds, and has heard Beijing alone."""
    copy = world.copy()
    world.greet_all()
    world.carry(CN)
    world.send(b"that only Kabul has")
    world.carry(AF)
    upkeep.tick(world.pk.node)
    world.restart(copy)
    world.greet(PK, CN)
    world.pk.now += 2 * ANSWERS_WAIT
    return world


def test_a_restored_node_hears_every_member(restored: Three) -> None:
    """One answer is no answer: it would sign beside what the dark one holds."""
    pk = restored.pk
    (answer,) = restored.send(b"waits")

    assert not signs(pk)
    assert answer.waiting
    assert pk.node.startup.awaited == [AF]

    restored.greet(PK, AF)
    assert not signs(pk)  # its own log is behind
    assert [one.head.origin for one in pk.store.sightings.all()] == [OURS]
    restored.fetch(AF)
    assert pk.store.sightings.all() == []  # it is reached

    peer_heads.hear_desk(pk.node, restored.nations[PK].desk, [])
    upkeep.tick(pk.node)
    assert signs(pk)
    assert pk.store.desk_queue.count_pending() == 0
    assert not pk.node.forks


def excuse(site: Site) -> None:
    """Let the operator name Kabul as one whom nobody can hear."""
    site.excused.touch(0o600)
    site.excused.write_text(f"{AF}\n")


def test_it_goes_on_without_one_that_the_operator_excuses(restored: Three) -> None:
    pk = restored.pk
    excuse(pk)

    upkeep.tick(pk.node)

    assert signs(pk)
    upkeep.tick(pk.node)
    assert not pk.excused.exists()  # it holds for this one time


def test_who_was_excused_is_excused_after_another_restart_too(restored: Three) -> None:
    pk = restored.pk
    excuse(pk)

    pk = restored.restart()
    upkeep.tick(pk.node)
    restored.greet(PK, CN)

    assert signs(pk)


def test_restored_stays_restored_until_everybody_was_heard(restored: Three) -> None:
    """Its own epoch is as new as the record says, by the second start."""
    for _ in range(2):
        pk = restored.restart()
        upkeep.tick(pk.node)
        assert not pk.record.exists()
        restored.greet(PK, CN)
        pk.now += 2 * ANSWERS_WAIT
        assert not signs(pk)


def test_a_clean_node_hears_one_and_gives_the_others_their_time(world: Three) -> None:
    world.copy()
    pk = world.pk
    world.greet(PK, CN)

    assert not signs(pk)
    pk.now += ANSWERS_WAIT
    assert signs(pk)


def test_a_database_without_its_record_was_restored(world: Three) -> None:
    world.copy()
    world.pk.record.unlink()
    pk = world.restart()
    world.greet(PK, CN)
    pk.now += ANSWERS_WAIT

    assert not signs(pk)
    world.greet(PK, AF)
    upkeep.tick(pk.node)
    assert signs(pk)
    assert start_up.read_emissions(pk.record) == start_up.emissions_of(pk.store)


def test_a_record_that_does_not_read_is_none(world: Three) -> None:
    for data in (b"", b"{", b"[]", b"{}", b'{"epoch": 1, "logs": {"a": 1}}', b"\xff"):
        world.pk.record.write_bytes(data)
        assert start_up.read_emissions(world.pk.record) is None


def test_another_root_at_the_size_recorded_is_another_database(world: Three) -> None:
    upkeep.tick(world.pk.node)
    held = present(start_up.read_emissions(world.pk.record))
    assert not start_up.is_restored(held, world.pk.store)
    head = held.heads[OURS]
    beside = checkpoint.Head(OURS, head.size, b"x" * 32)

    assert start_up.is_restored(start_up.Emissions(1, {OURS: beside}), world.pk.store)
    assert start_up.is_restored(start_up.Emissions(99, {}), world.pk.store)
    assert not start_up.is_restored(start_up.Emissions(0, {}), world.pk.store)


def test_the_record_is_written_once_nothing_more_could_be_heard(world: Three) -> None:
    world.copy()
    before = start_up.read_emissions(world.pk.record)
    upkeep.tick(world.pk.node)
    assert start_up.read_emissions(world.pk.record) == before

    world.greet_all()
    world.send(b"recorded")
    upkeep.tick(world.pk.node)

    after = present(start_up.read_emissions(world.pk.record))
    assert after.heads[OURS].size == world.pk.store.logs.size(OURS)
    assert world.pk.record.stat().st_mode & 0o777 == 0o600


# Heads that were seen.


def test_a_head_that_a_desk_has_seen_holds_it_up_after_a_restart_too(
    world: Three,
) -> None:
    copy = world.copy()
    world.greet_all()
    world.send(b"that only the desk has seen")
    held = present(world.pk.store.heads.newest(OURS))
    upkeep.tick(world.pk.node)
    pk = world.restart(copy)
    peer_heads.hear_desk(pk.node, "ops.islamabad.pk", [held.note])

    pk = world.restart()
    world.greet_all()
    upkeep.tick(pk.node)

    assert not signs(pk)
    alarms = [(one.reason, one.where) for one in views.status(pk.node).alarms]
    assert (Reason.MISSING, f"{OURS}#{held.head.size}") in alarms


def test_a_head_beside_a_branch_that_was_seen_before_is_a_fork(
    restored: Three,
) -> None:
    """Excusing the dark member was wrong; it is seen as soon as it answers."""
    pk = restored.pk
    excuse(pk)
    upkeep.tick(pk.node)
    (answer,) = restored.send(b"beside it")
    assert not answer.waiting

    with refusing(Reason.FORK):
        peer_heads.hear_partner(
            pk.node, AF, outbox.log_positions(restored.sites[AF].node.store)
        )

    assert OURS in pk.node.forks


def test_a_desk_that_calls_is_heard_first(restored: Three) -> None:
    pk = restored.pk
    restored.send(b"waits")
    restored.sites[AF].store.close()
    restored.sites[AF] = restored.site(AF)
    pk.node.startup.note_answer(AF, pk.now)  # Kabul has lost it, too
    assert not signs(pk)

    peer_heads.hear_desk(pk.node, restored.nations[PK].desk, [])
    assert signs(pk)


def test_a_desk_that_only_submits_holds_it_up_for_a_while(restored: Three) -> None:
    pk = restored.pk
    restored.send(b"waits")
    pk.node.startup.note_answer(AF, pk.now)

    assert not signs(pk)
    pk.now += ANSWERS_WAIT
    assert signs(pk)


# Killed between two steps.


def test_what_was_committed_and_not_signed_is_signed_at_start(world: Three) -> None:
    pk = world.pk
    before = pk.store.logs.signed_size(OURS)
    for text in (b"first", b"second"):
        sent = world.bulletin(text)
        (answer,) = submissions.commit(
            pk.node, [Submission(sent, world.nations[PK].desk)]
        )
        assert not answer.reason, answer
    boundaries = [one.head for one in pk.store.boundaries(OURS)]
    assert pk.store.logs.size(OURS) == before + 2
    assert len(boundaries) == 1  # the head of the first went with the second
    assert pk.store.logs.signed_size(OURS) == before + 1

    pk = world.restart()
    upkeep.tick(pk.node)
    assert pk.store.logs.signed_size(OURS) == before + 1  # nobody was heard
    world.greet_all()

    assert pk.store.boundaries(OURS) == []
    newest = present(pk.store.heads.newest(OURS))
    assert newest.head == boundaries[-1]
    world.carry(CN)
    assert world.sites[CN].store.logs.signed_size(OURS) == before + 2


def test_what_was_not_signed_in_an_old_copy_goes_under_the_head_that_came_back(
    world: Three,
) -> None:
    """A standby that was promoted may know the entries and not their head."""
    pk, sent = world.pk, world.bulletin(b"first")
    submissions.commit(pk.node, [Submission(sent, world.nations[PK].desk)])
    pk.store.close()
    copy = Path(shutil.copy(world.folder / f"{PK}.db", world.folder / "copy"))
    world.restart()
    world.greet_all()
    upkeep.tick(world.pk.node)
    assert not world.send(b"second")[0].reason
    world.carry(CN)

    pk = world.restart(copy)
    assert len(pk.store.boundaries(OURS)) == 1
    world.greet(PK, CN)
    world.fetch(CN)
    world.greet(PK, AF)
    upkeep.tick(pk.node)

    assert pk.store.boundaries(OURS) == []
    assert not world.send(b"third")[0].reason
    assert pk.verify(world.bundles).ok


def test_nothing_of_what_is_not_signed_leaves(world: Three) -> None:
    pk, desk = world.pk, world.nations[PK].desk
    before = pk.store.logs.signed_size(OURS)
    arrived = len(views.arrivals(pk.node, desk, 0))
    sent = world.bulletin(b"not signed")
    (answer,) = submissions.commit(pk.node, [Submission(sent, desk)])
    assert (answer.index, answer.reason, answer.waiting) == (before, "", False)

    assert len(views.arrivals(pk.node, desk, 0)) == arrived
    assert max(one.size for one in outbox.log_positions(pk.node.store)) == before
    (status, *_) = views.status(pk.node).heads
    assert status.size == before
    listed = rpc.ListEntriesRequest(origin=OURS, start=before, limit=9)
    assert not outbox.entries(pk.node, CN, listed).envelopes
    asked = audit_pb.AuditServiceListEntriesRequest(origin=OURS, start=before)
    assert not views.audited_entries(pk.node, asked).entries
    consistent = audit_pb.GetConsistencyRequest(origin=OURS, m=1, n=before + 1)
    for ask in (
        lambda: views.entry(pk.node, desk, desk_pb.GetEntryRequest(name=name_of(sent))),
        lambda: views.proof(pk.node, name_of(sent)),
        lambda: views.consistency(pk.node, consistent),
    ):
        with refusing({Reason.NOT_FOUND, Reason.POSITION}):
            ask()

    own_log.publish(pk.node)
    assert len(views.arrivals(pk.node, desk, 0)) == arrived + 2


def test_a_replica_that_was_not_cosigned_when_it_died_is_shown(world: Three) -> None:
    """Killed between the commit of a batch and that of the line under its head."""
    cn = world.sites[CN]
    batch = next_batch(cn.node, world.pk.node)
    real = cn.store.publish
    cn.store.publish = _killed  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt):
        receive_batch(cn.node, PK, batch)
    cn.store.publish = real  # type: ignore[method-assign]
    assert cn.store.logs.size(OURS) == len(beginning(world.nations[PK]))
    assert cn.store.logs.signed_size(OURS) == 0

    cn.store.close()
    world.sites[CN] = cn = world.site(CN)

    assert cn.store.logs.signed_size(OURS) == cn.store.logs.size(OURS)
    world.greet(PK, CN)
    world.greet(CN, AF)
    line = present(replicas.cosign_again(cn.node, PK))
    assert peer_heads.record_cosignature(world.pk.node, CN, line) == cn.store.logs.size(
        OURS
    )


def _killed(_: object) -> None:
    raise KeyboardInterrupt


def test_a_boundary_that_is_not_as_it_was_written_is_a_fault(world: Three) -> None:
    """An end that is not signed yet is none."""
    desk = world.nations[PK].desk
    submissions.commit(world.sites[PK].node, [Submission(world.bulletin(b"x"), desk)])
    assert world.pk.verify(world.bundles).ok

    change(world.folder / f"{PK}.db", "UPDATE boundary SET at = at + 1")

    (fault,) = world.pk.verify(world.bundles).faults
    assert (fault.origin, fault.what) == (OURS, "boundary")


@pytest.mark.parametrize("done", [False, True])
def test_a_record_that_the_disk_did_not_take_is_written_at_the_next_tick(
    world: Three, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    """Also where it was taken, and the node was told that it was not."""
    replace = files.replace

    def fail(path: Path, data: bytes) -> None:
        if done:
            replace(path, data)
        raise KeyFileError(path.name)

    pk = world.pk
    world.send(b"recorded")
    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", fail)
        with pytest.raises(Refusal) as refused:
            upkeep.tick(pk.node)
    assert refused.value.reason is Reason.DISK

    upkeep.tick(pk.node)

    assert start_up.read_emissions(pk.record) == start_up.emissions_of(pk.store)


@pytest.mark.parametrize("done", [False, True])
def test_a_record_that_cannot_be_removed_stops_a_restored_node(
    world: Three, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    """Nothing is claimed before it is gone: the next start is a restored one, too."""
    copy = world.copy()
    world.greet_all()
    world.send(b"lost")
    upkeep.tick(world.pk.node)
    remove = files.remove

    def fail(path: Path) -> None:
        if done:
            remove(path)
        raise KeyFileError(path.name)

    with monkeypatch.context() as patch:
        patch.setattr(files, "remove", fail)
        with pytest.raises(Refusal):
            world.restart(copy)

    pk = world.restart()
    world.greet(PK, CN)
    pk.now += 2 * ANSWERS_WAIT
    assert pk.node.startup.awaited == [AF]
    assert not signs(pk)


# The rule by itself: who must be heard before anything is signed.


LOG, OTHER = "islamabad.pk.fusion/log/1", "beijing.cn.fusion/log/1"
NOW = 1_000_000


def _head(size: int, origin: str = LOG) -> VerifiedHead:
    return VerifiedHead(Head(origin, size, b"r" * 32), 1, b"note %d" % size)


YEAR = 365 * 86_400_000


@pytest.mark.parametrize(
    ("answers", "after", "enough"),
    [
        ([], 0, False),
        ([], YEAR, False),
        ([0], ANSWERS_WAIT - 1, False),
        ([0, ANSWERS_WAIT - 1], ANSWERS_WAIT - 1, False),
        ([0, ANSWERS_WAIT - 1], ANSWERS_WAIT, True),
        ([0, 1, 2], 2, True),
    ],
)
def test_all_partners_are_heard_or_the_others_have_had_their_time_since_one_was(
    answers: list[int], after: int, *, enough: bool
) -> None:
    partners = ["beijing.cn", "gwadar.pk", "lahore.pk"]
    start = StartUp(partners)
    for partner, at in zip(partners, answers, strict=False):
        start.note_answer(partner, NOW + at)

    assert start.heard_enough(NOW + after) is enough


def test_a_node_without_partners_has_nobody_to_ask() -> None:
    assert StartUp([]).heard_enough(NOW)


def test_the_greatest_head_seen_is_remembered_for_each_log() -> None:
    start = StartUp(["beijing.cn"])
    for head in (_head(5), _head(9), _head(7), _head(3, OTHER)):
        start.remember(head)

    assert start.ahead(LOG, 8) == _head(9).head
    assert start.ahead(LOG, 9) is None
    assert start.ahead(OTHER, 2) == _head(3, OTHER).head
    assert start.ahead("lahore.pk.fusion/log/1", 0) is None


def test_what_a_log_promises_of_itself_holds_nobody_back() -> None:
    start = StartUp(["beijing.cn"])
    start.remember_promise(_head(5, OTHER))
    start.remember_promise(_head(3, OTHER))
    start.remember(_head(2))

    assert start.ahead(OTHER, 0) is None
    assert start.behind(OTHER, 4)
    assert start.behind(LOG, 1)
    assert not start.behind(LOG, 2)
    assert not start.behind(OTHER, 5)
    assert not start.behind("lahore.pk.fusion/log/1", 0)
    assert not start.heard("beijing.cn")
    start.note_answer("beijing.cn", 0)
    assert start.heard("beijing.cn")


def test_whatever_was_shown_is_remembered_until_it_was_compared() -> None:
    start = StartUp(["beijing.cn"])
    start.remember(_head(5))
    start.remember_promise(_head(9))
    start.remember(_head(7))

    assert list(start.heads_between(LOG, 4, 7)) == [_head(5), _head(7)]
    assert list(start.heads_between(LOG, 5, 9)) == [_head(9), _head(7)]
    start.drop_reached(LOG, 7)
    assert list(start.heads_between(LOG, 0, 9)) == [_head(9)]


def test_of_two_heads_of_one_size_the_second_finds_the_first() -> None:
    start = StartUp(["beijing.cn"])
    start.remember_promise(_head(5, OTHER))

    assert start.head_beside(_head(5, OTHER).head) is None
    assert start.head_beside(Head(OTHER, 5, b"s" * 32)) == _head(5, OTHER)
    assert start.head_beside(Head(OTHER, 6, b"s" * 32)) is None
    assert start.head_beside(Head(LOG, 5, b"s" * 32)) is None


def test_a_log_cannot_fill_the_memory_with_heads_that_never_come() -> None:
    start = StartUp(["beijing.cn"])
    for size in range(1, SEEN_MAX + 9):
        start.remember_promise(_head(size, OTHER))

    assert len(list(start.heads_between(OTHER, 0, 10**6))) == SEEN_MAX
