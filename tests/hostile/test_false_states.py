"""States, claims, recalls and labels that no signature bears out."""

import pytest

from exchange.desk.incoming import threads
from exchange.desk.link.log_states import LogStates
from exchange.errors import Reason
from exchange.ledger.checkpoint import Head
from exchange.v1 import envelope_pb2 as pb
from tests.desk import test_gates as origin
from tests.desk.bench import Bench, said
from tests.desk.forging import clear, feed, name_of, recall, sealed, text
from tests.desk.test_arrivals import (
    ISLAMABAD,
    MIRROR,
    cosigned,
    head_arrived,
    own_head,
    refusal_arrived,
    signed,
    state,
)
from tests.desk.test_examine_entry import shown
from tests.desk.test_gates import Rule, envelope, named
from tests.desk.test_recall import REASON, sent_to_beijing
from tests.desk.test_references import STRICT, refused, send
from tests.expecting import refusing
from tests.node.refusing import proof_of
from tests.node.world import CN, PK, keys_of
from tests.trust.nation import Nation


def test_i6_without_a_partners_line_nothing_is_delivered(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    assert state(bench.pk, name) == "local"
    assert bench.pk.mailbox.outbox.list_unconfirmed(ISLAMABAD, 99)


def test_a15_a_refusal_never_overrides_a_partners_verified_line(bench: Bench) -> None:
    """Also where the partner has signed both."""
    name = bench.send()
    bench.meet()
    assert state(bench.pk, name) == "cosigned"

    bench.pk.apply([refusal_arrived(bench.pk, 3)])

    assert state(bench.pk, name) == "cosigned"
    claims = [
        s for s in bench.pk.mailbox.messages.read(name).states if s.state == "refused"
    ]
    assert [(s.by, s.why, s.reporter) for s in claims] == [(CN, "LABEL", "")]


@pytest.mark.parametrize(
    "invented",
    [
        {"proof": b""},
        {"proof": b"\0" * 84},
        {"reason": "KIND"},
        {"by": "shanghai.cn"},
        {"index": 2},
    ],
    ids=["unsigned", "zeros", "another reason", "another node", "another entry"],
)
def test_t11_a_refusal_that_no_partner_signed_is_not_shown(
    bench: Bench, invented: dict[str, object]
) -> None:
    name = bench.send()
    bench.pk.sync()

    bench.pk.apply([refusal_arrived(bench.pk, 3, **invented)])

    assert state(bench.pk, name) == "local"
    assert not [
        one
        for one in bench.pk.mailbox.messages.read(name).states
        if one.state == "refused"
    ]


def test_t11_a_refusal_that_the_own_node_signed_is_not_shown(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    entry = bench.pk.mailbox.messages.read(name).entry
    key = keys_of(PK).log
    proof = proof_of(CN, ISLAMABAD, entry, 3, "LABEL", signer=key)

    bench.pk.apply([refusal_arrived(bench.pk, 3, proof=proof)])

    assert state(bench.pk, name) == "local"


def test_p52_a_broken_line_of_a_pinned_mirror_is_an_alarm(bench: Bench) -> None:
    sent = bench.send()
    bench.pk.sync()
    right = cosigned(signed(own_head(bench)), MIRROR, MIRROR)
    other = cosigned(signed(Head(ISLAMABAD, 9, bytes(32))), MIRROR, MIRROR)
    line = next(x for x in other.splitlines(keepends=True) if MIRROR.encode() in x)
    kept = [x for x in right.splitlines(keepends=True) if MIRROR.encode() not in x]
    bench.pk.apply([head_arrived(bench.pk, b"".join([*kept, line]))])
    assert state(bench.pk, sent) == "local"
    assert LogStates(bench.pk.mailbox).alarm(ISLAMABAD) == "COSIGNATURE #4"


# False words of a partner's desk about a bulletin that it could read.


def test_p60_that_it_cannot_be_opened_is_shown_as_its_claim(bench: Bench) -> None:
    """The entry stands as it stood, and no acknowledgement is taken from the word."""
    name = bench.pk.send(said(bench.world.nations[CN])).name
    bench.meet()
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    before = bench.pk.mailbox.messages.read(name)
    size = bench.world.pk.store.logs.size(bench.world.pk.node.origin)

    claim = clear(
        bench.world.nations[CN], pb.RELATION_UNOPENABLE, name, clear=b"KEY_GONE"
    )
    feed(bench.pk, claim)

    (found,) = bench.pk.mailbox.receipts.of(name)
    assert (found.relation, found.reason) == ("UNOPENABLE", "KEY_GONE")
    assert found.author == bench.world.nations[CN].officer
    after = bench.pk.mailbox.messages.read(name)
    assert (after.row.verdict, after.row.state) == (
        before.row.verdict,
        before.row.state,
    )
    assert after.content == before.content
    assert not after.row.acknowledged
    assert bench.world.pk.store.logs.size(bench.world.pk.node.origin) == size


# Recalls by who may not.


def test_p57_nobody_recalls_anothers_bulletin_or_a_recall(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    with refusing(Reason.REFERENCES):
        bench.cn.recall(name, REASON)
    recalled = bench.pk.recall(name, REASON).name
    with refusing(Reason.REFERENCES):
        bench.pk.recall(recalled, REASON)
    with refusing(Reason.NOT_FOUND):
        bench.pk.recall(bytes(32), REASON)


def test_p57_a_recall_by_another_desk_marks_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    forged = recall(cn, pk, name)
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name) == ""


def test_p57_a_recall_of_a_recall_brings_nothing_back(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    first = recall(cn, pk, name_of(bulletin))
    second = recall(cn, pk, name_of(first))
    feed(bench.pk, bulletin, first, second)
    assert bench.pk.mailbox.messages.row(name_of(second)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name_of(bulletin)) == "RECALLED"


# A drill says nothing of the real.


@pytest.mark.parametrize("relation", ["ANSWERS", "CORRECTS", "NARROWS"])
def test_p58_a_drill_says_nothing_of_what_is_real(bench: Bench, relation: str) -> None:
    name = send(bench, mode="ACTUAL")
    found = refused(bench, (relation, name), mode="EXERCISE", label=STRICT)
    assert found == (Reason.REFERENCES, "references.0: mode")


# Labels that are none, or too narrow for their readers, at node and desk.


about = origin.about


@named
def test_p59_a_bad_label_is_recorded_by_no_node(
    bench: Bench, about: bytes, rule: Rule
) -> None:
    sent = envelope(bench, rule, about)
    size = bench.world.pk.store.logs.size(bench.world.pk.node.origin)
    (answer,) = bench.world.pk.from_desk(sent)
    assert answer.reason == rule.submitted
    assert bench.world.pk.store.logs.size(bench.world.pk.node.origin) == size


@named
def test_p59_a_bad_label_is_shown_by_no_desk(
    bench: Bench, about: bytes, rule: Rule
) -> None:
    """The node of its author recorded it all the same."""
    sent = envelope(bench, rule, about)
    feed(bench.cn, sent, node=PK)
    if not rule.received:  # no member accepts it, and no desk keeps it
        assert not bench.cn.mailbox.messages.knows(name_of(sent))
        return
    message = bench.cn.mailbox.messages.read(name_of(sent))
    assert (message.row.verdict, message.row.subject) == (rule.received, "")
    assert message.content is None
    assert message.cek is None
    assert not bench.cn.mailbox.search.text("Signed by hand")


# Signatures that a desk does not believe.


def test_i7_a_strangers_signature_is_not_believed(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    stranger = Nation("cn", "beijing")
    stranger.author = pk.author  # known, but in Islamabad's log only
    feed(bench.pk, sealed(stranger, pk, text(pk)))
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is False
    assert cn.author.kid != pk.author.kid


def test_i7_a_bulletin_in_anothers_log_is_not_believed(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    feed(bench.pk, sealed(cn, pk, text(pk)), node=PK)
    assert shown(bench.pk) == 0
