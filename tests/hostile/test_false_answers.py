"""A partner that lies of texts and refusals, and what its lies cost."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.node import outbox, peer_heads, submission_check
from exchange.node.members import Members
from exchange.store import NEVER, REFUSAL
from exchange.store.logs import Logs
from exchange.store.partners import Partners
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.batches import changing
from tests.expecting import present, refusing
from tests.hostile.traces import nothing_kept
from tests.node import conftest as node_fixtures
from tests.node.receiving import receive_batch
from tests.node.refusing import refuse
from tests.node.test_lacking import (
    FIRST,
    OURS,
    absent,
    further_key,
    officer,
    send,
    sound,
    told,
)
from tests.node.texts import at
from tests.node.world import CN, FILED, PK, World, forged
from tests.trust.nation import DAY, ed

met = node_fixtures.met


def test_p47_a14_what_had_expired_when_it_came_without_its_text_never_comes(
    met: World,
) -> None:
    """A14: fsck calls it neither missing nor lacking, and nobody asks for it."""
    send(met, b"one")
    batch = absent(outbox.next_batch(met.pk.node, CN, FIRST).batch, pb.ABSENT_ERASED)
    met.cn.reach(FILED + 31 * DAY)

    answer = receive_batch(met.cn.node, PK, batch)

    assert list(answer.lacking) == []
    assert at(met.cn, OURS, FIRST).state == NEVER
    sound(met, met.cn)


def test_a2_nothing_is_looked_up_for_a_batch_whose_head_is_none(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(met, b"one")
    batch = outbox.next_batch(met.pk.node, CN, FIRST).batch
    batch.head = batch.head[:-8] + b"AAAAAA=\n"
    many = ledger_pb2.Batch.FromString(batch.SerializeToString())
    many.envelopes.extend([b""] * BATCH_ENTRIES_MAX)

    def never(*_: object) -> None:
        raise AssertionError("looked up")

    monkeypatch.setattr(Members, "find_known", never)
    monkeypatch.setattr(Logs, "edge", never)
    for sent in (batch, many):
        with nothing_kept(met.cn.store), pytest.raises(Refusal):
            receive_batch(met.cn.node, PK, sent)


def test_a9_a_batch_that_is_refused_leaves_the_directory_as_it_was(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: it was read again from the store, under the lock, for each of them."""
    read: list[str] = []
    monkeypatch.setattr(Members, "_read", lambda _members, origin: read.append(origin))
    before = met.cn.node.members.directory(PK)
    stated = [officer(met.pk.nation, name) for name in ("duty-2", "duty-3")]
    batch = forged(met.pk.nation, met.cn.store.logs.edge(OURS), stated)
    with changing(batch, 1) as sent:
        sent.body = b"no statement has one"

    for _ in range(3):
        with (
            nothing_kept(met.cn.store, but={"sighting"}),
            refusing(Reason.BODY),
        ):
            receive_batch(met.cn.node, PK, batch)

    assert met.cn.node.members.directory(PK) is before
    assert before is not None
    assert before.signer("author", ed("duty-2").kid) is None, "not even the first"
    assert read == []
    with changing(batch, 1) as sent:
        sent.body = b""
    answer = receive_batch(met.cn.node, PK, batch)
    assert (answer.size, list(answer.refusals)) == (FIRST + 2, [])
    found = present(met.cn.node.members.directory(PK))
    assert found.signer("author", ed("duty-3").kid)


def test_a9_a_desk_states_no_more_of_a_subject_than_its_keys_need(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission_check, "STATEMENTS_MAX", 2)
    nation = met.pk.nation
    said = [further_key(nation, ed(f"key {number}")) for number in range(2, 5)]

    answers = [met.pk.from_desk(one)[0].reason for one in said]

    assert answers == ["", Reason.QUOTA, Reason.QUOTA]


def test_a3_what_was_delivered_is_not_refused_later(met: World) -> None:
    """A3: any answer could turn any entry to refused, one transaction each."""
    send(met, b"one")
    met.meet()
    head = present(met.cn.store.heads.newest(OURS))
    answer = rpc.Cosigned(origin=OURS, size=head.head.size, head=head.note)
    refused = [(index, Reason.KIND) for index in range(head.head.size)]
    refuse(answer, met.pk.store, CN, *refused)

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert told(met.pk, REFUSAL) == []


def test_a3_a_frame_of_refusals_is_one_transaction_outside_the_nodes_lock(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(met, *(b"%d" % number for number in range(8)))
    answer = receive_batch(
        met.cn.node, PK, outbox.next_batch(met.pk.node, CN, FIRST).batch
    )
    assert answer.size == met.pk.store.logs.size(OURS) == FIRST + 8
    refused = [(index, Reason.KIND) for index in range(FIRST, FIRST + 8)]
    refuse(answer, met.pk.store, CN, *refused)
    counted: list[object] = []
    keep = Partners.answer

    def counting(partners: Partners, *said: object) -> None:
        assert not met.pk.node.lock.locked()
        counted.append(said)
        keep(partners, *said)  # type: ignore[arg-type]

    monkeypatch.setattr(Partners, "answer", counting)

    peer_heads.record_cosignature(met.pk.node, CN, answer)

    assert len(counted) == 1
    assert len(told(met.pk, REFUSAL)) == 8
