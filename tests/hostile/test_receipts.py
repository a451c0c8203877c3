"""What a desk may not let out: words beside a policy, and what readers would refuse."""

import pytest

from exchange.bulletin.check import check
from exchange.bulletin.codes import CODES
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.desk.outgoing.composer import check_own
from exchange.desk.outgoing.prepare import cite
from exchange.errors import Reason
from exchange.limits import RECALL_BODY_MAX, RECEIPT_BODY_MAX
from exchange.node.submission_check import DECLINES
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys.pae import kid
from tests.batches import put
from tests.desk.bench import Bench, client, said
from tests.desk.forging import feed, name_of, sealed
from tests.desk.forging import recall as recalling
from tests.desk.test_signer_standings import revoke
from tests.expecting import refusing
from tests.hostile.traces import nothing_kept
from tests.node.drafting import enrol_releasers
from tests.node.receiving import receive_batch
from tests.node.world import CN, FILED, PK, forged, receipt
from tests.trust.nation import DAY, ed

LONG = 4_000  # characters: all that a remark may have


def sent_to_islamabad(bench: Bench) -> bytes:
    """A bulletin that Islamabad's desk answers, under a policy of two for all."""
    enrol_releasers(bench.site(PK))
    name = bench.cn.send(said(bench.world.nations[PK])).name
    bench.meet()
    return name


def remark(size: int = 10) -> bytes:
    text = bulletin_pb2.Segment(id="s0", lang="en", text=size * "x")
    return encode(bulletin_pb2.Remark(text=text))


def answer(
    bench: Bench,
    name: bytes,
    content: bytes,
    relation: int = pb.RELATION_ACKNOWLEDGED,
    kind: int = pb.KIND_RECEIPT,
) -> pb.Envelope:
    """A sealed receipt of Islamabad's officer alone, whatever it says."""
    about = [pb.Reference(relation=relation, name=name)]  # type: ignore[arg-type]
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    return sealed(pk, cn, content, kind=kind, references=about)


def test_t6_a_remark_of_one_officer_is_taken_by_neither_node(bench: Bench) -> None:
    name = sent_to_islamabad(bench)
    one = answer(bench, name, remark(LONG))
    site, other = bench.site(PK), bench.site(CN)
    edge = other.store.logs.edge(site.node.origin)

    with nothing_kept(site.store, but={"refused"}):
        (told,) = site.from_desk(one)
    assert told.reason == "RELEASE"
    batch = forged(bench.world.nations[PK], edge, [one.entry])
    put(batch, 0, one)
    (refusal,) = receive_batch(other.node, PK, batch).refusals

    assert (refusal.index, refusal.reason) == (edge.size, "RELEASE")
    (kept,) = other.store.entries.page(site.node.origin, edge.size, 1)
    assert (kept.reason, kept.wraps, kept.body) == ("RELEASE", (), b"")


@pytest.mark.parametrize(
    ("relation", "content", "reason"),
    [
        (pb.RELATION_OPENED, bytes(200_000), "RECIPIENTS"),
        (pb.RELATION_ACKNOWLEDGED, bytes(200_000), "SIZE"),
        (pb.RELATION_ACKNOWLEDGED, bytes(RECEIPT_BODY_MAX), "SIZE"),
        (pb.RELATION_RECALLS, bytes(RECALL_BODY_MAX), "SIZE"),
    ],
    ids=["opened", "long", "one byte", "recall"],
)
def test_t6_what_nobody_displays_is_refused_at_submit(
    bench: Bench, relation: int, content: bytes, reason: str
) -> None:
    """Also where one officer may let a remark out."""
    recall = relation == pb.RELATION_RECALLS
    by = bench.pk if recall else bench.cn
    name = by.send(said(bench.world.nations[CN if recall else PK])).name
    bench.meet()
    kind = pb.KIND_RECALL if recall else pb.KIND_RECEIPT
    one = answer(bench, name, content, relation, kind)

    with nothing_kept(bench.site(PK).store, but={"refused"}):
        (told,) = bench.site(PK).from_desk(one)

    assert told.reason == reason


def test_t6_what_has_a_text_beyond_its_bound_is_shown_to_nobody(bench: Bench) -> None:
    """A partner's node may let it pass: the desk that reads asks again.

    What a receipt says by its header counts, as of any whose text does not open.
    """
    name = bench.pk.send(said(bench.world.nations[CN])).name
    bench.meet()
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    about = [pb.Reference(relation=pb.RELATION_ACKNOWLEDGED, name=name)]
    long = bulletin_pb2.Remark.FromString(remark())
    long.confirmed.extend(14_000 * ["remark PHONE"])
    content = encode(long)
    assert len(content) > 190_000
    feed(bench.pk, sealed(cn, pk, content, kind=pb.KIND_RECEIPT, references=about))
    (given,) = bench.pk.mailbox.receipts.of(name)
    assert (given.relation, given.remark) == ("ACKNOWLEDGED", None)


def test_t6_a_recall_with_a_long_text_is_shown_as_one_that_does_not_open(
    bench: Bench,
) -> None:
    name = bench.cn.send(said(bench.world.nations[PK])).name
    bench.meet()
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    about = [pb.Reference(relation=pb.RELATION_RECALLS, name=name)]
    content = remark(RECALL_BODY_MAX)
    one = sealed(cn, pk, content, kind=pb.KIND_RECALL, references=about)
    feed(bench.pk, one)
    assert bench.pk.mailbox.messages.row(name_of(one)).verdict == "CONTENT"
    other = recalling(cn, pk, name)
    feed(bench.pk, other)
    assert bench.pk.mailbox.messages.row(name_of(other)).verdict == "ACCEPTED"


@pytest.mark.parametrize("clear", [b"", b"NOT_A_CODE", b"KEY_GONE"])
def test_t6_no_other_word_stands_in_clear(bench: Bench, clear: bytes) -> None:
    name = sent_to_islamabad(bench)
    pk, cannot = bench.world.nations[PK], pb.RELATION_CANNOT_COMPLY

    (told,) = bench.site(PK).from_desk(receipt(pk, name, cannot, clear=clear))
    assert told.reason == "KIND"
    (told,) = bench.site(PK).from_desk(receipt(pk, name, cannot, clear=b"WEATHER"))
    assert told.reason == ""


def test_the_words_that_a_node_takes_are_the_codes_of_the_list() -> None:
    assert {word.decode() for word in DECLINES} == set(CODES["decline_reason"])


def test_t6_a_desk_writes_no_remark_that_its_readers_refuse(bench: Bench) -> None:
    name = bench.cn.send(said(bench.world.nations[PK])).name
    bench.meet()
    with refusing(Reason.CONTENT, where="remark"):
        bench.cn.recall(name, "OTHER", LONG * "x")
    with refusing(Reason.FIELD_VALUE, where="remark"):
        bench.pk.acknowledge(name, pb.RELATION_OPENED, "Seen.")
    assert bench.pk.mailbox.receipts.of(name) == ()


# T3: a desk queues nothing that its readers would refuse; its officer hears of it.


def queued(desk: Desk) -> list[bytes]:
    return [one.name for one in desk.mailbox.outbox.waiting()]


def test_t3_what_it_says_of_others_is_judged_before_it_is_sealed(bench: Bench) -> None:
    name = bench.send("Number 1")
    bench.meet()
    about = cite(bench.cn.mailbox, name)
    elsewhere = pb.Core()
    elsewhere.CopyFrom(about.core)
    elsewhere.mode = pb.MODE_EXERCISE
    del elsewhere.recipients[:]
    wrong = type(about)(elsewhere, about.author, about.content)

    for relation in (pb.RELATION_OPENED, pb.RELATION_COMPLETED):
        with refusing(Reason.REFERENCES):
            bench.cn.composer.receipt(name, wrong, relation)


def test_t3_a_correction_of_another_desks_bulletin_is_not_sealed(bench: Bench) -> None:
    name = bench.send("Number 1")
    bench.meet()
    corrects = pb.Reference(relation=pb.RELATION_CORRECTS, name=name)
    draft = said(bench.world.nations[PK], "It was so").replace(references=(corrects,))

    with refusing(Reason.REFERENCES):
        bench.cn.composer.bulletin(check(draft), bench.cn.mailbox.numbers.next)


def test_t3_an_officer_whose_key_was_revoked_queues_nothing(bench: Bench) -> None:
    """And what comes in is filed all the same, where he would have to say something."""
    pk, cn = (bench.world.nations[node] for node in (PK, CN))
    bench.pk.sync()
    revoke(bench, pk, pk.officer, pk.author.kid, FILED - DAY)
    before = queued(bench.pk)

    with refusing(Reason.SIGNER_REVOKED):
        bench.send("Too late")
    unread = sealed(cn, pk, b"\xff")
    feed(bench.pk, unread)

    assert queued(bench.pk) == before
    assert bench.pk.mailbox.database.count() == 1


def test_t3_a_next_key_that_the_log_does_not_show_yet_signs(bench: Bench) -> None:
    officer, next_ = bench.pk.officer, ed("the next key")
    bench.pk.sync()
    assert kid(next_.algorithm, next_.public) != officer.signer.kid
    officer.signer = next_
    client(bench.pk).down = True

    assert queued(bench.pk) == []
    name = bench.send("By the next key")

    assert queued(bench.pk) == [name]


def test_t3_a_draft_is_judged_but_for_its_release(bench: Bench) -> None:
    draft = said(bench.world.nations[CN], release="RELEASED")
    made, _ = bench.pk.compose(draft)
    directory = bench.pk.pinned.directory(PK)
    check_own(made.envelope.entry, directory)
    spoilt = pb.Entry.FromString(made.envelope.entry)
    spoilt.signatures[0].signature = bytes(64)

    with refusing(Reason.SIGNATURE):
        check_own(spoilt.SerializeToString(deterministic=True), directory)
