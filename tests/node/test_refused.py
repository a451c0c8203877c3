"""What a node refuses to its desks: for good and told, or for a while."""

import copy
import gc

import pytest

from exchange.errors import Reason
from exchange.limits import (
    FILED_AHEAD_MAX,
    JUDGED_AT_ONCE,
    REFUSED_KEPT,
    REFUSED_MAX,
    SUCCESSOR_STOOD,
    WAITING_BATCH,
)
from exchange.node import peer_heads, submissions, upkeep, views
from exchange.node.members import Members
from exchange.node.node import Node
from exchange.node.submission_check import Submission
from exchange.node.upkeep import catch_up
from exchange.store import StoredRefused
from exchange.trust import statements
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from tests.expecting import present
from tests.node.world import CN, FILED, PK, World, bulletin, directory, keys_of, name_of
from tests.trust.nation import DAY, NOW, Nation, ed, key

OTHER = "watch.islamabad.pk"


def sealed(world: World, text: bytes = b"text", **changes: object) -> pb.Envelope:
    return bulletin(world.pk.nation, world.cn.nation, text, **changes)


def by_other(world: World, *sent: pb.Envelope) -> list[desk_pb.Submitted]:
    return submissions.submit(world.pk.node, [Submission(one, OTHER) for one in sent])


def told(world: World, desk: str) -> list[desk_pb.RefusedEnvelope]:
    return list(views.status(world.pk.node, desk).refused)


def test_what_is_refused_for_good_is_told_to_its_desk_alone(met: World) -> None:
    sent = sealed(met)
    (answer,) = by_other(met, sent)

    assert (answer.reason, answer.later, answer.where) == ("METHOD", False, OTHER)
    (one,) = told(met, OTHER)
    assert (one.name, one.reason, one.where, one.at) == (
        name_of(sent),
        "METHOD",
        OTHER,
        FILED,
    )
    assert told(met, met.pk.nation.desk) == told(met, "") == []
    met.reopen()
    assert [one.name for one in told(met, OTHER)] == [name_of(sent)]


@pytest.mark.parametrize("count", [1, JUDGED_AT_ONCE * 2])
@pytest.mark.parametrize("what", ["nonsense", "another text"])
def test_what_is_refused_is_let_go_without_the_collector_of_garbage(
    met: World, count: int, what: str
) -> None:
    """Else a desk that floods its node fills the memory before the collector runs."""
    assert not met.pk.from_desk(sealed(met, b"known"))[0].reason  # its form is, then
    sent = sealed(met)
    sent = pb.Envelope(entry=sent.entry, wraps=sent.wraps, body=b"x" + sent.body)
    sent = sent if what == "another text" else pb.Envelope(entry=b"nonsense")
    gc.collect()
    gc.disable()
    try:
        answers = submissions.submit(
            met.pk.node, [Submission(sent, met.pk.nation.desk) for _ in range(count)]
        )
        left = [one for one in gc.get_objects() if isinstance(one, Submission)]
    finally:
        gc.enable()

    reason = Reason.BODY if what == "another text" else Reason.NOT_CANONICAL
    assert [answer.reason for answer in answers] == [reason] * count
    assert not left


def test_what_is_recorded_after_all_is_not_told(met: World) -> None:
    speaks = [pb.Reference(relation=pb.RELATION_UPDATES, name=bytes(32))]
    sent = sealed(met, references=speaks)
    desk = met.pk.nation.desk
    assert met.pk.from_desk(sent)[0].reason == Reason.REFERENCES
    assert [one.name for one in told(met, desk)] == [name_of(sent)]
    right = sealed(met, b"right")
    met.pk.store.desk_queue.refuse(
        [StoredRefused(name_of(right), desk, "REFERENCES", "", FILED)], FILED
    )
    met.pk.from_desk(right)
    assert [one.name for one in told(met, desk)] == [name_of(sent)]


def test_of_a_desk_the_newest_refusals_are_kept_for_thirty_days(met: World) -> None:
    sent = [sealed(met, b"%d" % n) for n in range(REFUSED_MAX + 3)]
    for at in range(0, len(sent), 100):
        met.pk.now += 1
        by_other(met, *sent[at : at + 100])
    names = {one.name for one in told(met, OTHER)}
    assert len(names) == REFUSED_MAX
    assert {name_of(one) for one in sent[200:]} <= names

    met.pk.now += REFUSED_KEPT + 1
    assert told(met, OTHER) == []
    by_other(met, sent[0])
    assert len(met.pk.store.desk_queue.refused_to(OTHER, 0)) == 1


def test_what_will_pass_is_answered_so_and_not_kept(met: World) -> None:
    ahead = FILED + FILED_AHEAD_MAX + 1
    answers = met.pk.from_desk(sealed(met, filed=ahead, valid_from=ahead))
    assert [(a.reason, a.later) for a in answers] == [("TIME", True)]
    assert told(met, met.pk.nation.desk) == []


def test_without_a_bundle_nobody_is_unknown_for_good(met: World) -> None:
    """F12: the partner's bundle is missing at the node."""
    members = Members(PK, met.pk.store, {"pk": met.nations[PK].bundle})
    node = catch_up(Node(members, met.pk.store, keys_of(PK), met.pk.clock))
    (answer,) = submissions.submit(node, [Submission(sealed(met), met.pk.nation.desk)])
    assert (answer.reason, answer.later) == ("RECIPIENT_UNKNOWN", True)
    assert submissions.refused_to(node, met.pk.nation.desk) == []


def test_while_a_log_is_behind_nothing_that_it_may_bring_is_final(
    world: World,
) -> None:
    world.greet()  # heard of, and nothing replicated
    sent = sealed(world)
    speaks = [pb.Reference(relation=pb.RELATION_ANSWERS, name=bytes(32))]
    answers = world.pk.from_desk(sent, sealed(world, b"2", references=speaks))
    world.meet()
    world.greet()
    after = world.pk.from_desk(sent, sealed(world, b"3", references=speaks))
    assert [a.reason for a in answers] == ["RECIPIENT_UNKNOWN"] * 2
    assert [a.later for a in answers] == [True, True]
    assert [(a.reason, a.later) for a in after] == [("", False), ("REFERENCES", False)]


def successor(world: World) -> None:
    """Let Beijing's desk take another sealing key, and Islamabad hear of it."""
    cn = world.cn.nation
    newer = Opener(b"n" * 32)
    life = (NOW, NOW + 31 * DAY)
    stated = statements.sealing_statement(cn.desk, newer.public, life)
    (answer,) = world.cn.from_desk(directory(cn, stated, [("author", cn.author)]))
    assert not answer.reason, answer.text
    world.meet()


def test_a_key_that_was_replaced_long_ago_must_be_sealed_for_anew(met: World) -> None:
    successor(met)
    (fresh,) = met.pk.from_desk(sealed(met, b"within two weeks"))
    met.pk.now += SUCCESSOR_STOOD + 1
    (old,) = met.pk.from_desk(sealed(met, b"after them"))

    assert (fresh.reason, old.reason, old.where) == ("", "KEY_GONE", met.cn.nation.desk)
    assert not old.later
    assert told(met, met.pk.nation.desk) == []  # it may be signed again


def test_a_frozen_log_takes_nothing_and_drops_nothing(met: World) -> None:
    peer_heads.freeze(met.pk.node, met.pk.node.origin, b"proof")
    (answer,) = met.pk.from_desk(sealed(met))
    assert (answer.reason, answer.later) == ("FORK", True)
    assert told(met, met.pk.nation.desk) == []


# What waits at the node.


def test_what_waits_has_its_place_before_what_comes_after_it_is_refused(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner was heard, and a desk calls before the next look at what waits."""
    met.reopen(greet=False)
    next_year = stranger(met)
    (waits,) = state(met, next_year)
    assert waits.waiting
    with monkeypatch.context() as patch:
        patch.setattr(submissions, "place_pending", lambda _node: None)
        met.greet()
        (later,) = met.pk.from_desk(bulletin(next_year, met.cn.nation, b"too early"))

    assert met.pk.node.may_sign
    (answer,) = met.pk.from_desk(bulletin(next_year, met.cn.nation, b"of a new key"))

    assert (later.reason, later.later) == ("SIGNER_UNKNOWN", True)
    assert (answer.reason, answer.index) == ("", 4)


def test_what_is_recorded_just_after_a_refusal_lifts_it(met: World) -> None:
    next_year = stranger(met)

    def read() -> bool:
        """Record the statement in the home, and only then say whether any is left."""
        state(met, next_year)
        return False

    met.pk.node.has_unread = read
    (answer,) = met.pk.from_desk(bulletin(next_year, met.cn.nation))

    assert (answer.reason, answer.index) == ("", 4)


def test_while_statements_lie_unread_in_the_home_nothing_is_refused_for_good(
    met: World,
) -> None:
    sent = bulletin(stranger(met), met.cn.nation)
    met.pk.node.has_unread = lambda: True
    (unread,) = met.pk.from_desk(sent)
    assert told(met, met.pk.nation.desk) == []
    met.pk.node.has_unread = lambda: False
    (read,) = met.pk.from_desk(sent)

    assert [(a.reason, a.later) for a in (unread, read)] == [
        ("SIGNER_UNKNOWN", True),
        ("SIGNER_UNKNOWN", False),
    ]


def stranger(world: World) -> Nation:
    """Islamabad's officer with a key that no log knows."""
    nation = copy.copy(world.pk.nation)
    nation.author = ed("pk author, next year")
    return nation


def state(world: World, officer: Nation) -> list[desk_pb.Submitted]:
    """Let the operator hand over what the nation states of that officer's key."""
    states = key(officer.officer, "author", officer.author)
    sent = directory(officer, states, [("issuer", officer.issuer)])
    return submissions.submit(world.pk.node, [Submission(sent, None)])


@pytest.fixture
def unheard(met: World) -> World:
    """Start Islamabad's node again; it has heard nobody yet, and signs nothing."""
    met.reopen(greet=False)
    return met


def test_what_cannot_have_a_place_holds_up_only_what_speaks_of_it(
    unheard: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of it than is looked at in one go: it stood before all else."""
    monkeypatch.setattr(submissions, "WAITING_BATCH", 8)
    missing = [pb.Reference(relation=pb.RELATION_ANSWERS, name=bytes(32))]
    stuck = [sealed(unheard, b"%d" % n, references=missing) for n in range(20)]
    about = [pb.Reference(relation=pb.RELATION_UPDATES, name=name_of(stuck[0]))]
    speaks = sealed(unheard, b"speaks", references=about)
    goes = [sealed(unheard, b"goes %d" % n) for n in range(20)]
    answers = unheard.pk.from_desk(*stuck, speaks, *goes)
    assert all(answer.waiting for answer in answers)
    held = present(unheard.cn.store.logs.position(unheard.cn.node.origin))
    unheard.pk.node.startup._promised[held.origin] = held.size + 1

    unheard.greet()

    assert unheard.pk.store.logs.size(unheard.pk.node.origin) == 3 + 20
    assert unheard.pk.store.desk_queue.count_pending() == 21
    with monkeypatch.context() as patch:  # it is not gone through for each refusal
        patch.delattr(submissions, "place_pending")
        (later,) = unheard.pk.from_desk(bulletin(stranger(unheard), unheard.cn.nation))
    assert (later.reason, later.later) == ("SIGNER_UNKNOWN", True)
    unheard.pk.node.startup._promised[held.origin] = held.size
    upkeep.tick(unheard.pk.node)
    assert unheard.pk.store.desk_queue.count_pending() == 0
    names = {one.name for one in told(unheard, unheard.pk.nation.desk)}
    assert names == {name_of(one) for one in (*stuck, speaks)}


def test_chains_that_wait_in_reverse_order_all_find_their_place(
    unheard: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "WAITING_BATCH", 2)
    chain = [sealed(unheard, b"0")]
    for n in range(1, 12):
        about = pb.Reference(relation=pb.RELATION_UPDATES, name=name_of(chain[-1]))
        chain.append(sealed(unheard, b"%d" % n, references=[about]))
    for one in reversed(chain):
        unheard.pk.from_desk(one)
    unheard.greet()
    upkeep.tick(unheard.pk.node)
    assert unheard.pk.store.desk_queue.count_pending() == 0
    found = unheard.pk.store.entries.page(unheard.pk.node.origin, 3, WAITING_BATCH)
    assert [entry.name for entry in found] == [name_of(one) for one in chain]


def test_a_node_takes_no_more_than_it_has_room_for(
    unheard: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "WAITING_MAX", 2)
    sent = [sealed(unheard, b"%d" % n) for n in range(3)]
    answers = unheard.pk.from_desk(*sent)
    assert [(a.waiting, a.reason, a.later) for a in answers] == [
        (True, "", False),
        (True, "", False),
        (False, "BUSY", True),
    ]
    assert unheard.pk.from_desk(sent[0])[0].waiting  # it is here already


def test_what_is_refused_after_it_waited_is_told(unheard: World) -> None:
    missing = [pb.Reference(relation=pb.RELATION_ANSWERS, name=bytes(32))]
    sent = sealed(unheard, references=missing)
    assert unheard.pk.from_desk(sent)[0].waiting
    unheard.greet()
    (one,) = told(unheard, unheard.pk.nation.desk)
    assert (one.name, one.reason) == (name_of(sent), "REFERENCES")
    assert CN in unheard.pk.node.members.peers
