"""T3: a desk queues nothing that its readers would refuse; its officer hears of it."""

from exchange.bulletin.check import check
from exchange.desk.client import Desk
from exchange.desk.outgoing.composer import check_own
from exchange.desk.outgoing.prepare import cite
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from keys.pae import kid
from tests.desk.bench import Bench, client, said
from tests.desk.forging import feed, sealed
from tests.desk.test_signer_standings import revoke
from tests.expecting import refusing
from tests.node.world import CN, FILED, PK
from tests.trust.nation import DAY, ed


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
